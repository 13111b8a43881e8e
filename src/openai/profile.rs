//! What is known of the server behind a bridge.

use serde::{Deserialize, Serialize};

/// What a server of Chat Completions understands, and how it says what the protocol leaves open.
///
/// All differences between servers are in here, as data: a program can keep its profiles in a file, since
/// every field has a default and the names are those of the fields. The default suits a server that follows
/// OpenAI's documentation to the letter. [`named`](Self::named) and functions such as [`vllm`](Self::vllm)
/// return the profiles of servers that are known, in which a program can change fields.
///
/// A file with the profile of a server that is not known:
///
/// ```
/// use messages_api::openai::{ReasoningRequest, UpstreamProfile};
///
/// let file = r#"{
///     "name": "our-cluster",
///     "max_tokens_field": "max_tokens",
///     "max_tokens_cap": 32768,
///     "stop_max": null,
///     "system_role": "system",
///     "reasoning_request": "chat_template_kwargs",
///     "reasoning_efforts": [],
///     "user_field": "none",
///     "prompt_cache_key": false
/// }"#;
/// let profile: UpstreamProfile = serde_json::from_str(file)?;
/// assert_eq!(profile.reasoning_request, ReasoningRequest::ChatTemplateKwargs);
/// assert_eq!(profile.tool_name_max, 64); // the default
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct UpstreamProfile {
    /// The name of the profile, for logs and for the signatures of thinking blocks.
    pub name: String,
    /// The field that limits the tokens of a completion.
    pub max_tokens_field: MaxTokensField,
    /// The largest limit that the server accepts; larger ones are lowered to it.
    pub max_tokens_cap: Option<u64>,
    /// Whether the server knows `temperature`, `top_p` and `stop`.
    pub sampling: Sampling,
    /// Whether the server knows `top_k`.
    pub top_k: bool,
    /// The number of stop sequences that the server accepts; `None` for any number. The bridge looks for the
    /// others itself.
    pub stop_max: Option<usize>,
    /// The field of a choice that holds the stop sequence the model wrote, beside `stop_reason` and
    /// `matched_stop`, which are always looked at.
    pub stop_match_field: Option<String>,
    /// The role of instructions.
    pub system_role: SystemRole,
    /// Whether instructions may stand anywhere in the conversation, and not only at its start.
    pub system_anywhere: bool,
    /// The maximum length of a tool's name; letters, digits, `_` and `-`.
    pub tool_name_max: usize,
    /// The ids of tool calls that the server accepts.
    pub tool_id: ToolIdForm,
    /// Whether the server knows the tool choice `required`.
    pub tool_choice_required: bool,
    /// Whether the server knows the choice of a named tool.
    pub tool_choice_named: bool,
    /// Whether the server knows the tool choice `none`.
    pub tool_choice_none: bool,
    /// Whether the server knows `parallel_tool_calls`.
    pub parallel_tool_calls: bool,
    /// Whether each chunk of a call repeats the arguments from their start.
    pub tool_args_cumulative: bool,
    /// Whether messages of the user may contain images.
    pub image_in_user: bool,
    /// Whether tool results may contain images. Otherwise they follow in a message of the user.
    pub image_in_tool: bool,
    /// Whether messages of the user may contain files.
    pub file_input: bool,
    /// How a request asks for reasoning.
    pub reasoning_request: ReasoningRequest,
    /// The efforts of reasoning that the server knows, of `none`, `minimal`, `low`, `medium`, `high`, `xhigh`
    /// and `max`. In place of another, the next lower one is sent.
    pub reasoning_efforts: Vec<String>,
    /// The fields of a message or delta that may hold reasoning, in the order in which they are looked at:
    /// `reasoning_content`, `reasoning`, OpenRouter's `reasoning_details`, or any other that holds a string.
    pub reasoning_fields: Vec<String>,
    /// Whether reasoning stands between `<think>` and `</think>` at the start of the text.
    pub think_tags: bool,
    /// Which messages of the model have to bring their reasoning back.
    pub reasoning_history: ReasoningHistory,
    /// When the caller receives the model's reasoning.
    pub thinking_blocks: ThinkingBlocks,
    /// Whether the server knows `stream_options`.
    pub include_usage: bool,
    /// Whether `prompt_tokens` includes those read from a cache.
    pub usage_prompt_includes_cache: bool,
    /// Whether `completion_tokens` includes those of the reasoning.
    pub usage_completion_includes_reasoning: bool,
    /// The format of structured output that the server knows.
    pub structured_output: StructuredOutput,
    /// Whether the server knows the cache markers of the Messages protocol.
    pub cache_control: bool,
    /// Which schemas of tools the server accepts.
    pub schema_filter: SchemaFilter,
    /// The field that identifies the end user.
    pub user_field: UserField,
    /// Whether the server knows `prompt_cache_key`.
    pub prompt_cache_key: bool,
    /// Whether the server knows `service_tier`.
    pub service_tier: bool,
    /// What becomes of a message of the model at the end of the conversation, which it is to continue.
    pub prefill: Prefill,
    /// Whether messages of the user that follow each other are merged, as some chat templates demand.
    pub merge_same_role: bool,
    /// Whether a message of the user may follow a tool result. If not, a short message of the model is put
    /// between them.
    pub user_after_tool: bool,
    /// Whether content of the user that consists of texts alone is sent as one string, and not as a list of
    /// parts.
    pub string_content: bool,
    /// Whether only the first call is kept if the model makes several although the caller wants one at a time.
    /// Otherwise the caller receives all of them.
    pub first_call_only: bool,
    /// Whether the caller receives a message with the stop reason `refusal` if the server's content filter
    /// rejects the prompt with the status 400, just as when it cuts off a completion. Otherwise the caller
    /// receives the error.
    pub content_filter_refuses: bool,
    /// Whether a message without content gets an empty text block.
    pub empty_text_block: bool,
    /// The size of the model's context in tokens, if it is known.
    pub context_window: Option<u64>,
    /// The endpoint that counts tokens.
    pub token_counter: TokenCounter,
}

