//! The decorator as a handler.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;

use super::call::Call;
use super::source::Source;
use super::{FallbackState, RefusalFallback, request};
use crate::client::CallFuture;
use crate::error::{ApiError, Error};
use crate::handler::{Handler, Reply, ReplyBody, RequestContext, forward_methods};
use crate::stream::MessageStream;
use crate::types::batches::{CreateBatchRequest, MessageBatch};
use crate::types::{Betas, CountTokensRequest, CreateMessageRequest, Message, MessageTokensCount};

#[deny(clippy::missing_trait_methods)]
impl<H: Handler> Handler for RefusalFallback<H> {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        mut context: RequestContext,
    ) -> Result<Reply, ApiError> {
        if self.fallbacks.is_empty() {
            return self.inner.create_message(request, context).await;
        }
        let is_streamed = request.stream == Some(true);
        if request.fallbacks.is_some() {
            return Err(ApiError::invalid_request(request::OWN_FALLBACKS));
        }
        let state = context.extensions().get::<FallbackState>().or(self.state.as_ref()).cloned();
        add_betas(&mut context, &self.betas)?;
        let served = Served::default();
        let source = HandlerSource { handler: Arc::clone(&self.inner), context, served: Arc::clone(&served) };
        let call = Call::new(Box::new(source), Arc::clone(&self.fallbacks), state, request)?;
        reply(call, is_streamed, served).await
    }

    async fn count_tokens(
        &self,
        mut request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        if !self.fallbacks.is_empty() {
            request::remove_fallback_blocks(&mut request.messages);
        }
        self.inner.count_tokens(request, context).await
    }

    /// The requests of a batch are not sent to other models, but the conversations in them may have been.
    async fn create_batch(
        &self,
        mut request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        if !self.fallbacks.is_empty() {
            for request in &mut request.requests {
                request::remove_fallback_blocks(&mut request.params.messages);
            }
        }
        self.inner.create_batch(request, context).await
    }

    forward_methods!(
        inner: list_models get_model list_batches get_batch cancel_batch delete_batch batch_results
    );
}

fn add_betas(context: &mut RequestContext, added: &Betas) -> Result<(), ApiError> {
    let mut betas = context.betas();
    betas.extend(added.iter().cloned());
    if !betas.is_empty() {
        let (name, value) = betas.to_header().map_err(|_| ApiError::internal())?;
        context.headers_mut().insert(name, value);
    }
    Ok(())
}

fn reply(
    call: Call,
    is_streamed: bool,
    served: Served,
) -> Pin<Box<dyn Future<Output = Result<Reply, ApiError>> + Send>> {
    Box::pin(async move {
        // Another model may still take over a stream.
        let is_last = !is_streamed || call.next_position() == call.fallbacks().len();
        let (mut reply, headers) = if is_streamed {
            let (stream, headers) = call.stream().await?;
            (Reply::from(stream.without_accumulation()), headers)
        } else {
            let (message, headers) = call.message().await?;
            (Reply::from(message), headers)
        };
        *reply.headers_mut() = headers;
        let model = served.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(match model.filter(|_| is_last) {
            Some(model) => reply.served_by(model),
            None => reply,
        })
    })
}

/// The model that the upstream of the last reply was asked for.
type Served = Arc<Mutex<Option<Arc<str>>>>;

struct HandlerSource<H> {
    handler: Arc<H>,
    context: RequestContext,
    served: Served,
}

impl<H: Handler> HandlerSource<H> {
    async fn reply(&self, request: &CreateMessageRequest) -> Result<(ReplyBody, HeaderMap), Error> {
        let reply = self.handler.create_message(request.clone(), self.context.clone()).await?;
        *self.served.lock().unwrap_or_else(PoisonError::into_inner) = reply.upstream_model().cloned();
        Ok(reply.into_parts())
    }
}

impl<H: Handler> Source for HandlerSource<H> {
    fn message<'a>(&'a self, request: &'a CreateMessageRequest) -> CallFuture<'a, (Message, HeaderMap)> {
        Box::pin(async {
            let (body, headers) = self.reply(request).await?;
            let message = match body {
                ReplyBody::Message(message) => *message,
                ReplyBody::Stream(stream) => stream.final_message().await?,
            };
            Ok((message, headers))
        })
    }

    fn stream<'a>(&'a self, request: &'a CreateMessageRequest) -> CallFuture<'a, (MessageStream, HeaderMap)> {
        Box::pin(async {
            let (body, headers) = self.reply(request).await?;
            let stream = match body {
                ReplyBody::Message(message) => MessageStream::from(*message),
                ReplyBody::Stream(stream) => *stream,
            };
            Ok((stream, headers))
        })
    }
}
