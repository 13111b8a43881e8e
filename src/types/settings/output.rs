//! TODO.

use crate::json::Json;
use crate::wire::{wire_string, wire_struct, wire_union};

wire_struct! {
    /// How much effort to make, and the shape of the answer.
    ///
    /// ```
    /// use messages_api::types::settings::{Effort, OutputConfig};
    ///
    /// let config = OutputConfig::new().effort(Effort::High);
    /// ```
    pub struct OutputConfig,
        /// The API's defaults.
        pub fn new;
    required {}
    optional {
        /// How much effort to make.
        effort: Effort,
        /// The shape of the answer.
        format: OutputFormat,
        /// How many tokens the whole task may cost (beta).
        task_budget: TaskBudget,
    }
}

wire_string! {
    /// How much effort the model makes.
    ///
    /// ```
    /// assert_eq!(messages_api::types::settings::Effort::from("xhigh"), messages_api::types::settings::Effort::ExtraHigh);
    /// ```
    pub enum Effort {
        /// Little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much.
        High = "high",
        /// Very much.
        ExtraHigh = "xhigh",
        /// The most it can.
        Max = "max",
    }
}

wire_union! {
    /// The shape of the answer.
    ///
    /// ```
    /// use messages_api::Json;
    /// use messages_api::types::settings::{JsonOutputFormat, OutputFormat};
    ///
    /// let format = OutputFormat::from(JsonOutputFormat::new(Json::parse(r#"{"type":"object"}"#)?));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum OutputFormat {
        /// JSON that fits a schema.
        JsonSchema(JsonOutputFormat) = "json_schema",
    }
}

wire_struct! {
    /// The answer is JSON that fits a schema.
    ///
    /// ```
    /// use messages_api::Json;
    /// use messages_api::types::settings::JsonOutputFormat;
    ///
    /// let format = JsonOutputFormat::new(Json::parse(r#"{"type":"object"}"#)?);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct JsonOutputFormat = "json_schema",
        /// JSON that fits `schema`.
        pub fn new;
    required {
        /// A JSON schema; its key order is kept.
        schema: Json,
    }
    optional {}
}

wire_struct! {
    /// How many tokens a whole task may cost (beta).
    ///
    /// ```
    /// let budget = messages_api::types::settings::TaskBudget::tokens(100_000).remaining(60_000);
    /// ```
    pub struct TaskBudget = "tokens", fn from_total;
    required {
        /// Tokens.
        total: u64,
    }
    optional {
        /// What is left of them; all where absent.
        remaining: u64,
    }
}

impl TaskBudget {
    /// So many tokens.
    pub fn tokens(total: u64) -> Self {
        Self::from_total(total)
    }
}
