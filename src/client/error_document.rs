//! Error documents: the protocol's own, and those of other protocols.

use http::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::content::{is_event_stream, trimmed};
use crate::stream::EventDecoder;
use crate::types::events::StreamEvent;
use crate::types::{ErrorObject, ErrorResponse, ErrorType};

/// Reads an error document, given the status that it came with. Returns the status of the
/// error, which for a document under a status of success is that of its type.
///
/// Besides the protocol's own document, which may lack its outer `type`, and an event stream
/// with an `error` event, these forms are read: OpenAI's error object, `{"error": "…"}`,
/// `{"message": …}` and `{"detail": …}`. Returns `None` for anything else.
pub(super) fn read(text: &str, status: StatusCode) -> Option<(StatusCode, ErrorResponse)> {
    let text = trimmed(text);
    if is_event_stream(text.as_bytes()) {
        let response = in_events(text)?;
        return Some((own_status(status, &response.error.r#type, None), response));
    }
    let document: Map<String, Value> = serde_json::from_str(text).ok()?;
    let error = document.get("error").and_then(Value::as_object);
    let code = error.unwrap_or(&document).get("code").and_then(Value::as_u64);
    let named = error.and_then(|error| error.get("type")).and_then(Value::as_str);
    let named = named.or_else(|| document.get("type")?.as_str().filter(|name| *name != "error"));
    let named = named.filter(|name| !name.is_empty()).map(ErrorType::from);
    let status = own_status(status, named.as_ref().unwrap_or(&ErrorType::Api), code);
    let error_type = named.unwrap_or_else(|| ErrorType::from_status(status));

    // Whatever else is in the object is kept if it is an error object of the protocol.
    let mut response = serde_json::from_str::<ErrorResponse>(text)
        .unwrap_or_else(|_| ErrorResponse::new(ErrorObject::new(error_type.clone(), String::new())));
    if response.error.r#type != error_type || error.is_none_or(|error| !error.contains_key("type")) {
        // A new object, since a default that was read would not be written.
        let mut object = ErrorObject::new(error_type, response.error.message);
        (object.details, object.extra) = (response.error.details, response.error.extra);
        response.error = object;
    }
    if response.error.message.is_empty() {
        response.error.message = message(&document)?;
    }
    if response.request_id.is_none() {
        let id = [error, Some(&document)].into_iter().flatten().find_map(|object| object.get("request_id"));
        response.request_id = id.and_then(Value::as_str).map(str::to_owned);
    }
    Some((status, response))
}

/// Returns `true` if `text`, the body of an HTTP response with a status of success, is an error
/// document.
pub(super) fn is_error(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Probe {
        r#type: Option<Value>,
        error: Option<IgnoredAny>,
        detail: Option<IgnoredAny>,
        message: Option<IgnoredAny>,
        content: Option<IgnoredAny>,
        usage: Option<IgnoredAny>,
        input_tokens: Option<IgnoredAny>,
    }

    // A message is parsed twice only if it could be an error.
    let has = |name: &str| text.contains(name);
    if (has(r#""content""#) || has(r#""input_tokens""#)) && !has(r#""error""#) {
        return false;
    }
    let Ok(probe) = serde_json::from_str::<Probe>(text) else { return false };
    if probe.content.is_some() || probe.usage.is_some() || probe.input_tokens.is_some() {
        return false;
    }
    let is_foreign = probe.error.is_some() || probe.detail.is_some() || probe.message.is_some();
    is_foreign || probe.r#type.is_some_and(|name| name == "error")
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

/// Returns the status of an error that came with `status`. If that is a success, the type of the
/// error decides; if there is none for the type, `code`, where other protocols repeat the status.
fn own_status(status: StatusCode, error_type: &ErrorType, code: Option<u64>) -> StatusCode {
    if !status.is_success() {
        return status;
    }
    let code = code.and_then(|code| u16::try_from(code).ok()).filter(|code| (400..600).contains(code));
    match (error_type, code.and_then(|code| StatusCode::from_u16(code).ok())) {
        (ErrorType::Unknown(_) | ErrorType::Api, Some(code)) => code,
        _ => error_type.status(),
    }
}

fn message(document: &Map<String, Value>) -> Option<String> {
    let error = document.get("error");
    let inner = error.and_then(Value::as_object).into_iter().chain([document]);
    let text = error.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    text.or_else(|| {
        inner
            .flat_map(|object| ["message", "detail"].map(|name| object.get(name)))
            .flatten()
            .find_map(described)
    })
}

/// Returns the text of a message, which FastAPI writes as a list of objects.
fn described(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Object(object) if object.get("message").is_some_and(Value::is_string) => {
            described(&object["message"])
        }
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_documents_give_their_text() {
        let bad = "invalid_request_error";
        for (text, error_type, message, id) in [
            (r#"{"type":"error","error":{"type":"t","message":"m"},"request_id":"r"}"#, "t", "m", Some("r")),
            (r#"{"error":{"type":"t","message":"m","request_id":"r"}}"#, "t", "m", Some("r")),
            (r#"{"error":{"message":"m","code":"1211"},"request_id":"r"}"#, bad, "m", Some("r")),
            (r#"{"error":{"type":null,"message":"m"}}"#, bad, "m", None),
            ("\u{feff} {\"error\":\"m\"}", bad, "m", None),
            (r#"{"error":"m","message":"other"}"#, bad, "m", None),
            (r#"{"message":"m","type":"t","request_id":"r"}"#, "t", "m", Some("r")),
            (r#"{"type":"error","message":"m"}"#, bad, "m", None),
            (r#"{"detail":"m"}"#, bad, "m", None),
            (r#"{"detail":[{"msg":"m"}]}"#, bad, r#"[{"msg":"m"}]"#, None),
            (r#"{"error":{"message":{"message":"m"}}}"#, bad, "m", None),
            (
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"t\",\"message\":\"m\"}}",
                "t",
                "m",
                None,
            ),
        ] {
            let (status, response) = read(text, StatusCode::BAD_REQUEST).expect(text);
            assert_eq!(status, StatusCode::BAD_REQUEST);
            assert_eq!(response.error.r#type.as_str(), error_type, "{text}");
            assert_eq!(
                (response.error.message.as_str(), response.request_id.as_deref()),
                (message, id),
                "{text}"
            );
            let json = serde_json::to_string(&response).expect("JSON");
            assert!(json.contains(&format!(r#""type":"{error_type}""#)), "{json}");
        }
        for text in ["", "{}", "[]", "null", "\"m\"", "{\"error\":null}", "data: x\n\n", "<html>", "oops"] {
            assert!(read(text, StatusCode::BAD_REQUEST).is_none(), "{text}");
        }
    }

    #[test]
    fn under_a_status_of_success_the_type_decides() {
        for (error, status) in [
            (r#"{"type":"overloaded_error","message":"m"}"#, 529),
            (r#"{"type":"quota","message":"m","code":403}"#, 403),
            (r#"{"type":"rate_limit_error","message":"m","code":500}"#, 429),
            (r#"{"type":"quota","message":"m","code":1211}"#, 500),
            (r#"{"message":"m"}"#, 500),
            (r#""m""#, 500),
        ] {
            let text = format!(r#"{{"error":{error}}}"#);
            assert!(is_error(&text), "{text}");
            assert_eq!(read(&text, StatusCode::OK).expect("an error").0.as_u16(), status, "{text}");
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
