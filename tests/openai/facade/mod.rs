//! Clients of Chat Completions in front of a handler.

mod conversations;
mod messages;
mod pairing;
mod rejected;
mod requests;
#[cfg(feature = "server")]
mod served;
#[cfg(feature = "server")]
mod streamed;

use messages_api::openai::types::ChatRequest;
use messages_api::openai::{ChatExchange, FacadeOptions, request_from_openai};
use messages_api::{ApiError, CreateMessageRequest};
use serde_json::{Value, json};

/// Translates a request that has a model and a message of the user, unless `fields` say otherwise.
fn translate(
    fields: &Value,
    options: &FacadeOptions,
) -> Result<(CreateMessageRequest, ChatExchange), ApiError> {
    let mut chat = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    for (name, value) in fields.as_object().unwrap() {
        chat[name] = value.clone();
    }
    let chat: ChatRequest = serde_json::from_value(chat).unwrap();
    request_from_openai(chat, options)
}

fn exchange(fields: &Value) -> ChatExchange {
    translate(fields, &FacadeOptions::default()).unwrap().1
}
