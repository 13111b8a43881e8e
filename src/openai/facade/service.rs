//! The tower service in front of a service of the Messages API.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use http_body::Body;
use serde::de::DeserializeOwned;
use tower_service::Service;

use super::chunks::ChunkEncoder;
use super::completion::response_to_openai;
use super::errors::{error_document, status};
use super::exchange::ChatExchange;
use super::models;
use super::options::FacadeOptions;
use super::request::request_from_openai;
use crate::error::ApiError;
use crate::handler::{PageQuery, RequestContext};
use crate::json::Json;
use crate::server::{MessagesBody, MessagesService, Protocol, ResponseFuture, Spoken, WriteMessage, decode};
use crate::types::events::StreamEvent;
use crate::types::rate_limits::RateLimits;
use crate::types::{CreateMessageRequest, Message};
use crate::wire::{Field, to_json};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// The name under which clients of Chat Completions look for the id of a request.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
const VERSION: HeaderName = HeaderName::from_static("anthropic-version");

/// A [`MessagesService`] that clients of OpenAI's Chat Completions can call as well.
///
/// It is mounted as the service itself is, and serves both protocols below one prefix:
///
/// | request | what becomes of it |
/// |---|---|
/// | `POST …/chat/completions` | A request for a message. The HTTP response is a completion, or a stream of chunks. |
/// | `GET …/models`, `GET …/models/{id}` | The same, with the response in OpenAI's form, unless the request has the header `anthropic-version`. |
/// | any other | It goes through untouched. |
///
/// Everything else is that of the service, and is set there: who may call, limits, timeouts, hooks, spans,
/// request ids and the drain. The key of an OpenAI client is a bearer token, which [`ApiKeys`] accepts.
///
/// ```
/// use axum::body::{Body, to_bytes};
/// use http::Request;
/// use messages_api::openai::Facade;
/// use messages_api::{ApiKeys, ContentBlock, Message, MessagesService, StopReason, Usage, handler_fn};
/// use tower::ServiceExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let handler = handler_fn(|request, _context| async move {
///     let content = vec![ContentBlock::text("Oslo.")];
///     let message = Message::new("msg_01", request.model, content, Usage::new(12, 3));
///     Ok(message.stop_reason(StopReason::EndTurn).into())
/// });
/// let service = MessagesService::builder(handler).authenticate(ApiKeys::new(["secret"])).build();
/// let app = axum::Router::new().nest_service("/v1", Facade::new(service));
///
/// let chat = r#"{"model":"my-model","messages":[{"role":"user","content":"What is the capital of Norway?"}]}"#;
/// let request = Request::post("/v1/chat/completions").header("authorization", "Bearer secret");
/// let request = request.body(Body::from(chat))?;
/// let body = to_bytes(app.oneshot(request).await?.into_body(), 4096).await?;
/// let completion: serde_json::Value = serde_json::from_slice(&body)?;
/// assert_eq!(completion["choices"][0]["message"]["content"], "Oslo.");
/// # Ok(())
/// # }
/// ```
///
/// With a `Client` as the handler of the service, OpenAI clients reach Anthropic.
///
/// # Requests
///
/// [`request_from_openai`] has a table of what becomes of a request. What cannot be carried over is dropped,
/// and listed in the [losses](ChatExchange::losses) of the [`ChatExchange`] that the handler finds in the
/// extensions of its context; with the feature `tracing`, there is one line at the level `DEBUG` with their
/// number and the first.
/// [`FacadeOptions::strict`] rejects such requests instead. The body is read when the caller has been
/// authenticated, within the limits of the service.
///
/// # Responses
///
/// A stream has a chunk with the usage if the request asks for it with `stream_options`. Pings are comments,
/// which clients skip. A stream that fails ends with an error, and without `[DONE]`. Errors before that have
/// the form and the status of [`error_to_openai`](crate::openai::error_to_openai), with the headers of the
/// service. All HTTP responses have the id of the request in the header `x-request-id` too, and the limits of
/// requests and tokens in `x-ratelimit-…`.
///
/// [`ApiKeys`]: crate::server::ApiKeys
#[derive(Clone)]
pub struct Facade {
    service: MessagesService,
    protocol: Arc<ChatCompletions>,
}

impl Facade {
    /// Creates a facade of `service` with the default options.
    pub fn new(service: MessagesService) -> Self {
        Self { service, protocol: Arc::default() }
    }

    /// Sets what becomes of the parts of Chat Completions that the Messages API lacks.
    #[must_use]
    pub fn options(mut self, options: FacadeOptions) -> Self {
        self.protocol = Arc::new(ChatCompletions { options });
        self
    }

    /// Turns the head of a request into that of a request for the service.
    fn prepare(&self, parts: &mut Parts) -> Endpoint {
        let endpoint = Endpoint::find(parts);
        let query = parts.uri.query().unwrap_or_default();
        match endpoint {
            Endpoint::ChatCompletions => {
                let prefix = completions_prefix(parts.uri.path()).unwrap_or_default();
                parts.uri = with_path(&parts.uri, &format!("{prefix}messages?{query}"));
                parts.extensions.insert(Spoken(Arc::clone(&self.protocol) as _));
            }
            Endpoint::Models => {
                // Clients expect the whole list.
                let (path, limit) = (parts.uri.path(), PageQuery::MAX_LIMIT);
                parts.uri = with_path(&parts.uri, &format!("{path}?{query}&limit={limit}"));
            }
            Endpoint::Model | Endpoint::Other => {}
        }
        endpoint
    }
}

