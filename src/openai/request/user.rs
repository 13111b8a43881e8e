//! The end user.

use serde::Deserialize;

use super::scope::Scope;
use crate::openai::ids::hex;
use crate::openai::profile::UserField;
use crate::openai::types::ChatRequest;
use crate::types::CreateMessageRequest;

/// The length up to which OpenAI accepts an identifier.
const MAX_LEN: usize = 64;

pub(super) fn translate(request: &CreateMessageRequest, chat: &mut ChatRequest, scope: &mut Scope<'_>) {
    let id = request.metadata.as_ref().and_then(|metadata| metadata.user_id.as_deref());
    let Some(id) = id.filter(|id| !id.is_empty()) else { return };
    let profile = scope.profile;
    match profile.user_field {
        UserField::User => chat.user = Some(shortened(id)),
        UserField::SafetyIdentifier => chat.safety_identifier = Some(hex(id)),
        UserField::None => {}
    }
    if profile.prompt_cache_key {
        chat.prompt_cache_key = Some(session(id).map_or_else(|| hex(id), |session| shortened(&session)));
    }
    if profile.user_field == UserField::None && !profile.prompt_cache_key {
        scope.dropped("metadata.user_id", "the server is not told of end users");
    }
}

/// Returns the part of a user id that names the session; unlike the rest, it names no person.
///
/// Claude Code writes JSON with a `session_id`. Its older versions end the id with `_session_` and the id of
/// the session.
fn session(id: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct UserId {
        session_id: String,
    }
    if let Ok(UserId { session_id }) = serde_json::from_str(id) {
        return Some(session_id);
    }
    id.rsplit_once("_session_").map(|(_, session)| session.to_owned())
}

fn shortened(id: &str) -> String {
    if id.len() <= MAX_LEN { id.to_owned() } else { hex(id) }
}
