//! A server with the bridge, for `run`.
//!
//! `UPSTREAM_URL` and `UPSTREAM_KEY` say where it sends requests, and `UPSTREAM_PROFILE` names the
//! profile. Callers present `INTEROP_KEY`. A line for each request says how it ended and what was lost.
#![allow(clippy::print_stdout)]

use std::env::var;
use std::error::Error;
use std::time::Duration;

use messages_api::openai::{Bridge, UpstreamProfile};
use messages_api::server::serve;
use messages_api::{ApiKeys, Client, Credential, MessagesService};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = var("INTEROP_KEY").map_err(|_| "set INTEROP_KEY to the key that clients present")?;
    let profile = UpstreamProfile::named(&var("UPSTREAM_PROFILE")?).unwrap_or_default();
    let upstream = Client::builder()
        .base_url(&var("UPSTREAM_URL")?)
        .credential(Credential::bearer(var("UPSTREAM_KEY")?))
        .build()?;
    let bridge = Bridge::new(upstream, profile).on_end(|outcome, losses| {
        println!("{} {}", outcome.model, outcome.end.as_str());
        for loss in losses {
            println!("  {loss}");
        }
    });
    let service = MessagesService::builder(bridge)
        .authenticate(ApiKeys::new([key]))
        .ping_interval(Duration::from_secs(1))
        .event_timeout(Duration::from_secs(3));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener, service.build()).await;
    Ok(())
}
