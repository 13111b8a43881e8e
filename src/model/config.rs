//! The settings of a request.

use crate::json::Json;
use crate::wire::{wire_string, wire_struct, wire_union};

wire_union! {
    /// Whether the model thinks before it answers.
    ///
    /// ```
    /// use messages_api::{ThinkingConfig, ThinkingConfigEnabled};
    ///
    /// let thinking = ThinkingConfig::from(ThinkingConfigEnabled::new(1024));
    /// assert_eq!(thinking.type_name(), "enabled");
    /// ```
    pub enum ThinkingConfig {
        /// It does, up to a budget.
        Enabled(ThinkingConfigEnabled) = "enabled",
        /// It does not.
        Disabled(ThinkingConfigDisabled) = "disabled",
        /// It decides.
        Adaptive(ThinkingConfigAdaptive) = "adaptive",
        /// It thinks only between tools; version `2026-10-21`.
        BetweenTools(ThinkingConfigBetweenTools) = "between_tools",
    }
}

wire_struct! {
    /// The model thinks, up to a budget.
    ///
    /// ```
    /// let thinking = messages_api::ThinkingConfigEnabled::new(1024);
    /// ```
    pub struct ThinkingConfigEnabled = "enabled",
        /// Up to `budget_tokens`.
        pub fn new;
    required {
        /// The most tokens to think, from 1024 to below `max_tokens`.
        budget_tokens: u64,
    }
    optional {
        /// How much of the thinking is shown.
        display: ThinkingDisplay,
        /// What to do with thinking that does not fit the conversation (beta).
        block_binding: BlockBinding,
    }
}

wire_struct! {
    /// The model does not think.
    ///
    /// ```
    /// let thinking = messages_api::ThinkingConfigDisabled::new();
    /// ```
    pub struct ThinkingConfigDisabled = "disabled",
        /// No thinking.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// The model decides how much to think.
    ///
    /// ```
    /// let thinking = messages_api::ThinkingConfigAdaptive::new();
    /// ```
    pub struct ThinkingConfigAdaptive = "adaptive",
        /// As much as it takes.
        pub fn new;
    required {}
    optional {
        /// How much of the thinking is shown.
        display: ThinkingDisplay,
        /// What to do with thinking that does not fit the conversation (beta).
        block_binding: BlockBinding,
    }
}

wire_string! {
    /// How much of the thinking is shown.
    ///
    /// ```
    /// assert_eq!(messages_api::ThinkingDisplay::Omitted.as_str(), "omitted");
    /// ```
    pub enum ThinkingDisplay {
        /// A summary.
        Summarized = "summarized",
        /// Nothing; blocks still carry a signature.
        Omitted = "omitted",
        /// Short updates (beta).
        Updates = "updates",
    }
}

wire_struct! {
    /// How much effort to make, and the shape of the answer.
    ///
    /// ```
    /// use messages_api::{Effort, OutputConfig};
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
    /// assert_eq!(messages_api::Effort::from("xhigh"), messages_api::Effort::ExtraHigh);
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
    /// use messages_api::{Json, JsonOutputFormat, OutputFormat};
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
    /// use messages_api::{Json, JsonOutputFormat};
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
    /// Who asks.
    ///
    /// ```
    /// let metadata = messages_api::Metadata::new().user_id("u-7f3a");
    /// ```
    pub struct Metadata,
        /// Nothing known.
        pub fn new;
    required {}
    optional {
        /// An opaque name of the end user, at most 256 characters.
        user_id: String,
    }
}

wire_string! {
    /// The tier that may serve a request.
    ///
    /// ```
    /// assert_eq!(messages_api::ServiceTier::StandardOnly.as_str(), "standard_only");
    /// ```
    pub enum ServiceTier {
        /// Reserved capacity where there is some.
        Auto = "auto",
        /// Never reserved capacity.
        StandardOnly = "standard_only",
    }
}

wire_union! {
    /// A conversation that the server keeps, so that only the new turn is
    /// sent (beta).
    ///
    /// ```
    /// use messages_api::{ThreadConfig, ThreadContinue};
    ///
    /// let thread = ThreadConfig::from(ThreadContinue::new("msg_01"));
    /// ```
    pub enum ThreadConfig {
        /// Begin one.
        Create(ThreadCreate) = "create",
        /// Go on with one.
        Continue(ThreadContinue) = "continue",
    }
}

wire_struct! {
    /// Begin a conversation that the server keeps.
    ///
    /// ```
    /// let thread = messages_api::ThreadCreate::new();
    /// ```
    pub struct ThreadCreate = "create",
        /// A new thread.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Go on with a conversation that the server keeps.
    ///
    /// ```
    /// let thread = messages_api::ThreadContinue::new("msg_01");
    /// ```
    pub struct ThreadContinue = "continue",
        /// After the message `previous_message_id`.
        pub fn new;
    required {
        /// The last message of the thread.
        previous_message_id: String,
    }
    optional {}
}

wire_struct! {
    /// The model thinks only between tools.
    ///
    /// ```
    /// let thinking = messages_api::ThinkingConfigBetweenTools::new();
    /// ```
    pub struct ThinkingConfigBetweenTools = "between_tools",
        /// Only there.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// What to do with thinking that does not fit the conversation (beta).
    ///
    /// ```
    /// use messages_api::{BlockBinding, PrefixMismatchBehavior};
    ///
    /// let binding = BlockBinding::new().prefix_mismatch_behavior(PrefixMismatchBehavior::DropBlock);
    /// ```
    pub struct BlockBinding,
        /// The API's default.
        pub fn new;
    required {}
    optional {
        /// What to do where the conversation before it changed.
        prefix_mismatch_behavior: PrefixMismatchBehavior,
    }
}

wire_string! {
    /// What to do where the conversation before a thinking block changed.
    ///
    /// ```
    /// assert_eq!(messages_api::PrefixMismatchBehavior::Error.as_str(), "error");
    /// ```
    pub enum PrefixMismatchBehavior {
        /// Refuse the request.
        Error = "error",
        /// Drop the block.
        DropBlock = "drop_block",
    }
}

wire_struct! {
    /// How many tokens a whole task may cost (beta).
    ///
    /// ```
    /// let budget = messages_api::TaskBudget::tokens(100_000).remaining(60_000);
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

wire_union! {
    /// Makes the whole request a compaction (beta).
    ///
    /// ```
    /// use messages_api::{CompactionConfig, SummarizeCompaction};
    ///
    /// let compaction = CompactionConfig::from(SummarizeCompaction::new().instructions("keep the names"));
    /// ```
    pub enum CompactionConfig {
        /// Into a summary.
        Summarize(SummarizeCompaction) = "summarize",
    }
}

wire_struct! {
    /// Puts the conversation into a summary.
    ///
    /// ```
    /// let compaction = messages_api::SummarizeCompaction::new();
    /// ```
    pub struct SummarizeCompaction = "summarize",
        /// As the API does it.
        pub fn new;
    required {}
    optional {
        /// What the summary must hold.
        instructions: String,
    }
}

wire_struct! {
    /// Who pays (beta).
    ///
    /// ```
    /// let policy = messages_api::BillingPolicy::new().bill_to("user_profile");
    /// ```
    pub struct BillingPolicy = "billing_policy",
        /// The API's default.
        pub fn new;
    required {}
    optional {
        /// `self` or `user_profile`.
        bill_to: String,
    }
}
