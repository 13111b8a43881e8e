//! A single connection.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;

use super::activity::Activity;
#[cfg(feature = "http2")]
use super::http2;
use super::io::Transport;
use super::limits::{Limits, WaitLimit};
use super::listener::Io;
use super::requests::Requests;
use crate::handler::DrainWatch;

/// The least size of hyper's buffers.
const MIN_BUFFER: usize = 8 * 1024;

/// Serves a connection until its end.
// An `async fn` would hold each argument twice, as long as the connection is open.
#[allow(clippy::manual_async_fn)]
pub(super) fn run(
    io: Box<dyn Io>,
    requests: Requests,
    limits: Limits,
) -> impl Future<Output = ()> + Send + 'static {
    let activity = requests.activity.clone();
    let mut watch =
        Watch { activity: activity.clone(), drain: requests.drain.watch(), limit: WaitLimit::new(limits) };
    #[cfg_attr(not(feature = "http2"), expect(unused_mut))]
    let mut transport = Transport::new(io, activity);
    async move {
        #[cfg(feature = "http2")]
        match http2::detect(&mut transport, &mut watch).await {
            Some(false) => {}
            Some(true) => return Box::pin(http2::run(transport, requests, limits, watch)).await,
            None => return,
        }
        let connection = {
            let mut http = http1::Builder::new();
            http.max_buf_size(limits.max_header_bytes.max(MIN_BUFFER));
            http.serve_connection(TokioIo::new(transport), requests).with_upgrades()
        };
        drive(pin!(connection), |connection| connection.graceful_shutdown(), &mut watch).await;
    }
}

/// What ends a connection from outside.
pub(super) struct Watch {
    activity: Arc<Activity>,
    drain: DrainWatch,
    limit: WaitLimit,
}

impl Watch {
    /// Tells that the connection is HTTP/2.
    #[cfg(feature = "http2")]
    pub(super) fn is_http2(&mut self) {
        self.limit.is_http2();
    }

    /// Polls whether there is to be no further request.
    pub(super) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.drain.poll_started(cx).map(|_deadline| ())
    }

    /// Polls whether the connection has waited for a request for too long.
    pub(super) fn poll_limit(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.limit.poll(&self.activity, cx)
    }
}

/// Polls `connection` until it ends or is to be closed. Once the drain has started, it ends after the requests that
/// are in flight.
pub(super) fn drive<C>(
    mut connection: Pin<&mut C>,
    end: impl Fn(Pin<&mut C>),
    watch: &mut Watch,
) -> impl Future<Output = ()>
where
    C: Future<Output = hyper::Result<()>>,
{
    let mut is_ending = false;
    poll_fn(move |cx| {
        if !is_ending && watch.poll_drain(cx).is_ready() {
            is_ending = true;
            end(connection.as_mut());
        }
        watch.activity.begin_turn();
        if let Poll::Ready(_result) = connection.as_mut().poll(cx) {
            #[cfg(feature = "tracing")]
            if let Err(error) = _result {
                tracing::debug!(%error, "a connection ended with an error");
            }
            return Poll::Ready(());
        }
        ready!(watch.poll_limit(cx));
        #[cfg(feature = "tracing")]
        tracing::debug!("closed a connection that sent no request in time");
        Poll::Ready(())
    })
}
