//! The tower service and its future.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{HeaderName, Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::MessagesBody;
use super::config::Config;
use super::draining::{self, Draining};
use super::end::RequestEnd;
use super::exclusive::Exclusive;
use super::pipeline::{self, PipelineResult};
use super::request_id::RequestId;
use super::respond;
use super::span::Span;
use super::upload::Upload;
use crate::ends::Fate;
use crate::guard::Guarded;
use crate::handler::Drain;

const ORGANIZATION_ID: HeaderName = HeaderName::from_static("anthropic-organization-id");

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
/// The service serves the endpoints of the API for which the [`Handler`](crate::handler::Handler) has
/// a method:
///
/// | request | method of the handler |
/// |---|---|
/// | `POST …/messages` | [`create_message`] |
/// | `POST …/messages/count_tokens` | [`count_tokens`] |
/// | `GET …/models`, `GET …/models/{id}` | [`list_models`], [`get_model`] |
/// | `POST …/messages/batches`, `GET …/messages/batches` | [`create_batch`], [`list_batches`] |
/// | `GET …/messages/batches/{id}`, `DELETE …/messages/batches/{id}` | [`get_batch`], [`delete_batch`] |
/// | `POST …/messages/batches/{id}/cancel` | [`cancel_batch`] |
/// | `GET …/messages/batches/{id}/results` | [`batch_results`] |
/// | `HEAD` or `OPTIONS` of these paths | none: 204 with the header `allow`, without authentication |
///
/// [`create_message`]: crate::handler::Handler::create_message
/// [`count_tokens`]: crate::handler::Handler::count_tokens
/// [`list_models`]: crate::handler::Handler::list_models
/// [`get_model`]: crate::handler::Handler::get_model
/// [`create_batch`]: crate::handler::Handler::create_batch
/// [`list_batches`]: crate::handler::Handler::list_batches
/// [`get_batch`]: crate::handler::Handler::get_batch
/// [`delete_batch`]: crate::handler::Handler::delete_batch
/// [`cancel_batch`]: crate::handler::Handler::cancel_batch
/// [`batch_results`]: crate::handler::Handler::batch_results
///
/// Only the end of the path counts, so the service can be mounted below any prefix. A slash at the end
/// and unknown parameters of the query do not matter. An id is percent-decoded, so one that contains a
/// slash must be encoded. The field `stream` of the request alone decides whether the HTTP response
/// is a stream; `accept` and `content-type` do not matter. The handler finds all headers except the
/// credentials in its [`RequestContext`](crate::handler::RequestContext).
///
/// A batch has many requests in one body, so a handler for batches usually needs a higher
/// [`max_body_bytes`]; the API accepts 256 MB.
///
/// # Responses
///
/// Every HTTP response has the header `request-id`, with the id that the handler sees as
/// [`RequestContext::request_id`](crate::handler::RequestContext::request_id): a random one, or one of a
/// proxy (see [`request_id_header`]). The body of every error is the error document of the API:
///
/// | status | cause |
/// |---|---|
/// | 400 | The body breaks off, is not a JSON request for the endpoint, or has a `thread` (see [`threads`]), or the query of a list is not valid. |
/// | 401 | The [`Authenticator`] rejected the caller. Nothing of the body has been kept. |
/// | 404 | No endpoint has this path, or the handler does not serve the endpoint. |
/// | 405 | The endpoint has no such method; the header `allow` lists those that it has. |
/// | 408 | The body arrived too slowly (see [`body_idle_timeout`]). |
/// | 413 | The body is too large (see [`max_body_bytes`]), or would take about twelve times its size in memory. |
/// | 415 | The body is compressed. |
/// | 500 | The handler panicked, its stream ended early, or its error has a status other than 4xx or 5xx. |
/// | 504 | The handler took too long: see [Streams](#streams). |
/// | 529 | The service is being [drained](Self::drain). |
/// | any | The handler or the authenticator returned an error with this status. |
///
/// Callers that are still sending their request often miss an error, because the server closes the
/// connection when it has responded. So the rest of the body of a rejected request is read first,
/// and not kept: at most 64 MiB of it, for at most [`body_idle_timeout`] as a whole, until the caller
/// sends nothing for two seconds. A caller that waits for `100 Continue` receives the error at once.
///
/// # Streams
///
/// The head of a streamed HTTP response is sent with the handler's first event, so a failure before
/// that still has a status and headers of its own. But no caller waits longer than a
/// [`ping_interval`] for the first byte: if the handler has produced no event by then, whether or not
/// it has replied, the HTTP response begins with the status 200 and a `ping` event, and pings go on
/// until there is something else to send. A later failure ends the stream with an `error` event, and
/// the headers of a reply that comes later are not sent. A whole message is different: its HTTP
/// response is not begun before it is complete, and always has its real status.
///
/// A handler that takes too long is dropped, and its caller receives a `timeout_error`: as a 504, or
/// as an `error` event once the stream has begun. The limits are [`first_event_timeout`],
/// [`event_timeout`] and [`total_timeout`].
///
/// The stream of every handler passes through a [`Checker`](crate::stream::Checker), which has a table of
/// what it repairs. What cannot be repaired is the handler's mistake: the stream ends with an `error`
/// event whose text is general, like one that ends early, and [the log](#the-end-of-a-request) has the
/// reason. Faults that a [`MessageStream`](crate::stream::MessageStream)
/// tolerates never reach the checker.
///
/// Events that are ready together are sent together, in chunks of about 16 KiB. A chunk waits for further
/// events for up to eight turns of the connection's task, as long as each turn brings one, but it never
/// waits for time to pass. Only what the checker holds back waits for other events: `message_delta`, and the stop
/// of a tool call whose input is cut off. The handler is polled
/// for further events only when the HTTP server takes the next chunk, so for a caller that does not read,
/// one chunk is held here in addition to the buffer of the HTTP server, which with hyper is limited by
/// `max_buf_size`.
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
/// # The end of a request
///
/// [`on_end`](crate::server::MessagesServiceBuilder::on_end) adds a hook that is told once for each request
/// how it ended and what it used. With the feature `tracing`, there is a span for each request, with the
/// field names of OpenTelemetry's conventions, within which the handler and its stream run; each request that
/// fails is reported once, at the level `WARN`, and callers that leave at `DEBUG`. The line has the id of the
/// request, its principal, the type and the status of the error, and its
/// [cause](crate::error::ApiError::with_cause), but neither content nor keys nor the text of the error.
///
/// # Limits of the HTTP server
///
/// The service sees a request only after its head has arrived. The HTTP server around it must limit
/// how long that may take, how many connections may be open and how long one may be idle: `serve` does, and
/// [the module](crate::server#mounting-elsewhere) lists what to set in others.
///
/// [`Authenticator`]: crate::server::Authenticator
/// [`body_idle_timeout`]: crate::server::MessagesServiceBuilder::body_idle_timeout
/// [`event_timeout`]: crate::server::MessagesServiceBuilder::event_timeout
/// [`first_event_timeout`]: crate::server::MessagesServiceBuilder::first_event_timeout
/// [`max_body_bytes`]: crate::server::MessagesServiceBuilder::max_body_bytes
/// [`ping_interval`]: crate::server::MessagesServiceBuilder::ping_interval
/// [`request_id_header`]: crate::server::MessagesServiceBuilder::request_id_header
/// [`threads`]: crate::server::MessagesServiceBuilder::threads
/// [`total_timeout`]: crate::server::MessagesServiceBuilder::total_timeout
#[derive(Clone)]
pub struct MessagesService(Arc<Config>);

