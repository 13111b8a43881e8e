//! Requests and messages that somebody looks at.

mod cut;
mod handler;
mod held;
mod review;
mod text;
mod watched;
mod whole;

use std::fmt;
use std::sync::Arc;

use tower_layer::Layer;

pub use review::{Moderator, Review, Verdict};

use crate::handler::Handler;

/// A handler whose requests and messages a [`Moderator`] looks at.
///
/// The moderator looks at each request before the inner handler receives it, and rejects it with an error of
/// its choice, usually 403 `permission_error`. For a request that passes, it returns a [`Review`], which looks
/// at the message as it is written: at the text and the thinking, piece by piece, and at each quote of a
/// citation and each summary of a compaction by itself. It does not see the inputs of tool calls and the
/// results of server tools.
///
/// # Holding back
///
/// The review says how much of the text may leave, and the rest is held back until more has arrived. So a word
/// that is split over several deltas, or over two text blocks that follow each other, never leaves in part.
/// No more than [`hold_back`](ModeratedLayer::hold_back) bytes are held, 256 by default: what is older has
/// been looked at with everything that followed it, and leaves. Before a block of another type and at the end
/// of the message the review must decide about all that is left.
///
/// Events without text wait as well if text before them is held. If they take more than 1 MiB of memory, as
/// about a thousand small ones do, the stream ends with an error of the kind
/// [`TooLarge`](crate::ErrorKind::TooLarge).
///
/// When the review objects, nothing of what was held leaves, and the inner handler's stream is dropped. The
/// message ends as a refusal of the model would, or with an error, as the [`Verdict`] says. A refusal reports
/// the usage of the inner handler, or if that is not known yet, an estimate of the output tokens from all that
/// was written. [`Metered`](super::Metered) charges this in either case, for the model has written it.
///
/// If the inner handler replies with a whole message, the review looks at all text up to a block of another
/// type at once. A refusal then ends the message before that text.
///
/// # In the background
///
/// With [`in_background`](ModeratedLayer::in_background), text leaves at once, and the review looks at a copy
/// of it. It delays nothing, but it can only cut off what is still to come. The copy is as long as the text
/// that arrives during one look.
///
/// ```
/// use messages_api::policy::{Moderated, Moderator, Review, Verdict};
/// use messages_api::types::fallback::RefusalStopDetails;
/// use messages_api::{ApiError, CreateMessageRequest, Handler, RequestContext, StopReason};
/// # use messages_api::{ContentBlock, Message, Usage, handler_fn};
///
/// /// Keeps a word secret.
/// struct Secret(&'static str);
///
/// impl Moderator for Secret {
///     type Review = Self;
///
///     async fn review(
///         &self,
///         _request: &CreateMessageRequest,
///         _context: &RequestContext,
///     ) -> Result<Self, ApiError> {
///         Ok(Self(self.0))
///     }
/// }
///
/// impl Review for Secret {
///     async fn look(&mut self, pending: &str, is_end: bool) -> Verdict {
///         if pending.contains(self.0) {
///             return Verdict::Refuse(RefusalStopDetails::new());
///         }
///         // The word may begin in what has arrived and end in what follows.
///         let may_begin = |start: &usize| self.0.starts_with(&pending[*start..]);
///         let starts = pending.char_indices().map(|(start, _)| start);
///         Verdict::Release(starts.filter(|_| !is_end).find(may_begin).unwrap_or(pending.len()))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let handler = handler_fn(|_request, _context| async {
/// #     let content = vec![ContentBlock::text("It is opensesame.")];
/// #     Ok(Message::new("msg_01", "m", content, Usage::new(9, 3)).into())
/// # });
/// let moderated = Moderated::new(handler, Secret("opensesame"));
/// let request = CreateMessageRequest::new("claude-sonnet-5", 64).user("What is the word?");
/// let reply = moderated.create_message(request, RequestContext::default()).await?;
/// let message = reply.into_stream().final_message().await?;
/// assert_eq!(message.stop_reason, Some(StopReason::Refusal));
/// # Ok(())
/// # }
/// ```
///
/// # Batches
///
/// The requests of a batch are looked at when it is created. Their results are forwarded as they are.
pub struct Moderated<H, M> {
    inner: H,
    moderator: Arc<M>,
    settings: Settings,
}

#[derive(Clone, Copy)]
struct Settings {
    hold_back: usize,
    in_background: bool,
}

impl<H: Handler, M: Moderator> Moderated<H, M> {
    /// Wraps a handler in a moderator, which may hold back 256 bytes.
    pub fn new(handler: H, moderator: M) -> Self {
        ModeratedLayer::new(moderator).layer(handler)
    }
}

impl Moderated<(), ()> {
    /// Creates a layer that wraps handlers in a moderator.
    pub fn layer<M: Moderator>(moderator: M) -> ModeratedLayer<M> {
        ModeratedLayer::new(moderator)
    }
}

impl<H, M> fmt::Debug for Moderated<H, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moderated").finish_non_exhaustive()
    }
}

/// A layer that wraps a handler in a [`Moderated`]; created by [`Moderated::layer`].
pub struct ModeratedLayer<M> {
    moderator: Arc<M>,
    settings: Settings,
}

impl<M: Moderator> ModeratedLayer<M> {
    fn new(moderator: M) -> Self {
        let settings = Settings { hold_back: 256, in_background: false };
        Self { moderator: Arc::new(moderator), settings }
    }

    /// Sets the maximum number of bytes that a review can hold back; 256 by default.
    ///
    /// It has to be larger than the longest text that the review looks for. In the background it is what is
    /// kept at most of a text that the review has looked at and not released.
    #[must_use]
    pub fn hold_back(mut self, bytes: usize) -> Self {
        self.settings.hold_back = bytes;
        self
    }

    /// Lets text leave before the review has looked at it.
    ///
    /// The review looks at what has arrived meanwhile as soon as it is done with the text before. What is left
    /// when the model has stopped, or all of a whole message, is only looked at if the review decides at once.
    #[must_use]
    pub fn in_background(mut self) -> Self {
        self.settings.in_background = true;
        self
    }
}

impl<H, M> Layer<H> for ModeratedLayer<M> {
    type Service = Moderated<H, M>;

    fn layer(&self, inner: H) -> Moderated<H, M> {
        Moderated { inner, moderator: Arc::clone(&self.moderator), settings: self.settings }
    }
}

impl<M> Clone for ModeratedLayer<M> {
    fn clone(&self) -> Self {
        Self { moderator: Arc::clone(&self.moderator), settings: self.settings }
    }
}

impl<M> fmt::Debug for ModeratedLayer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModeratedLayer").finish_non_exhaustive()
    }
}
