//! A loopback server for tests, which serves any tower service over HTTP/1.1.
//! Each test binary uses a part of this file.

#![allow(dead_code)]

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tower::{Service, ServiceExt};

/// A server that stops when it is dropped, which fails the test if one of its
/// connections has panicked.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    accepting: JoinHandle<()>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    accepted: AtomicUsize,
    open: AtomicUsize,
    panicked: AtomicUsize,
}

impl Server {
    /// Starts to serve `service` on a free port of the loopback interface.
    pub(crate) async fn start<S, B>(service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let counts = Arc::new(Counts::default());
        let accepting = tokio::spawn(accept(listener, service, counts.clone()));
        Self { address, accepting, counts }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the base URL, which has no slash at its end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Opens a TCP connection to the server.
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the server accepts")
    }

    /// Returns the number of connections that were accepted so far.
    pub(crate) fn accepted(&self) -> usize {
        self.counts.accepted.load(Ordering::SeqCst)
    }

    /// Returns the number of open connections.
    pub(crate) fn open(&self) -> usize {
        self.counts.open.load(Ordering::SeqCst)
    }

    /// Returns the number of connections that have panicked, which then do not
    /// fail the test.
    pub(crate) fn forgive_panics(&self) -> usize {
        self.counts.panicked.swap(0, Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        let panicked = self.counts.panicked.load(Ordering::SeqCst);
        if panicked > 0 && !std::thread::panicking() {
            panic!("{panicked} connections of the server panicked");
        }
    }
}

async fn accept<S, B>(listener: TcpListener, service: S, counts: Arc<Counts>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    loop {
        let Ok((socket, _peer)) = listener.accept().await else { return };
        counts.accepted.fetch_add(1, Ordering::SeqCst);
        counts.open.fetch_add(1, Ordering::SeqCst);
        let service = service.clone();
        let connection = tokio::spawn(async move {
            let service = hyper::service::service_fn(move |request| service.clone().oneshot(request));
            let http = hyper::server::conn::http1::Builder::new();
            // A caller may close its connection at any time.
            let _ = http.serve_connection(TokioIo::new(socket), service).await;
        });
        let counts = counts.clone();
        tokio::spawn(async move {
            if connection.await.is_err_and(|error| error.is_panic()) {
                counts.panicked.fetch_add(1, Ordering::SeqCst);
            }
            counts.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

/// Waits until `condition` holds, or fails the test after ten seconds.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let done = tokio::time::timeout(Duration::from_secs(10), waiting).await;
    assert!(done.is_ok(), "never happened: {what}");
}
