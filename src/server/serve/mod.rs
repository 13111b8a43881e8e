//! An HTTP server for services of this crate.

mod accept;
mod activity;
mod connection;
mod connections;
#[cfg(feature = "http2")]
mod http2;
mod io;
mod limits;
mod listener;
mod pace;
mod requests;

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, IntoFuture, pending};
use std::pin::Pin;
use std::time::Duration;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use tower_service::Service;

use limits::Limits;
use listener::DynListener;
pub use listener::Listener;
use requests::DynService;

/// Serves `service` on the connections of `listener`, with the limits that a server on the open network needs.
///
/// The service is a [`MessagesService`](crate::server::MessagesService), an axum `Router` around one, or any other
/// tower service with the types of the `http` crate that never fails. The builder that this function returns is a
/// future: await it to serve.
///
/// ```no_run
/// use std::time::Duration;
///
/// use messages_api::server::serve;
///
/// # async fn example(service: messages_api::MessagesService) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// serve(listener, service)
///     .max_connections(10_000)
///     .shutdown(tokio::signal::ctrl_c())
///     .drain(Duration::from_secs(60))
///     .await;
/// # Ok(())
/// # }
/// ```
///
/// It speaks HTTP/1.1 and, with the feature `http2`, HTTP/2 with prior knowledge. TLS is left to a proxy in front of
/// the server, or to a [`Listener`] of your own.
pub fn serve<S, B>(listener: impl Listener, service: S) -> Serve
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    Serve {
        listener: Box::new(listener),
        service: requests::erase(service),
        limits: Limits::default(),
        signal: Box::pin(pending()),
        deadline: Duration::from_secs(30),
    }
}

/// The future of a server, and its settings; created by [`serve`].
///
/// It completes once the server has been [shut down](Self::shutdown), and otherwise never.
///
/// | setting | default | switched off by |
/// |---|---|---|
/// | [`max_connections`](Self::max_connections) | 4,096 | `usize::MAX` |
/// | [`header_timeout`](Self::header_timeout) | 10 s | `Duration::MAX` |
/// | [`idle_timeout`](Self::idle_timeout) | 10 s | `Duration::MAX` |
/// | [`max_header_bytes`](Self::max_header_bytes) | 64 KiB | |
/// | [`shutdown`](Self::shutdown) | never | |
/// | [`drain`](Self::drain) | 30 s | `Duration::MAX` |
///
/// The time that the *body* of a request may take is limited by the
/// [service](crate::server::MessagesServiceBuilder::body_idle_timeout).
///
/// # Slow readers
///
/// A body is asked for its next chunk only when less than 4 KiB of it wait to be written. A chunk of a stream holds
/// the events that were ready together, but none is added once there are 16 KiB. So a caller that does not read holds
/// the handler back and costs little memory: less than 36 KiB, as long as no event is larger than 16 KiB. In HTTP/2,
/// this holds for each request, so that none waits for another, and a connection may have 16 KiB more in small pieces.
///
/// # Connections
///
/// A connection may be upgraded, to a WebSocket for instance; from then on it belongs to the service that does so.
/// In HTTP/2, a connection may have 100 requests in flight. A panic of the service closes its connection.
///
/// # Cancel safety
///
/// Each connection has a task. Dropping the future ends them all.
///
/// # Panics
///
/// Polling the future panics outside a tokio runtime with I/O and time enabled.
#[must_use = "a server does nothing unless it is awaited"]
pub struct Serve {
    listener: Box<dyn DynListener>,
    service: Box<dyn DynService>,
    limits: Limits,
    signal: Pin<Box<dyn Future<Output = ()> + Send>>,
    deadline: Duration,
}

impl Serve {
    /// Sets the maximum number of open connections; 4,096 by default.
    ///
    /// When a connection comes that would be one too many, one that waits for a request is closed: the oldest of
    /// those that never had any, or else the oldest. So callers that connect and send nothing cannot keep others
    /// out. While all connections have a request, none is accepted.
    ///
    /// Connections that have not been accepted wait in the queue of the listener, which holds 128 of them after
    /// `TcpListener::bind`; `TcpSocket::listen` can make it longer.
    ///
    /// The process needs a file descriptor for each connection. If it has none left, connections that wait for a
    /// request are closed as well.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.limits.max_connections = connections.max(1);
        self
    }

    /// Sets the time that the head of a request may take, after which the connection is closed; 10 seconds by
    /// default.
    ///
    /// It begins with the connection for the first request, so it covers callers that send nothing at all, and with
    /// the first byte for all others.
    ///
    /// In HTTP/2, it covers the first head of a connection only. A later one without an end holds at most
    /// [its size](Self::max_header_bytes) and, because nothing else may be sent before its end, harms nobody but its
    /// caller. It is given up with the connection, once no other request is in flight and the
    /// [idle time](Self::idle_timeout) is over.
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.limits.header_timeout = timeout;
        self
    }

    /// Sets the time for which a connection may be idle between two requests, after which it is closed; 10 seconds
    /// by default.
    ///
    /// A proxy in front of the server should close an idle connection first, for otherwise it may send a request
    /// just when the server closes it. So behind a proxy, set a longer time than the proxy has: load balancers
    /// often have a minute.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.limits.idle_timeout = timeout;
        self
    }

    /// Sets the maximum size of a request head in bytes; 64 KiB by default, and at least 8 KiB.
    ///
    /// A larger head is rejected with 431, and so is one with more than 100 headers in HTTP/1.1.
    pub fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_header_bytes = bytes;
        self
    }

    /// Shuts the server down once `signal` completes, whatever its result is. By default it serves for ever.
    ///
    /// From then on, no connection is accepted, those without a request are closed, and each
    /// [`MessagesService`](crate::server::MessagesService) that is served, below whatever router, rejects new
    /// requests with 529 `overloaded_error`. Requests in flight have until the end of the [drain](Self::drain).
    ///
    /// Other services find the [`Drain`](crate::handler::Drain) of the server in the extensions of each request.
    pub fn shutdown<F>(mut self, signal: F) -> Self
    where
        F: Future + Send + 'static,
    {
        self.signal = Box::pin(async move {
            signal.await;
        });
        self
    }

    /// Sets the time that requests in flight have after the [shutdown](Self::shutdown); 30 seconds by default, and
    /// `Duration::MAX` to wait for as long as they take.
    ///
    /// At the end, each open stream of a [`MessagesService`](crate::server::MessagesService) receives an `error`
    /// event (`overloaded_error`) and ends. One second later, whatever is still open is cut off. The future
    /// completes when all connections have ended, at this moment at the latest.
    pub fn drain(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

impl IntoFuture for Serve {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(accept::run(self))
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listener: _, service: _, limits, signal: _, deadline } = self;
        f.debug_struct("Serve").field("limits", limits).field("drain", deadline).finish_non_exhaustive()
    }
}
