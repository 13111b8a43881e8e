//! The service.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::MessagesBody;
use super::config::Config;
use super::guard::guard;
use super::pipeline::{self, PipelineResult};
use super::request_id::RequestId;
use super::respond;

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
/// | 400 | not JSON, not the request of the endpoint, nests too deep, or carries `thread` (see [`threads`](crate::server::MessagesServiceBuilder::threads)) |
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

impl MessagesService {
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
        let pipeline = pipeline::run(self.0.clone(), request, request_id.clone());
        ResponseFuture { pipeline: Some(Box::pin(pipeline)), request_id }
    }
}

impl fmt::Debug for MessagesService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MessagesService").field(&self.0).finish()
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
    pipeline: Option<Pin<Box<dyn Future<Output = PipelineResult> + Send>>>,
    request_id: RequestId,
}

impl Future for ResponseFuture {
    type Output = Result<Response<MessagesBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let pipeline = this.pipeline.as_mut().expect("polled after it was done");
        let result = match guard(|| pipeline.as_mut().poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => result,
            Err(panicked) => Err(panicked),
        };
        let done = this.pipeline.take();
        let _ = guard(|| drop(done));
        let response = result.unwrap_or_else(|error| respond::error(&error, &this.request_id));
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
