//! The limits of time and size that a client can be given.

use std::time::Duration;

use super::builder::ClientBuilder;
use super::retry::RetryPolicy;

/// Limits of time and size. [The module's documentation](crate::client#timeouts-and-limits) has a table of
/// them. A time limit of zero is rejected by [`build`](Self::build).
impl ClientBuilder {
    /// Limits the time to establish a connection; 10 s by default. With `None`, the
    /// operating system's limit applies.
    ///
    /// This is the only limit without a setter for [single calls](super::Client#method.with_response_timeout):
    /// a connection belongs to reqwest's pool, which clones share, and reqwest takes its limit for the pool
    /// alone. The response timeout and the total timeout of a call include the time to connect.
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.connect_timeout = Some(timeout.into());
        self
    }

    /// Limits the time from the start of an attempt to the head of the HTTP response; 600 s by
    /// default, unlimited with `None`.
    ///
    /// A server sends the head of a whole message only once the message is
    /// complete, so this has to cover the time that the model takes to write it.
    pub fn response_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.set_response_timeout(timeout.into());
        self
    }

    /// Limits the time from the head of the HTTP response to the first event of a stream that is not a
    /// ping; unlimited by default, and with `None`.
    ///
    /// Until that event has arrived, a stream can be retried.
    pub fn first_event_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.first_event_timeout = timeout.into();
        self
    }

    /// Limits the time between two chunks of the body of the HTTP response; 300 s by
    /// default, unlimited with `None`.
    ///
    /// Any byte counts, including those of comments; [`event_timeout`](Self::event_timeout)
    /// limits the time without an event.
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.idle_timeout = timeout.into();
        self
    }

    /// Limits the time between two events of a stream, or between two batch results; 600 s by
    /// default, unlimited with `None`.
    ///
    /// A `ping` event counts, a comment does not. For a body that is read as a whole, this limits
    /// the time from the head of the HTTP response to the end of the body.
    pub fn event_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.event_timeout = timeout.into();
        self
    }

    /// Limits the time from the call to the end of the body, however much arrives
    /// meanwhile; unlimited by default, and with `None`. Retries, and the delays before them, have to
    /// fit into it as well.
    pub fn total_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.set_total_timeout(timeout.into());
        self
    }

    /// Limits the time from `message_stop` to the end of the body, for which a stream waits if it is
    /// read on; 250 ms by default, unlimited with `None`.
    ///
    /// A connection can be used again only after the end of the body. If the end does not arrive in
    /// time, the stream ends all the same, without an error, and its connection is closed. See
    /// [`MessageStream`](crate::stream::MessageStream#the-end-of-the-http-response) for who waits.
    pub fn end_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.end_timeout = timeout.into();
        self
    }

    /// Limits the size of a message in bytes of JSON, whether it arrives as a whole
    /// or adds up from a stream, and of any other body that is read as a whole; 64 MiB by default.
    ///
    /// A stream that is forwarded
    /// [without accumulation](crate::stream::MessageStream::without_accumulation) is
    /// not limited.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_response_bytes = bytes;
        self
    }

    /// Limits the size of one event of a stream, or of one batch result, in bytes; 32 MiB by default.
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_event_bytes = bytes;
        self
    }

    /// Sets whether every fault of a stream is an error; `false` by default.
    ///
    /// Without it, a stream that violates the protocol goes on where nothing is lost, as with
    /// the official SDKs, and
    /// [`MessageStream::deviations`](crate::stream::MessageStream::deviations) lists the faults.
    pub fn strict(mut self, strict: bool) -> Self {
        self.limits.is_strict = strict;
        self
    }

    /// Removes all limits of time and all retries, so that calls need no clock.
    ///
    /// Use it where tokio's timer does not work: outside a tokio runtime, or on
    /// `wasm32-unknown-unknown`, for which the standard library has no clock. What runs the calls then
    /// has to limit their time. A limit or a policy that is set afterwards takes effect.
    pub fn without_clock(mut self) -> Self {
        self.limits = self.limits.without_time();
        self.retry(RetryPolicy::none())
    }
}
