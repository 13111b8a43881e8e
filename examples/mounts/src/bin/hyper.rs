//! The service in plain hyper, HTTP/1.1, with all that a server on the open network has to set itself.

use std::{pin::pin, sync::Arc, time::Duration};

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::{server::graceful::GracefulShutdown, service::TowerToHyperService};
use messages_api_mounts::{listen, service};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let service = service();
    let listener = listen().await?;

    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(10)).max_buf_size(64 * 1024);
    let (places, connections) = (Arc::new(Semaphore::new(4096)), GracefulShutdown::new());
    let accept = || async {
        let place = places.clone().acquire_owned().await;
        loop {
            match listener.accept().await {
                Ok((socket, _)) => break (place, socket),
                Err(_) => sleep(Duration::from_millis(100)).await, // there are too many open files
            }
        }
    };
    let mut signal = pin!(tokio::signal::ctrl_c());
    loop {
        let (place, socket) = tokio::select! {
            accepted = accept() => accepted,
            _ = &mut signal => break,
        };
        let _ = socket.set_nodelay(true); // so that no event waits for the next one
        let messages = TowerToHyperService::new(service.clone());
        let connection = connections.watch(http.serve_connection(TokioIo::new(socket), messages));
        tokio::spawn(async move {
            let _ = connection.await;
            drop(place);
        });
    }
    service.drain().start(Duration::from_secs(30));
    // A caller that does not read holds its connection for as long as it likes, so the wait has a limit of its own.
    let _ = timeout(Duration::from_secs(40), connections.shutdown()).await;
    Ok(())
}