impl MessagesService {
    pub(super) fn new(config: Config) -> Self {
        Self(Arc::new(config))
    }

    /// Returns the handle that takes this service out of service, for a program that mounts it in a server other
    /// than [`serve`](crate::server#serving). `axum::serve` limits neither heads nor connections, as
    /// [the table](crate::server#mounting-elsewhere) says, so this program needs a proxy in front that does:
    ///
    /// ```no_run
    /// use axum::serve::ListenerExt;
    ///
    /// # async fn example(service: messages_api::MessagesService) -> std::io::Result<()> {
    /// let drain = service.drain();
    /// let signal = async move {
    ///     let _ = tokio::signal::ctrl_c().await;
    ///     drain.start(std::time::Duration::from_secs(30));
    /// };
    /// let app = axum::Router::new().nest_service("/api/v1", service);
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    /// let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
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
        let config = Arc::clone(&self.0);
        let request_id = RequestId::of(request.headers(), config.request_id_header.as_ref());
        let span = Span::of_request(request.method(), request.uri(), &request_id);
        let draining = Draining::new(&config.drain, request.extensions());
        let fate = Fate::of_request();
        let end = RequestEnd::new(request_id.clone(), span.clone(), fate.clone());
        let (parts, body) = request.into_parts();
        let pipeline = pipeline::run(Arc::clone(&config), parts, Upload::new(body), end);
        let pipeline = Guarded::new(Exclusive::new(Box::pin(pipeline) as _));
        ResponseFuture { pipeline, draining, fate, request_id, config, span }
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
/// Panics if it is polled again after it has completed, and outside a tokio runtime with time enabled,
/// unless the service is built
/// [`without_clock`](crate::server::MessagesServiceBuilder::without_clock).
pub struct ResponseFuture {
    /// Empty once it has completed.
    pipeline: Guarded<Exclusive<Pin<Box<dyn Future<Output = PipelineResult> + Send>>>>,
    draining: Draining,
    fate: Fate,
    request_id: RequestId,
    config: Arc<Config>,
    span: Span,
}

const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<ResponseFuture>();
};

impl Future for ResponseFuture {
    type Output = Result<Response<MessagesBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        assert!(!this.pipeline.is_empty(), "a `ResponseFuture` was polled after it completed");
        let (pipeline, span) = (&mut this.pipeline, &this.span);
        let polled = span.within(|| pipeline.poll(|pipeline| pipeline.get_mut().as_mut().poll(cx)));
        let result = match polled {
            Poll::Ready(result) => result.and_then(|result| result),
            Poll::Pending => {
                ready!(this.draining.poll_deadline(cx));
                let error = draining::error();
                this.fate.give_up(&error);
                Err(error)
            }
        };
        span.within(|| pipeline.clear());
        let mut response = result.unwrap_or_else(|error| respond::error(&error, &this.request_id));
        if let Some(id) = &this.config.organization_id {
            response.headers_mut().entry(ORGANIZATION_ID).or_insert_with(|| id.clone());
        }
        span.record_status(response.status());
        response.body_mut().set_span(span);
        Poll::Ready(Ok(response))
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}
