//! Credits: a hold before each call, and one settlement after it.

mod builder;
mod dyn_ledger;
mod handler;
mod meter;
mod outbox;
mod settlements;
mod watched;

use std::fmt;
use std::sync::Arc;

use tower_layer::Layer;

pub use builder::MeteredBuilder;
use meter::Meter;
pub use settlements::Settlements;

use crate::handler::Handler;
use crate::policy::ledger::Ledger;

/// A handler that charges every message to the account of its caller, whatever happens to the call.
///
/// Before a call, credit is held in a [`Ledger`]; without credit, the caller receives 402 `billing_error` and
/// is told not to try again. After it, what was used is settled exactly once, and what was held beyond it is
/// free again:
///
/// | how the call ended | what is charged |
/// |---|---|
/// | the message was handed over | what it reports, even if that is zero |
/// | the caller left before anything of the reply had come | nothing |
/// | the caller left in the middle of a stream | the input as reported, the output as estimated from what was handed over |
/// | failed, panicked or drained, before any content was handed over | nothing |
/// | failed, panicked or drained, after that | as when the caller leaves |
/// | cut off for lack of credit | as when the caller leaves |
/// | cut off by [`Moderated`](super::Moderated) | what the message reported, or else an estimate of all that was written |
///
/// If the reply had reported its whole usage by the time that the caller left, that is charged. The estimate
/// of the output is two tokens for seven bytes of text, thinking and tool input, or for thinking what the
/// upstream itself estimates, if that is more. A [`Settlement`](crate::policy::Settlement) says which it is
/// and how the call ended, so that a ledger may charge something else.
///
/// The account is that of the [principal](crate::handler::RequestContext::principal); callers of a service
/// that does not authenticate share the account `anonymous`.
///
/// ```
/// use std::sync::Arc;
///
/// use messages_api::handler::Principal;
/// use messages_api::policy::{Account, MemoryLedger, Metered};
/// use messages_api::{ContentBlock, CreateMessageRequest, Handler, Message, RequestContext, Usage, handler_fn};
/// use tower::Layer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let handler = handler_fn(|request, _context| async move {
///     let content = vec![ContentBlock::text("Hello!")];
///     Ok(Message::new("msg_01", request.model, content, Usage::new(9, 3)).into())
/// });
///
/// let ledger = Arc::new(MemoryLedger::new());
/// ledger.deposit("acme", 1000);
/// let (metered, settlements) = Metered::builder(ledger.clone()).expect_output(200).build();
/// let worker = tokio::spawn(settlements.run());
///
/// // Or `MessagesService::builder(handler).layer(metered)`
/// let handler = metered.layer(handler);
/// # drop(metered);
/// let mut context = RequestContext::default();
/// context.set_principal(Principal::new("acme"));
/// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("Hi!");
/// let reply = handler.create_message(request, context).await?;
/// assert_eq!(ledger.account("acme").held, 209); // nine for the request
/// reply.into_stream().final_message().await?;
///
/// drop(handler); // when a server has shut down, for instance
/// worker.await?;
/// assert_eq!(ledger.account("acme"), Account { balance: 988, held: 0 });
/// # Ok(())
/// # }
/// ```
///
/// # What is held
///
/// What the request's own [estimate](crate::types::CreateMessageRequest::estimate_tokens) says of the input,
/// and of the output what the host [expects](MeteredBuilder::expect_output), or `max_tokens` if that is less.
/// Most callers set a `max_tokens` far above what they get; if all of it were held, a few open calls would
/// block an account. A stream that runs past the hold, or reports more input than was estimated, extends it in
/// steps, beginning early enough that it seldom has to wait. When the ledger refuses and what is held is used
/// up, the stream ends with a `billing_error` event in place of more content, and what was handed over is
/// charged. A message whose content is covered ends as usual. A whole message is charged in full even if it is
/// longer than expected.
///
/// # Settling
///
/// A call may end while its reply is being dropped, where nothing can wait. So its settlement goes into an
/// outbox, and [`Settlements::run`], which the host spawns, enters it into the ledger, again and again if the
/// ledger fails, and hands over to [`Ledger::unsettled`] what does not succeed. The outbox is bounded: a call
/// takes its place when it begins and gives it back when it is settled. While there is none, calls are
/// rejected with 529 `overloaded_error`; so they are once the worker is gone.
///
/// `run` ends when all that can begin calls has been dropped and every call is settled. So a host awaits it
/// after its server.
///
/// # Other endpoints
///
/// Counting tokens and listing models is free. Creating a batch is rejected with 403 `permission_error`, for
/// a batch runs long after its request has ended, when this handler can charge nothing, and must not be a way
/// around the charge. [`MeteredBuilder::forward_batches`] is for hosts that charge batches where they run
/// them. Batches that exist can be read, cancelled and deleted.
#[derive(Clone)]
pub struct Metered<H> {
    inner: H,
    meter: Arc<Meter>,
}

impl Metered<()> {
    /// Creates a builder of the layer that makes such handlers.
    pub fn builder(ledger: impl Ledger) -> MeteredBuilder {
        MeteredBuilder::new(ledger)
    }
}

impl<H: fmt::Debug> fmt::Debug for Metered<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metered").field("inner", &self.inner).finish_non_exhaustive()
    }
}

/// A [`Layer`] that charges the calls of handlers: see [`Metered`].
///
/// All handlers that it makes share one outbox.
#[derive(Clone)]
pub struct MeteredLayer(Arc<Meter>);

impl<H: Handler> Layer<H> for MeteredLayer {
    type Service = Metered<H>;

    fn layer(&self, inner: H) -> Metered<H> {
        Metered { inner, meter: Arc::clone(&self.0) }
    }
}

impl fmt::Debug for MeteredLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeteredLayer").finish_non_exhaustive()
    }
}
