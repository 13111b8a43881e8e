//! The life of a server: it accepts connections until it is told to stop, and then drains them.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Serve;
use super::connections::Connections;
use super::listener::{DynListener, Io};
use crate::handler::Drain;
use crate::timer::Timer;

/// The time after the deadline of a drain in which the last events and the hooks of their requests have to pass.
const GRACE: Duration = Duration::from_secs(1);

/// The pause after an error of the listener.
const PAUSE: Duration = Duration::from_millis(100);

/// The number of connections that are closed when the process has no descriptor left. Its handlers need some too.
const CLOSED_AT_ONCE: usize = 32;

pub(super) async fn run(serve: Serve) {
    let Serve { listener, service, limits, mut signal, deadline } = serve;
    let drain = Drain::new();
    let mut connections = Connections::new(service, limits, drain.clone());
    let mut acceptor = Acceptor { listener, waiting: None, pause: None, timer: Timer::default() };
    poll_fn(|cx| {
        if signal.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        acceptor.poll_accept(&mut connections, cx)
    })
    .await;
    drop(acceptor);
    drain.start(deadline);
    let all_ended = poll_fn(|cx| connections.poll_ended(cx));
    match Instant::now().checked_add(deadline.saturating_add(GRACE)) {
        Some(end) => _ = timeout_at(end, all_ended).await,
        None => all_ended.await,
    }
    connections.close().await;
}

struct Acceptor {
    listener: Box<dyn DynListener>,
    /// A connection for which there is no room yet.
    waiting: Option<Box<dyn Io>>,
    /// The end of the pause after an error.
    pause: Option<Instant>,
    timer: Timer,
}

impl Acceptor {
    /// Accepts connections as long as there are any. It never completes.
    fn poll_accept(&mut self, connections: &mut Connections, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let _ = connections.poll_ended(cx);
            if let Some(end) = self.pause {
                ready!(self.timer.poll(end, cx));
                self.pause = None;
            }
            if self.waiting.is_none() {
                match ready!(self.listener.poll_accept(cx)) {
                    Ok(io) => self.waiting = Some(io),
                    Err(error) => self.failed(&error, connections),
                }
            }
            if self.waiting.is_some() {
                ready!(connections.poll_room(cx));
            }
            if let Some(io) = self.waiting.take() {
                connections.start(io);
            }
        }
    }

    fn failed(&mut self, error: &io::Error, connections: &mut Connections) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            return; // It concerns the connection only.
        }
        #[cfg(feature = "tracing")]
        tracing::warn!(%error, "cannot accept connections");
        if is_out_of_descriptors(error) {
            (0..CLOSED_AT_ONCE).take_while(|_| connections.close_waiting()).for_each(drop);
        }
        self.pause = Instant::now().checked_add(PAUSE);
    }
}

/// Returns `true` for `EMFILE` and `ENFILE`, which have these numbers on every Unix.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}
