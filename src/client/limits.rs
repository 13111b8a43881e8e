//! Time and size limits of a client.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, ErrorKind};
use crate::timer::Timer;

/// What a client accepts from a server: how long it waits, how many bytes it takes, and
/// whether it tolerates faults.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// From the start of an attempt to the head of the HTTP response.
    pub(super) response_timeout: Option<Duration>,
    /// From the head of the HTTP response to the first event of a stream.
    pub(super) first_event_timeout: Option<Duration>,
    /// Between two chunks of the body.
    pub(super) idle_timeout: Option<Duration>,
    /// Between two events, and for a body that is read as a whole.
    pub(super) event_timeout: Option<Duration>,
    /// From the start of the call to the end of the body.
    pub(super) total_timeout: Option<Duration>,
    /// From `message_stop` to the end of the body.
    pub(super) end_timeout: Option<Duration>,
    /// From the stop reason to `message_stop`. The message is complete by then, and some servers never
    /// send that event.
    pub(super) stop_timeout: Option<Duration>,
    /// For the body of an error response. It is short, because the status alone already tells most of
    /// the story.
    pub(super) error_timeout: Option<Duration>,
    /// For a body that is read as a whole, and for the message that a stream adds up to.
    pub(super) max_response_bytes: usize,
    pub(super) max_event_bytes: usize,
    /// Whether faults of a stream are errors although nothing is lost by them.
    pub(super) is_strict: bool,
    /// Whether the user has decided how long a whole message may take.
    pub(super) is_patient: bool,
}

impl Limits {
    /// Removes all limits of time.
    pub(super) fn without_time(self) -> Self {
        Self {
            response_timeout: None,
            first_event_timeout: None,
            idle_timeout: None,
            event_timeout: None,
            total_timeout: None,
            end_timeout: None,
            stop_timeout: None,
            error_timeout: None,
            is_patient: true,
            ..self
        }
    }

    pub(super) fn set_response_timeout(&mut self, timeout: Option<Duration>) {
        (self.response_timeout, self.is_patient) = (timeout, true);
    }

    pub(super) fn set_total_timeout(&mut self, timeout: Option<Duration>) {
        (self.total_timeout, self.is_patient) = (timeout, true);
    }

    /// Rejects a time limit of zero, within which nothing can happen: it is more likely meant as none.
    pub(super) fn check(&self) -> Result<(), Error> {
        let limits = [
            ("response_timeout", self.response_timeout),
            ("first_event_timeout", self.first_event_timeout),
            ("idle_timeout", self.idle_timeout),
            ("event_timeout", self.event_timeout),
            ("total_timeout", self.total_timeout),
            ("end_timeout", self.end_timeout),
        ];
        limits.into_iter().try_for_each(|(name, limit)| Self::check_one(name, limit))
    }

    pub(super) fn check_one(name: &str, limit: Option<Duration>) -> Result<(), Error> {
        if limit.is_some_and(|limit| limit.is_zero()) {
            return Err(Error::new(ErrorKind::Config, format!("{name}: must not be zero")));
        }
        Ok(())
    }

    /// Returns the end of a call that starts now.
    pub(super) fn call_deadline(&self) -> Option<Instant> {
        Self::deadline(self.total_timeout)
    }

    /// Returns when a wait ends that starts now. Without a limit the clock is not read, for there may be
    /// none.
    pub(super) fn deadline(limit: Option<Duration>) -> Option<Instant> {
        limit.and_then(|limit| Instant::now().checked_add(limit))
    }

    /// Waits for `future`, but no longer than `limit`, which fails with `elapsed`, nor beyond the
    /// deadline of the call.
    ///
    /// The future is pinned where the caller has it, for a future that takes another one by value has room for
    /// it twice, and futures of calls nest.
    pub(super) fn within<T>(
        mut future: Pin<&mut impl Future<Output = T>>,
        limit: Option<Duration>,
        elapsed: fn() -> Error,
        call_deadline: Option<Instant>,
    ) -> impl Future<Output = Result<T, Error>> {
        let (mut deadline, mut timer) = (None, Timer::default());
        poll_fn(move |cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            // Not before there is something to wait for: a short body comes with its head.
            let deadline = deadline
                .get_or_insert_with(|| [Self::deadline(limit), call_deadline].into_iter().flatten().min());
            let Some(deadline) = *deadline else { return Poll::Pending };
            ready!(timer.poll(deadline, cx));
            let is_total = Some(deadline) == call_deadline;
            Poll::Ready(Err(if is_total { Self::total_elapsed() } else { elapsed() }))
        })
    }

    pub(super) fn response_elapsed() -> Error {
        Error::new(ErrorKind::Timeout, "no response within response_timeout")
    }

    pub(super) fn event_elapsed() -> Error {
        Error::new(ErrorKind::Timeout, "no event within event_timeout")
    }

    pub(super) fn first_event_elapsed() -> Error {
        Error::new(ErrorKind::Timeout, "no event within first_event_timeout")
    }

    pub(super) fn idle_elapsed() -> Error {
        Error::new(ErrorKind::Timeout, "the response paused for longer than idle_timeout")
    }

    pub(super) fn body_elapsed() -> Error {
        Error::new(ErrorKind::Timeout, "the response was not complete within event_timeout")
    }

    pub(super) fn total_elapsed() -> Error {
        Error::new(ErrorKind::Timeout, "the response was not complete within total_timeout")
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            response_timeout: Some(Duration::from_secs(600)),
            first_event_timeout: None,
            idle_timeout: Some(Duration::from_secs(300)),
            event_timeout: Some(Duration::from_secs(600)),
            total_timeout: None,
            end_timeout: Some(Duration::from_millis(250)),
            stop_timeout: Some(Duration::from_secs(10)),
            error_timeout: Some(Duration::from_secs(30)),
            max_response_bytes: 64 << 20,
            max_event_bytes: 32 << 20,
            is_strict: false,
            is_patient: false,
        }
    }
}
