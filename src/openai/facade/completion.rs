//! Messages as completions.

use serde_json::{Value, json};

use super::exchange::ChatExchange;
use crate::json::Json;
use crate::openai::types::{
    ChatChoice, ChatCompletion, ChatCompletionTokensDetails, ChatFunctionCall, ChatMessage,
    ChatPromptTokensDetails, ChatToolCall, ChatUsage,
};
use crate::types::citations::Citation;
use crate::types::fallback::StopDetails;
use crate::types::usage::Usage;
use crate::types::{ContentBlock, Message, StopReason, ToolUseBlock};

/// Translates a message into a completion.
///
/// Texts become one, with its citations of pages on the web as annotations. Thinking becomes
/// `reasoning_content`, and the inputs of tools become arguments, to the letter. What the model has done with
/// tools of the server is left out.
pub fn response_to_openai(message: &Message, exchange: &ChatExchange) -> ChatCompletion {
    let mut reply = ChatMessage::of_completion();
    let calls = calls(message);
    let text = message.text();
    if let Some(annotations) = annotations(message) {
        reply.extra.insert("annotations", annotations);
    }
    match explanation(message.stop_details.as_ref()).filter(|_| text.is_empty()) {
        Some(explanation) => reply.refusal = Some(explanation),
        None if text.is_empty() && !calls.is_empty() => {}
        None => reply.content = Some(text.into()),
    }
    let thinking: String = message.thinking().map(|block| block.thinking.as_str()).collect();
    reply.reasoning_content = Some(thinking).filter(|text| exchange.reasoning && !text.is_empty());
    if exchange.has_functions {
        reply.function_call = calls.into_iter().next().map(|call| call.function);
    } else {
        reply.tool_calls = Some(calls).filter(|calls| !calls.is_empty());
    }

    let mut choice = ChatChoice::new(0, reply);
    choice.finish_reason = Some(finish_reason(message.stop_reason.as_ref(), exchange).to_owned());
    choice.logprobs = Some(Json::null());
    let model = exchange.model.as_str();
    ChatCompletion::new(id(message), "chat.completion", exchange.created, model, vec![choice])
        .usage(usage(&message.usage))
}

/// Returns the pages on the web that the text cites, with the range of characters that cites each.
fn annotations(message: &Message) -> Option<Json> {
    let mut annotations = Vec::new();
    let mut start = 0;
    for block in message.content.iter().filter_map(ContentBlock::as_text) {
        let end = start + block.text.chars().count();
        for citation in block.citations.iter().flatten() {
            if let Citation::WebSearchResultLocation(page) = citation {
                let (url, title) = (&page.url, page.title.as_ref().unwrap_or(&page.url));
                let range = json!({ "url": url, "title": title, "start_index": start, "end_index": end });
                annotations.push(json!({ "type": "url_citation", "url_citation": range }));
            }
        }
        start = end;
    }
    Some(annotations).filter(|annotations| !annotations.is_empty()).map(|list| Json::from(Value::from(list)))
}

/// Returns the id of the completion for a message, by which the message is found in logs.
pub(super) fn id(message: &Message) -> String {
    format!("chatcmpl-{}", message.id.strip_prefix("msg_").unwrap_or(&message.id))
}

/// Returns why the model declined, in words.
pub(super) fn explanation(details: Option<&StopDetails>) -> Option<String> {
    match details? {
        StopDetails::Refusal(details) => details.explanation.clone(),
        StopDetails::Unknown(_) => None,
    }
}

pub(super) fn finish_reason(reason: Option<&StopReason>, exchange: &ChatExchange) -> &'static str {
    match reason {
        Some(StopReason::MaxTokens | StopReason::ModelContextWindowExceeded) => "length",
        Some(StopReason::ToolUse) if exchange.has_functions => "function_call",
        Some(StopReason::ToolUse) => "tool_calls",
        Some(StopReason::Refusal) => "content_filter",
        _ => "stop",
    }
}

pub(super) fn usage(usage: &Usage) -> ChatUsage {
    let prompt = ChatPromptTokensDetails::new()
        .cached_tokens(usage.cache_read_input_tokens.unwrap_or(0))
        .cache_write_tokens(usage.cache_creation_input_tokens.unwrap_or(0));
    let thinking = usage.output_tokens_details.as_ref().map_or(0, |details| details.thinking_tokens);
    ChatUsage::new()
        .prompt_tokens(usage.total_input_tokens())
        .completion_tokens(usage.output_tokens)
        .total_tokens(usage.total_input_tokens().saturating_add(usage.output_tokens))
        .prompt_tokens_details(prompt)
        .completion_tokens_details(ChatCompletionTokensDetails::new().reasoning_tokens(thinking))
}

fn calls(message: &Message) -> Vec<ChatToolCall> {
    let call = |block: &ToolUseBlock| {
        let arguments = Json::from(Value::from(block.input.as_raw_str()));
        let function = ChatFunctionCall::new(block.name.as_str()).arguments(arguments);
        ChatToolCall::new(block.id.as_str(), function).r#type("function")
    };
    message.tool_uses().map(call).collect()
}
