//! Time and size limits of a client.

use std::time::Duration;

/// The limits on the time that a client waits for a server and on the bytes that it
/// accepts from one.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// From the start of the call to the head of the HTTP response.
    pub(super) response_timeout: Option<Duration>,
    /// Between two chunks of the body.
    pub(super) idle_timeout: Option<Duration>,
    /// For a body that is read as a whole, and for the message that a stream adds up to.
    pub(super) max_response_bytes: usize,
    pub(super) max_event_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            response_timeout: Some(Duration::from_secs(600)),
            idle_timeout: Some(Duration::from_secs(300)),
            max_response_bytes: 64 << 20,
            max_event_bytes: 32 << 20,
        }
    }
}
