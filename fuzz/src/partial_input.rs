//! Of a tool input that is cut off, the complete part is kept.

use messages_api::json::PartialMode;
use messages_api::stream::Accumulator;
use messages_api::types::events::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, InputJsonDelta, MessageDelta,
    MessageDeltaEvent, MessageStartEvent, MessageStopEvent,
};
use messages_api::{Json, Message, MessageDeltaUsage, StopReason, StreamEvent, ToolUseBlock, Usage};
use serde_json::Value;

/// The reference tries every end of a text, which takes quadratic time.
const MAX_BYTES: usize = 120;

/// Checks a tool input. The input of the target is that JSON.
///
/// A complete tool input is kept as it is, however many pieces it arrives in.
/// If the message ends after any character of it, the longest part that is
/// complete is kept. If there is none, the block keeps the input that it
/// started with.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(whole) = Json::parse(text) else { return };
    let pieces: Vec<String> = text.chars().map(String::from).collect();
    assert_eq!(input(&pieces, StopReason::ToolUse), whole);
    assert_eq!(input(&[text.to_owned()], StopReason::ToolUse), whole);
    if text.len() > MAX_BYTES {
        return;
    }
    for (end, _) in text.char_indices() {
        let found = input(&[text[..end].to_owned()], StopReason::MaxTokens);
        let expected = longest_whole(&text[..end]);
        assert_eq!(Json::parse_partial(&text[..end], PartialMode::Complete), expected, "{:?}", &text[..end]);
        assert_eq!(found, expected.unwrap_or_else(start), "{:?}", &text[..end]);
        keeps_trailing_strings(&text[..end], &whole);
    }
}

/// Checks that a text that is cut off, read with its last string, is a beginning
/// of the complete value.
fn keeps_trailing_strings(text: &str, whole: &Json) {
    let complete = Json::parse_partial(text, PartialMode::Complete);
    let Some(all) = Json::parse_partial(text, PartialMode::TrailingStrings) else {
        return assert_eq!(complete, None, "{text:?}");
    };
    // `Value` can hold neither unpaired surrogates nor duplicate keys.
    let whole_text = whole.as_raw_str();
    if let (Ok(all), Ok(whole)) = (all.decode::<Value>(), whole.decode::<Value>()) {
        let is_single = count_keys(&whole) == count_colons(whole_text);
        assert!(!is_single || begins(&all, &whole), "{text:?} became {all}");
    }
}

fn count_keys(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(count_keys).sum(),
        Value::Object(map) => map.len() + map.values().map(count_keys).sum::<usize>(),
        _ => 0,
    }
}

/// Counts the colons outside of strings, of which every key has one.
fn count_colons(text: &str) -> usize {
    let (mut count, mut is_string, mut is_escape) = (0, false, false);
    for char in text.chars() {
        match char {
            _ if is_escape => is_escape = false,
            '\\' => is_escape = true,
            '"' => is_string = !is_string,
            ':' if !is_string => count += 1,
            _ => {}
        }
    }
    count
}

fn begins(start: &Value, whole: &Value) -> bool {
    match (start, whole) {
        (Value::String(start), Value::String(whole)) => whole.starts_with(start.as_str()),
        (Value::Array(start), Value::Array(whole)) => {
            start.len() <= whole.len() && start.iter().zip(whole).all(|(start, whole)| begins(start, whole))
        }
        (Value::Object(start), Value::Object(whole)) => {
            start.iter().all(|(key, start)| whole.get(key).is_some_and(|whole| begins(start, whole)))
        }
        // A number that is cut off is read as a shorter one.
        (Value::Number(_), Value::Number(_)) => true,
        _ => start == whole,
    }
}

/// Returns the input of a tool use block whose deltas are `pieces`.
fn input(pieces: &[String], reason: StopReason) -> Json {
    let message = Message::new("msg_1", "m", vec![], Usage::new(1, 0));
    let piece = |piece: &String| ContentBlockDeltaEvent::new(0, InputJsonDelta::new(&**piece)).into();
    let mut events: Vec<StreamEvent> = vec![
        MessageStartEvent::new(message).into(),
        ContentBlockStartEvent::new(0, ToolUseBlock::new("toolu_1", "f", start())).into(),
    ];
    events.extend(pieces.iter().map(piece));
    events.push(ContentBlockStopEvent::new(0).into());
    events.push(MessageDeltaEvent::new(MessageDelta::from(reason), MessageDeltaUsage::new(1)).into());
    let mut accumulator = Accumulator::new();
    for event in &events {
        accumulator.push(event).unwrap();
    }
    let text = pieces.concat();
    let is_whole = text.trim_ascii().is_empty() || Json::parse(&text).is_ok();
    assert_eq!(accumulator.partial_input(0), (!is_whole).then_some(&*text));
    accumulator.push(&MessageStopEvent::new().into()).unwrap();
    accumulator.into_message().unwrap().tool_uses().next().unwrap().input.clone()
}

/// The input that the block starts with.
fn start() -> Json {
    Json::parse("[\"start\"]").unwrap()
}

/// Returns the longest beginning of `text` that is JSON once its arrays and
/// objects are closed. It must not end within a number or a literal, nor with
/// white space.
pub(crate) fn longest_whole(text: &str) -> Option<Json> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let bytes = text.as_bytes();
    let is_end = |&end: &usize| {
        let is_within_word = end < bytes.len() && is_word(bytes[end - 1]) && is_word(bytes[end]);
        text.is_char_boundary(end) && !is_within_word && !bytes[end - 1].is_ascii_whitespace()
    };
    let mut ends = (1..=text.len()).rev().filter(is_end);
    ends.find_map(|end| Json::parse(&format!("{}{}", &text[..end], closers(&text[..end]))).ok())
}

/// Returns `true` if JSON can begin with `text`: the parser reports the end of
/// the input, or one more digit completes a number.
pub(crate) fn is_beginning(text: &str) -> bool {
    [text.to_owned(), format!("{text}0")].iter().any(|text| {
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_or_else(|error| error.is_eof(), |_| true)
    })
}

/// Returns the brackets that close the arrays and objects of `text`.
fn closers(text: &str) -> String {
    let mut open = Vec::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '[' => open.push(']'),
            '{' => open.push('}'),
            ']' | '}' => {
                open.pop();
            }
            '"' => {
                while let Some(char) = chars.next().filter(|&char| char != '"') {
                    if char == '\\' {
                        chars.next();
                    }
                }
            }
            _ => {}
        }
    }
    open.iter().rev().collect()
}
