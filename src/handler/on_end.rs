//! A guard that tells a hook how a request ended.

use std::fmt;

use super::context::RequestContext;
use super::reply::Reply;
use crate::clock::Moment;
use crate::ends::{Hook, Hooks, Origin, Outcome, model_name};
use crate::error::ApiError;
use crate::types::CreateMessageRequest;

/// A guard that calls a hook when a request has ended: exactly once, however that comes about.
///
/// Create it before the request is handled, and [attach](Self::attach) the result to it. From then on the
/// hook belongs to the reply, and is called when the whole message was handed over, when the stream fails, or
/// when the reply is dropped, because the caller has left for instance. If the guard is dropped before there
/// is a reply, the hook is called then.
///
/// It is meant for handlers that wrap another one, and needs no server. To learn of the end of all requests
/// to a server, rejected ones included, use `MessagesServiceBuilder::on_end`, and if there is a reply
/// already, [`Reply::on_end`].
///
/// The hook runs where the reply is dropped, so it must be quick and cannot wait: hand the [`Outcome`] to a
/// task through a channel if there is more to do. A panic in it is caught. If several hooks belong to a
/// reply, the innermost handler's is called first. Replies without a hook cost nothing; with one, a few
/// numbers are added up for each event.
///
/// # Billing
///
/// This handler settles every request of another handler, also those of callers that leave in the middle. The
/// decorator `Metered` of the module `policy` does so with credits that are held before, and a ledger that may
/// fail.
///
/// ```
/// use messages_api::handler::{OnEnd, Outcome};
/// use messages_api::{ApiError, CreateMessageRequest, Handler, Reply, RequestContext};
/// use tokio::sync::mpsc::Sender;
///
/// struct Billed<H> {
///     inner: H,
///     settlements: Sender<Outcome>,
/// }
///
/// impl<H: Handler> Handler for Billed<H> {
///     async fn create_message(
///         &self,
///         request: CreateMessageRequest,
///         context: RequestContext,
///     ) -> Result<Reply, ApiError> {
///         let settlements = self.settlements.clone();
///         let end = OnEnd::new(&request, &context, move |outcome| {
///             if settlements.try_send(outcome.clone()).is_err() {
///                 // The queue is full, or its task has ended: this request is not billed.
///                 eprintln!("not billed: {outcome:?}");
///             }
///         });
///         end.attach(self.inner.create_message(request, context).await)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use messages_api::handler::{End, Principal};
/// # use messages_api::{ContentBlock, Message, Usage, handler_fn};
/// # let (settlements, mut settled) = tokio::sync::mpsc::channel(1024);
/// # let inner = handler_fn(|request, _context| async move {
/// #     let content = vec![ContentBlock::text("Hello!")];
/// #     Ok(Message::new("msg_01", request.model, content, Usage::new(9, 3)).into())
/// # });
/// # let billed = Billed { inner, settlements };
/// # let mut context = RequestContext::default();
/// # context.set_principal(Principal::new("acme"));
/// let request = CreateMessageRequest::new("claude-sonnet-5", 64).user("Hi!");
/// let mut stream = billed.create_message(request, context).await?.into_stream();
/// while let Some(event) = stream.next().await {
///     if event?.text_delta().is_some() {
///         break; // the caller leaves
///     }
/// }
/// drop(stream);
///
/// let outcome = settled.recv().await.ok_or("settled")?;
/// assert_eq!(outcome.end, End::Cancelled);
/// assert_eq!((outcome.principal.id(), &*outcome.model), ("acme", "claude-sonnet-5"));
/// assert_eq!(outcome.usage.map(|usage| usage.input_tokens), Some(9));
/// assert_eq!(outcome.delivered.text_bytes, 6);
/// # Ok(())
/// # }
/// ```
///
/// A handler that may also return early attaches every result, or wraps all of its work in one `async` block
/// and attaches the result of that. A guard that is dropped without a result reports
/// [`End::Cancelled`](super::End::Cancelled), since that is what dropping means elsewhere.
#[must_use = "the hook is called when the guard is dropped: attach the result of the request"]
pub struct OnEnd(Option<(Origin, Hook)>);

impl OnEnd {
    /// Creates a guard for a request, of whose end `hook` is told.
    pub fn new(
        request: &CreateMessageRequest,
        context: &RequestContext,
        hook: impl FnOnce(&Outcome) + Send + 'static,
    ) -> Self {
        let origin = Origin {
            request_id: context.shared_request_id(),
            principal: context.principal().clone(),
            model: model_name(&request.model).to_owned(),
            start: Moment::now(),
            fate: context.fate().clone(),
        };
        Self(Some((origin, Box::new(hook))))
    }

    /// Passes the hook on to the reply, or calls it if the request has failed. Returns the result as it is.
    ///
    /// # Errors
    ///
    /// The error of `result`.
    #[must_use = "dropping the reply ends the request"]
    pub fn attach(mut self, result: Result<Reply, ApiError>) -> Result<Reply, ApiError> {
        match result {
            Ok(mut reply) => {
                if let Some((origin, hook)) = self.0.take() {
                    reply.add_hook(Some(origin), hook);
                }
                Ok(reply)
            }
            Err(error) => {
                if let Some(mut hooks) = self.take_hooks() {
                    hooks.fail(&error);
                }
                Err(error)
            }
        }
    }

    fn take_hooks(&mut self) -> Option<Box<Hooks>> {
        let (origin, hook) = self.0.take()?;
        let mut hooks = None;
        Hooks::add(&mut hooks, Some(origin), hook);
        hooks
    }
}

impl Drop for OnEnd {
    fn drop(&mut self) {
        drop(self.take_hooks());
    }
}

impl fmt::Debug for OnEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnEnd").finish_non_exhaustive()
    }
}
