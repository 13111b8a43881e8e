//! The effort of the model, the format of its output and the budget of a task.

use crate::json::Json;
#[cfg(feature = "schemars")]
use crate::types::settings::schema::{SchemaError, schema_of, strict_schema};
use crate::wire::{wire_string, wire_struct, wire_union};

wire_struct! {
    /// The effort that the model spends, and the format of its output.
    ///
    /// The value of `output_config` in a request. A message with the role `system` can carry one as
    /// well, to change the effort in the middle of a conversation (beta): see
    /// [`InputMessage::config`](crate::types::InputMessage::config).
    ///
    /// ```
    /// use messages_api::types::settings::{Effort, OutputConfig};
    ///
    /// let config = OutputConfig::new().effort(Effort::High);
    /// assert_eq!(serde_json::to_string(&config)?, r#"{"effort":"high"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct OutputConfig,
        /// Creates a configuration that leaves every setting to the API.
        pub fn new;
    required {}
    optional {
        /// The effort that the model spends; the API's default if absent.
        effort: Effort,
        /// The format of the output; free text if absent.
        format: OutputFormat,
        /// The number of tokens that the whole task may use (beta).
        task_budget: TaskBudget,
    }
}

#[cfg(feature = "schemars")]
impl OutputConfig {
    /// Creates a configuration for output that is the JSON of a `T`.
    ///
    /// [`Message::decode`](crate::types::Message::decode) reads the message as a `T`. `Client::parse` does
    /// both, and sends the request in between.
    ///
    /// The schema is that of [`CustomTool::from_type`](crate::types::tools::CustomTool::from_type), made
    /// strict by [`strict_schema`]. Doc comments on `T` and its fields become descriptions, and an `Option`
    /// may be absent. The model writes the properties in the order of the schema, which is sorted by name
    /// unless the feature `preserve_order` of `schemars` is on.
    ///
    /// # Errors
    ///
    /// Returns an error with a path if the output cannot be restricted to a `T`, which must not contain a
    /// `serde_json::Value`, a map, or a flattened enum: [`strict_schema`] says why.
    ///
    /// ```
    /// use messages_api::types::settings::{Effort, OutputConfig};
    /// use messages_api::{ContentBlock, CreateMessageRequest, Message, Usage};
    ///
    /// #[derive(schemars::JsonSchema, serde::Deserialize)]
    /// struct Ticket {
    ///     /// One line, in the imperative.
    ///     title: String,
    ///     due: Option<String>,
    /// }
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 1024)
    ///     .output_config(OutputConfig::from_type::<Ticket>()?.effort(Effort::Low))
    ///     .user("The printer on floor 3 is out of paper.");
    /// # let text = r#"{"title":"Refill the printer on floor 3"}"#;
    /// # let content = vec![ContentBlock::text(text)];
    /// # let message = Message::new("msg_01", "claude-sonnet-5", content, Usage::new(120, 14));
    /// // let message = client.create_message(&request).await?;
    /// let ticket: Ticket = message.decode()?;
    /// assert_eq!(ticket.title, "Refill the printer on floor 3");
    /// # Ok::<(), messages_api::Error>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "schemars")))]
    pub fn from_type<T: schemars::JsonSchema>() -> Result<Self, SchemaError> {
        Self::from_schema(&schema_of::<T>())
    }

    fn from_schema(schema: &serde_json::Value) -> Result<Self, SchemaError> {
        let schema = Json::encode(&strict_schema(schema)?).map_err(SchemaError::too_deep)?;
        Ok(Self::new().format(JsonOutputFormat::new(schema)))
    }
}

wire_string! {
    /// A level of effort: how many tokens the model spends to reason about a task.
    ///
    /// Which levels a model supports is listed in its
    /// [`EffortCapability`](crate::types::models::EffortCapability).
    pub enum Effort {
        /// Spends the fewest tokens and reasons least deeply.
        Low = "low",
        /// Spends fewer tokens than [`High`](Self::High) and reasons less deeply.
        Medium = "medium",
        /// Reasons deeply, at the cost of more tokens.
        High = "high",
        /// Spends more tokens than [`High`](Self::High) and reasons more deeply.
        ExtraHigh = "xhigh",
        /// Reasons as deeply as the model can, regardless of the number of tokens.
        Max = "max",
    }
}

wire_union! {
    /// The format of the model's output: JSON that conforms to a schema.
    ///
    /// The value of `format` in an [`OutputConfig`]. The field `output_format` of a request takes
    /// the same value but is deprecated.
    pub enum OutputFormat {
        /// Restricts the output to JSON that conforms to a schema.
        JsonSchema(JsonOutputFormat) = "json_schema",
    }
}

wire_struct! {
    /// A restriction of the output to JSON that conforms to a schema.
    ///
    /// Variant of [`OutputFormat`]. The JSON arrives as the text of the message, and
    /// [`Message::decode`](crate::types::Message::decode) reads it. It can be incomplete if the
    /// model refused or reached `max_tokens`, which `decode` reports.
    ///
    /// The API accepts only a part of JSON Schema. [`strict_schema`](crate::types::settings::strict_schema)
    /// rewrites a schema so that it is accepted.
    ///
    /// ```
    /// use messages_api::Json;
    /// use messages_api::types::settings::{JsonOutputFormat, OutputFormat};
    ///
    /// let schema = Json::parse(r#"{"type":"array","items":{"type":"string"}}"#)?;
    /// let format = OutputFormat::from(JsonOutputFormat::new(schema));
    /// assert_eq!(
    ///     serde_json::to_string(&format)?,
    ///     r#"{"type":"json_schema","schema":{"type":"array","items":{"type":"string"}}}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct JsonOutputFormat = "json_schema",
        /// Creates a format from a JSON schema.
        pub fn new;
    required {
        /// The JSON schema; its key order is kept.
        schema: Json,
    }
    optional {}
}

wire_struct! {
    /// The number of tokens that a whole task may use, across all of its requests (beta).
    ///
    /// Unlike `max_tokens`, which limits a single message, it covers a task of several turns. Set
    /// `remaining` in later requests to report how much of the budget is left.
    ///
    /// ```
    /// use messages_api::types::settings::{OutputConfig, TaskBudget};
    ///
    /// let config = OutputConfig::new().task_budget(TaskBudget::tokens(100_000).remaining(60_000));
    /// assert_eq!(
    ///     serde_json::to_string(&config)?,
    ///     r#"{"task_budget":{"type":"tokens","total":100000,"remaining":60000}}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct TaskBudget = "tokens", fn from_total;
    required {
        /// The budget of the whole task, in tokens.
        total: u64,
    }
    optional {
        /// The part of the budget that is left, in tokens; all of it if absent.
        remaining: u64,
    }
}

impl TaskBudget {
    /// Creates a budget of `total` tokens, of which none has been used.
    pub fn tokens(total: u64) -> Self {
        Self::from_total(total)
    }
}
