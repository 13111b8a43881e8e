//! The drain of a service, as a single request sees it.

use std::task::{Context, Poll};
use std::time::Duration;

use http::Extensions;

use crate::clock::Instant;
use crate::error::{ApiError, Mark};
use crate::handler::{Drain, DrainWatch};
use crate::timer::Timer;
use crate::types::ErrorType;

/// Waits for the deadline of a drain: that of the service, or that of the server around it, which comes with the
/// request.
pub(super) struct Draining {
    own: DrainWatch,
    /// `None` if the server is not this crate's, or has the drain of the service.
    server: Option<DrainWatch>,
    timer: Timer,
}

impl Draining {
    pub(super) fn new(own: &Drain, extensions: &Extensions) -> Self {
        let server = extensions.get::<Drain>().filter(|server| !server.is(own));
        Self { own: own.watch(), server: server.map(Drain::watch), timer: Timer::default() }
    }

    /// Polls whether the deadline has passed. After that, it must not be polled again.
    pub(super) fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let watches = std::iter::once(&mut self.own).chain(&mut self.server);
        let deadline = watches
            .filter_map(|watch| match watch.poll_started(cx) {
                Poll::Ready(deadline) => deadline,
                Poll::Pending => None,
            })
            .min();
        deadline.map_or(Poll::Pending, |deadline| self.timer.poll(deadline, cx))
    }

    /// Returns `true` if the deadline has passed, whether or not it was polled.
    pub(super) fn is_over(&self) -> bool {
        let deadlines = std::iter::once(&self.own).chain(&self.server).filter_map(DrainWatch::deadline);
        deadlines.min().is_some_and(|deadline| deadline <= Instant::now())
    }
}

/// Rejects a request that comes after the start of a drain.
pub(super) fn check(own: &Drain, extensions: &Extensions) -> Result<(), ApiError> {
    let is_started = own.is_started() || extensions.get::<Drain>().is_some_and(Drain::is_started);
    if is_started { Err(error()) } else { Ok(()) }
}

/// Returns the error of requests that a drain rejects or ends.
pub(super) fn error() -> ApiError {
    ApiError::new(ErrorType::Overloaded, "The server is shutting down; try again")
        .with_retry_after(Duration::from_secs(1))
        .with_mark(Mark::Drained)
}
