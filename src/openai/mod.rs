//! Bridges between the Messages API and OpenAI's Chat Completions.
//!
//! A [`Bridge`] lets Claude Code, the official SDKs and every other program for the Messages API use the
//! models of a server that speaks Chat Completions: Ollama, llama.cpp, vLLM, SGLang, OpenRouter, DeepSeek, or
//! OpenAI itself.
//!
//! ```text
//! Claude Code ── Messages API ──▶ MessagesService ─ Bridge ─ Client ── Chat Completions ──▶ server
//! ```
//!
#![cfg_attr(all(feature = "reqwest", feature = "serve"), doc = "```no_run")]
#![cfg_attr(not(all(feature = "reqwest", feature = "serve")), doc = "```ignore")]
//! use messages_api::openai::{Bridge, ModelMap, UpstreamProfile};
//! use messages_api::server::serve;
//! use messages_api::{ApiKeys, Client, MessagesService};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let upstream = Client::builder().base_url("http://127.0.0.1:11434/v1").build()?;
//! let profile = UpstreamProfile::probe(&upstream).await; // or `UpstreamProfile::named("ollama")`
//! let models = ModelMap::new().family("haiku", "qwen3:4b").default_model("qwen3:32b");
//! let bridge = Bridge::new(upstream, profile).models(models);
//!
//! let service = MessagesService::builder(bridge).authenticate(ApiKeys::new(["secret"])).build();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! serve(listener, service).await; // ANTHROPIC_BASE_URL=http://127.0.0.1:8080 claude
//! # Ok(())
//! # }
//! ```
//!
//! The example `bridge` in the repository is this program with arguments and a line for each request.
//!
//! The way back is a [`Facade`]: around a `MessagesService`, it lets the clients of OpenAI call the same handler, on
//! the same mount. With a `Client` as the handler, they reach Anthropic's models.
//!
//! # Without I/O
//!
//! What a bridge consists of can be used by itself, over an HTTP stack of any kind: [`request_to_openai`]
//! translates a request, [`response_from_openai`] a completion, a [`StreamBridge`] the chunks of a stream, and
//! [`error_from_openai`] an error response. A facade consists of [`request_from_openai`],
//! [`response_to_openai`], [`ChunkEncoder`] and [`error_to_openai`]. The [`types`] are those of Chat Completions.
//!
//! # Profiles
//!
//! Servers differ in what they accept and in how they say what the protocol leaves open. All of that is data,
//! in an [`UpstreamProfile`]: a program starts with a ready one, [probes] for it, or
//! reads it from a file, and changes what differs at its server.
//!
//! # What cannot be carried
//!
//! Nothing is dropped silently: a translation lists its [`Losses`]. These have no place in Chat Completions:
//!
//! - Cache markers (`cache_control`). Servers cache the beginnings of prompts by themselves, and what they read
//!   from their caches is reported.
//! - Citations, and the tools that Anthropic's servers run, with their results.
//! - Redacted and signed thinking. A bridge marks the thinking of its server, and returns it to that server if
//!   the profile says that it wants it back.
//! - How much of the thinking is shown, its binding to the conversation, and thinking only between tool calls.
//! - PDFs and other files, for models that read only text.
//! - The stop sequence that the model wrote, if the server does not say which it was.
//! - A beginning of the reply (prefill), which most servers take for a message that is complete.
//! - `top_k`, unless the profile says that the server knows it.
//! - The number of input tokens at the start of a stream, which is an estimate until the server reports the usage.
//! - `context_management`, containers and MCP servers.
//! - The order of texts and tool calls within a message.
//!
#![cfg_attr(feature = "client", doc = "[`Bridge`]: crate::openai::Bridge")]
#![cfg_attr(not(feature = "client"), doc = "[`Bridge`]: crate#features")]
#![cfg_attr(feature = "server", doc = "[`Facade`]: crate::openai::Facade")]
#![cfg_attr(not(feature = "server"), doc = "[`Facade`]: crate#features")]
#![cfg_attr(feature = "client", doc = "[probes]: crate::openai::UpstreamProfile::probe")]
#![cfg_attr(not(feature = "client"), doc = "[probes]: crate#features")]

#[cfg(feature = "client")]
mod bridge;
mod content;
mod errors;
mod exchange;
mod facade;
mod ids;
mod losses;
mod profile;
mod profiles;
mod request;
mod response;
mod stream;
pub mod types;

#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use bridge::{Bridge, ModelMap};
pub use errors::error_from_openai;
pub use exchange::Exchange;
pub use facade::{
    ChatExchange, ChunkEncoder, FacadeOptions, error_to_openai, request_from_openai, response_to_openai,
};
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub use facade::{Facade, FacadeFuture};
pub use losses::{Loss, LossKind, Losses};
pub use profile::{
    MaxTokensField, Prefill, ReasoningHistory, ReasoningRequest, Sampling, SchemaFilter, StructuredOutput,
    SystemRole, ThinkingBlocks, TokenCounter, ToolIdForm, UpstreamProfile, UserField,
};
pub use request::request_to_openai;
pub use response::response_from_openai;
pub use stream::{ChunkDecoder, ChunksEnd, StreamBridge};
