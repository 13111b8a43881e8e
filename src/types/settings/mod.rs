//! Settings of a request: thinking, effort, structured output, service and threads.
//!
//! Many requests need none of these types. Three of them change what the model does: [`ThinkingConfig`]
//! determines whether it thinks before it writes, [`Effort`] trades depth of reasoning for tokens, and
//! [`JsonOutputFormat`] makes it write JSON that conforms to a schema. The others choose the service tier and
//! the speed, identify the end user, or refer to a conversation that the API stores. Each is the value of one
//! optional field of a [`CreateMessageRequest`](crate::types::CreateMessageRequest).
//!
//! With the feature `schemars`, `OutputConfig::from_type` makes the schema of a Rust type, and
//! `Client::parse` returns a value of that type.
//!
//! Which of the settings a model supports is listed in its
//! [`ModelCapabilities`](crate::types::models::ModelCapabilities).
//!
//! ```
//! use messages_api::types::settings::{
//!     Effort, JsonOutputFormat, OutputConfig, SchemaError, ThinkingConfig, strict_schema,
//! };
//! use messages_api::{CreateMessageRequest, Error, Message};
//! use serde_json::json;
//!
//! #[derive(Debug, PartialEq, serde::Deserialize)]
//! struct City {
//!     name: String,
//!     population: u64,
//! }
//!
//! fn request() -> Result<CreateMessageRequest, SchemaError> {
//!     let schema = strict_schema(&json!({
//!         "type": "object",
//!         "properties": {"name": {"type": "string"}, "population": {"type": "integer", "minimum": 0}},
//!         "required": ["name", "population"],
//!     }))?;
//!     let output = OutputConfig::new().effort(Effort::Low).format(JsonOutputFormat::new(schema));
//!     Ok(CreateMessageRequest::new("claude-sonnet-5", 4096)
//!         .thinking(ThinkingConfig::adaptive())
//!         .output_config(output)
//!         .user("Which city in Norway is the largest?"))
//! }
//!
//! // The text of the message is the JSON, unless the model was cut off or refused.
//! fn city(message: &Message) -> Result<City, Error> {
//!     message.decode()
//! }
//! # use messages_api::{ContentBlock, ErrorKind, StopReason, Usage};
//! # let message = |text: &str| {
//! #     Message::new("msg_01", "claude-sonnet-5", vec![ContentBlock::text(text)], Usage::new(40, 9))
//! # };
//! # let oslo = message(r#"{"name":"Oslo","population":700000}"#).stop_reason(StopReason::EndTurn);
//! # assert_eq!(city(&oslo)?, City { name: "Oslo".to_owned(), population: 700_000 });
//! # let cut_off = city(&message(r#"{"name":"Os"#).stop_reason(StopReason::MaxTokens));
//! # assert_eq!(cut_off.unwrap_err().kind(), ErrorKind::Output);
//! # assert_eq!(request()?.validate(&Default::default()), Ok(()));
//! # Ok::<(), Error>(())
//! ```

mod output;
mod schema;
mod service;
mod thinking;
mod thread;

pub use output::{Effort, JsonOutputFormat, OutputConfig, OutputFormat, TaskBudget};
#[cfg(feature = "schemars")]
pub(in crate::types) use schema::schema_of;
pub use schema::{SchemaError, strict_schema};
pub use service::{BillingPolicy, Metadata, ServiceTier, Speed};
pub use thinking::{
    BlockBinding, PrefixMismatchBehavior, ThinkingConfig, ThinkingConfigAdaptive, ThinkingConfigBetweenTools,
    ThinkingConfigDisabled, ThinkingConfigEnabled, ThinkingDisplay,
};
pub use thread::{ThreadConfig, ThreadContinue, ThreadCreate};
