//! An HTTP client for the Messages API.
//!
//! A [`Client`] sends requests to the Anthropic API, or to any other server that
//! speaks its protocol, and returns typed messages, streams and token counts.
//! `Client::from_env` is enough for most programs; a [`ClientBuilder`] has all the
//! settings. Requests and messages are defined in [`types`](crate::types), streams
//! in [`stream`](crate::stream) and errors in [`error`](crate::error).
//!
//! ```no_run
//! use messages_api::{Client, CreateMessageRequest};
//!
//! # async fn example() -> Result<(), messages_api::Error> {
//! // Reads ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN, and ANTHROPIC_BASE_URL.
//! let client = Client::from_env()?;
//! let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("Name three Norwegian cheeses.");
//!
//! // Wait for the whole message:
//! let message = client.create_message(&request).await?;
//! println!("{}", message.text());
//!
//! // Or print it while the model writes it:
//! let mut stream = client.stream_message(&request).await?;
//! while let Some(event) = stream.next().await {
//!     if let Some(text) = event?.text_delta() {
//!         print!("{text}");
//!     }
//! }
//! let message = stream.into_message()?;
//! println!("\n{} tokens", message.usage.output_tokens);
//! # Ok(())
//! # }
//! ```
//!
//! # Other servers
//!
//! A base URL may have any path, and may end in `/v1` or not. For a server that
//! expects a bearer token instead of the header `x-api-key`, use
//! [`Credential::bearer`](crate::auth::Credential::bearer).
//!
//! ```
//! use messages_api::{Client, Credential};
//!
//! # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
//! // Messages are requested from https://cloud.milady.ai/api/v1/messages.
//! let client = Client::builder()
//!     .base_url("https://cloud.milady.ai/api")
//!     .credential(Credential::api_key("secret"))
//!     .build()?;
//! # }
//! # Ok::<(), messages_api::Error>(())
//! ```
//!
//! # Credentials
//!
//! A client sends one credential with every request: a
//! [fixed one](ClientBuilder::credential), or what a [`CredentialProvider`] fetches when it is
//! needed, for tokens that expire. [`Client::with_credential`] replaces it for single calls, and
//! [`Client::with_caller_credential`] in a gateway whose upstream knows the gateway's callers. A
//! cloud that has requests signed takes a [layer](ClientBuilder::layer).
//!
//! # What came back
//!
//! The head of an HTTP response has its status, and headers with the request id and the rate limits;
//! a [`CallInfo`] in its extensions tells how many attempts the call took. Get it from
//! [`Call::response`] for whatever a call returns as a whole, structured output and the results of a
//! batch included, from [`Pages::response`] or [`Items::response`] for a list, and from
//! [`ToolRun::response`](crate::tools::ToolRun::response) for a run of tools. A
//! [`MessageStream`](crate::stream::MessageStream#method.status) and an [`Error`](crate::error::Error)
//! have methods for the same. [`RateLimits`](crate::types::rate_limits::RateLimits) reads the limits
//! from any headers.
//!
//! ```no_run
//! use messages_api::types::rate_limits::RateLimits;
//! # use messages_api::{Client, CreateMessageRequest, Error};
//! # async fn example(client: Client, request: CreateMessageRequest) -> Result<(), Error> {
//! let response = client.create_message(&request).response().await?;
//! println!("request id: {:?}", response.headers().get("request-id"));
//! let limits = RateLimits::from_headers(response.headers());
//! println!("tokens left: {:?}", limits.tokens.and_then(|tokens| tokens.remaining));
//!
//! let stream = client.stream_message(&request).await?;
//! println!("request id: {:?}, limits: {:?}", stream.request_id(), stream.rate_limits());
//! # Ok(())
//! # }
//! ```
//!
//! # Models and batches
//!
//! The other endpoints of the API have calls of the same client:
//!
//! | call | request | returns |
//! |---|---|---|
//! | [`Client::model`] | `GET /v1/models/{id}` | a [`Call`] of a [`ModelInfo`] |
//! | [`Client::models`] | `GET /v1/models` | a [`List`] of models |
//! | [`Client::create_batch`] | `POST /v1/messages/batches` | a [`Call`] of a [`MessageBatch`] |
//! | [`Client::batch`] | `GET /v1/messages/batches/{id}` | the same |
//! | [`Client::cancel_batch`] | `POST /v1/messages/batches/{id}/cancel` | the same |
//! | [`Client::delete_batch`] | `DELETE /v1/messages/batches/{id}` | a [`Call`] of a [`DeletedMessageBatch`] |
//! | [`Client::batches`] | `GET /v1/messages/batches` | a [`List`] of batches |
//! | [`Client::batch_results`] | `GET /v1/messages/batches/{id}/results` | a [`Call`] of [`BatchResults`] |
//!
//! A [`Call`] is sent when it is awaited, and resolves to the body or, after
//! [`response`](Call::response), to the whole HTTP response. A [`List`] is read item by item or page
//! by page, and requests each page when it is needed. [`BatchResults`] are read one by one while
//! they arrive.
//!
//! [`ModelInfo`]: crate::types::models::ModelInfo
//! [`MessageBatch`]: crate::types::batches::MessageBatch
//! [`DeletedMessageBatch`]: crate::types::batches::DeletedMessageBatch
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use messages_api::types::batches::ProcessingStatus;
//!
//! # async fn example(client: messages_api::Client) -> Result<(), messages_api::Error> {
//! let mut models = client.models().limit(100).items();
//! while let Some(model) = models.next().await {
//!     println!("{}", model?.id);
//! }
//!
//! while client.batch("msgbatch_01").await?.processing_status != ProcessingStatus::Ended {
//!     tokio::time::sleep(Duration::from_secs(30)).await;
//! }
//! let mut results = client.batch_results("msgbatch_01").await?;
//! while let Some(result) = results.next().await {
//!     // A line that cannot be read is one result less, and no reason to stop.
//!     match result {
//!         Ok(result) => println!("{}: {}", result.custom_id, result.result.type_name()),
//!         Err(error) => eprintln!("{error}"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Timeouts and limits
//!
//! Every wait and every buffer is limited. `None` switches a time limit off, and
//! `usize::MAX` a size limit.
//!
//! | setter | default | what it limits | error |
//! |---|---|---|---|
//! | [`connect_timeout`] | 10 s | the time to establish a connection | [`Timeout`] |
//! | [`response_timeout`] | 600 s | the time from the start of an attempt to the head of the HTTP response | [`Timeout`] |
//! | [`first_event_timeout`] | none | the time from that head to the first event of a stream | [`Timeout`] |
//! | [`idle_timeout`] | 300 s | the time between two chunks of the body | [`Timeout`] |
//! | [`event_timeout`] | 600 s | the time between two events of a stream or two batch results, or that of a whole body | [`Timeout`] |
//! | [`total_timeout`] | none | the time from the call to the end of the body | [`Timeout`] |
//! | [`end_timeout`] | 250 ms | the time from `message_stop` to the end of the body | none |
//! | [`max_response_bytes`] | 64 MiB | a body that is read as a whole, and the message that a stream adds up to | [`TooLarge`] |
//! | [`max_event_bytes`] | 32 MiB | one event of a stream, or one batch result | [`TooLarge`] |
//! | fixed | 30 s, 1 MiB | the body of an error response | [`Api`], of what has arrived |
//!
//! A server sends the head of a whole message when the message is complete, so
//! `response_timeout` has to cover the time that the model takes. A stream may last any
//! length of time, as long as the server keeps sending events or pings. Once the stop reason
//! is known, only `message_stop` is left to come: the stream waits 10 s for it, and then ends
//! as [`Incomplete`].
//!
//! A message or an event that would take more than about 12 times its size in memory, as only one
//! of thousands of tiny parts does, is an error of the kind [`TooLarge`] as well.
//!
//! [`connect_timeout`]: ClientBuilder::connect_timeout
//! [`response_timeout`]: ClientBuilder::response_timeout
//! [`first_event_timeout`]: ClientBuilder::first_event_timeout
//! [`idle_timeout`]: ClientBuilder::idle_timeout
//! [`event_timeout`]: ClientBuilder::event_timeout
//! [`total_timeout`]: ClientBuilder::total_timeout
//! [`end_timeout`]: ClientBuilder::end_timeout
//! [`max_response_bytes`]: ClientBuilder::max_response_bytes
//! [`max_event_bytes`]: ClientBuilder::max_event_bytes
//! [`Api`]: crate::error::ErrorKind::Api
//! [`Timeout`]: crate::error::ErrorKind::Timeout
//! [`Incomplete`]: crate::error::ErrorKind::Incomplete
//! [`TooLarge`]: crate::error::ErrorKind::TooLarge
//!
//! # Tracing
//!
//! With the feature `tracing`, each call has a span at the level `INFO`, which for a stream ends with
//! the stream, and each attempt has one at the level `DEBUG`. Their fields have the names of
//! [OpenTelemetry's conventions](https://opentelemetry.io/docs/specs/semconv/gen-ai/), so that a
//! bridge such as `tracing-opentelemetry` exports them as they are: the model, the usage, the finish
//! reason and the type of the error, and for an attempt the status and the number of the retry. There
//! is never content, a header or a query in them.
//!
//! # Without a runtime
//!
//! With a transport of its own, a client runs wherever Rust does, in browsers and in edge workers
//! for example: the crate compiles for `wasm32-unknown-unknown` without the feature `reqwest`. Time
//! limits and delays need tokio's timer, which neither exists there nor on other runtimes;
//! [`without_clock`](ClientBuilder::without_clock) removes them.
//!
//! # Testing your code
//!
//! To test code that uses a client, give the client a server in the same process as its
//! [`transport`](ClientBuilder::transport). No socket is opened, so tokio's time can be paused: a
//! test of delays and time limits then takes no time. A handler that plays a script is a queue of
//! replies. The test needs the feature `server`, and the dev-dependency `tokio` with its features
//! `macros`, `rt` and `test-util`.
//!
//! ```
//! # #[cfg(feature = "server")] {
//! use std::collections::VecDeque;
//! use std::sync::{Arc, Mutex};
//! use std::time::Duration;
//!
//! use futures::stream;
//! use messages_api::handler::handler_fn;
//! use messages_api::server::MessagesService;
//! use messages_api::stream::replay;
//! use messages_api::{ApiError, Client, ContentBlock, CreateMessageRequest, Error, ErrorType};
//! use messages_api::{Message, MessageStream, Reply, StopReason, Usage};
//!
//! /// The code under test.
//! async fn ask(client: &Client, question: &str) -> Result<String, Error> {
//!     let request = CreateMessageRequest::new("claude-sonnet-5", 512).user(question);
//!     Ok(client.stream_message(&request).await?.final_message().await?.text())
//! }
//!
//! /// Returns a client of a server that gives these replies, one for each request.
//! fn client(replies: impl IntoIterator<Item = Result<Reply, ApiError>>) -> Client {
//!     let replies: Arc<Mutex<VecDeque<_>>> = Arc::new(Mutex::new(replies.into_iter().collect()));
//!     let handler = handler_fn(move |_request: CreateMessageRequest, _context| {
//!         let reply = replies.lock().expect("not poisoned").pop_front().expect("a reply is left");
//!         async move { reply }
//!     });
//!     let service = MessagesService::builder(handler).unauthenticated().build();
//!     Client::builder().transport(service).build().expect("nothing is misconfigured")
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Error> {
//! // In a test: #[tokio::test(start_paused = true)]
//! let content = vec![ContentBlock::text("Hello there")];
//! let message = Message::new("msg_01", "claude-sonnet-5", content, Usage::new(9, 4))
//!     .stop_reason(StopReason::EndTurn);
//!
//! // A message, which the server sends as a stream because the request asks for one:
//! let app = client([Ok(message.clone().into())]);
//! assert_eq!(ask(&app, "Hi").await?, "Hello there");
//!
//! // A server that is overloaded once. The minute that it asks to wait passes at once.
//! let overloaded = ApiError::new(ErrorType::Overloaded, "Busy").with_retry_after(Duration::from_secs(60));
//! let app = client([Err(overloaded), Ok(message.clone().into())]);
//! assert_eq!(ask(&app, "Hi").await?, "Hello there");
//!
//! // A stream that is cut off after its third event, the first piece of text:
//! let cut = MessageStream::new(stream::iter(replay(message).take(3).map(Ok)));
//! let app = client([Ok(cut.into())]);
//! let error = ask(&app, "Hi").await.expect_err("the stream is cut off");
//! assert_eq!(error.partial_message().map(Message::text).as_deref(), Some("Hello there"));
//! # Ok(())
//! # }
//! # main().unwrap();
//! # }
//! ```
//!
//! What only a socket can show, such as a chunk that is cut in two, takes a server of its own. For
//! single HTTP responses there are mock servers, for example the crate
//! [wiremock](https://docs.rs/wiremock).

mod attempt;
mod batch_results;
mod batches;
mod body;
mod budget;
mod builder;
mod builder_build;
mod builder_forward;
mod builder_limits;
mod call;
mod call_future;
mod call_info;
mod calls;
mod content;
mod credential_fetch;
mod credential_provider;
mod credentials;
#[cfg(feature = "tracing")]
mod deprecated;
#[cfg_attr(not(feature = "openai"), allow(dead_code, unreachable_pub))]
mod dialect;
mod document;
mod endpoints;
mod env;
mod error_document;
mod error_response;
mod events;
mod filter;
#[cfg(feature = "openai")]
mod foreign;
mod foreign_error;
mod forward;
mod head;
mod headers;
mod limits;
mod lines;
mod list;
mod long_call;
mod models;
mod pager;
#[cfg(feature = "schemars")]
mod parse;
mod per_call;
mod query;
mod request;
mod request_body;
#[cfg(feature = "reqwest")]
mod reqwest_error;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod response;
mod response_body;
mod retries;
mod retry;
mod secrets;
mod settings;
mod span;
mod transport;

pub use batch_results::BatchResults;
pub use builder::ClientBuilder;
pub use call::Call;
pub(crate) use call_future::CallFuture;
pub use call_info::{CallInfo, Endpoint};
pub use calls::Client;
pub use credential_provider::{CredentialError, CredentialProvider, ProvidedCredential};
#[cfg(feature = "openai")]
pub(crate) use dialect::Dialect;
#[cfg(feature = "openai")]
pub(crate) use document::Document;
#[cfg(feature = "openai")]
pub(crate) use foreign::{ForeignRequest, Route};
pub use foreign_error::BoxError;
pub(crate) use head::head_of_stream;
pub use list::{Items, List, Pages};
#[cfg(feature = "schemars")]
#[cfg_attr(docsrs, doc(cfg(feature = "schemars")))]
pub use parse::Parsed;
pub use request_body::RequestBody;
#[cfg(feature = "reqwest")]
pub use reqwest_transport::ReqwestTransport;
pub use response_body::ResponseBody;
pub use retry::{RetryBudget, RetryPolicy};
pub use transport::Transport;
