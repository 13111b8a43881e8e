//! Settings of a request: thinking, effort, structured output, service and threads.
//!
//! Many requests need none of these types. Three of them change what the model does: [`ThinkingConfig`]
//! determines whether it thinks before it writes, [`Effort`] trades depth of reasoning for tokens, and
//! [`JsonOutputFormat`] makes it write JSON that conforms to a schema. The others choose the service tier and
//! the speed, identify the end user, or refer to a conversation that the API stores. Each is the value of one
//! optional field of a [`CreateMessageRequest`](crate::types::CreateMessageRequest).
//!
//! Which of the settings a model supports is listed in its
//! [`ModelCapabilities`](crate::types::models::ModelCapabilities).
//!
//! ```
//! use messages_api::types::settings::{Effort, JsonOutputFormat, OutputConfig, ThinkingConfig};
//! use messages_api::{CreateMessageRequest, Json, Message, StopReason};
//!
//! #[derive(Debug, PartialEq, serde::Deserialize)]
//! struct City {
//!     name: String,
//!     population: u64,
//! }
//!
//! fn request() -> Result<CreateMessageRequest, serde_json::Error> {
//!     let schema = Json::parse(
//!         r#"{
//!             "type": "object",
//!             "properties": {"name": {"type": "string"}, "population": {"type": "integer"}},
//!             "required": ["name", "population"],
//!             "additionalProperties": false
//!         }"#,
//!     )?;
//!     let output = OutputConfig::new().effort(Effort::Low).format(JsonOutputFormat::new(schema));
//!     Ok(CreateMessageRequest::new("claude-sonnet-5", 4096)
//!         .thinking(ThinkingConfig::adaptive())
//!         .output_config(output)
//!         .user("Which city in Norway is the largest?"))
//! }
//!
//! // The text of the message is the JSON, which is complete only if the model finished by itself.
//! fn city(message: &Message) -> Option<City> {
//!     if message.stop_reason != Some(StopReason::EndTurn) {
//!         return None;
//!     }
//!     serde_json::from_str(&message.text()).ok()
//! }
//! # use messages_api::{ContentBlock, Usage};
//! # let message = |text: &str| {
//! #     Message::new("msg_01", "claude-sonnet-5", vec![ContentBlock::text(text)], Usage::new(40, 9))
//! # };
//! # let oslo = message(r#"{"name":"Oslo","population":700000}"#).stop_reason(StopReason::EndTurn);
//! # assert_eq!(city(&oslo), Some(City { name: "Oslo".to_owned(), population: 700_000 }));
//! # assert_eq!(city(&message(r#"{"name":"Os"#).stop_reason(StopReason::MaxTokens)), None);
//! # let request = request()?;
//! # assert_eq!(request.validate(&Default::default()), Ok(()));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod output;
mod service;
mod thinking;
mod thread;

pub use output::{Effort, JsonOutputFormat, OutputConfig, OutputFormat, TaskBudget};
pub use service::{BillingPolicy, Metadata, ServiceTier, Speed};
pub use thinking::{
    BlockBinding, PrefixMismatchBehavior, ThinkingConfig, ThinkingConfigAdaptive, ThinkingConfigBetweenTools,
    ThinkingConfigDisabled, ThinkingConfigEnabled, ThinkingDisplay,
};
pub use thread::{ThreadConfig, ThreadContinue, ThreadCreate};
