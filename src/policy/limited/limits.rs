//! The limits of a principal.

/// The limits of a principal: how much of each kind it may use. What is not set is not limited.
///
/// The limits of requests and tokens are per minute, and continuous: a principal that has used nothing for a
/// while may use a minute's worth at once, and what it has used comes back evenly, a limit of 60 requests at
/// one request a second. A limit of 0 rejects everything.
///
/// ```
/// use messages_api::policy::Limits;
///
/// let free = Limits::new().requests(5).input_tokens(20_000).output_tokens(4_000).concurrent(1);
/// let paid = Limits::new().requests(1_000).concurrent(50);
/// # let _ = (free, paid);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub(super) requests: Option<u64>,
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    pub(super) concurrent: Option<u64>,
}

impl Limits {
    /// Creates limits that limit nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many requests for messages there may be per minute. As many requests to count tokens are
    /// allowed beside them, and as many batches.
    #[must_use]
    pub fn requests(mut self, per_minute: u64) -> Self {
        self.requests = Some(per_minute);
        self
    }

    /// Sets how many input tokens there may be per minute. As in the API, tokens that are read from a prompt
    /// cache do not count, while those that are written to it do.
    #[must_use]
    pub fn input_tokens(mut self, per_minute: u64) -> Self {
        self.input_tokens = Some(per_minute);
        self
    }

    /// Sets how many output tokens there may be per minute.
    #[must_use]
    pub fn output_tokens(mut self, per_minute: u64) -> Self {
        self.output_tokens = Some(per_minute);
        self
    }

    /// Sets how many messages there may be at once, each from its request to the end of its reply. Whole
    /// messages count as well as streams, since the model works as long for them.
    ///
    /// This limit is kept by each process for itself, also if the store of the others is shared.
    #[must_use]
    pub fn concurrent(mut self, messages: u64) -> Self {
        self.concurrent = Some(messages);
        self
    }
}
