//! The server that `run` drives real clients against.
#![allow(clippy::print_stdout)]

mod model;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::routing::{get, post};
use messages_api::server::serve;
use messages_api::{ApiKeys, MessagesService};
use model::Model;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = std::env::var("INTEROP_KEY").map_err(|_| "set INTEROP_KEY to the key that clients present")?;
    let model = Arc::new(Model::default());
    let service = MessagesService::builder(model.clone()).authenticate(ApiKeys::new([key])).build();
    let (seen, reset) = (model.clone(), model);
    let requests = get(async move || {
        let (messages, count_tokens) =
            (seen.messages.load(Ordering::Relaxed), seen.count_tokens.load(Ordering::Relaxed));
        serde_json::json!({ "messages": messages, "count_tokens": count_tokens }).to_string()
    });
    let reset = post(async move || {
        reset.messages.store(0, Ordering::Relaxed);
        reset.count_tokens.store(0, Ordering::Relaxed);
    });
    let app = Router::new().route("/requests", requests).route("/reset", reset).fallback_service(service);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener, app).await;
    Ok(())
}
