//! The profiles of servers that are known.

use super::profile::{
    MaxTokensField, Prefill, ReasoningHistory, ReasoningRequest, Sampling, StructuredOutput, SystemRole,
    TokenCounter, ToolIdForm, UpstreamProfile, UserField,
};

type Constructor = fn() -> UpstreamProfile;

const PROFILES: [(&str, Constructor); 9] = [
    ("openai", UpstreamProfile::openai),
    ("vllm", UpstreamProfile::vllm),
    ("sglang", UpstreamProfile::sglang),
    ("llama.cpp", UpstreamProfile::llama_cpp),
    ("ollama", UpstreamProfile::ollama),
    ("lmstudio", UpstreamProfile::lm_studio),
    ("openrouter", UpstreamProfile::openrouter),
    ("deepseek", UpstreamProfile::deepseek),
    ("mistral", UpstreamProfile::mistral),
];

impl UpstreamProfile {
    /// The names of the profiles that [`named`](Self::named) knows.
    pub const NAMES: &'static [&'static str] = &{
        let mut names = [""; PROFILES.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = PROFILES[at].0;
            at += 1;
        }
        names
    };

    /// Returns the profile with this name, one of [`NAMES`](Self::NAMES); `None` for all others.
    ///
    /// ```
    /// use messages_api::openai::UpstreamProfile;
    ///
    /// let profile = UpstreamProfile::named("ollama").expect("a known name");
    /// assert_eq!(profile, UpstreamProfile::ollama());
    /// assert!(UpstreamProfile::named("abacus").is_none());
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        PROFILES.iter().find(|(known, _)| *known == name).map(|(_, profile)| profile())
    }

    /// Creates the profile of OpenAI's own API.
    ///
    /// What reasoning models require and others reject depends on the name of the model: names that begin
    /// with `o` and a number, or with `gpt-5` or a later version, are those of reasoning models.
    pub fn openai() -> Self {
        Self {
            name: "openai".to_owned(),
            system_anywhere: true,
            tool_id: ToolIdForm::MaxLength(40),
            file_input: true,
            user_field: UserField::SafetyIdentifier,
            ..Self::default()
        }
    }

    /// Creates the profile of vLLM.
    ///
    /// Thinking is switched in the arguments of the chat template, which is how most open models know it.
    pub fn vllm() -> Self {
        Self {
            name: "vllm".to_owned(),
            reasoning_request: ReasoningRequest::ChatTemplateKwargs,
            reasoning_fields: fields(["reasoning", "reasoning_content"]),
            reasoning_history: ReasoningHistory::ToolTurns,
            structured_output: StructuredOutput::JsonSchema,
            prefill: Prefill::Continue,
            token_counter: TokenCounter::Vllm,
            ..Self::open_models()
        }
    }

    /// Creates the profile of SGLang.
    ///
    /// Thinking is switched in the arguments of the chat template, which is how most open models know it.
    pub fn sglang() -> Self {
        Self {
            name: "sglang".to_owned(),
            reasoning_request: ReasoningRequest::ChatTemplateKwargs,
            reasoning_history: ReasoningHistory::ToolTurns,
            prefill: Prefill::Continue,
            ..Self::open_models()
        }
    }

    /// Creates the profile of `llama-server`, the server of llama.cpp.
    ///
    /// It knows the choice of a tool only as a string, and reads an object as `auto`.
    pub fn llama_cpp() -> Self {
        Self {
            name: "llama.cpp".to_owned(),
            tool_choice_named: false,
            reasoning_request: ReasoningRequest::ChatTemplateKwargs,
            reasoning_efforts: Vec::new(),
            structured_output: StructuredOutput::JsonSchema,
            token_counter: TokenCounter::LlamaCpp,
            prefill: Prefill::Repeated,
            ..Self::open_models()
        }
    }

    /// Creates the profile of Ollama.
    ///
    /// It ignores `tool_choice`. It rejects `reasoning_effort` for models that do not think, and lets others
    /// think unless it is told not to; so the profile leaves the field out. For a model that thinks, set
    /// [`reasoning_request`](Self::reasoning_request) to [`ReasoningRequest::ReasoningEffort`].
    pub fn ollama() -> Self {
        Self {
            name: "ollama".to_owned(),
            top_k: false,
            tool_choice_required: false,
            tool_choice_named: false,
            tool_choice_none: false,
            parallel_tool_calls: false,
            reasoning_request: ReasoningRequest::None,
            reasoning_efforts: fields(["none", "low", "medium", "high"]),
            reasoning_fields: fields(["reasoning", "reasoning_content"]),
            reasoning_history: ReasoningHistory::ToolTurns,
            structured_output: StructuredOutput::JsonSchema,
            ..Self::open_models()
        }
    }

    /// Creates the profile of LM Studio.
    ///
    /// It knows the choice of a tool only as a string.
    pub fn lm_studio() -> Self {
        Self {
            name: "lmstudio".to_owned(),
            tool_choice_named: false,
            parallel_tool_calls: false,
            reasoning_request: ReasoningRequest::None,
            structured_output: StructuredOutput::JsonSchema,
            ..Self::open_models()
        }
    }

    /// Creates the profile of OpenRouter, which translates the request for whoever serves the model.
    pub fn openrouter() -> Self {
        Self {
            name: "openrouter".to_owned(),
            max_tokens_field: MaxTokensField::MaxTokens,
            sampling: Sampling::Send,
            top_k: true,
            system_role: SystemRole::System,
            // The limit of OpenAI, whose models it serves as well.
            tool_id: ToolIdForm::MaxLength(40),
            file_input: true,
            reasoning_request: ReasoningRequest::Reasoning,
            reasoning_efforts: fields(["minimal", "low", "medium", "high", "xhigh"]),
            reasoning_fields: fields(["reasoning", "reasoning_content"]),
            reasoning_history: ReasoningHistory::ToolTurns,
            cache_control: true,
            prompt_cache_key: false,
            service_tier: false,
            ..Self::default()
        }
    }

    /// Creates the profile of DeepSeek's API.
    ///
    /// While it thinks, it rejects a conversation in which a message with calls lacks its reasoning.
    pub fn deepseek() -> Self {
        Self {
            name: "deepseek".to_owned(),
            max_tokens_field: MaxTokensField::MaxTokens,
            sampling: Sampling::Send,
            stop_max: Some(16),
            system_role: SystemRole::System,
            parallel_tool_calls: false,
            image_in_user: false,
            reasoning_request: ReasoningRequest::Thinking,
            reasoning_efforts: fields(["minimal", "low", "medium", "high", "xhigh", "max"]),
            reasoning_history: ReasoningHistory::EveryToolTurn,
            structured_output: StructuredOutput::JsonObject,
            user_field: UserField::None,
            prompt_cache_key: false,
            service_tier: false,
            ..Self::default()
        }
    }

    /// Creates the profile of Mistral's API.
    ///
    /// It rejects fields that it does not know, ids of calls that do not have its form, and a message of the
    /// user directly after a tool result.
    pub fn mistral() -> Self {
        Self {
            name: "mistral".to_owned(),
            max_tokens_field: MaxTokensField::MaxTokens,
            sampling: Sampling::Send,
            system_role: SystemRole::System,
            tool_id: ToolIdForm::NineAlphanumerics,
            reasoning_request: ReasoningRequest::None,
            include_usage: false,
            user_field: UserField::None,
            prompt_cache_key: false,
            service_tier: false,
            prefill: Prefill::Prefix,
            merge_same_role: true,
            user_after_tool: false,
            ..Self::default()
        }
    }

    /// What the servers of open models have in common. The chat template of a model decides about the order
    /// of messages; many accept instructions only at the start, and no two messages of the user in a row.
    fn open_models() -> Self {
        Self {
            max_tokens_field: MaxTokensField::MaxTokens,
            sampling: Sampling::Send,
            top_k: true,
            stop_max: None,
            system_role: SystemRole::System,
            user_field: UserField::None,
            prompt_cache_key: false,
            service_tier: false,
            merge_same_role: true,
            ..Self::default()
        }
    }
}

fn fields<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).into()
}
