//! The service beside another route, in axum and on the server of the crate: HTTP/1.1 and HTTP/2.

use axum::{Router, routing::get};
use messages_api::server::serve;
use messages_api_mounts::{listen, service};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/health", get(|| async { "ok" })).nest_service("/v1", service());

    serve(listen().await?, app).shutdown(tokio::signal::ctrl_c()).await;
    Ok(())
}
