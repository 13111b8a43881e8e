//! Error documents as the bodies of HTTP responses.

use http::StatusCode;

use super::content::{is_event_stream, trimmed};
use crate::error::read_document;
use crate::json::fields;
use crate::stream::EventDecoder;
use crate::types::ErrorResponse;
use crate::types::events::StreamEvent;

/// Reads an error document, or an event stream with an `error` event, given the status that it
/// came with. Returns the status of the error, or `None` if the body is anything else.
pub(super) fn read(text: &str, status: StatusCode) -> Option<(StatusCode, ErrorResponse)> {
    let text = trimmed(text);
    if is_event_stream(text.as_bytes()) {
        return Some((status, in_events(text)?));
    }
    read_document(text, status)
}

/// Returns `true` if `text`, the body of an HTTP response with a status of success, is an error
/// document.
pub(super) fn is_error(text: &str) -> bool {
    // A message is parsed twice only if it could be an error.
    let has = |name: &str| text.contains(name);
    if (has(r#""content""#) || has(r#""input_tokens""#)) && !has(r#""error""#) {
        return false;
    }
    let names = ["type", "error", "detail", "message", "content", "usage", "input_tokens"];
    let Ok([tag, errors @ .., content, usage, input_tokens]) = fields(text, names) else { return false };
    if content.or(usage).or(input_tokens).is_some() {
        return false;
    }
    let is_foreign = errors.iter().any(Option::is_some);
    is_foreign || tag.is_some_and(|tag| serde_json::from_str::<String>(tag).is_ok_and(|tag| tag == "error"))
}

fn in_events(text: &str) -> Option<ErrorResponse> {
    let mut decoder = EventDecoder::new();
    // A server may leave out the blank line that ends the last event.
    decoder.push([text.as_bytes(), b"\n\n"].concat());
    loop {
        match decoder.next() {
            Ok(Some(StreamEvent::Error(response))) => return Some(*response),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_events_are_read() {
        for text in [
            "\u{feff} {\"error\":\"m\"}",
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"t\",\"message\":\"m\"}}",
        ] {
            let (status, response) = read(text, StatusCode::BAD_REQUEST).expect(text);
            assert_eq!((status, &*response.error.message), (StatusCode::BAD_REQUEST, "m"), "{text}");
        }
        for text in ["data: x\n\n", "<html>"] {
            assert!(read(text, StatusCode::BAD_REQUEST).is_none(), "{text}");
        }
    }

    #[test]
    fn errors_are_told_from_other_documents() {
        for text in
            [r#"{"error":{"message":"m"}}"#, r#"{"error":"m"}"#, r#"{"detail":1}"#, r#"{"type":"error"}"#]
        {
            assert!(is_error(text), "{text}");
        }
        for text in [
            r#"{"id":"m","content":[{"type":"text","text":"\"error\""}]}"#,
            r#"{"content":[],"error":"a field that is not known"}"#,
            r#"{"id":"m","usage":{}}"#,
            r#"{"input_tokens":1,"message":"m"}"#,
            "{}",
        ] {
            assert!(!is_error(text), "{text}");
        }
    }
}
