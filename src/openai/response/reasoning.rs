//! The model's reasoning, in all the places where servers put it.

use serde::Deserialize;

use crate::json::Json;
use crate::openai::exchange::Exchange;
use crate::openai::profile::{ReasoningHistory, ThinkingBlocks, UpstreamProfile};
use crate::openai::types::{ChatContent, ChatDelta, ChatPart};

/// Returns `true` if the caller is to receive the reasoning.
pub(in crate::openai) fn is_wanted(exchange: &Exchange) -> bool {
    match exchange.profile.thinking_blocks {
        ThinkingBlocks::Always => true,
        ThinkingBlocks::Never => false,
        ThinkingBlocks::Requested => {
            exchange.thinks || exchange.profile.reasoning_history != ReasoningHistory::Drop
        }
    }
}

/// Takes the reasoning out of a delta: the first of the profile's fields that has any.
pub(in crate::openai) fn take(delta: &mut ChatDelta, profile: &UpstreamProfile) -> Option<String> {
    let text = |field: &String| match field.as_str() {
        "reasoning_content" => delta.reasoning_content.take(),
        "reasoning" => delta.reasoning.take(),
        "reasoning_details" => delta.reasoning_details.take().map(|details| text_of_details(&details)),
        field => delta.extra.get(field).and_then(|value| value.decode().ok()),
    };
    profile.reasoning_fields.iter().filter_map(text).find(|text| !text.is_empty())
}

/// Returns the text of OpenRouter's `reasoning_details`: texts and summaries, but nothing that is encrypted.
fn text_of_details(details: &Json) -> String {
    #[derive(Deserialize)]
    struct Detail {
        text: Option<String>,
        summary: Option<String>,
    }
    let details: Vec<Json> = details.decode().unwrap_or_default();
    let texts = details.iter().filter_map(|detail| detail.decode::<Detail>().ok());
    texts.filter_map(|detail| detail.text.or(detail.summary)).collect()
}

/// A piece of the content of a delta.
pub(in crate::openai) enum Piece {
    Text(String),
    Refusal(String),
    Thinking(String),
    /// A part that is none of these, with its type.
    Other(String),
}

/// Returns the pieces of content that came in parts. Mistral's reasoning is one of them.
pub(in crate::openai) fn pieces(content: ChatContent) -> Vec<Piece> {
    match content {
        ChatContent::Text(text) => vec![Piece::Text(text)],
        ChatContent::Parts(parts) => parts.into_iter().map(piece).collect(),
    }
}

fn piece(part: ChatPart) -> Piece {
    #[derive(Deserialize)]
    struct Thinking {
        thinking: Json,
    }
    #[derive(Deserialize)]
    struct Text {
        text: Option<String>,
    }
    match part {
        ChatPart::Text(part) => Piece::Text(part.text),
        ChatPart::Refusal(part) => Piece::Refusal(part.refusal),
        ChatPart::Unknown(part) if part.type_name() == "thinking" => {
            let thinking =
                part.json().decode::<Thinking>().map_or_else(|_| Json::null(), |part| part.thinking);
            let texts = || thinking.decode::<Vec<Text>>().ok();
            let joined = || texts().map(|texts| texts.into_iter().filter_map(|part| part.text).collect());
            Piece::Thinking(thinking.decode().ok().or_else(joined).unwrap_or_default())
        }
        part => Piece::Other(part.type_name().to_owned()),
    }
}
