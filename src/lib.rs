//! Client and server SDK for the Anthropic-compatible Messages API.
//!
//! This crate speaks the protocol of `POST /v1/messages` in both directions. A
//! program calls an endpoint with [`Client`]: Anthropic's, elizaOS Cloud's
//! (`https://cloud.milady.ai/api`), or any other compatible server. A server
//! implements [`Handler`] and mounts it with [`MessagesService`], so that Claude
//! Code, the official SDKs and every other client of the Messages API can talk to
//! it. Both directions share one set of [`types`]. [`Client`] itself implements
//! [`Handler`], so a gateway is a service around a client.
//!
//! The examples use tokio and, for tools, serde and schemars:
//!
//! ```sh
//! cargo add messages-api --features schemars
//! cargo add tokio --features full
//! cargo add serde --features derive
//! cargo add schemars
//! ```
//!
//! In a checkout of the repository, `cargo run --example quickstart` runs both
//! directions in one program, without a key and without a network.
//!
//! # Call
//!
//! [`Client::from_env`] reads the key and the endpoint from the environment;
//! [`ClientBuilder`] sets everything else.
//!
#![cfg_attr(feature = "reqwest", doc = "```no_run")]
#![cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
//! use messages_api::{Client, CreateMessageRequest};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), messages_api::Error> {
//!     let client = Client::from_env()?; // ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL
//!     let request = CreateMessageRequest::new("claude-sonnet-5", 512)
//!         .system("Reply in one sentence.")
//!         .user("What is the capital of Norway?");
//!
//!     let message = client.create_message(&request).await?;
//!     println!("{}", message.text());
//!     Ok(())
//! }
//! ```
//!
//! # Stream
//!
//! [`Client::stream_message`] returns a [`MessageStream`] of events, which also
//! adds them up to the message. [`MessageStream::text_stream`] yields nothing but
//! the text, and [`MessageStream::next_update`] lends the text, thinking or tool
//! input so far with each piece, and each block once it is complete.
//!
//! A stream never ends silently before the message is complete: its last item is
//! then an [`Error`], of the kind [`Incomplete`](ErrorKind::Incomplete) if the
//! connection closed. Whatever the kind, the error holds
//! [what was received](Error::partial_message), and [the module `stream`](stream#a-stream-that-is-cut-off)
//! shows how to go on from there.
//!
#![cfg_attr(feature = "reqwest", doc = "```no_run")]
#![cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
//! # async fn example(
//! #     client: messages_api::Client,
//! #     request: messages_api::CreateMessageRequest,
//! # ) -> Result<(), messages_api::Error> {
//! let mut stream = client.stream_message(&request).await?;
//! while let Some(event) = stream.next().await {
//!     if let Some(text) = event?.text_delta() {
//!         print!("{text}");
//!     }
//! }
//! let message = stream.into_message()?; // the whole message, with its usage
//! # Ok(())
//! # }
//! ```
//!
//! # Use tools
//!
//! A [`ToolSet`] holds async functions that the model may call. [`Client::run_tools`] requests
//! a message, runs the tools that it calls, sends their results, and goes on until the model
//! calls no more. With the feature `schemars`, the schema of a tool comes from the type of its
//! input, whose doc comments become descriptions.
//!
#![cfg_attr(all(feature = "reqwest", feature = "schemars"), doc = "```no_run")]
#![cfg_attr(not(all(feature = "reqwest", feature = "schemars")), doc = "```ignore")]
//! use messages_api::{Client, CreateMessageRequest, ToolContext, ToolError, ToolSet};
//!
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct Weather {
//!     /// The name of the city, in English.
//!     city: String,
//! }
//!
//! async fn get_weather(input: Weather, _cx: ToolContext) -> Result<String, ToolError> {
//!     match &*input.city {
//!         "Oslo" => Ok("4 °C and rain".to_owned()),
//!         _ => Err(ToolError::new("There is no such city")), // the model reads it and may try again
//!     }
//! }
//!
//! # async fn example(client: Client) -> Result<(), messages_api::Error> {
//! let tools = ToolSet::new().function("get_weather", "Returns the weather in a city.", get_weather);
//! let request = CreateMessageRequest::new("claude-sonnet-5", 1024).user("Do I need an umbrella in Oslo?");
//! let message = client.run_tools(request, &tools).finish().await?;
//! println!("{}", message.text());
//! # Ok(())
//! # }
//! ```
//!
//! [The module `tools`][tools] shows tools with state, and how to stream, to ask a person for
//! consent and to change the request between two turns. [`types::tools`] shows the calls and
//! results behind it.
//!
//! # Mount
//!
//! [`MessagesService`] is a tower service: axum, hyper and every other stack
//! over `http` types can mount it below any prefix. A handler replies with a
//! whole message or with a stream, whichever suits it; the service gives each
//! caller what its request asked for. With the feature `serve`, the crate has an HTTP
//! server too, which serves the service or a router around it.
//!
#![cfg_attr(feature = "serve", doc = "```no_run")]
#![cfg_attr(not(feature = "serve"), doc = "```ignore")]
//! use messages_api::server::serve;
//! use messages_api::{ApiKeys, ContentBlock, Message, MessagesService, StopReason, Usage, handler_fn};
//!
//! # async fn example() -> std::io::Result<()> {
//! let handler = handler_fn(|request, _context| async move {
//!     let content = vec![ContentBlock::text("Hello!")];
//!     let message = Message::new("msg_01", request.model, content, Usage::new(12, 3));
//!     Ok(message.stop_reason(StopReason::EndTurn).into())
//! });
//! let service = MessagesService::builder(handler)
//!     .authenticate(ApiKeys::new(["secret"])) // or your own `Authenticator`
//!     .build();
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! serve(listener, service).shutdown(tokio::signal::ctrl_c()).await;
//! # Ok(())
//! # }
//! ```
//!
//! # Forward: a gateway
//!
//! A [`Client`] is a [`Handler`], so a gateway needs no handler of its own. It
//! calls the upstream with the client's credential, never with the caller's,
//! and forwards even what this version of the crate does not know. [`Client`]
//! lists the headers that are forwarded, and [`ApiError`] the errors that callers
//! get when the upstream fails.
//!
#![cfg_attr(all(feature = "reqwest", feature = "server"), doc = "```no_run")]
#![cfg_attr(not(all(feature = "reqwest", feature = "server")), doc = "```ignore")]
//! use messages_api::{ApiKeys, Client, MessagesService};
//!
//! # fn example() -> Result<(), messages_api::Error> {
//! let upstream = Client::from_env()?;
//! let gateway = MessagesService::builder(upstream).authenticate(ApiKeys::new(["secret"])).build();
//! # Ok(())
//! # }
//! ```
//!
//! # Bridge to Chat Completions
//!
//! With the feature `openai`, [the module `openai`][openai] has a handler that leads to a server of OpenAI's
//! Chat Completions, such as Ollama, vLLM or DeepSeek. Claude Code can use the models there.
//!
#![cfg_attr(all(feature = "openai", feature = "reqwest", feature = "server"), doc = "```no_run")]
#![cfg_attr(not(all(feature = "openai", feature = "reqwest", feature = "server")), doc = "```ignore")]
//! use messages_api::openai::{Bridge, ModelMap, UpstreamProfile};
//! use messages_api::{ApiKeys, Client, MessagesService};
//!
//! # async fn example() -> Result<(), messages_api::Error> {
//! let upstream = Client::builder().base_url("http://127.0.0.1:11434/v1").build()?;
//! let profile = UpstreamProfile::probe(&upstream).await;
//! let bridge = Bridge::new(upstream, profile).models(ModelMap::new().default_model("qwen3:32b"));
//! let service = MessagesService::builder(bridge).authenticate(ApiKeys::new(["secret"])).build();
//! # Ok(())
//! # }
//! ```
//!
//! # Where to look
//!
//! | to | look at |
//! |---|---|
//! | call an endpoint | [`Client`], [`ClientBuilder`], [`CreateMessageRequest`] |
//! | read a stream | [`MessageStream`], [`MessageStream::text_stream`], [`MessageStream::next_update`] |
//! | turn to another server before a stream has content | [`MessageStream::ready`] |
//! | list models, or send many requests as a batch | [the module `client`][siblings] |
//! | keep what a cut-off stream has sent, and go on | [`stream`](stream#a-stream-that-is-cut-off), [`Error::partial_message`], [`Message::into_resumable`] |
//! | run tools that the model calls | [the module `tools`][tools], [`ToolSet`], [`Client::run_tools`] |
//! | define tools and return their results oneself | [`types::tools`], [`Tool`], [`ToolUseBlock::input`], [`ToolResultBlock`] |
//! | define a tool by a Rust struct | [`Tool::from_type`] |
//! | set thinking or effort | [`types::settings`] |
//! | get a value of a Rust type from the model | [`Client::parse`], [`Message::decode`], [`types::settings::strict_schema`] for schemas by hand |
//! | send images and documents | [`ImageBlock`](types::ImageBlock), [`DocumentBlock`](types::DocumentBlock) |
//! | mount the route | [`MessagesService`], [`Handler`], [`EventWriter`] |
//! | serve models and batches too | [`Handler`], [`MessagesService`] |
//! | estimate the tokens of a request | [`CreateMessageRequest::estimate_tokens`] |
//! | serve it, or mount it in a server of your own | [the module `server`][serving] |
//! | mount it with your own authentication | [the module `server`][authentication], [`Authenticator`] |
//! | bill callers, or learn how each request ended | [`OnEnd`](handler::OnEnd), [`Reply::on_end`], [`Outcome`](handler::Outcome) |
//! | say in a log why a request failed | [`ApiError::with_cause`](error::ApiError::with_cause) |
//! | take a server out of service | [the module `server`][serving], [`Drain`](handler::Drain) |
//! | build a gateway | [`Client`, as a handler][gateway], [`ApiError`](error::ApiError#impl-From<Error>-for-ApiError), [the module `server`][gateways] |
//! | decode or encode events without the client | [`MessageStream::from_bytes`], [`stream::EventDecoder`], [`stream::encode_event`]; [`sse`] for bare frames |
//! | send what a model refuses to other models | [the module `fallback`][fallback] |
//! | use models behind OpenAI's Chat Completions, or serve OpenAI's clients | [the module `openai`][openai] |
//! | charge, limit, moderate, route or record the calls of a service | [the module `policy`][policy] |
//! | tell errors apart, and retry | [`error`], [`Error::is_retryable`], [`Error::body`] |
//! | read rate limits and request ids | [`RateLimits`](types::rate_limits::RateLimits), [`MessageStream::request_id`], [`Error::request_id`] |
//! | test code that uses the client | [the module `client`][testing] |
//! | check a request before it is sent | [`CreateMessageRequest::validate`], [`validate`] |
//!
//! The names that most programs use are at the root; all others are in their
//! module, such as `types::Beta` or `types::settings::ThinkingConfig`. `bytes`,
//! `http`, `reqwest` and `schemars` are re-exported because their types occur in
//! the signatures of this crate.
//!
//! # Unknown fields and values
//!
//! Nothing of the protocol is lost. What this version of the crate does not know
//! is kept and written back: fields in `extra`, objects as
//! [`Unknown`](types::Unknown), and strings in the `Unknown` variants of enums.
//! [`CreateMessageRequest::unknown`] and its counterparts return the paths of all
//! these. Tool inputs, schemas and other raw payloads are [`Json`], which keeps
//! the order of keys and the exact digits of numbers. An optional field that came
//! as `null` is written as `null`, and one that was absent stays absent; both read
//! as `None` and compare equal.
//!
//! A request with a missing or invalid field is an error that names the path:
//! `messages.3.content.0.tool_use_id: missing field`. Responses may lack what other
//! servers leave out; [`types`](types#what-responses-may-lack) lists the fields and
//! their defaults. Reading checks JSON types only; [`validate`] finds values that
//! the API would reject.
//!
//! The types are read and written with `serde_json`, also inside types of your
//! own. Below `#[serde(flatten)]` and `#[serde(untagged)]`, and when read from a
//! `serde_json::Value`, a [`Json`] is rebuilt from what serde has already parsed,
//! so the order of keys and the digits of numbers may be lost. Other formats are
//! not supported.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `client` | yes | [`Client`], over an HTTP stack that you bring, [the module `fallback`][fallback], and [`ToolSet`], tools that run by themselves |
//! | `reqwest` | yes | the HTTP stack of a client that has no other |
//! | `server` | yes | [`MessagesService`], a tower service for any HTTP stack |
//! | `serve` | yes | [`serve`][serving], an HTTP server for it |
//! | `rustls` | yes | TLS for the client by rustls with its default provider |
//! | `rustls-no-provider` | | rustls with a provider that you install |
//! | `native-tls` | | TLS for the client by the operating system |
//! | `http2` | | HTTP/2 for the client and for `serve` |
//! | `schemars` | | [`Tool::from_type`], `ToolSet::function` and [`Client::parse`]: tools and structured output from Rust types |
//! | `openai` | | [the module `openai`][openai]: a bridge to servers of OpenAI's Chat Completions, a facade for clients of them, and the translations that both consist of |
//! | `policy` | | [the module `policy`][policy]: credits, limits, moderation, routing and records around any handler |
//! | `redis` | | limits that many processes share, on a Redis server; with `policy` |
//! | `tracing` | | spans of calls and of requests to a server, and events that report why they fail: paths, statuses, request ids and callers, never content |
//!
//! Without any feature, the crate consists of the types, the SSE codec, the streams
//! and [`Handler`], and depends on neither an HTTP client nor a runtime.
//!
//! # Limits
//!
//! Every wait and every buffer is limited: [`Client`][limits], [`MessagesServiceBuilder`] and
//! [`Serve`][serving] list the limits with their defaults. Two limits are
//! fixed. JSON may nest [127 levels](json::MAX_DEPTH) deep, and objects whose `type`
//! is not their first key may nest 10 levels deep, because their entries have to be
//! buffered.
//!
//! # Stability
//!
//! The text of errors and of `Debug` output, the types of source errors, and the
//! values of defaults may change in any release.
//!
#![cfg_attr(feature = "client", doc = "[`Client`]: crate::client::Client")]
#![cfg_attr(not(feature = "client"), doc = "[`Client`]: #features")]
#![cfg_attr(feature = "client", doc = "[`ClientBuilder`]: crate::client::ClientBuilder")]
#![cfg_attr(not(feature = "client"), doc = "[`ClientBuilder`]: #features")]
#![cfg_attr(feature = "reqwest", doc = "[`Client::from_env`]: crate::client::Client::from_env")]
#![cfg_attr(not(feature = "reqwest"), doc = "[`Client::from_env`]: #features")]
#![cfg_attr(feature = "client", doc = "[`Client::stream_message`]: crate::client::Client::stream_message")]
#![cfg_attr(not(feature = "client"), doc = "[`Client::stream_message`]: #features")]
#![cfg_attr(feature = "client", doc = "[`Client::run_tools`]: crate::client::Client::run_tools")]
#![cfg_attr(not(feature = "client"), doc = "[`Client::run_tools`]: #features")]
#![cfg_attr(feature = "client", doc = "[`ToolSet`]: crate::tools::ToolSet")]
#![cfg_attr(not(feature = "client"), doc = "[`ToolSet`]: #features")]
#![cfg_attr(feature = "client", doc = "[tools]: crate::tools")]
#![cfg_attr(not(feature = "client"), doc = "[tools]: #features")]
#![cfg_attr(
    feature = "client",
    doc = "[`ClientBuilder::max_event_bytes`]: crate::client::ClientBuilder::max_event_bytes"
)]
#![cfg_attr(
    feature = "client",
    doc = "[`ClientBuilder::max_response_bytes`]: crate::client::ClientBuilder::max_response_bytes"
)]
#![cfg_attr(
    feature = "client",
    doc = "[`ClientBuilder::connect_timeout`]: crate::client::ClientBuilder::connect_timeout"
)]
#![cfg_attr(
    feature = "client",
    doc = "[`ClientBuilder::response_timeout`]: crate::client::ClientBuilder::response_timeout"
)]
#![cfg_attr(
    feature = "client",
    doc = "[`ClientBuilder::idle_timeout`]: crate::client::ClientBuilder::idle_timeout"
)]
#![cfg_attr(
    all(feature = "client", feature = "schemars"),
    doc = "[`Client::parse`]: crate::client::Client::parse"
)]
#![cfg_attr(not(all(feature = "client", feature = "schemars")), doc = "[`Client::parse`]: #features")]
#![cfg_attr(feature = "client", doc = "[siblings]: crate::client#models-and-batches")]
#![cfg_attr(not(feature = "client"), doc = "[siblings]: #features")]
#![cfg_attr(feature = "client", doc = "[testing]: crate::client#testing-your-code")]
#![cfg_attr(not(feature = "client"), doc = "[testing]: #features")]
#![cfg_attr(feature = "server", doc = "[`MessagesService`]: crate::server::MessagesService")]
#![cfg_attr(not(feature = "server"), doc = "[`MessagesService`]: #features")]
#![cfg_attr(feature = "server", doc = "[`Authenticator`]: crate::server::Authenticator")]
#![cfg_attr(not(feature = "server"), doc = "[`Authenticator`]: #features")]
#![cfg_attr(
    feature = "server",
    doc = "[`MessagesServiceBuilder::max_body_bytes`]: crate::server::MessagesServiceBuilder::max_body_bytes"
)]
#![cfg_attr(
    feature = "server",
    doc = "[`MessagesServiceBuilder::body_idle_timeout`]: crate::server::MessagesServiceBuilder::body_idle_timeout"
)]
#![cfg_attr(feature = "schemars", doc = "[`Tool::from_type`]: crate::types::tools::Tool::from_type")]
#![cfg_attr(not(feature = "schemars"), doc = "[`Tool::from_type`]: #features")]
#![cfg_attr(feature = "server", doc = "[authentication]: crate::server#callers-with-their-own-keys")]
#![cfg_attr(not(feature = "server"), doc = "[authentication]: #features")]
#![cfg_attr(feature = "server", doc = "[serving]: crate::server#serving")]
#![cfg_attr(not(feature = "server"), doc = "[serving]: #features")]
#![cfg_attr(feature = "server", doc = "[gateways]: crate::server#gateways")]
#![cfg_attr(not(feature = "server"), doc = "[gateways]: #features")]
#![cfg_attr(feature = "client", doc = "[gateway]: crate::client::Client#as-a-handler")]
#![cfg_attr(not(feature = "client"), doc = "[gateway]: #features")]
#![cfg_attr(feature = "client", doc = "[fallback]: crate::fallback")]
#![cfg_attr(not(feature = "client"), doc = "[fallback]: #features")]
#![cfg_attr(feature = "openai", doc = "[openai]: crate::openai")]
#![cfg_attr(not(feature = "openai"), doc = "[openai]: #features")]
#![cfg_attr(feature = "policy", doc = "[policy]: crate::policy")]
#![cfg_attr(not(feature = "policy"), doc = "[policy]: #features")]
#![cfg_attr(feature = "client", doc = "[limits]: crate::client#timeouts-and-limits")]
#![cfg_attr(not(feature = "client"), doc = "[limits]: #features")]
#![cfg_attr(feature = "server", doc = "[`MessagesServiceBuilder`]: crate::server::MessagesServiceBuilder")]
#![cfg_attr(not(feature = "server"), doc = "[`MessagesServiceBuilder`]: #features")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

