//! The service.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, Request, Response};
use http_body::Body;
use tower_service::Service;

use super::auth::DynAuthenticator;
use super::body::MessagesBody;
use super::builder::MessagesServiceBuilder;
use super::events::Events;
use super::guard::guard;
use super::request::{decode, read};
use super::request_id::RequestId;
use super::respond;
use super::route::Route;
use crate::error::{ApiError, Error};
use crate::handler::{BoxHandler, Handler, Reply, ReplyBody, RequestContext};
use crate::json::Json;
use crate::stream::{Accumulator, MessageStream};
use crate::types::{CreateMessageRequest, Message};

/// The Messages API as a tower service: mount it in axum, hyper or any other
/// stack over `http` types.
///
/// ```
/// use messages_api::{ApiKeys, ContentBlock, Message, MessagesService, StopReason, Usage, handler_fn};
///
/// let handler = handler_fn(|request, _context| async move {
///     let message = Message::new("msg_01", request.model, vec![ContentBlock::text("Hello")], Usage::new(1, 1));
///     Ok(message.stop_reason(StopReason::EndTurn).into())
/// });
/// let service = MessagesService::builder(handler).authenticate(ApiKeys::new(["secret"])).build();
/// let app: axum::Router = axum::Router::new().nest_service("/api/v1", service);
/// ```
///
/// # Requests
///
/// It answers `POST …/messages` and `POST …/messages/count_tokens` below any
/// prefix and with any query. Whether the answer is streamed is up to the
/// request's field `stream` alone, and either kind is made of whatever the
/// handler replies. Headers that it does not know are left to the handler,
/// `accept` and `content-type` included.
///
/// # Responses
///
/// Each carries a `request-id`, the one in
/// [`RequestContext::request_id`](crate::handler::RequestContext::request_id). What
/// goes wrong is answered in the error envelope of the API, whatever it is:
///
/// | status | when |
/// |---|---|
/// | 400 | not JSON, not the request of the endpoint, nests too deep, or carries `thread` (see [`threads`](MessagesServiceBuilder::threads)) |
/// | 401 | the [`Authenticator`](crate::server::Authenticator) says no; nothing of the body was read |
/// | 404, 405 | no such endpoint, or not `POST` |
/// | 408 | the body came too slowly |
/// | 413 | the body is too large |
/// | 415 | the body is compressed |
/// | 500 | the handler panicked |
/// | any | what the handler returned |
///
/// The head of a streamed answer waits for the handler's first event, so that a
/// failure until then has its status. A later one ends the stream with an
/// `error` event.
///
/// # Cancel safety
///
/// The service starts no tasks. Dropping [`ResponseFuture`] or
/// [`MessagesBody`], as servers do when the caller leaves, drops the handler's
/// future or stream.
///
/// # What the host does
///
/// The service sees requests whose head has arrived. How long that may take,
/// how many connections there may be and how long one may idle are settings of
/// the HTTP server: in hyper `header_read_timeout`, for instance.
#[derive(Clone)]
pub struct MessagesService(Arc<Config>);

pub(super) struct Config {
    pub(super) handler: BoxHandler,
    /// None lets everybody call.
    pub(super) authenticator: Option<Box<dyn DynAuthenticator>>,
    pub(super) max_body_bytes: usize,
    pub(super) body_idle_timeout: Duration,
    pub(super) ping_interval: Duration,
    pub(super) threads: bool,
}

impl MessagesService {
    /// Starts to set up a service that `handler` answers for.
    pub fn builder(handler: impl Handler) -> MessagesServiceBuilder<false> {
        MessagesServiceBuilder::new(BoxHandler::new(handler))
    }

    pub(super) fn new(config: Config) -> Self {
        Self(Arc::new(config))
    }
}

impl<B> Service<Request<B>> for MessagesService
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = Response<MessagesBody>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        let request_id = RequestId::random();
        let answer = answer(self.0.clone(), request, request_id.clone());
        ResponseFuture { answer: Some(Box::pin(answer)), request_id }
    }
}