impl<B> Service<Request<B>> for Facade
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = Response<MessagesBody>;
    type Error = Infallible;
    type Future = FacadeFuture;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> FacadeFuture {
        let (mut parts, body) = request.into_parts();
        let endpoint = self.prepare(&mut parts);
        FacadeFuture { response: self.service.call(Request::from_parts(parts, body)), endpoint }
    }
}

impl fmt::Debug for Facade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, protocol } = self;
        f.debug_struct("Facade").field("service", service).field("options", &protocol.options).finish()
    }
}

/// The future of an HTTP response; returned by a call of [`Facade`].
///
/// # Cancel safety
///
/// Dropping it drops the handler's future.
///
/// # Panics
///
/// As a [`ResponseFuture`] does.
#[derive(Debug)]
pub struct FacadeFuture {
    response: ResponseFuture,
    endpoint: Endpoint,
}

impl Future for FacadeFuture {
    type Output = Result<Response<MessagesBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Ok(mut response) = ready!(Pin::new(&mut self.response).poll(cx));
        if self.endpoint != Endpoint::Other {
            self.endpoint.translate(&mut response);
        }
        Poll::Ready(Ok(response))
    }
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    ChatCompletions,
    Models,
    Model,
    Other,
}

impl Endpoint {
    /// Finds what a request is for by the end of its path, as the service does.
    fn find(parts: &Parts) -> Self {
        let path = parts.uri.path();
        if completions_prefix(path).is_some() {
            return Self::ChatCompletions;
        }
        if parts.headers.contains_key(VERSION) {
            return Self::Other;
        }
        let mut segments = path.rsplit('/').filter(|segment| !segment.is_empty());
        match (segments.next(), segments.next()) {
            (Some("models"), _) => Self::Models,
            (Some(_), Some("models")) => Self::Model,
            _ => Self::Other,
        }
    }

    /// Gives an HTTP response of the service the form that the caller expects. The bodies of completions have
    /// it already.
    fn translate(self, response: &mut Response<MessagesBody>) {
        if let Some(id) = response.headers().get(REQUEST_ID).cloned() {
            response.headers_mut().insert(X_REQUEST_ID, id);
        }
        add_rate_limits(response.headers_mut());
        if response.status().is_client_error() || response.status().is_server_error() {
            if response.status() == StatusCode::PAYMENT_REQUIRED {
                // Clients would retry the status that takes its place.
                let headers = response.headers_mut();
                headers.entry(SHOULD_RETRY).or_insert(HeaderValue::from_static("false"));
            }
            *response.status_mut() = status(response.status());
            return rewrite(response, error_document);
        }
        match self {
            Self::Models => rewrite(response, models::list),
            Self::Model => rewrite(response, models::model),
            Self::ChatCompletions | Self::Other => {}
        }
    }
}

/// Adds the rate limits under the names that clients of Chat Completions look for.
fn add_rate_limits(headers: &mut HeaderMap) {
    let limits = RateLimits::from_headers(headers);
    for (what, limit) in [("requests", limits.requests), ("tokens", limits.tokens)] {
        let Some(limit) = limit else { continue };
        let wait = limit.reset.and_then(|reset| reset.until(SystemTime::now()));
        let values = [
            ("limit", limit.limit.map(|count| count.to_string())),
            ("remaining", limit.remaining.map(|count| count.to_string())),
            ("reset", wait.map(|wait| format!("{}s", wait.as_secs()))),
        ];
        for (field, value) in values {
            let name = HeaderName::try_from(format!("x-ratelimit-{field}-{what}"));
            if let (Ok(name), Some(Ok(value))) = (name, value.map(HeaderValue::try_from)) {
                headers.insert(name, value);
            }
        }
    }
}

/// Replaces the document in the body of an HTTP response, unless there is none of this type.
fn rewrite<T: DeserializeOwned>(response: &mut Response<MessagesBody>, translate: fn(&T) -> Json) {
    response.body_mut().rewrite(|document| {
        let document = serde_json::from_slice(document).ok()?;
        Some(Bytes::from(translate(&document).to_string()))
    });
}

/// Returns what stands before `chat/completions` at the end of a path; a slash comes last.
fn completions_prefix(path: &str) -> Option<&str> {
    let path = path.trim_end_matches('/').strip_suffix("/completions")?;
    let prefix = path.trim_end_matches('/').strip_suffix("chat")?;
    Some(prefix).filter(|prefix| prefix.ends_with('/'))
}

/// Returns `uri` with another path and query.
fn with_path(uri: &Uri, path_and_query: &str) -> Uri {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = path_and_query.trim_end_matches('?').parse().ok();
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

/// OpenAI's protocol.
#[derive(Default)]
struct ChatCompletions {
    options: FacadeOptions,
}

impl Protocol for ChatCompletions {
    fn read(
        &self,
        body: Bytes,
        context: &mut RequestContext,
    ) -> Result<(Box<CreateMessageRequest>, Box<dyn WriteMessage>), ApiError> {
        let (request, exchange) = request_from_openai(*decode(body)?, &self.options)?;
        #[cfg(feature = "tracing")]
        if let Some(first) = exchange.losses().iter().next() {
            let count = exchange.losses().len();
            tracing::debug!(count, path = first.path, "parts of the request could not be carried over");
        }
        context.extensions_mut().insert(exchange.clone());
        Ok((
            Box::new(request),
            Box::new(Completion { encoder: ChunkEncoder::new(exchange.clone()), exchange }),
        ))
    }
}

/// The completion for one request.
struct Completion {
    exchange: ChatExchange,
    encoder: ChunkEncoder,
}

impl WriteMessage for Completion {
    fn message(&self, message: &Message) -> Bytes {
        to_json(response_to_openai(message, &self.exchange).view())
    }

    fn event(&mut self, event: &StreamEvent, out: &mut BytesMut) {
        self.encoder.encode(event, out);
    }
}
