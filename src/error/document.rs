//! Error documents: the protocol's own, and those of other protocols.

use http::StatusCode;

use crate::json::{Budget, Json, fields, replace_lone_halves};
use crate::text;
use crate::types::{ErrorObject, ErrorResponse, ErrorType};

/// The maximum length in bytes of a message that is made from a value of another JSON type.
const MAX_MESSAGE_BYTES: usize = 4096;

/// Reads an error document, given the status of the HTTP response that it came in. Returns the
/// status of the error, which under a status of success is that of its type.
///
/// Besides the protocol's own document, which may lack its outer `type`, these forms are read:
/// OpenAI's error object, `{"error": "…"}`, `{"message": …}` and `{"detail": …}`. Returns `None`
/// for anything else, and if there is no message.
#[cold]
pub(crate) fn read_document(text: &str, status: StatusCode) -> Option<(StatusCode, ErrorResponse)> {
    let mended = replace_lone_halves(text);
    let text = mended.as_deref().unwrap_or(text).trim_ascii();
    // An object that exceeds this is not kept, but its message is.
    let _budget = Budget::of_document(text.len());
    let outer = Fields::read(text)?;
    let inner = outer.error.and_then(Fields::read);
    let both = || inner.iter().chain([&outer]);

    let inner_type = inner.as_ref().and_then(|inner| string(inner.r#type));
    let outer_type = string(outer.r#type).filter(|name| name != "error");
    let has_type = inner_type.is_some();
    let named = inner_type.or(outer_type).map(ErrorType::from);
    let code = both().find_map(|fields| serde_json::from_str(fields.code?).ok());
    let status = own_status(status, named.as_ref().unwrap_or(&ErrorType::Api), code);
    let error_type = named.unwrap_or_else(|| ErrorType::from_status(status));

    // Whatever else is in the object is kept if it is an error object of the protocol.
    let mut response = serde_json::from_str::<ErrorResponse>(text)
        .unwrap_or_else(|_| ErrorResponse::new(ErrorObject::new(error_type.clone(), String::new())));
    if response.error.r#type != error_type || !has_type {
        // A new object, since a default that was read would not be written.
        let mut object = ErrorObject::new(error_type, response.error.message);
        (object.details, object.extra) = (response.error.details, response.error.extra);
        response.error = object;
    }
    if response.error.message.is_empty() {
        let message = |fields: &Fields<'_>| {
            fields.message.and_then(described).or_else(|| fields.detail.and_then(described))
        };
        response.error.message = string(outer.error).or_else(|| both().find_map(message))?;
    }
    if response.request_id.is_none() {
        response.request_id = both().find_map(|fields| string(fields.request_id));
    }
    Some((status, response))
}

/// The fields of an error in any form. Each may have any JSON type.
struct Fields<'a> {
    r#type: Option<&'a str>,
    error: Option<&'a str>,
    detail: Option<&'a str>,
    message: Option<&'a str>,
    code: Option<&'a str>,
    request_id: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn read(object: &'a str) -> Option<Self> {
        let names = ["type", "error", "detail", "message", "code", "request_id"];
        let [r#type, error, detail, message, code, request_id] = fields(object, names).ok()?;
        Some(Self { r#type, error, detail, message, code, request_id })
    }
}

/// Returns the status of an error that came with `status`. If that is a success, the type of the
/// error decides; if there is none for the type, `code`, where other protocols repeat the status.
fn own_status(status: StatusCode, error_type: &ErrorType, code: Option<u16>) -> StatusCode {
    if !status.is_success() {
        return status;
    }
    let code = code.filter(|code| (400..600).contains(code));
    match (error_type, code.and_then(|code| StatusCode::from_u16(code).ok())) {
        (ErrorType::Unknown(_) | ErrorType::Api, Some(code)) => code,
        _ => error_type.status(),
    }
}

/// Returns the text of a message, which FastAPI writes as a list of objects.
fn described(raw: &str) -> Option<String> {
    if raw.starts_with('"') {
        return string(Some(raw));
    }
    let nested = Fields::read(raw).and_then(|fields| string(fields.message));
    nested.or_else(|| {
        // Without line breaks.
        let json = Json::parse(raw).ok()?;
        Some(text::start(json.as_raw_str(), MAX_MESSAGE_BYTES).to_owned())
    })
}

fn string(raw: Option<&str>) -> Option<String> {
    serde_json::from_str(raw?).ok().filter(|text: &String| !text.is_empty())
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
            (" {\"error\":\"m\"}", bad, "m", None),
            (r#"{"error":"m","message":"other"}"#, bad, "m", None),
            (r#"{"message":"m","type":"t","request_id":"r"}"#, "t", "m", Some("r")),
            (r#"{"type":"error","message":"m"}"#, bad, "m", None),
            (r#"{"detail":"m"}"#, bad, "m", None),
            (r#"{"detail":[{"msg":"m"}]}"#, bad, r#"[{"msg":"m"}]"#, None),
            (
                "{\n  \"detail\": [\n    {\n      \"msg\": \"a b\"\n    }\n  ]\n}",
                bad,
                r#"[{"msg":"a b"}]"#,
                None,
            ),
            (r#"{"error":{"message":{"message":"m"}}}"#, bad, "m", None),
            (r#"{"error":{"message":"\ud83dm"}}"#, bad, "\u{fffd}m", None),
        ] {
            let (status, response) = read_document(text, StatusCode::BAD_REQUEST).expect(text);
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
        for text in
            ["", "{}", "[]", "null", "\"m\"", "{\"error\":null}", "[null,null,null,\"m\",null,null]", "oops"]
        {
            assert!(read_document(text, StatusCode::BAD_REQUEST).is_none(), "{text}");
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
            assert_eq!(read_document(&text, StatusCode::OK).expect("an error").0.as_u16(), status, "{text}");
        }
    }
}
