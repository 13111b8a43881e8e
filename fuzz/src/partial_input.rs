//! A tool's input that was cut off is what of it is whole.

use messages_api::json::PartialMode;
use messages_api::stream::Accumulator;
use messages_api::types::events::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, InputJsonDelta, MessageDelta,
    MessageDeltaEvent, MessageStartEvent, MessageStopEvent,
};
use messages_api::{Json, Message, MessageDeltaUsage, StopReason, StreamEvent, ToolUseBlock, Usage};
use serde_json::Value;

/// The reference tries each end that a text can have.
const MAX_BYTES: usize = 120;

/// The input is JSON, the input of a tool.
///
/// Whole, it is the input of the call, however many pieces it came in. Cut
/// off after any character by an answer that was cut off, it is the longest
/// part of it that is whole, and the call keeps what it began with where
/// there is none.
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

/// What is read of a text that is cut off, its last string included, is the
/// beginning of what it is when whole.
fn keeps_trailing_strings(text: &str, whole: &Json) {
    let complete = Json::parse_partial(text, PartialMode::Complete);
    let Some(all) = Json::parse_partial(text, PartialMode::TrailingStrings) else {
        return assert_eq!(complete, None, "{text:?}");
    };
    // Halves of code points that stand alone, and keys that stand twice, have no `Value`.
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

/// Those outside of strings: one a key.
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
        // A number counts as far as it came.
        (Value::Number(_), Value::Number(_)) => true,
        _ => start == whole,
    }
}

/// The input of a call that comes in `pieces`.
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
    let is_whole = text.is_empty() || Json::parse(&text).is_ok();
    assert_eq!(accumulator.partial_input(0), (!is_whole).then_some(&*text));
    accumulator.push(&MessageStopEvent::new().into()).unwrap();
    accumulator.into_message().unwrap().tool_uses().next().unwrap().input.clone()
}

/// What the call begins with.
fn start() -> Json {
    Json::parse("[\"start\"]").unwrap()
}

/// The longest beginning of `text` that is JSON once its arrays and objects
/// are closed, ends where a word of it does, and has no white space after it.
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

/// Whether JSON can begin with `text`: it is cut off where the parser wants
/// more, or within a number, to which one digit more is enough.
pub(crate) fn is_beginning(text: &str) -> bool {
    [text.to_owned(), format!("{text}0")].iter().any(|text| {
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_or_else(|error| error.is_eof(), |_| true)
    })
}

/// What closes the arrays and objects that are open at the end of `text`.
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
