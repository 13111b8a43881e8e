//! The settings of a request that are single values.

use super::scope::{Scope, invalid};
use crate::error::ApiError;
use crate::json::Json;
use crate::openai::profile::MaxTokensField;
use crate::openai::types::{ChatRequest, ChatStreamOptions};
use crate::types::settings::{OutputConfig, ServiceTier, ThreadConfig};
use crate::types::{CreateMessageRequest, ErrorObject, ErrorResponse, ErrorType};

/// Rejects what cannot be translated at all.
pub(super) fn check(request: &CreateMessageRequest) -> Result<(), ApiError> {
    if request.max_tokens < 1 {
        return Err(invalid("max_tokens", "must be at least 1"));
    }
    // A client that learns this sends the whole conversation instead. Otherwise it would go on to send only
    // the new turn, and the model would not know the rest.
    match &request.thread {
        Some(ThreadConfig::Continue(_)) => Err(thread_error("thread_not_found", "there is no such thread")),
        Some(_) => Err(thread_error("thread_unsupported_request", "threads are not supported")),
        None => Ok(()),
    }
}

pub(super) fn translate(request: &CreateMessageRequest, chat: &mut ChatRequest, scope: &mut Scope<'_>) {
    // The pattern has no `..`, so that a new field does not compile until it is decided what becomes of it.
    let CreateMessageRequest {
        model: _,
        max_tokens: _,
        messages: _,
        system: _,
        stream,
        temperature,
        top_p,
        top_k,
        stop_sequences: _,
        tools: _,
        tool_choice: _,
        thinking: _,
        output_config: _,
        metadata: _,
        service_tier,
        cache_control,
        thread: _,
        container,
        inference_geo,
        diagnostics,
        speed,
        context_management,
        mcp_servers,
        output_format: _,
        fallbacks,
        fallback_credit_token,
        compaction,
        billing_policy,
        extra: _,
        gaps: _,
    } = request;

    chat.stream = *stream;
    if *stream == Some(true) && scope.profile.include_usage {
        chat.stream_options = Some(ChatStreamOptions::new().include_usage(true));
    }
    limit_tokens(request, chat, scope);
    if scope.knows_sampling() {
        (chat.temperature, chat.top_p) = (*temperature, *top_p);
    } else {
        for (name, value) in [("temperature", temperature), ("top_p", top_p)] {
            if value.is_some() {
                scope.dropped(name, "the server does not accept it");
            }
        }
    }
    if scope.profile.top_k {
        chat.top_k = *top_k;
    } else if top_k.is_some() {
        scope.dropped("top_k", "the server does not know it");
    }
    if *service_tier == Some(ServiceTier::StandardOnly) {
        if scope.profile.service_tier {
            chat.service_tier = Some("default".to_owned());
        } else {
            scope.dropped("service_tier", "the server does not know it");
        }
    }
    for (name, is_set) in [
        ("cache_control", cache_control.is_some()),
        ("container", container.is_some()),
        ("inference_geo", inference_geo.is_some()),
        ("diagnostics", diagnostics.is_some()),
        ("speed", speed.is_some()),
        ("context_management", context_management.is_some()),
        ("mcp_servers", mcp_servers.is_some()),
        ("fallbacks", fallbacks.is_some()),
        ("fallback_credit_token", fallback_credit_token.is_some()),
        ("compaction", compaction.is_some()),
        ("billing_policy", billing_policy.is_some()),
    ] {
        if is_set {
            scope.dropped(name, "only the Messages API has it");
        }
    }
    let task_budget = output(request, |config| {
        let OutputConfig { effort: _, format: _, task_budget, extra: _, gaps: _ } = config;
        task_budget.as_ref()
    });
    if task_budget.is_some() {
        scope.dropped("output_config.task_budget", "only the Messages API has it");
    }
}

/// Returns an output setting: of the last message that sets it, or else of the request.
pub(super) fn output<'a, T>(
    request: &'a CreateMessageRequest,
    setting: impl Fn(&'a OutputConfig) -> Option<&'a T>,
) -> Option<&'a T> {
    let of_messages = request.messages.iter().rev().filter_map(|message| message.output_config.as_deref());
    of_messages.chain(&request.output_config).find_map(setting)
}

fn limit_tokens(request: &CreateMessageRequest, chat: &mut ChatRequest, scope: &mut Scope<'_>) {
    let max_tokens =
        scope.profile.max_tokens_cap.map_or(request.max_tokens, |cap| cap.min(request.max_tokens));
    if max_tokens < request.max_tokens {
        scope.replaced("max_tokens", format!("lowered to {max_tokens}"));
    }
    let is_for_completion = match scope.profile.max_tokens_field {
        MaxTokensField::ByModel => scope.is_reasoning_model,
        MaxTokensField::MaxTokens => false,
        MaxTokensField::MaxCompletionTokens => true,
    };
    let field = if is_for_completion { &mut chat.max_completion_tokens } else { &mut chat.max_tokens };
    *field = Some(max_tokens);
}

fn thread_error(code: &str, reason: &str) -> ApiError {
    let details = serde_json::Map::from_iter([("error_code".to_owned(), code.into())]);
    let error = ErrorObject::new(ErrorType::InvalidRequest, format!("thread: {reason}"));
    let status = ErrorType::InvalidRequest.status();
    ApiError::from_response(status, ErrorResponse::new(error.details(Json::from(details))))
}
