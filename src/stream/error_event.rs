//! Errors that other servers send in forms of their own.

use serde::Deserialize;

use crate::json::{Json, replace_lone_halves};
use crate::text;
use crate::types::{ErrorObject, ErrorResponse, ErrorType};

/// The maximum length in bytes of a message that is made from data of another form.
const MAX_MESSAGE_BYTES: usize = 4096;

/// Converts the data of an error of any form to an error response.
///
/// Besides the form of the protocol, with or without `type`, it knows the error object alone, and
/// `{"error": "…"}`, `{"error": {"message": "…"}}`, `{"detail": "…"}` and `{"message": "…"}`. The message of
/// any other data is the data itself.
#[cold]
pub(super) fn read_error(data: &str) -> ErrorResponse {
    let mended = replace_lone_halves(data);
    let data = mended.as_deref().unwrap_or(data);
    let Ok(Fields { r#type, error, detail, message, request_id }) = serde_json::from_str(data) else {
        return ErrorResponse::new(ErrorObject::new(ErrorType::Api, text::start(data, MAX_MESSAGE_BYTES)));
    };
    let is_typed = string(&r#type).is_some_and(|name| name != "error");
    let object = match error.as_ref().map(|error| (error, error.decode::<ErrorObject>())) {
        Some((_, Ok(object))) if !object.message.is_empty() => Some(object),
        // The `type` of the object may be `null`, or its other fields may have another JSON type.
        Some((error, _)) => string(&Some(error.clone())).or_else(|| inner_message(error)).map(api_error),
        None if is_typed && string(&message).is_some() => serde_json::from_str(data).ok(),
        None => None,
    };
    let object = object.or_else(|| string(&detail).or_else(|| string(&message)).map(api_error));
    let mut response = ErrorResponse::new(object.unwrap_or_else(|| api_error(data.to_owned())));
    response.request_id = string(&request_id);
    response
}

/// The fields of an error in any form. Each may have any JSON type.
#[derive(Deserialize)]
struct Fields {
    r#type: Option<Json>,
    error: Option<Json>,
    detail: Option<Json>,
    message: Option<Json>,
    request_id: Option<Json>,
}

fn inner_message(error: &Json) -> Option<String> {
    error.decode::<Fields>().ok().and_then(|fields| string(&fields.message))
}

fn string(value: &Option<Json>) -> Option<String> {
    value.as_ref()?.decode().ok().filter(|text: &String| !text.is_empty())
}

fn api_error(message: String) -> ErrorObject {
    ErrorObject::new(ErrorType::Api, text::start(&message, MAX_MESSAGE_BYTES))
}
