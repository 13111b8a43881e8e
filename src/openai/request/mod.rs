//! Requests of the Messages API as requests for a completion.

mod assistant;
mod builtin;
mod draft;
mod format;
mod ids;
mod messages;
mod names;
mod parts;
mod reasoning;
mod repair;
mod results;
mod schema;
mod scope;
mod settings;
mod stop;
mod system;
mod tools;
mod user;

use std::sync::Arc;

use crate::error::ApiError;
use crate::openai::exchange::Exchange;
use crate::openai::ids::random;
use crate::openai::profile::UpstreamProfile;
use crate::openai::types::ChatRequest;
use crate::types::CreateMessageRequest;
use scope::Scope;

/// Translates a request of the Messages API into one for a completion by `model`.
///
/// `model` is the name under which the server knows the model. The [`Exchange`] is for the translation of the
/// response. Its [`losses`](Exchange::losses) list what the server could not be asked for.
///
/// As long as a conversation only grows, so does the translation: what is added at the end does not change
/// what comes before, so that the server finds it in its cache.
///
/// # Errors
///
/// An `invalid_request_error` that names the field, if the request breaks a rule of the Messages API, or if
/// it cannot be served without something that only the API has, such as an uploaded file.
///
/// ```
/// use std::sync::Arc;
///
/// use messages_api::CreateMessageRequest;
/// use messages_api::openai::{UpstreamProfile, request_to_openai};
///
/// let request = CreateMessageRequest::new("claude-sonnet-5", 512)
///     .system("Be brief.")
///     .user("What is the capital of Norway?")
///     .top_k(5);
/// let (chat, exchange) = request_to_openai(&request, "qwen3", &Arc::new(UpstreamProfile::openai()))?;
/// assert_eq!(
///     serde_json::to_string(&chat)?,
///     concat!(
///         r#"{"model":"qwen3","messages":[{"role":"system","content":"Be brief."},"#,
///         r#"{"role":"user","content":"What is the capital of Norway?"}],"max_tokens":512}"#,
///     ),
/// );
/// let losses: Vec<_> = exchange.losses().iter().map(|loss| loss.path.as_str()).collect();
/// assert_eq!(losses, ["top_k"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn request_to_openai(
    request: &CreateMessageRequest,
    model: &str,
    profile: &Arc<UpstreamProfile>,
) -> Result<(ChatRequest, Exchange), ApiError> {
    settings::check(request)?;
    let mut scope = Scope::new(profile, model);
    let mut chat = ChatRequest::new(model, Vec::new());
    tools::translate(request, &mut chat, &mut scope)?;
    let schema = format::translate(request, &mut chat, &mut scope);
    chat.messages = messages::translate(request, schema.as_deref(), &mut chat.extra, &mut scope)?;
    settings::translate(request, &mut chat, &mut scope);
    reasoning::translate(request, &mut chat, &mut scope);
    user::translate(request, &mut chat, &mut scope);
    let (stop_sequences, sent_stop_sequences) = stop::translate(request, &mut chat, &scope)?;
    scope.add_unknown(request);

    let exchange = Exchange {
        message_id: random("msg_"),
        model: request.model.clone(),
        profile: profile.clone(),
        stop_sequences,
        sent_stop_sequences,
        thinks: reasoning::thinks(request),
        one_call: tools::is_limited_to_one_call(request),
        repeated: scope.repeated,
        input_tokens: request.estimate_tokens(),
        used_ids: ids::used(request),
        tool_names: scope.names.into_replaced(),
        losses: scope.losses,
    };
    Ok((chat, exchange))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::openai::{UpstreamProfile, request_to_openai};
    use crate::types::CreateMessageRequest;

    #[test]
    fn the_exchange_has_what_the_response_needs() {
        let long = "x".repeat(70);
        let json = format!(
            r#"{{"model":"alias","max_tokens":64,"stop_sequences":["a","b","c","d","e","a"],
                "thinking":{{"type":"adaptive"}},
                "tools":[{{"name":"{long}","input_schema":{{}}}},{{"name":"f","input_schema":{{}}}}],
                "tool_choice":{{"type":"auto","disable_parallel_tool_use":true}},
                "messages":[{{"role":"user","content":"hi"}},
                    {{"role":"assistant","content":[{{"type":"tool_use","id":"t1","name":"f","input":{{}}}}]}},
                    {{"role":"user","content":[{{"type":"tool_result","tool_use_id":"t1"}}]}}]}}"#
        );
        let request: CreateMessageRequest = serde_json::from_str(&json).expect("a request");
        let profile = Arc::new(UpstreamProfile::openai());
        let (chat, exchange) = request_to_openai(&request, "gpt-4.1", &profile).expect("a legal request");
        let (_, other) = request_to_openai(&request, "gpt-4.1", &profile).expect("a legal request");

        assert_eq!((&*chat.model, &*exchange.model), ("gpt-4.1", "alias"));
        let id = exchange.message_id.strip_prefix("msg_").expect("the prefix of messages");
        assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        assert_ne!(exchange.message_id, other.message_id);
        let names: Vec<_> = exchange.tool_names.iter().map(|(sent, name)| (sent.len(), name)).collect();
        assert_eq!(names, [(64, &long)]);
        assert_eq!(exchange.used_ids.clone().add("t1".to_owned()), "t1-2");
        assert_eq!(exchange.stop_sequences, ["a", "b", "c", "d", "e"]);
        assert_eq!(exchange.sent_stop_sequences, 4);
        assert!(exchange.thinks && exchange.one_call);
        assert_eq!(exchange.input_tokens, request.estimate_tokens());
    }
}
