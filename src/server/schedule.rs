//! When the server sends a ping, and when it gives a handler up.

use std::mem;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::ApiError;
use crate::timer::Timer;
use crate::types::ErrorType;

/// The settings of a service that concern the time after a request has been read. Each is off if it
/// is `Duration::MAX`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    pub(super) ping_interval: Duration,
    pub(super) first_event_timeout: Duration,
    pub(super) event_timeout: Duration,
    pub(super) total_timeout: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self { ping_interval: Duration::from_secs(10), event_timeout: Duration::from_secs(600), ..Self::OFF }
    }
}

impl Timing {
    pub(super) const OFF: Self = Self {
        ping_interval: Duration::MAX,
        first_event_timeout: Duration::MAX,
        event_timeout: Duration::MAX,
        total_timeout: Duration::MAX,
    };
}

/// What a silent stream is due for.
pub(super) enum Due {
    Ping,
    /// A limit of time has passed.
    End(ApiError),
}

/// The times at which something is due while the server waits for a handler.
///
/// The clock is read once for each wait, and not at all if nothing is ever due: there may be none.
pub(super) struct Schedule {
    timing: Timing,
    ping: Option<Instant>,
    first_event: Option<Instant>,
    event: Option<Instant>,
    total: Option<Instant>,
    /// The earliest of these times, in the current wait.
    next: Option<Instant>,
    /// Whether the handler has produced an event since the last wait.
    was_heard: bool,
    /// Whether anything has been sent since the last wait.
    was_sent: bool,
    timer: Timer,
}

impl Schedule {
    /// Creates the schedule of a streamed HTTP response to a request that has just been read.
    pub(super) fn of_stream(timing: Timing) -> Self {
        let mut this = Self::new(timing);
        this.begin_stream();
        this
    }

    /// Creates the schedule of a whole HTTP response to a request that has just been read. Until the
    /// handler replies with a stream, only the total time is limited. No ping is ever due.
    pub(super) fn of_whole(timing: Timing) -> Self {
        Self::new(Timing { ping_interval: Duration::MAX, ..timing })
    }

    fn new(timing: Timing) -> Self {
        let total = deadline(timing.total_timeout);
        Self {
            ping: None,
            first_event: None,
            event: None,
            total,
            next: total,
            was_heard: false,
            was_sent: false,
            timer: Timer::default(),
            timing,
        }
    }

    /// Begins the wait for the first event of a stream.
    pub(super) fn begin_stream(&mut self) {
        self.first_event = deadline(self.timing.first_event_timeout);
        (self.was_heard, self.was_sent) = (true, true);
        self.begin_wait();
    }

    /// Notes that the handler has produced an event.
    pub(super) fn hear(&mut self, is_ping: bool) {
        self.was_heard = true;
        if !is_ping {
            self.first_event = None;
        }
    }

    /// Notes that something was sent.
    pub(super) fn send(&mut self) {
        self.was_sent = true;
    }

    /// Returns the error of a handler that goes on beyond its time, although it is never waited for.
    pub(super) fn overdue(&self) -> Option<ApiError> {
        let is_overdue = self.total.is_some_and(|total| total <= Instant::now());
        is_overdue.then(|| self.total_elapsed())
    }

    /// Waits until something is due.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        if self.was_heard || self.was_sent {
            self.begin_wait();
        }
        let Some(next) = self.next else { return Poll::Pending };
        ready!(self.timer.poll(next, cx));
        let limits = [self.total, self.first_event, self.event];
        Poll::Ready(match limits.map(|limit| limit.is_some_and(|limit| limit <= next)) {
            [true, ..] => Due::End(self.total_elapsed()),
            [_, true, _] => {
                Due::End(elapsed("no event", "first_event_timeout", self.timing.first_event_timeout))
            }
            [.., true] => Due::End(elapsed("no event", "event_timeout", self.timing.event_timeout)),
            [false, false, false] => Due::Ping,
        })
    }

    /// Starts anew what the last event or the last chunk has ended.
    fn begin_wait(&mut self) {
        let (was_heard, was_sent) = (mem::take(&mut self.was_heard), mem::take(&mut self.was_sent));
        let Timing { ping_interval, event_timeout, .. } = self.timing;
        if ping_interval.min(event_timeout) < Duration::MAX {
            let now = Instant::now();
            if was_heard {
                self.event = now.checked_add(event_timeout);
            }
            if was_sent {
                self.ping = now.checked_add(ping_interval);
            }
        }
        let times = [self.total, self.first_event, self.event, self.ping];
        self.next = times.into_iter().flatten().min();
    }

    fn total_elapsed(&self) -> ApiError {
        elapsed("no complete message", "total_timeout", self.timing.total_timeout)
    }
}

/// Returns when a limit ends that begins now; `None` if it is off, or beyond what an [`Instant`] can
/// hold. If it is off, the clock is not read, for there may be none.
pub(super) fn deadline(limit: Duration) -> Option<Instant> {
    if limit == Duration::MAX { None } else { Instant::now().checked_add(limit) }
}

fn elapsed(what: &str, setting: &str, limit: Duration) -> ApiError {
    let message = format!("The server produced {what} within {limit:?} (set by `{setting}`)");
    ApiError::new(ErrorType::Timeout, &*message).with_cause(message)
}
