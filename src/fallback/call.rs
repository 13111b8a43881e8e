//! One call: the request, and the models that it is sent to.

use std::sync::Arc;

use http::HeaderMap;

use super::request::{OWN_FALLBACKS, continue_after, for_fallback, remove_fallback_blocks, slow_down};
use super::source::Source;
use super::splice::splice;
use super::state::FallbackState;
use crate::client::CallFuture;
use crate::error::{Error, ErrorKind};
use crate::stream::MessageStream;
use crate::types::fallback::{
    Fallback, FallbackBlock, FallbackModel, RefusalCategory, RefusalStopDetails, RefusalTrigger, StopDetails,
};
use crate::types::{ContentBlock, CreateMessageRequest, Message, StopReason};

/// A request on its way along the models.
pub(super) struct Call {
    source: Box<dyn Source>,
    fallbacks: Arc<[Fallback]>,
    state: Option<FallbackState>,
    /// The request of the caller, without fallback blocks.
    request: CreateMessageRequest,
    /// The fallback that the first request goes to; `None` for the model that the request names.
    first: Option<usize>,
}

impl Call {
    /// Begins a call of a request that names no fallbacks itself.
    pub(super) fn new(
        source: Box<dyn Source>,
        fallbacks: Arc<[Fallback]>,
        state: Option<FallbackState>,
        mut request: CreateMessageRequest,
    ) -> Result<Self, Error> {
        if request.fallbacks.is_some() {
            return Err(Error::new(ErrorKind::Config, OWN_FALLBACKS));
        }
        let position = state.as_ref().map(|state| state.position_below(fallbacks.len())).transpose()?;
        remove_fallback_blocks(&mut request.messages);
        Ok(Self { source, fallbacks, state, request, first: position.flatten() })
    }

    /// Requests a whole message.
    pub(super) fn message(self) -> CallFuture<'static, (Message, HeaderMap)> {
        Box::pin(async move { self.accepted_message().await })
    }

    /// Requests a stream.
    pub(super) fn stream(self) -> CallFuture<'static, (MessageStream, HeaderMap)> {
        Box::pin(async move {
            let (model, (stream, headers)) = self.send_first(STREAM).await?;
            let has_next = self.next_position() < self.fallbacks.len();
            Ok((if has_next { splice(self, model, stream) } else { stream }, headers))
        })
    }

    async fn accepted_message(self) -> Result<(Message, HeaderMap), Error> {
        let (mut model, (mut message, mut headers)) = self.send_first(MESSAGE).await?;
        let (mut marks, mut accepted_by, mut failure) = (Vec::new(), self.first, None);
        for (position, fallback) in self.fallbacks.iter().enumerate().skip(self.next_position()) {
            if message.stop_reason != Some(StopReason::Refusal) {
                break;
            }
            let details = refusal_details(message.stop_details.as_ref());
            let mut request = self.request_to(position)?;
            continue_after(&mut request, credit(details), &[]);
            match self.send(&mut request, position, MESSAGE).await {
                Ok(reply) => {
                    marks.push(mark(model, &fallback.model, category(details)));
                    model = fallback.model.clone();
                    (message, headers) = reply;
                    (accepted_by, failure) = (Some(position), None);
                }
                Err(error) => failure = Some(error),
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        if message.stop_reason != Some(StopReason::Refusal) && !marks.is_empty() {
            self.set_position(accepted_by);
            message.content.splice(0..0, marks);
        }
        Ok((message, headers))
    }

    /// Sends the request to the first model. Returns the name of the model and the reply.
    async fn send_first<T>(&self, send: Send<T>) -> Result<(String, T), Error> {
        let Some(position) = self.first else {
            let reply = send(&*self.source, &self.request).await?;
            return Ok((self.request.model.clone(), reply));
        };
        let mut request = self.request_to(position)?;
        let reply = self.send(&mut request, position, send).await?;
        Ok((request.model, reply))
    }

    /// Sends a request to a fallback, and once more if only its speed was rejected.
    async fn send<T>(
        &self,
        request: &mut CreateMessageRequest,
        position: usize,
        send: Send<T>,
    ) -> Result<T, Error> {
        let result = match send(&*self.source, request).await {
            Err(error) if slow_down(request, &self.fallbacks[position], &error) => {
                send(&*self.source, request).await
            }
            result => result,
        };
        #[cfg(feature = "tracing")]
        if let Err(error) = &result {
            tracing::debug!(model = request.model, kind = ?error.kind(), "a fallback failed");
        }
        result
    }

    /// Requests a stream from a fallback, and waits for its content.
    pub(super) async fn open(
        &self,
        request: &mut CreateMessageRequest,
        position: usize,
    ) -> Result<MessageStream, Error> {
        self.send(request, position, READY_STREAM).await
    }

    /// Returns the request of the caller as the fallback at `position` changes it.
    pub(super) fn request_to(&self, position: usize) -> Result<CreateMessageRequest, Error> {
        for_fallback(&self.request, &self.fallbacks[position])
    }

    /// Returns the position of the first fallback that a refusal leads to.
    pub(super) fn next_position(&self) -> usize {
        self.first.map_or(0, |position| position + 1)
    }

    pub(super) fn fallbacks(&self) -> &[Fallback] {
        &self.fallbacks
    }

    /// Sets the state to the model that has accepted, or back to the one with which the call began.
    pub(super) fn set_position(&self, accepted_by: Option<usize>) {
        if let Some(state) = &self.state {
            state.set_position(accepted_by.or(self.first));
        }
    }
}

/// A way to send a request.
type Send<T> = for<'a> fn(&'a dyn Source, &'a CreateMessageRequest) -> CallFuture<'a, T>;

const MESSAGE: Send<(Message, HeaderMap)> = |source, request| source.message(request);

const STREAM: Send<(MessageStream, HeaderMap)> = |source, request| source.stream(request);

const READY_STREAM: Send<MessageStream> = |source, request| {
    Box::pin(async {
        let mut stream = source.stream(request).await?.0.without_accumulation();
        stream.ready().await?;
        Ok(stream)
    })
};

/// Returns the details of a refusal.
pub(super) fn refusal_details(details: Option<&StopDetails>) -> Option<&RefusalStopDetails> {
    match details? {
        StopDetails::Refusal(details) => Some(details),
        StopDetails::Unknown(_) => None,
    }
}

/// Returns the credit that came with a refusal.
pub(super) fn credit(details: Option<&RefusalStopDetails>) -> Option<&str> {
    details?.fallback_credit_token.as_deref().filter(|token| !token.is_empty())
}

/// Returns the subject of a refusal.
pub(super) fn category(details: Option<&RefusalStopDetails>) -> Option<RefusalCategory> {
    details?.category.clone()
}

/// Returns the block that marks the change from one model to another.
pub(super) fn mark(from: String, to: &str, category: Option<RefusalCategory>) -> ContentBlock {
    let mut trigger = RefusalTrigger::new();
    trigger.category = category;
    FallbackBlock::new(FallbackModel::new(from), FallbackModel::new(to)).trigger(trigger).into()
}