pub mod auth;
mod calendar;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod client;
mod clock;
mod ends;
pub mod error;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod fallback;
#[cfg_attr(not(any(feature = "client", feature = "server", feature = "policy")), allow(dead_code))]
mod guard;
pub mod handler;
pub mod json;
#[cfg(feature = "openai")]
#[cfg_attr(docsrs, doc(cfg(feature = "openai")))]
pub mod openai;
#[cfg(feature = "policy")]
#[cfg_attr(docsrs, doc(cfg(feature = "policy")))]
pub mod policy;
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub mod server;
pub mod sse;
pub mod stream;
mod text;
#[cfg(any(feature = "client", feature = "server", feature = "policy"))]
mod timer;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod tools;
pub mod types;
pub mod validate;
mod wire;

#[doc(no_inline)]
pub use auth::Credential;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
#[doc(no_inline)]
pub use client::{Client, ClientBuilder};
#[doc(no_inline)]
pub use error::{ApiError, Error, ErrorKind};
#[doc(no_inline)]
pub use handler::{Handler, Reply, RequestContext, handler_fn};
#[doc(no_inline)]
pub use json::Json;
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
#[doc(no_inline)]
pub use server::{ApiKeys, Authenticator, MessagesService};
#[doc(no_inline)]
pub use stream::{EventWriter, MessageStream};
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
#[doc(no_inline)]
pub use tools::{ToolContext, ToolError, ToolSet};
#[doc(no_inline)]
pub use types::events::StreamEvent;
#[doc(no_inline)]
pub use types::tools::{CustomTool, Tool};
#[doc(no_inline)]
pub use types::usage::{MessageDeltaUsage, Usage};
#[doc(no_inline)]
pub use types::{
    ContentBlock, CreateMessageRequest, ErrorType, InputMessage, Message, Role, StopReason, ToolResultBlock,
    ToolUseBlock,
};

pub use bytes;
pub use http;
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use reqwest;
#[cfg(feature = "schemars")]
#[cfg_attr(docsrs, doc(cfg(feature = "schemars")))]
pub use schemars;

/// The examples of the README.
#[cfg(all(doctest, feature = "reqwest", feature = "serve", feature = "schemars"))]
#[doc = include_str!("../README.md")]
struct Readme;