impl UpstreamProfile {
    /// Returns the signature of the thinking blocks that are made from the server's reasoning. A block that
    /// comes back with it may be sent to a server with the same profile, and to no other.
    pub(super) fn signature(&self) -> String {
        format!("x-bridge.v1.{}", self.name)
    }
}

/// The field that limits the tokens of a completion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MaxTokensField {
    /// `max_completion_tokens` for reasoning models of OpenAI, and `max_tokens` for others.
    #[default]
    ByModel,
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`.
    MaxCompletionTokens,
}

/// Whether a server knows `temperature`, `top_p` and `stop`, which reasoning models of OpenAI reject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Sampling {
    /// It does, unless the model is a reasoning model of OpenAI.
    #[default]
    ByModel,
    /// It does.
    Send,
    /// It does not. The bridge looks for all stop sequences itself.
    Drop,
}

/// The role of instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SystemRole {
    /// `developer` for reasoning models of OpenAI, and `system` for others.
    #[default]
    ByModel,
    /// `system`.
    System,
    /// `developer`.
    Developer,
}

/// The ids of tool calls that a server accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolIdForm {
    /// Any string.
    #[default]
    Any,
    /// Nine letters and digits, as Mistral demands.
    NineAlphanumerics,
    /// At most this many characters, such as 40 for OpenAI. A longer id is replaced by up to 32 letters and
    /// digits. A maximum below nine counts as nine.
    MaxLength(usize),
}

/// How a request asks for reasoning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReasoningRequest {
    /// `reasoning_effort` for reasoning models of OpenAI, and not at all for others, which reject it.
    #[default]
    ByModel,
    /// `reasoning_effort: "medium"`.
    ReasoningEffort,
    /// `thinking: {"type": "enabled"}`, and `reasoning_effort` if `reasoning_efforts` is not empty.
    Thinking,
    /// `enable_thinking: true`, and `reasoning_effort` if `reasoning_efforts` is not empty.
    EnableThinking,
    /// `chat_template_kwargs: {"enable_thinking": true}`, and `reasoning_effort` if `reasoning_efforts` is
    /// not empty.
    ChatTemplateKwargs,
    /// `reasoning: {"effort": "medium"}`, or with `max_tokens` if the request has a budget.
    Reasoning,
    /// Not at all.
    None,
}

/// Which messages of the model have to bring their reasoning back, in the field in which it came.
///
/// Only reasoning that came from a server with the same profile is sent back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReasoningHistory {
    /// None.
    #[default]
    Drop,
    /// Those that call tools, if their reasoning is known.
    ToolTurns,
    /// Those that call tools; with a blank if their reasoning is not known.
    EveryToolTurn,
}

/// When the caller receives the model's reasoning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ThinkingBlocks {
    /// Always.
    Always,
    /// If the request asks for thinking, or the server wants the reasoning back.
    #[default]
    Requested,
    /// Never.
    Never,
}

/// The format of structured output that a server knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StructuredOutput {
    /// `json_schema`, with `strict` where the schema allows it.
    #[default]
    Strict,
    /// `json_schema`, without `strict`.
    JsonSchema,
    /// `json_object`; the schema is added to the instructions.
    JsonObject,
    /// None; the schema is added to the instructions.
    None,
}

/// Which schemas of tools a server accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SchemaFilter {
    /// All.
    #[default]
    None,
    /// Those without `$schema`, `additionalProperties`, `default` and formats that are not common.
    Subset,
}

/// The field that identifies the end user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UserField {
    /// `user`.
    #[default]
    User,
    /// `safety_identifier`, a hash.
    SafetyIdentifier,
    /// None.
    None,
}

/// What becomes of a message of the model at the end of the conversation, which it is to continue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Prefill {
    /// It is sent as it is, and the server may begin a new message after it.
    #[default]
    Pass,
    /// The request is rejected.
    Reject,
    /// The server is asked to continue it, in the way of vLLM and SGLang.
    Continue,
    /// It is marked with `prefix: true`, in the way of Mistral.
    Prefix,
    /// It is sent as it is, and the server continues it. A whole completion repeats it, as that of llama.cpp
    /// does, unlike a streamed one; the bridge leaves it out.
    Repeated,
}

/// The endpoint that counts tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenCounter {
    /// None: the bridge estimates.
    #[default]
    Estimate,
    /// `POST /tokenize` of vLLM.
    Vllm,
    /// `POST /apply-template` and `POST /tokenize` of llama.cpp.
    LlamaCpp,
}

impl Default for UpstreamProfile {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            name: "default".to_owned(),
            max_tokens_field: MaxTokensField::default(),
            max_tokens_cap: None,
            sampling: Sampling::default(),
            top_k: false,
            stop_max: Some(4),
            stop_match_field: None,
            system_role: SystemRole::default(),
            system_anywhere: false,
            tool_name_max: 64,
            tool_id: ToolIdForm::default(),
            tool_choice_required: true,
            tool_choice_named: true,
            tool_choice_none: true,
            parallel_tool_calls: true,
            tool_args_cumulative: false,
            image_in_user: true,
            image_in_tool: false,
            file_input: false,
            reasoning_request: ReasoningRequest::default(),
            reasoning_efforts: texts(&["low", "medium", "high"]),
            reasoning_fields: texts(&["reasoning_content", "reasoning"]),
            think_tags: false,
            reasoning_history: ReasoningHistory::default(),
            thinking_blocks: ThinkingBlocks::default(),
            include_usage: true,
            usage_prompt_includes_cache: true,
            usage_completion_includes_reasoning: true,
            structured_output: StructuredOutput::default(),
            cache_control: false,
            schema_filter: SchemaFilter::default(),
            user_field: UserField::default(),
            prompt_cache_key: true,
            service_tier: true,
            prefill: Prefill::default(),
            merge_same_role: false,
            user_after_tool: true,
            string_content: true,
            first_call_only: false,
            content_filter_refuses: false,
            empty_text_block: false,
            context_window: None,
            token_counter: TokenCounter::default(),
        }
    }
}
