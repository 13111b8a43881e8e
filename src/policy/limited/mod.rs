//! Limits of what each principal may use.

mod bucket;
mod handler;
mod limiter;
mod limits;
mod memory;
mod permits;
#[cfg(feature = "redis")]
mod redis_limits;
mod store;

use std::sync::Arc;

use tower_layer::Layer;

use limiter::Limiter;
pub use limits::Limits;
pub use memory::MemoryLimits;
#[cfg(feature = "redis")]
pub use redis_limits::{RedisLimits, RedisLimitsBuilder, RedisWorker};
pub use store::{LimitCharge, LimitKind, LimitLevel, LimitStore, StoreFailure};

use crate::handler::RequestContext;

/// A handler that limits what each principal may use of another one: requests and tokens per minute, and
/// concurrent messages.
///
/// [`layer`](Self::layer) and [`layer_by`](Self::layer_by) create its layer. The principal is the
/// [`Principal`](crate::handler::Principal) that the authenticator of the server has found, so all requests
/// without one share the limits of `anonymous`.
///
/// ```
/// use messages_api::handler::Principal;
/// use messages_api::policy::{Limited, Limits};
/// use messages_api::{
///     ContentBlock, CreateMessageRequest, Handler, Message, RequestContext, Usage, handler_fn,
/// };
/// use tower::Layer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let handler = handler_fn(|request, _context| async move {
///     let content = vec![ContentBlock::text("Hello!")];
///     Ok(Message::new("msg_01", request.model, content, Usage::new(9, 3)).into())
/// });
/// // MessagesService::builder(handler).layer(limits)
/// let limits = Limited::layer_by(|context| match context.principal().id() {
///     "alice" => Limits::new().requests(1_000).output_tokens(400_000).concurrent(50),
///     _ => Limits::new().requests(2).output_tokens(8_000).concurrent(1),
/// });
/// let handler = limits.layer(handler);
///
/// let mut context = RequestContext::default();
/// context.set_principal(Principal::new("bob"));
/// let request = CreateMessageRequest::new("claude-sonnet-5", 64).user("Hi!");
/// for remaining in ["1", "0"] {
///     let reply = handler.create_message(request.clone(), context.clone()).await?;
///     assert_eq!(reply.headers()["anthropic-ratelimit-requests-remaining"], remaining);
/// }
/// let error = handler.create_message(request, context).await.unwrap_err();
/// assert_eq!(error.status(), 429);
/// assert!(error.retry_after().is_some());
/// # Ok(())
/// # }
/// ```
///
/// # What counts
///
/// | request | what it takes |
/// |---|---|
/// | a message | one request, its input tokens and its output tokens, and one of the concurrent messages |
/// | a count of tokens | one request of a limit of its own, which has the same size |
/// | the creation of a batch | one request of a limit of its own, which has the same size |
/// | everything else | nothing |
///
/// The messages of a batch are made later and elsewhere, so they do not count. A host that limits tokens
/// either offers no batches or limits them itself.
///
/// The tokens of a message are known at its end. Before, an estimate is taken: that of
/// [`estimate_tokens`](crate::CreateMessageRequest::estimate_tokens) for the input, and for the output
/// `max_tokens`, but no more than [`LimitedLayer::expect_output`] says. At the end the estimate is replaced by
/// what the reply has reported, however the request ends, so a principal may be in debt, and waits until that
/// is paid off. A request that failed and reported nothing gives its tokens back, and so does one that used less
/// than was estimated, except for what has come back by itself in the meantime. If the caller leaves in the
/// middle, the output counts as two tokens for each seven bytes that were delivered.
///
/// A request that is larger than a whole limit is admitted when the limit is untouched, and leaves a debt.
///
/// # What callers see
///
/// Replies and errors carry the headers `anthropic-ratelimit-requests-*`, `-input-tokens-*` and
/// `-output-tokens-*` of those limits that there are, as they are after the estimate. A request over a limit
/// is rejected with 429, these headers and `retry-after`, and takes nothing. If it can never succeed, because
/// a limit is 0, the header `x-should-retry: false` takes the place of `retry-after`.
///
/// # Many processes
///
/// The limits of [`MemoryLimits`] hold for one process. With `RedisLimits`, of the feature `redis`, all
/// processes behind a load balancer share one budget. Another store is an implementation of [`LimitStore`].
/// Concurrent messages are always counted by each process for itself.
#[derive(Debug)]
pub struct Limited<H> {
    inner: H,
    limiter: Arc<Limiter>,
}

impl Limited<()> {
    /// Creates a layer with the same limits for every principal.
    pub fn layer(limits: Limits) -> LimitedLayer {
        Self::layer_by(move |_context| limits)
    }

    /// Creates a layer that takes the limits of each request from `limits`: by its principal, or by what an
    /// authenticator has put into the extensions.
    ///
    /// The function is called for each request, so it should look the limits up in memory. If the limits of a
    /// principal change, what the principal has used remains.
    pub fn layer_by(limits: impl Fn(&RequestContext) -> Limits + Send + Sync + 'static) -> LimitedLayer {
        LimitedLayer {
            limiter: Limiter {
                limits: Arc::new(limits),
                store: Arc::new(MemoryLimits::new()),
                on_failure: StoreFailure::Reject,
                expected_output: 1024,
                permits: permits::Permits::default(),
            },
        }
    }
}

/// A layer that limits what each principal may use: see [`Limited`].
///
/// All handlers that one layer makes share the limits.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it wraps a handler"]
pub struct LimitedLayer {
    limiter: Limiter,
}

impl LimitedLayer {
    /// Sets the output that is expected of a request, in tokens; 1,024 by default.
    ///
    /// This is what is taken before the output is known, unless `max_tokens` is smaller. The less it is, the
    /// more requests of a principal may run at once and exceed the limit together; the more it is, the more
    /// of them are rejected although there would have been enough left.
    pub fn expect_output(mut self, tokens: u64) -> Self {
        self.limiter.expected_output = tokens;
        self
    }

    /// Sets the store that keeps what principals have used, and what happens to a request when the store
    /// fails; a [`MemoryLimits`] of its own by default, which never fails.
    pub fn store(mut self, store: impl LimitStore, on_failure: StoreFailure) -> Self {
        self.limiter.store = Arc::new(store);
        self.limiter.on_failure = on_failure;
        self
    }
}

impl<H> Layer<H> for LimitedLayer {
    type Service = Limited<H>;

    fn layer(&self, inner: H) -> Limited<H> {
        Limited { inner, limiter: Arc::new(self.limiter.clone()) }
    }
}
