//! The service in plain hyper, HTTP/2 with prior knowledge, as a proxy speaks it.
//!
//! hyper does not limit how long an HTTP/2 connection may be idle or without a request. The server of the
//! crate does, see `axum.rs`; here it is left to the proxy, as is the number of connections.

use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use messages_api_mounts::{listen, service};
use tokio::time::sleep;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let service = service();
    let listener = listen()?;

    let mut http = http2::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .max_concurrent_streams(100)
        .max_header_list_size(64 * 1024)
        .max_send_buf_size(32 * 1024);
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            sleep(Duration::from_millis(100)).await; // there are too many open files
            continue;
        };
        let _ = socket.set_nodelay(true); // so that no event waits for the next one
        let messages = TowerToHyperService::new(service.clone());
        tokio::spawn(http.serve_connection(TokioIo::new(socket), messages));
    }
}
