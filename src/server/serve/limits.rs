//! The time that a connection may go without a request.

use std::mem;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use super::activity::Activity;
use crate::timer::Timer;

/// The limits of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) max_connections: usize,
    pub(super) header_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) max_header_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(10),
            max_header_bytes: 64 * 1024,
        }
    }
}

/// Decides when a connection without a request is closed.
///
/// hyper has a timeout for heads as well. It takes the time before the first byte of a head for a part of it, so it
/// would be the idle timeout too, and it runs while the end of the HTTP response before is being written, so it
/// would cut off a caller who reads slowly.
pub(super) struct WaitLimit {
    limits: Limits,
    phase: Phase,
    /// The number of requests when it was polled last.
    requests: usize,
    is_http2: bool,
    /// `None` if the end of the phase is beyond what an [`Instant`] can hold.
    deadline: Option<Instant>,
    timer: Timer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The head of a request arrives, or the first one is awaited.
    Head,
    /// There is a request.
    Busy,
    /// The next request is awaited, or an HTTP response is still being written.
    Idle,
}

impl WaitLimit {
    /// Creates the limit of a new connection.
    pub(super) fn new(limits: Limits) -> Self {
        let deadline = Instant::now().checked_add(limits.header_timeout);
        let (phase, timer) = (Phase::Head, Timer::default());
        Self { limits, phase, requests: 0, is_http2: false, deadline, timer }
    }

    /// Tells that the connection is HTTP/2, in which not everything that is read belongs to a request.
    #[cfg(feature = "http2")]
    pub(super) fn is_http2(&mut self) {
        self.is_http2 = true;
    }

    /// Polls whether the connection has waited for too long. To be called whenever the connection has been polled.
    pub(super) fn poll(&mut self, activity: &Activity, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_http2 {
            activity.wake_when_idle(cx);
        }
        // A request may have come and gone within a single poll of the connection.
        let was_busy = mem::replace(&mut self.requests, activity.requests()) != activity.requests()
            || self.phase == Phase::Busy;
        if activity.is_busy() {
            self.phase = Phase::Busy;
            return Poll::Pending;
        }
        let (has_read, has_written) = activity.take_moves();
        if was_busy || (self.phase == Phase::Idle && has_written) {
            self.phase = Phase::Idle;
            self.deadline = Instant::now().checked_add(self.limits.idle_timeout);
        } else if self.phase == Phase::Idle && has_read && !self.is_http2 {
            self.phase = Phase::Head;
            self.deadline = Instant::now().checked_add(self.limits.header_timeout);
        }
        self.deadline.map_or(Poll::Pending, |deadline| self.timer.poll(deadline, cx))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;

    use super::*;
    use crate::server::serve::activity::InFlight;

    const LIMITS: Limits = Limits {
        max_connections: 1,
        header_timeout: Duration::from_secs(10),
        idle_timeout: Duration::from_secs(60),
        max_header_bytes: 8192,
    };

    /// A connection whose steps take place at the times given, in seconds.
    struct Connection {
        start: Instant,
        activity: Arc<Activity>,
        limit: WaitLimit,
    }

    impl Connection {
        fn new() -> Self {
            let activity = Arc::new(Activity::default());
            Self { start: Instant::now(), activity, limit: WaitLimit::new(LIMITS) }
        }

        /// Does `step` at `second`, until which the connection must stay open.
        async fn at<R>(&mut self, second: u64, step: impl FnOnce(&Arc<Activity>) -> R) -> R {
            let until = self.start + Duration::from_secs(second);
            let closed = poll_fn(|cx| self.limit.poll(&self.activity, cx));
            assert!(tokio::time::timeout_at(until, closed).await.is_err(), "closed before {second} s");
            let result = step(&self.activity);
            poll_fn(|cx| {
                assert!(self.limit.poll(&self.activity, cx).is_pending());
                Poll::Ready(())
            })
            .await;
            result
        }

        /// Returns the second in which the connection is closed.
        async fn closed(mut self) -> u64 {
            poll_fn(|cx| self.limit.poll(&self.activity, cx)).await;
            self.start.elapsed().as_secs()
        }
    }

    fn wrote(activity: &Arc<Activity>) {
        activity.wrote(1, &Context::from_waker(std::task::Waker::noop()));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_head_has_its_time_whatever_is_read() {
        assert_eq!(Connection::new().closed().await, 10);
        let mut slow = Connection::new();
        for second in 1..10 {
            slow.at(second, |activity| activity.read()).await;
        }
        assert_eq!(slow.closed().await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_has_no_limit() {
        let mut connection = Connection::new();
        let request = connection.at(9, |activity| InFlight::new(activity.clone())).await;
        connection.at(5000, |_| drop(request)).await;
        assert_eq!(connection.closed().await, 5060);
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_head_has_its_time_from_its_first_byte_on() {
        let mut connection = Connection::new();
        let request = connection.at(5, |activity| InFlight::new(activity.clone())).await;
        connection.at(100, |_| drop(request)).await;
        connection.at(150, |activity| activity.read()).await;
        connection.at(159, |activity| activity.read()).await;
        assert_eq!(connection.closed().await, 160);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_comes_and_goes_at_once_counts() {
        let mut connection = Connection::new();
        for second in [9, 60, 119] {
            connection.at(second, |activity| drop(InFlight::new(activity.clone()))).await;
        }
        assert_eq!(connection.closed().await, 179);
    }

    #[tokio::test(start_paused = true)]
    async fn what_http2_reads_while_it_is_idle_is_no_head() {
        let mut connection = Connection::new();
        connection.limit.is_http2 = true;
        connection.at(5, |activity| drop(InFlight::new(activity.clone()))).await;
        connection.at(6, |activity| activity.read()).await;
        assert_eq!(connection.closed().await, 65);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_still_writes_is_not_idle() {
        let mut connection = Connection::new();
        let request = connection.at(0, |activity| InFlight::new(activity.clone())).await;
        connection.at(1, |_| drop(request)).await;
        connection.at(60, wrote).await;
        connection.at(119, wrote).await;
        assert_eq!(connection.closed().await, 179);
    }
}
