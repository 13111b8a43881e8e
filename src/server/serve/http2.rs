//! HTTP/2 with prior knowledge.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;

use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use super::connection::{Watch, drive};
use super::io::Transport;
use super::limits::Limits;
use super::requests::Requests;

/// The number of requests that a connection may have in flight.
const MAX_STREAMS: u32 = 100;

/// The number of bytes of a request's body that may be on their way, and of all bodies of a connection.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;

/// Finds out whether a connection is HTTP/2; `None` if it is to be closed before that is known.
pub(super) async fn detect(transport: &mut Transport, watch: &mut Watch) -> Option<bool> {
    poll_fn(|cx| {
        if watch.poll_drain(cx).is_ready() {
            return Poll::Ready(None);
        }
        match transport.poll_is_http2(cx) {
            Poll::Ready(detected) => Poll::Ready(detected.ok()),
            Poll::Pending => watch.poll_limit(cx).map(|()| None),
        }
    })
    .await
}

pub(super) async fn run(transport: Transport, requests: Requests, limits: Limits, mut watch: Watch) {
    watch.is_http2();
    let streams = Arc::new(Mutex::new(JoinSet::new()));
    let mut http = http2::Builder::new(Streams(Arc::downgrade(&streams)));
    http.max_concurrent_streams(MAX_STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(limits.max_header_bytes.try_into().unwrap_or(u32::MAX));
    let connection = http.serve_connection(TokioIo::new(transport), requests);
    drive(pin!(connection), |connection| connection.graceful_shutdown(), &mut watch).await;
}

/// The tasks of the requests of a connection, which end with it. It is not the owner, because the tasks hold it.
#[derive(Clone)]
struct Streams(Weak<Mutex<JoinSet<()>>>);

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let Some(streams) = self.0.upgrade() else { return };
        let mut streams = streams.lock().unwrap_or_else(PoisonError::into_inner);
        while streams.try_join_next().is_some() {}
        streams.spawn(stream);
    }
}
