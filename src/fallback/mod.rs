//! Falling back to other models when one refuses.
//!
//! A model may refuse a request that another one accepts. The stop reason of its message is then `refusal`, and
//! the API may add a credit, so that the next attempt costs less. [`RefusalFallback`] wraps a client or a
//! handler and makes these attempts: it sends a refused request along a chain of models until one accepts, and
//! returns one ordinary message or stream, in the form in which the API itself falls back.
//!
//! The API can do the same: [`CreateMessageRequest::fallbacks`] names models that take over on the server.
//! Use this module where it does not, or where a fallback needs the request changed in other ways, such as
//! another limit of tokens, or without thinking.
//!
//! ```no_run
//! use messages_api::fallback::{FallbackState, RefusalFallback};
//! use messages_api::types::fallback::Fallback;
//! use messages_api::{Client, CreateMessageRequest};
//!
//! # async fn example() -> Result<(), messages_api::Error> {
//! let fallbacks = [Fallback::new("claude-opus-4-8"), Fallback::new("claude-sonnet-5").max_tokens(2048)];
//! let models = RefusalFallback::new(Client::from_env()?, fallbacks);
//!
//! // One state for each conversation: its next turns begin with the model that has accepted the last one.
//! let conversation = models.with_state(&FallbackState::new());
//! let request = CreateMessageRequest::new("claude-fable-5", 4096).user("How do vaccines work?");
//! let mut stream = conversation.stream_message(&request).await?;
//! while let Some(event) = stream.next().await {
//!     if let Some(text) = event?.text_delta() {
//!         print!("{text}");
//!     }
//! }
//! let message = stream.into_message()?; // with a `FallbackBlock` wherever another model took over
//! # Ok(())
//! # }
//! ```
//!
//! # Requests
//!
//! Each [`Fallback`] changes the request as the caller made it, never one that an earlier fallback changed.
//! A field that it sets replaces that of the request, one that is `null` removes it, and one that is absent
//! leaves it; for `output_config` this holds for each of its fields. Two things follow from the change of the
//! model:
//!
//! - `thinking` of the type `between_tools` becomes `disabled`, unless the fallback sets `thinking`.
//! - If a request with the `speed` `fast`, which the fallback does not set, is rejected with 429 or 529, it is
//!   sent once more without `speed`.
//!
//! The attempt redeems the credit of the refusal if there is one, in the mode `best_effort`, so that it
//! succeeds even if the credit does not apply. Every request asks for the beta `fallback-credit-2026-07-01`,
//! without which there are no credits; [`RefusalFallback::betas`] changes that.
//!
//! [`FallbackBlock`]s in the conversation are removed before a request is sent, because not every server
//! accepts them. So messages can be sent back as they are.
//!
//! # Whole messages
//!
//! A refused message is dropped, whatever it contains. The message of the model that accepts begins with a
//! [`FallbackBlock`] for each change of the model. If all refuse, the last refusal is returned as it is. A
//! fallback that fails is skipped; if it is the last one, its error is returned.
//!
//! # Streams
//!
//! Nothing is returned before the first block of the content, so that a refusal before it leaves no trace. If
//! a model refuses later, the stream goes on with a [`FallbackBlock`] and the blocks of the next model, which
//! continues what the first has written if the refusal allows that (`fallback_has_prefill_claim`), and begins
//! anew otherwise. If the continuation is rejected with 400, the same model begins anew.
//!
//! For the next model to continue, what a stream has returned is kept until the last model has taken over, up
//! to about 64 MiB; beyond that the next model begins anew.
//!
//! The events add up to one message: with one `message_start`, that has the id of the first; with indices that
//! go on across the models; and with `usage.iterations` that list what each model has used. A refusal after
//! the first block is only followed by another attempt if it has a credit. All other refusals are returned.
//!
//! A call to a tool that a model has written before another took over is not to be run: run those after the
//! last [`FallbackBlock`].
//!
//! A fallback that fails before it has any content is skipped. If none is left, the stream ends with the last
//! refusal; its `recommended_model` is the model that failed if that was for lack of capacity (429 or 529). An
//! error after the first block ends the stream, as usual.
//!
//! [`Fallback`]: crate::types::fallback::Fallback
//! [`FallbackBlock`]: crate::types::fallback::FallbackBlock
//! [`CreateMessageRequest::fallbacks`]: crate::types::CreateMessageRequest::fallbacks

mod call;
mod handler;
mod iterations;
mod request;
mod source;
mod splice;
mod state;

use std::fmt;
use std::sync::Arc;

use call::Call;
use source::ClientSource;
pub use state::FallbackState;

use crate::client::Client;
use crate::error::Error;
use crate::stream::MessageStream;
use crate::types::fallback::Fallback;
use crate::types::{Beta, Betas, CreateMessageRequest, Message};

