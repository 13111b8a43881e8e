//! A gateway: the route over a client. Callers send the key of the gateway, and
//! the gateway calls the upstream with a key of its own.
//!
//! ```sh
//! ANTHROPIC_API_KEY=… GATEWAY_KEY=secret cargo run --example gateway
//! ANTHROPIC_BASE_URL=http://127.0.0.1:8080 ANTHROPIC_API_KEY=secret claude
//! ```
//!
//! `ANTHROPIC_BASE_URL` selects another upstream, and `ADDR` the address to listen
//! on.
#![allow(clippy::print_stdout)]

use std::error::Error;

use messages_api::server::serve;
use messages_api::{ApiKeys, Client, MessagesService};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key =
        std::env::var("GATEWAY_KEY").map_err(|_| "set GATEWAY_KEY to the key that callers must send")?;
    let address = std::env::var("ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let service = MessagesService::builder(Client::from_env()?).authenticate(ApiKeys::new([key])).build();
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener, service).shutdown(tokio::signal::ctrl_c()).await;
    Ok(())
}
