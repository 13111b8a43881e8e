//! The server that `run` drives real clients against.
//!
//! `INTEROP_MOUNT` chooses the HTTP server of the service: `serve`, `axum` or `hyper`; or `facade` for `serve`
//! with the facade. What `run` wants to know of it, it asks for at another address, so that the service is
//! mounted alone.
#![allow(clippy::print_stdout)]

mod model;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use messages_api::openai::Facade;
use messages_api::server::serve;
use messages_api::{ApiKeys, MessagesService};
use model::Model;
use tokio::net::TcpListener;
use tower::ServiceExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = std::env::var("INTEROP_KEY").map_err(|_| "set INTEROP_KEY to the key that clients present")?;
    let mount = std::env::var("INTEROP_MOUNT").unwrap_or_else(|_| "serve".to_owned());
    let model = Arc::new(Model::default());
    let mut service = MessagesService::builder(model.clone())
        .authenticate(ApiKeys::new([key]))
        .ping_interval(Duration::from_secs(1))
        .event_timeout(Duration::from_secs(3));
    if let Ok(bytes) = std::env::var("INTEROP_MAX_BODY_BYTES") {
        service = service.max_body_bytes(bytes.parse()?).body_idle_timeout(Duration::from_secs(4));
    }
    let service = service.build();

    let control = TcpListener::bind("127.0.0.1:0").await?;
    println!("control on http://{}", control.local_addr()?);
    tokio::spawn(serve(control, control_routes(model)).into_future());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    match mount.as_str() {
        "serve" => serve(listener, service).await,
        "axum" => {
            let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
            axum::serve(listener, Router::new().fallback_service(service)).await?;
        }
        "hyper" => hyper(listener, service).await?,
        "facade" => serve(listener, Facade::new(service)).await,
        other => return Err(format!("INTEROP_MOUNT is {other}").into()),
    }
    Ok(())
}

fn control_routes(model: Arc<Model>) -> Router {
    let (seen, reset, faults) = (model.clone(), model.clone(), model);
    let requests = get(async move || {
        let (messages, count_tokens) =
            (seen.messages.load(Ordering::Relaxed), seen.count_tokens.load(Ordering::Relaxed));
        serde_json::json!({ "messages": messages, "count_tokens": count_tokens }).to_string()
    });
    let reset = post(async move || {
        reset.messages.store(0, Ordering::Relaxed);
        reset.count_tokens.store(0, Ordering::Relaxed);
    });
    let faults = get(async move || faults.faults.list().to_string());
    Router::new().route("/requests", requests).route("/reset", reset).route("/faults", faults)
}

async fn hyper(listener: TcpListener, service: MessagesService) -> std::io::Result<()> {
    loop {
        let (socket, _peer) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let service = service.clone();
        let service = hyper::service::service_fn(move |request| service.clone().oneshot(request));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(10)).max_buf_size(64 * 1024);
        tokio::spawn(http.serve_connection(TokioIo::new(socket), service));
    }
}