impl fmt::Debug for MessagesService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MessagesService").field(&self.0).finish()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("authenticated", &self.authenticator.is_some())
            .field("max_body_bytes", &self.max_body_bytes)
            .field("body_idle_timeout", &self.body_idle_timeout)
            .field("ping_interval", &self.ping_interval)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

/// The response to come, of [`MessagesService`].
///
/// # Cancel safety
///
/// Dropping it drops the handler's future.
///
/// # Panics
///
/// Polling it after it is done. While a body is read it needs a tokio runtime
/// with time enabled, unless `body_idle_timeout` is switched off.
///
/// ```
/// use messages_api::MessagesService;
/// use messages_api::server::ResponseFuture;
/// use tower::Service;
///
/// fn call(service: &mut MessagesService, request: http::Request<String>) -> ResponseFuture {
///     service.call(request)
/// }
/// ```
pub struct ResponseFuture {
    /// None once it is done.
    answer: Option<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    request_id: RequestId,
}

type Answer = Result<Response<MessagesBody>, ApiError>;

impl Future for ResponseFuture {
    type Output = Result<Response<MessagesBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let answer = this.answer.as_mut().expect("polled after it was done");
        let answer = match guard(|| answer.as_mut().poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(answer)) => answer,
            Err(panicked) => Err(panicked),
        };
        let done = this.answer.take();
        let _ = guard(|| drop(done));
        let response = answer.unwrap_or_else(|error| respond::error(&error, &this.request_id));
        #[cfg(feature = "tracing")]
        tracing::debug!(
            status = response.status().as_u16(),
            request_id = this.request_id.as_str(),
            "a request was answered"
        );
        Poll::Ready(Ok(response))
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

async fn answer<B>(config: Arc<Config>, request: Request<B>, request_id: RequestId) -> Answer
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let (mut parts, body) = request.into_parts();
    let route = Route::find(&parts.method, parts.uri.path())?;
    if let Some(authenticator) = &config.authenticator {
        authenticator.authenticate(&mut parts).await?;
    }
    let body = read(&parts.headers, body, config.max_body_bytes, config.body_idle_timeout).await?;
    let context = RequestContext::new(request_id.as_str(), parts);
    match route {
        Route::CreateMessage => {
            let request = decode::<CreateMessageRequest>(body)?;
            if request.thread.is_some() && !config.threads {
                return Err(threads_unsupported());
            }
            let streamed = request.stream == Some(true);
            let reply = config.handler.create_message(request, context).await?;
            reply_with(reply, streamed, &config, request_id).await
        }
        Route::CountTokens => {
            let count = config.handler.count_tokens(decode(body)?, context).await?;
            respond::json(&count, HeaderMap::new(), &request_id)
        }
    }
}

/// Gives the caller what it asked for, whatever the handler made.
async fn reply_with(reply: Reply, streamed: bool, config: &Config, request_id: RequestId) -> Answer {
    let (body, headers) = reply.into_parts();
    if streamed {
        let stream = match body {
            ReplyBody::Stream(stream) => *stream,
            ReplyBody::Message(message) => MessageStream::from(*message),
        };
        let events = Events::start(stream, config.ping_interval, request_id.clone()).await?;
        Ok(respond::stream(events, headers, &request_id))
    } else {
        let message = match body {
            ReplyBody::Stream(stream) => collect(*stream).await?,
            ReplyBody::Message(message) => *message,
        };
        respond::json(&message, headers, &request_id)
    }
}

/// Adds the events up, whether or not the stream itself does.
async fn collect(stream: MessageStream) -> Result<Message, Error> {
    let mut events = stream.without_accumulation();
    let mut message = Accumulator::new();
    while let Some(event) = events.next().await {
        message.push(&event?)?;
    }
    Ok(message.into_message()?)
}

/// What makes the official SDKs send the whole conversation.
fn threads_unsupported() -> ApiError {
    let details = serde_json::json!({ "error_code": "thread_unsupported_request" });
    let message = "thread: not supported by this server; send the whole conversation without `thread`";
    ApiError::invalid_request(message).with_details(Json::from(details))
}
