//! The Messages API as a tower service, to mount in a server of your own.
//!
//! [`MessagesService`] puts a [`Handler`](crate::handler::Handler) behind `POST …/messages` and the
//! other [endpoints](MessagesService#requests) of the API: counts of tokens, models and batches. It
//! parses requests, gives each caller the form it asked for, whole or streamed, and turns every failure
//! into an error body of the API. It works with axum, hyper and any other stack that calls tower
//! services with the types of the `http` crate.
//!
//! The builder insists on a decision about who may call: [`ApiKeys`] for a list of keys, an
//! [`Authenticator`] of your own, or no check at all with
//! [`unauthenticated`](MessagesServiceBuilder::unauthenticated). Rate limits and
//! moderation belong in the handler, in the authenticator or in a tower layer in front of the
//! service.
//!
//! The example `host` of the repository has all that follows in one program: tenants with credit, limits,
//! models, bills, callers in browsers, compressed requests, a log, and an orderly end.
//!
//! ```no_run
//! use messages_api::{ApiKeys, ContentBlock, Message, MessagesService, StopReason, Usage, handler_fn};
//!
//! # async fn example() -> std::io::Result<()> {
//! let handler = handler_fn(|request, _context| async move {
//!     let content = vec![ContentBlock::text("Hello!")];
//!     let message = Message::new("msg_01", request.model, content, Usage::new(12, 3));
//!     Ok(message.stop_reason(StopReason::EndTurn).into())
//! });
//! let service = MessagesService::builder(handler).authenticate(ApiKeys::new(["secret"])).build();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! # #[cfg(feature = "serve")]
//! messages_api::server::serve(listener, service).shutdown(tokio::signal::ctrl_c()).await;
//! # Ok(())
//! # }
//! ```
//!
//! # Serving
//!
#![cfg_attr(feature = "serve", doc = "[`serve`] (feature `serve`)")]
#![cfg_attr(not(feature = "serve"), doc = "`serve` (feature `serve`)")]
//! is the HTTP server of this crate. It serves a [`MessagesService`], or an axum `Router` that has one beside
//! other routes, and does what a server on the open network has to do and most leave to their users: it gives
//! up slow heads and idle connections, limits the connections, makes room for new ones when callers hold on
//! to them without a request, keeps little for a caller that reads slowly, and sends each event at once. When
//! it is shut down, open streams have some time, and then end with an `error` event upon which clients try
//! again.
//!
//! ```no_run
//! # async fn example(service: messages_api::MessagesService) -> std::io::Result<()> {
//! # #[cfg(feature = "serve")] {
//! use messages_api::server::serve;
//!
//! let app = axum::Router::new()
//!     .route("/health", axum::routing::get(|| async { "ok" }))
//!     .nest_service("/api/v1", service);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! serve(listener, app).shutdown(tokio::signal::ctrl_c()).await;
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! # Mounting elsewhere
//!
//! Other HTTP servers leave it to the host to set these:
//!
//! | | `serve` | hyper, HTTP/1.1 | hyper, HTTP/2 | `axum::serve` 0.8 |
//! |---|---|---|---|---|
//! | the time for a head, also before its first byte | 10 s | `header_read_timeout` with a `timer` | – | – |
//! | the time between two requests | 10 s | the same | – | – |
//! | the size of a head | 64 KiB | `max_buf_size` | `max_header_list_size` (16 KiB) | – (400 KiB) |
//! | what waits for a slow reader | 4 KiB and a chunk | `max_buf_size` | `max_send_buf_size` (400 KiB for each request) | – (400 KiB) |
//! | requests in flight on a connection | 100 in HTTP/2 | always one | `max_concurrent_streams` (200) | – (200) |
//! | open connections | 4,096 | a semaphore around `accept` | the same | a `Listener` with a semaphore |
//! | no delay of small writes | always | `set_nodelay` on the socket | the same | `ListenerExt::tap_io` with `set_nodelay` |
//! | errors of `accept` | waited out | wait, do not stop | the same | waited out |
//! | an orderly end | `shutdown`, `drain` | `graceful_shutdown` and [`MessagesService::drain`] | the same | `with_graceful_shutdown` and [`MessagesService::drain`] |
//!
//! In HTTP/2, hyper limits no time at all: a connection without requests and one with a head that never ends stay
//! open, unless the host drops those that have had no request in flight for a while. And beside what
//! `max_send_buf_size` allows for, up to three chunks wait, each of 16 KiB and an event; with 8 KiB, it is about 80 KiB
//! in all.
//!
//! A graceful shutdown alone waits for open streams without end, which is why it takes the drain as well;
//! [`MessagesService::drain`] shows both with axum. The wait itself needs a limit as well: a caller that does not
//! read never receives the end of its stream, and its connection stays open.
//!
//! [Other frameworks](#other-frameworks) are below. With hyper alone, a connection is served like this; the example
//! `mounts` of the repository has the whole program:
//!
//! ```no_run
//! # use std::time::Duration;
//! # use messages_api::MessagesService;
//! use hyper::{server::conn::http1, service::service_fn};
//! use hyper_util::rt::{TokioIo, TokioTimer};
//! use tower::ServiceExt;
//!
//! # async fn example(socket: tokio::net::TcpStream, service: MessagesService) -> std::io::Result<()> {
//! socket.set_nodelay(true)?;
//! let connection = http1::Builder::new()
//!     .timer(TokioTimer::new())
//!     .header_read_timeout(Duration::from_secs(10))
//!     .max_buf_size(64 * 1024)
//!     .serve_connection(TokioIo::new(socket), service_fn(move |request| service.clone().oneshot(request)));
//! # Ok(())
//! # }
//! ```
//!
//! # Callers in browsers
//!
//! A page of another origin needs a CORS layer around the service, such as `CorsLayer` of tower-http. It
//! must be outside of everything that can reject a request, so that pages can read errors as well, and allow
//! the headers of the SDKs: `authorization`, `x-api-key`, `content-type`, `anthropic-version`,
//! `anthropic-beta`, `anthropic-dangerous-direct-browser-access` and any number of `x-stainless-…`. Allowing
//! what the preflight asks for is simplest (`AllowHeaders::mirror_request`). Layers that reject requests
//! respond with [`ApiError::into_response`](crate::error::ApiError::into_response).
//!
//! # Callers with their own keys
//!
//! The authenticator finds the tenant that a key belongs to, and the handler learns it from the context of
//! the request:
//!
//! ```
//! use std::collections::HashMap;
//!
//! use axum::body::{Body, to_bytes};
//! use http::request::{Parts, Request};
//! use messages_api::handler::Principal;
//! use messages_api::{
//!     ApiError, Authenticator, ContentBlock, Credential, ErrorType, Message, MessagesService, StopReason,
//!     Usage, handler_fn,
//! };
//! use tower::ServiceExt;
//!
//! struct Tenants {
//!     by_key: HashMap<String, Principal>, // in production: by the hash of the key
//! }
//!
//! impl Authenticator for Tenants {
//!     async fn authenticate(&self, request: &mut Parts) -> Result<Principal, ApiError> {
//!         Credential::from_headers(&request.headers)
//!             .find_map(|credential| self.by_key.get(credential.expose()).cloned())
//!             .ok_or_else(|| {
//!                 // Some clients retry even a 401, unless they are told not to.
//!                 ApiError::new(ErrorType::Authentication, "Invalid API key").with_should_retry(false)
//!             })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let handler = handler_fn(|request, context| async move {
//!     let content = vec![ContentBlock::text(format!("Hello, {}!", context.principal().id()))];
//!     let message = Message::new("msg_01", request.model, content, Usage::new(9, 4));
//!     Ok(message.stop_reason(StopReason::EndTurn).into())
//! });
//! let tenants = Tenants { by_key: HashMap::from([("key-1".to_owned(), Principal::new("Acme"))]) };
//! let service = MessagesService::builder(handler).authenticate(tenants).build();
//! let app = axum::Router::new().nest_service("/v1", service);
//!
//! let request = Request::post("/v1/messages").header("authorization", "Bearer key-1").body(Body::from(
//!     r#"{"model":"my-model","max_tokens":64,"messages":[{"role":"user","content":"Hi!"}]}"#,
//! ))?;
//! let response = app.oneshot(request).await?;
//! assert_eq!(response.status(), 200);
//! let message: Message = serde_json::from_slice(&to_bytes(response.into_body(), 4096).await?)?;
//! assert_eq!(message.text(), "Hello, Acme!");
//! # Ok(())
//! # }
//! ```
//!
//! # Bills and logs
//!
//! A hook is told once for each request how it ended, what it used and what was delivered: one of the
//! service by [`on_end`](MessagesServiceBuilder::on_end), one of a handler that wraps another one by an
//! [`OnEnd`](crate::handler::OnEnd#billing), which shows how to bill. A caller that leaves in the middle of a
//! stream has used something too:
//!
//! ```
//! use messages_api::handler::Outcome;
//!
//! /// Returns the number of tokens to charge for.
//! fn tokens(outcome: &Outcome) -> u64 {
//!     let Some(usage) = &outcome.usage else { return 0 };
//!     let delivered = outcome.delivered.text_bytes / 4;
//!     usage.total_input_tokens() + usage.output_tokens.max(delivered)
//! }
//! ```
//!
//! With the feature `tracing`, each request has a span, and one that fails is reported once, at the level
//! `WARN`, with the reason. That of an error that must tell the caller nothing comes from
//! [`ApiError::with_cause`](crate::error::ApiError::with_cause).
//!
//! # Streams
//!
//! A handler that writes its message piece by piece replies with a
//! [`MessageStream`](crate::stream::MessageStream). The service sends each event as soon as it is
//! written, and a `ping` event whenever the handler has been silent for a while, also before its first
//! event. [`MessagesService`](MessagesService#streams) says what callers get to see of failures:
//!
//! ```
//! use std::time::Duration;
//!
//! use messages_api::{
//!     ApiKeys, Message, MessageDeltaUsage, MessageStream, MessagesService, StopReason, Usage, handler_fn,
//! };
//!
//! let handler = handler_fn(|request, context| async move {
//!     let id = format!("msg_{}", context.request_id());
//!     let start = Message::new(id, request.model, vec![], Usage::new(12, 0));
//!     Ok(MessageStream::from_writer(start, |mut writer| async move {
//!         for word in ["Once ", "upon ", "a time"] {
//!             writer.text(word).await;
//!             tokio::time::sleep(Duration::from_millis(100)).await;
//!         }
//!         Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(4)).await)
//!     })
//!     .into())
//! });
//! let service = MessagesService::builder(handler)
//!     .authenticate(ApiKeys::new(["secret"]))
//!     .ping_interval(Duration::from_secs(5))
//!     .build();
//! ```
//!
//! # Gateways
//!
//! `Client` in the `client` module is a handler, so a service over a client is a gateway. Callers
//! present the gateway's keys, and the client calls its upstream with its own credential:
//!
//! ```
//! # use messages_api::{ApiKeys, MessagesService};
//! # #[cfg(feature = "reqwest")]
//! fn gateway(client: messages_api::Client) -> MessagesService {
//!     MessagesService::builder(client).authenticate(ApiKeys::new(["secret"])).build()
//! }
//! ```
//!
//! The documentation of `Client` lists the headers that are forwarded, and
//! [`ApiError`](crate::error::ApiError#impl-From<Error>-for-ApiError) the errors that callers get
//! when the upstream fails. All endpoints are forwarded. A gateway that changes requests on their way, or
//! that has several upstreams (see `Client::forward`, and the example `gateway` of the repository), wraps the
//! client in a handler of its own, which has to forward the other methods as well; the documentation of
//! [`Handler`](crate::handler::Handler#decorators) shows a lint that finds one that is missing.
//!
//! ```
//! # #[cfg(feature = "reqwest")]
//! # mod example {
//! use messages_api::{ApiError, Client, CreateMessageRequest, Handler, Reply, RequestContext};
//!
//! struct Gateway {
//!     client: Client,
//! }
//!
//! impl Handler for Gateway {
//!     async fn create_message(
//!         &self,
//!         mut request: CreateMessageRequest,
//!         context: RequestContext,
//!     ) -> Result<Reply, ApiError> {
//!         request.model = "claude-sonnet-5".to_owned();
//!         // Not `self.client.create_message`: that is the method of `Client` itself, which
//!         // forwards no headers.
//!         Handler::create_message(&self.client, request, context).await
//!     }
//!     // … and `count_tokens`, `list_models` and the others
//! }
//! # }
//! ```
//!
//! # Other frameworks
//!
//! These lines are from the example `mounts` of the repository, which has a program for each framework. The
//! server of actix-web limits the time of a head, and so does that of salvo if it is set; those of poem, warp and
//! rocket have no such limit. So the example serves poem and warp with `serve`, as tower services, while rocket
//! needs a proxy in front. In actix-web and salvo, `TCP_NODELAY` has to be set, so that each event is sent at once.
//!
//! poem 3 and salvo 1, with their features `tower-compat`, mount the service as it is:
//!
//! ```ignore
//! let app = Route::new().nest_no_strip("/v1", service.compat());
//! ```
//!
//! ```ignore
//! // The type of the body that the service receives has to be named.
//! let messages = TowerServiceCompat::<salvo::http::ReqBody, _, _, _>::compat(service);
//! let app = Router::with_path("v1/{**rest}").goal(messages);
//! ```
//!
//! In warp 0.4, a filter takes the request apart and puts it together again:
//!
//! ```ignore
//! let app = warp::path("v1")
//!     .and(warp::method())
//!     .and(warp::path::full())
//!     .and(warp::query::raw().or(warp::any().map(String::new)).unify())
//!     .and(warp::header::headers_cloned())
//!     .and(warp::body::stream())
//!     .then(move |method: Method, path: FullPath, query: String, headers: HeaderMap, body| {
//!         let mut request = Request::new(StreamBody::new(TryStreamExt::map_ok(body, Frame::data)));
//!         (*request.method_mut(), *request.headers_mut()) = (method, headers);
//!         *request.uri_mut() = format!("{}?{query}", path.as_str()).parse().unwrap_or_default();
//!         let response = service.clone().oneshot(request);
//!         async move {
//!             let Ok(response) = response.await;
//!             let (head, body) = response.into_parts();
//!             let mut reply = warp::reply::stream(body.into_data_stream()).into_response();
//!             (*reply.status_mut(), *reply.headers_mut()) = (head.status, head.headers);
//!             reply
//!         }
//!     });
//! ```
//!
//! actix-web 4 and rocket 0.5 have HTTP types of their own, so the parts of the request and of the HTTP
//! response are copied one by one. In actix-web, as the `default_service` of an `App` or a scope, the service reads
//! the body of a request, with its limits:
//!
//! ```ignore
//! async fn messages(service: web::Data<MessagesService>, http: HttpRequest, body: Payload) -> HttpResponse {
//!     let mut head = Request::builder().method(http.method().as_str()).uri(http.uri().to_string());
//!     for (name, value) in http.headers() {
//!         head = head.header(name.as_str(), value.as_bytes());
//!     }
//!     let body = StreamBody::new(SendWrapper::new(body.map_ok(Frame::data))); // it stays on this thread
//!     let Ok(request) = head.body(body) else { return HttpResponse::BadRequest().finish() };
//!     let Ok(response) = service.get_ref().clone().oneshot(request).await;
//!     let (head, body) = response.into_parts();
//!     let mut response = HttpResponse::build(StatusCode::from_u16(head.status.as_u16()).unwrap());
//!     for (name, value) in &head.headers {
//!         response.append_header((name.as_str(), value.as_bytes()));
//!     }
//!     // actix-web ends even the body of a 204 that is streamed by a chunk, which HTTP forbids.
//!     match head.status {
//!         http::StatusCode::NO_CONTENT => response.finish(),
//!         _ => response.streaming(body.into_data_stream()),
//!     }
//! }
//! ```
//!
//! rocket only lends the body of a request, so it has to be read before the service sees the head, and a caller
//! without a key can make rocket keep that much. For each method, also those that the service rejects, there is a
//! `Route::new(method, "/<path..>", Messages(service))`:
//!
//! ```ignore
//! #[rocket::async_trait]
//! impl Handler for Messages {
//!     async fn handle<'r>(&self, http: &'r rocket::Request<'_>, data: Data<'r>) -> Outcome<'r> {
//!         let mut head = Request::builder().method(http.method().as_str()).uri(http.uri().to_string());
//!         for header in http.headers().iter() {
//!             head = head.header(header.name().as_str(), header.value());
//!         }
//!         // More than the service accepts, so that it rejects what is larger.
//!         let body = data.open(33.mebibytes()).into_bytes().await; // or the error upon which it broke off
//!         let body = body.map(|body| Frame::data(Bytes::from(body.into_inner())));
//!         let request = head.body(StreamBody::new(stream::iter([body])));
//!         let Ok(request) = request else { return Outcome::Error(Status::BadRequest) };
//!         let Ok(response) = self.0.clone().oneshot(request).await;
//!         let (head, body) = response.into_parts();
//!         let mut response = rocket::Response::build();
//!         response.status(Status::new(head.status.as_u16()));
//!         for (name, value) in &head.headers {
//!             response.raw_header(name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned());
//!         }
//!         let body = body.into_data_stream().map_err(|never| -> io::Error { match never {} });
//!         Outcome::Success(response.streamed_body(StreamReader::new(body)).finalize())
//!     }
//! }
//! ```

mod auth;
mod body;
mod builder;
mod collect;
mod config;
mod draining;
mod end;
mod endpoints;
mod error_body;
mod error_response;
mod events;
mod exclusive;
mod gathering;
mod lines;
mod messages;
mod pipeline;
mod protocol;
mod query;
mod request;
mod request_id;
mod respond;
mod route;
mod schedule;
#[cfg(feature = "serve")]
mod serve;
mod service;
mod span;
mod upload;

pub use auth::{ApiKeys, Authenticator};
pub use body::MessagesBody;
pub use builder::{AuthenticationDecided, AuthenticationUndecided, MessagesServiceBuilder};
#[cfg(feature = "openai")]
pub(crate) use protocol::{Protocol, Spoken, WriteMessage};
#[cfg(feature = "openai")]
pub(crate) use request::decode;
#[cfg(feature = "serve")]
#[cfg_attr(docsrs, doc(cfg(feature = "serve")))]
pub use serve::{Listener, Serve, serve};
pub use service::{MessagesService, ResponseFuture};