/// A client or a handler that sends a refused request to other models.
///
/// The [module](crate::fallback) describes how. Around a [`Client`] it has the methods
/// [`create_message`](Self::create_message) and [`stream_message`](Self::stream_message) of one, and around any
/// [`Handler`](crate::handler::Handler), a [`Client`] included, it is a handler. Clones are cheap.
///
/// As a handler, it uses the [`FallbackState`] in the
/// [extensions](crate::handler::RequestContext::extensions) of the request, if there is one: an authenticator
/// or a layer that knows the conversation puts it there. A request for a count of tokens is passed on.
///
/// ```no_run
/// use messages_api::fallback::RefusalFallback;
/// use messages_api::types::fallback::Fallback;
/// use messages_api::{ApiKeys, Client, MessagesService};
///
/// # fn example() -> Result<(), messages_api::Error> {
/// let upstream = RefusalFallback::new(Client::from_env()?, [Fallback::new("claude-opus-4-8")]);
/// # #[cfg(feature = "server")] {
/// let gateway = MessagesService::builder(upstream).authenticate(ApiKeys::new(["secret"])).build();
/// # }
/// # Ok(())
/// # }
/// ```
pub struct RefusalFallback<H> {
    inner: Arc<H>,
    fallbacks: Arc<[Fallback]>,
    betas: Betas,
    state: Option<FallbackState>,
}

impl<H> RefusalFallback<H> {
    /// Wraps `inner`, which sends each request that is refused to the `fallbacks`, in their order.
    ///
    /// Without fallbacks, requests are passed on unchanged.
    pub fn new(inner: H, fallbacks: impl IntoIterator<Item = Fallback>) -> Self {
        Self {
            inner: Arc::new(inner),
            fallbacks: fallbacks.into_iter().collect(),
            betas: Beta::FallbackCredit2026_07_01.into(),
            state: None,
        }
    }

    /// Sets the betas that every request asks for in addition to its own; `fallback-credit-2026-07-01` by
    /// default.
    #[must_use]
    pub fn betas(mut self, betas: impl Into<Betas>) -> Self {
        self.betas = betas.into();
        self
    }

    /// Returns a clone whose requests begin with the model in `state`, and change it when another model takes
    /// over.
    ///
    /// Without a state, every request begins with the model that it names.
    #[must_use]
    pub fn with_state(&self, state: &FallbackState) -> Self {
        Self { state: Some(state.clone()), ..self.clone() }
    }
}

impl RefusalFallback<Client> {
    /// Requests a message like [`Client::create_message`], from the next model whenever one refuses.
    ///
    /// # Errors
    ///
    /// Those of [`Client::create_message`], of the first request or the last fallback. Returns
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config) if the request has `fallbacks` of its own, if the
    /// state is that of another chain, or if a fallback does not fit the request.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection. The state does not change.
    pub async fn create_message(&self, request: &CreateMessageRequest) -> Result<Message, Error> {
        if self.fallbacks.is_empty() {
            return self.inner.create_message(request).await;
        }
        Ok(self.call(request)?.message().await?.0)
    }

    /// Requests a message like [`Client::stream_message`], and goes on with the next model whenever one
    /// refuses.
    ///
    /// The stream has the headers of the first HTTP response.
    ///
    /// # Errors
    ///
    /// Those of [`Client::stream_message`] for the first request. Returns
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config) if the request has `fallbacks` of its own, or if
    /// the state is that of another chain. Later errors are returned by the stream; [the module](crate::fallback#streams) describes them.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future or the stream closes the connection, whichever model is being asked.
    pub async fn stream_message(&self, request: &CreateMessageRequest) -> Result<MessageStream, Error> {
        if self.fallbacks.is_empty() {
            return self.inner.stream_message(request).await;
        }
        Ok(self.call(request)?.stream().await?.0)
    }

    fn call(&self, request: &CreateMessageRequest) -> Result<Call, Error> {
        let client = Client::clone(&self.inner).with_beta(self.betas.clone())?;
        let source = Box::new(ClientSource(client));
        Call::new(source, Arc::clone(&self.fallbacks), self.state.clone(), request.clone())
    }
}

impl<H> Clone for RefusalFallback<H> {
    fn clone(&self) -> Self {
        let Self { inner, fallbacks, betas, state } = self;
        Self {
            inner: Arc::clone(inner),
            fallbacks: Arc::clone(fallbacks),
            betas: betas.clone(),
            state: state.clone(),
        }
    }
}

impl<H> fmt::Debug for RefusalFallback<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inner: _, fallbacks, betas, state } = self;
        f.debug_struct("RefusalFallback")
            .field("fallbacks", fallbacks)
            .field("betas", betas)
            .field("state", state)
            .finish_non_exhaustive()
    }
}
