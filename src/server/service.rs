//! The tower service and its future.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::MessagesBody;
use super::config::Config;
use super::draining::{self, Draining};
use super::pipeline::{self, PipelineResult};
use super::request_id::RequestId;
use super::respond;
use crate::guard::Guarded;
use crate::handler::Drain;

/// The Messages API as a tower service: a [`Handler`](crate::handler::Handler) behind its routes,
/// ready to mount in axum, hyper or any other stack that uses the types of the `http` crate.
///
/// Clones are cheap and share the handler. The service is always ready and its calls never fail:
/// whatever goes wrong becomes an HTTP response.
///
/// ```no_run
/// use messages_api::{ApiKeys, ContentBlock, Message, MessagesService, StopReason, Usage, handler_fn};
///
/// # async fn run() -> std::io::Result<()> {
/// let handler = handler_fn(|request, _context| async move {
///     let content = vec![ContentBlock::text("Hello!")];
///     let message = Message::new("msg_01", request.model, content, Usage::new(9, 3));
///     Ok(message.stop_reason(StopReason::EndTurn).into())
/// });
/// let service = MessagesService::builder(handler).authenticate(ApiKeys::new(["secret"])).build();
///
/// let app = axum::Router::new().nest_service("/api/v1", service); // serves /api/v1/messages
/// # #[cfg(feature = "serve")]
/// messages_api::server::serve(tokio::net::TcpListener::bind("127.0.0.1:8080").await?, app).await;
/// # Ok(())
/// # }
/// ```
///
/// # Requests
///
/// The service serves `POST …/messages` and `POST …/messages/count_tokens`. Only the end of the
/// path counts, so it can be mounted below any prefix, and any query is accepted. The field
/// `stream` of the request alone decides whether the HTTP response is a stream; `accept` and
/// `content-type` do not matter. The handler finds all headers except the credentials in its
/// [`RequestContext`](crate::handler::RequestContext).
///
/// # Responses
///
/// Every HTTP response has the header `request-id`, with the id that the handler sees as
/// [`RequestContext::request_id`](crate::handler::RequestContext::request_id). The body of every
/// error is the error document of the API:
///
/// | status | cause |
/// |---|---|
/// | 400 | The body breaks off, is not a JSON request for the endpoint, or has a `thread`: see [`threads`]. |
/// | 401 | The [`Authenticator`] rejected the caller. The body has not been read. |
/// | 404 | No endpoint has this path. |
/// | 405 | The method is not `POST`. |
/// | 408 | The body arrived too slowly (see [`body_idle_timeout`]). |
/// | 413 | The body is too large (see [`max_body_bytes`]), or would take about twelve times its size in memory. |
/// | 415 | The body is compressed. |
/// | 500 | The handler panicked, its stream ended early, or its error has a status other than 4xx or 5xx. |
/// | 529 | The service is being [drained](Self::drain). |
/// | any | The handler or the authenticator returned an error with this status. |
///
/// The head of a streamed HTTP response is sent once the handler's first event is ready, so a
/// failure before that still has its own status. A later failure ends the stream with an `error`
/// event.
///
/// If the caller asked for a whole message and the handler replies with a stream, the stream is
/// given up after 100,000 events in a row that add nothing to the message, such as pings. A stream
/// that is always ready leaves other tasks of the runtime their turns.
///
/// A panic of the handler, of its future or stream, or of the authenticator ends only its request,
/// even if what has panicked panics again when it is dropped.
///
/// # Cancel safety
///
/// The service spawns no tasks. Dropping a [`ResponseFuture`] or a [`MessagesBody`], as HTTP
/// servers do when the caller disconnects, drops the handler's future or stream.
///
/// # Limits of the HTTP server
///
/// The service sees a request only after its head has arrived. The HTTP server around it must limit
/// how long that may take, how many connections may be open and how long one may be idle: `serve` does, and
/// [the module](crate::server#mounting-elsewhere) lists what to set in others.
///
/// [`Authenticator`]: crate::server::Authenticator
/// [`body_idle_timeout`]: crate::server::MessagesServiceBuilder::body_idle_timeout
/// [`max_body_bytes`]: crate::server::MessagesServiceBuilder::max_body_bytes
/// [`threads`]: crate::server::MessagesServiceBuilder::threads
#[derive(Clone)]
pub struct MessagesService(Arc<Config>);

impl MessagesService {
    pub(super) fn new(config: Config) -> Self {
        Self(Arc::new(config))
    }

    /// Returns the handle that takes this service out of service, for a program that mounts it in a server other
    /// than [`serve`](crate::server#serving):
    ///
    /// ```no_run
    /// # async fn example(service: messages_api::MessagesService) -> std::io::Result<()> {
    /// let drain = service.drain();
    /// let signal = async move {
    ///     let _ = tokio::signal::ctrl_c().await;
    ///     drain.start(std::time::Duration::from_secs(30));
    /// };
    /// let app = axum::Router::new().nest_service("/api/v1", service);
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    /// axum::serve(listener, app).with_graceful_shutdown(signal).await
    /// # }
    /// ```
    pub fn drain(&self) -> Drain {
        self.0.drain.clone()
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
        let draining = Draining::new(&self.0.drain, request.extensions());
        let pipeline = pipeline::run(self.0.clone(), request, request_id.clone());
        ResponseFuture { pipeline: Guarded::new(Box::pin(pipeline)), draining, request_id }
    }
}

impl fmt::Debug for MessagesService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MessagesService").field(&self.0).finish()
    }
}

/// The future of an HTTP response; returned by a call of [`MessagesService`].
///
/// # Cancel safety
///
/// Dropping it drops the handler's future.
///
/// # Panics
///
/// Panics if it is polled again after it has completed. While it reads the request body it needs a
/// tokio runtime with time enabled, and panics without one, unless
/// [`body_idle_timeout`](crate::server::MessagesServiceBuilder::body_idle_timeout) is switched off.
pub struct ResponseFuture {
    /// Empty once it has completed.
    pipeline: Guarded<Pin<Box<dyn Future<Output = PipelineResult> + Send>>>,
    draining: Draining,
    request_id: RequestId,
}

impl Future for ResponseFuture {
    type Output = Result<Response<MessagesBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        assert!(!this.pipeline.is_empty(), "a `ResponseFuture` was polled after it completed");
        let result = match this.pipeline.poll(|pipeline| pipeline.as_mut().poll(cx)) {
            Poll::Ready(result) => result.and_then(|result| result),
            Poll::Pending => {
                ready!(this.draining.poll_deadline(cx));
                Err(draining::error())
            }
        };
        this.pipeline.clear();
        let response = result.unwrap_or_else(|error| respond::error(&error, &this.request_id));
        #[cfg(feature = "tracing")]
        tracing::debug!(
            status = response.status().as_u16(),
            request_id = this.request_id.as_str(),
            "responded to a request"
        );
        Poll::Ready(Ok(response))
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}
