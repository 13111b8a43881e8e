//! An HTTP client for the Messages API.
//!
//! A [`Client`] sends requests to the Anthropic API, or to any other server that
//! speaks its protocol, and returns typed messages, streams and token counts.
//! [`Client::from_env`] is enough for most programs; a [`ClientBuilder`] has all the
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
//! # Response headers
//!
//! The headers of the HTTP response carry the request id and the rate limits. Get them
//! from [`Client::create_message_response`] for a whole message, from
//! [`MessageStream::headers`](crate::stream::MessageStream::headers) for a stream, and
//! from [`Error::headers`](crate::error::Error::headers) for an error response.
//! [`RateLimits`](crate::types::rate_limits::RateLimits) reads the limits from any of them.
//!
//! ```no_run
//! use messages_api::types::rate_limits::RateLimits;
//! # use messages_api::{Client, CreateMessageRequest, Error};
//! # async fn example(client: Client, request: CreateMessageRequest) -> Result<(), Error> {
//! let response = client.create_message_response(&request).await?;
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
//! # Timeouts and limits
//!
//! Every wait and every buffer is limited. `None` switches a time limit off, and
//! `usize::MAX` a size limit.
//!
//! | setter | default | what it limits | error |
//! |---|---|---|---|
//! | [`connect_timeout`] | 10 s | the time to establish a connection | [`Timeout`] |
//! | [`response_timeout`] | 600 s | the time from the call to the head of the HTTP response | [`Timeout`] |
//! | [`idle_timeout`] | 300 s | the time between two chunks of the body | [`Timeout`] |
//! | [`event_timeout`] | 600 s | the time between two events of a stream, or that of a whole body | [`Timeout`] |
//! | [`total_timeout`] | none | the time from the call to the end of the body | [`Timeout`] |
//! | [`end_timeout`] | 250 ms | the time from `message_stop` to the end of the body | none |
//! | [`max_response_bytes`] | 64 MiB | the body of a whole message, and the message that a stream adds up to | [`TooLarge`] |
//! | [`max_event_bytes`] | 32 MiB | one event of a stream | [`TooLarge`] |
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
//! [`idle_timeout`]: ClientBuilder::idle_timeout
//! [`event_timeout`]: ClientBuilder::event_timeout
//! [`total_timeout`]: ClientBuilder::total_timeout
//! [`end_timeout`]: ClientBuilder::end_timeout
//! [`max_response_bytes`]: ClientBuilder::max_response_bytes
//! [`max_event_bytes`]: ClientBuilder::max_event_bytes
//! [`Timeout`]: crate::error::ErrorKind::Timeout
//! [`Incomplete`]: crate::error::ErrorKind::Incomplete
//! [`TooLarge`]: crate::error::ErrorKind::TooLarge
//!
//! # Testing your code
//!
//! To test code that uses a client, point the client at a mock server, for example one
//! from the crate [wiremock](https://docs.rs/wiremock). The server sends a whole message
//! as JSON. For a stream, [`replay`](crate::stream::replay) turns a message into events
//! and [`encode_event`](crate::stream::encode_event) writes each of them in the format of
//! the response body. To test a stream that is cut off, leave out its last events. The
//! test needs the dev-dependencies `wiremock` and `tokio`.
//!
//! ```
//! use messages_api::bytes::BytesMut;
//! use messages_api::stream::{encode_event, replay};
//! use messages_api::{ApiError, Client, ContentBlock, CreateMessageRequest, ErrorKind, ErrorType};
//! use messages_api::{Message, StopReason, StreamEvent, Usage};
//! use wiremock::matchers::path;
//! use wiremock::{Mock, MockServer, ResponseTemplate};
//!
//! /// Returns the HTTP response that streams `events`.
//! fn event_stream(events: impl IntoIterator<Item = StreamEvent>) -> ResponseTemplate {
//!     let mut body = BytesMut::new();
//!     events.into_iter().for_each(|event| encode_event(&event, &mut body));
//!     ResponseTemplate::new(200).set_body_raw(body.to_vec(), "text/event-stream")
//! }
//!
//! /// Makes `server` send `response` once, after the responses it was given before.
//! async fn respond_once(server: &MockServer, response: ResponseTemplate) {
//!     Mock::given(path("/v1/messages")).respond_with(response).up_to_n_times(1).mount(server).await;
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), messages_api::Error> {
//! let server = MockServer::start().await;
//! let client = Client::builder().base_url(&server.uri()).build()?;
//! let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("Hi");
//! let content = vec![ContentBlock::text("Hello there")];
//! let message = Message::new("msg_01", "claude-sonnet-5", content, Usage::new(9, 4))
//!     .stop_reason(StopReason::EndTurn);
//!
//! // A stream:
//! respond_once(&server, event_stream(replay(message.clone()))).await;
//! assert_eq!(client.stream_message(&request).await?.final_message().await?, message);
//!
//! // An overloaded server that has recovered when it is called again:
//! let overloaded = ApiError::new(ErrorType::Overloaded, "Overloaded");
//! respond_once(&server, ResponseTemplate::new(529).set_body_json(overloaded.response())).await;
//! respond_once(&server, ResponseTemplate::new(200).set_body_json(&message)).await;
//! let error = client.create_message(&request).await.expect_err("the server is overloaded");
//! assert!(error.is_retryable());
//! assert_eq!(client.create_message(&request).await?, message);
//!
//! // A stream that is cut off after its third event, the first piece of text:
//! respond_once(&server, event_stream(replay(message).take(3))).await;
//! let stream = client.stream_message(&request).await?;
//! let error = stream.final_message().await.expect_err("the stream is cut off");
//! assert_eq!(error.kind(), ErrorKind::Incomplete);
//! assert!(!error.is_retryable());
//! assert_eq!(error.partial_message().map(Message::text).as_deref(), Some("Hello there"));
//! # Ok(())
//! # }
//! ```

mod body;
mod builder;
mod calls;
mod content;
mod endpoints;
mod env;
mod error_document;
mod error_response;
mod events;
mod filter;
mod handler;
mod headers;
mod http_date;
mod limits;
#[cfg(feature = "schemars")]
mod parse;
mod request;
mod reqwest_error;
mod response;
mod secrets;
mod transport;

pub use builder::ClientBuilder;
pub use calls::Client;
#[cfg(feature = "schemars")]
#[cfg_attr(docsrs, doc(cfg(feature = "schemars")))]
pub use parse::Parsed;
