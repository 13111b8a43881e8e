//! A request that is translated for an OpenAI server follows the rules of that protocol.

use std::collections::HashSet;
use std::sync::Arc;

use messages_api::openai::types::{ChatRequest, ChatRole, ChatTool};
use messages_api::openai::{ToolIdForm, UpstreamProfile, request_to_openai};
use messages_api::{ContentBlock, CreateMessageRequest};

/// Checks a request. The first line of the input is the name of a profile or a profile as JSON, and otherwise
/// stands for the default one. The rest is the request.
///
/// Each call has one result, directly after its message, and an id that the server accepts. The names of the
/// tools are different and legal. The arguments of the calls are the inputs of the request, to the letter. A
/// second translation is the same.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (profile, text) = text.split_once('\n').unwrap_or(("", text));
    let named = UpstreamProfile::named(profile);
    let profile = Arc::new(named.or_else(|| serde_json::from_str(profile).ok()).unwrap_or_default());
    let Ok(request) = serde_json::from_str::<CreateMessageRequest>(text) else { return };
    let Ok((chat, _)) = request_to_openai(&request, "m", &profile) else { return };
    assert_paired(&chat, &profile);
    assert_named(&chat, &profile);
    assert_inputs_kept(&request, &chat);
    let written = serde_json::to_string(&chat).unwrap();
    let (again, _) = request_to_openai(&request, "m", &profile).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), written);
}

fn assert_paired(chat: &ChatRequest, profile: &UpstreamProfile) {
    let lengths = match profile.tool_id {
        ToolIdForm::NineAlphanumerics => 9..=9,
        // A shorter id could not hold a hash.
        ToolIdForm::MaxLength(max) => 1..=max.max(9),
        _ => 1..=usize::MAX,
    };
    let mut open = HashSet::new();
    for message in &chat.messages {
        if message.role == ChatRole::Tool {
            let id = message.tool_call_id.as_deref().expect("a result has the id of its call");
            assert!(open.remove(id), "no call {id:?} is open: {chat:?}");
            continue;
        }
        assert!(open.is_empty(), "the calls {open:?} have no result: {chat:?}");
        for call in message.tool_calls.iter().flatten() {
            assert_eq!(message.role, ChatRole::Assistant);
            assert!(lengths.contains(&call.id.chars().count()), "{:?}", call.id);
            assert!(open.insert(&*call.id), "two calls {:?}: {chat:?}", call.id);
        }
    }
    assert!(open.is_empty(), "the calls {open:?} have no result: {chat:?}");
}

fn assert_named(chat: &ChatRequest, profile: &UpstreamProfile) {
    let mut names = HashSet::new();
    for tool in chat.tools.iter().flatten() {
        let ChatTool::Function(tool) = tool else { panic!("{tool:?}") };
        assert_legal(&tool.function.name, profile);
        assert!(names.insert(&*tool.function.name), "two tools {:?}", tool.function.name);
    }
    for call in chat.messages.iter().flat_map(|message| message.tool_calls.iter().flatten()) {
        assert_legal(&call.function.name, profile);
    }
}

fn assert_legal(name: &str, profile: &UpstreamProfile) {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    // A shorter name could not hold a hash.
    assert!((1..=profile.tool_name_max.max(9)).contains(&name.len()), "{name:?}");
    assert!(name.chars().all(is_legal), "{name:?}");
}

/// Checks that the arguments are inputs of the request in their order. Calls that are not legal are left out.
fn assert_inputs_kept(request: &CreateMessageRequest, chat: &ChatRequest) {
    let blocks = request.messages.iter().flat_map(|message| message.content.blocks());
    let mut inputs = blocks.filter_map(ContentBlock::as_tool_use).map(|call| call.input.as_raw_str());
    for call in chat.messages.iter().flat_map(|message| message.tool_calls.iter().flatten()) {
        let arguments = call.function.arguments.as_ref().unwrap().decode::<String>().unwrap();
        let is_input = |input: &str| input == arguments || (input == "null" && arguments == "{}");
        assert!(inputs.any(is_input), "{arguments} is no input of {request:?}");
    }
}
