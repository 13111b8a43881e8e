//! Repair of messages that were cut off, for use in the next request.

use std::collections::HashSet;

use crate::json::fields;
use crate::types::server_tools::Caller;
use crate::types::{ContentBlock, Message, Unknown};

impl Message {
    /// Drops the blocks that the API would reject in a request, so that a message that was canceled or cut
    /// off can be sent back as the next assistant turn.
    ///
    /// Use it on the partial message of a stream that was stopped or has failed, and on a message that
    /// reached a limit (stop reasons `max_tokens` and `model_context_window_exceeded`). It drops:
    ///
    /// - **empty text**: a text block that began but received no text. The API rejects empty text, and
    ///   likewise a `compaction` block with empty content.
    /// - **thinking without a signature**: the signature is the last part of a thinking block to arrive, and
    ///   the API accepts thinking only with it.
    /// - **calls without a result in this message**: every `tool_use`, each `server_tool_use` and
    ///   `mcp_tool_use` whose result has not arrived, and likewise calls of unknown types that end in
    ///   `tool_use`. The input of such a call may be incomplete, and the API rejects a conversation in which
    ///   a call stays without a result. If code made further calls, dropping the call that runs the code
    ///   drops those calls and their results, too.
    ///
    /// All other blocks stay, in their order: text that breaks off, signed and redacted thinking, calls
    /// with their results, and blocks of unknown types. Other fields are not changed.
    ///
    /// The content may be empty afterwards; leave such a message out of the request. If the message is the
    /// last one of the request, remove the whitespace at its end, which the API rejects there.
    ///
    /// A message with the stop reason `tool_use` or `pause_turn` is complete. Send it back as it is: this
    /// method would drop the calls whose results the next turn brings.
    ///
    /// ```
    /// use messages_api::{ContentBlock, CreateMessageRequest, Json, Message, ToolUseBlock, Usage};
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("How is the weather in Oslo?");
    ///
    /// // The user pressed "stop" while the model was writing a call.
    /// let content = vec![
    ///     ContentBlock::text("I will look at the forecast."),
    ///     ToolUseBlock::new("toolu_01", "get_weather", Json::empty_object()).into(),
    /// ];
    /// let message = Message::new("msg_01", "claude-sonnet-5", content, Usage::new(12, 9));
    ///
    /// let message = message.into_resumable();
    /// assert_eq!(message.content, [ContentBlock::text("I will look at the forecast.")]);
    /// let request = request.message(message).user("Never mind the forecast, what about now?");
    /// ```
    #[must_use]
    pub fn into_resumable(mut self) -> Self {
        let dropped = calls_to_drop(&self.content);
        self.content.retain(|block| {
            let call = call_of(block).map(|call| call.id).or_else(|| result_of(block));
            !is_rejected(block) && !call.is_some_and(|id| dropped.contains(&id))
        });
        self
    }
}

/// Returns `true` if the API rejects the block regardless of the other blocks of the message.
fn is_rejected(block: &ContentBlock) -> bool {
    match block {
        ContentBlock::Text(block) => block.text.is_empty(),
        ContentBlock::Thinking(block) => block.signature.is_empty(),
        ContentBlock::Compaction(block) => block.content.as_deref() == Some(""),
        _ => false,
    }
}

/// Returns the ids of the calls without a result, and of the calls that their code made.
fn calls_to_drop(content: &[ContentBlock]) -> HashSet<String> {
    let results: HashSet<String> = content.iter().filter_map(result_of).collect();
    let mut dropped = HashSet::new();
    // A call comes after the call whose code made it, so one pass is enough.
    for call in content.iter().filter_map(call_of) {
        let is_by_dropped = call.caller.is_some_and(|caller| dropped.contains(&caller));
        if is_by_dropped || !results.contains(&call.id) {
            dropped.insert(call.id);
        }
    }
    dropped
}

/// A call to a tool, regardless of who runs the tool.
struct Call {
    id: String,
    /// The id of the call whose code made this one.
    caller: Option<String>,
}

fn call_of(block: &ContentBlock) -> Option<Call> {
    let (id, caller) = match block {
        ContentBlock::ToolUse(call) => (call.id.clone(), call.caller.as_ref()),
        ContentBlock::ServerToolUse(call) => (call.id.clone(), call.caller.as_ref()),
        ContentBlock::McpToolUse(call) => (call.id.clone(), None),
        // Streams treat the input of such a block as that of a call, too.
        ContentBlock::Unknown(block) if block.type_name().ends_with("tool_use") => (ids_of(block).id?, None),
        _ => return None,
    };
    let caller = match caller {
        Some(Caller::CodeExecution20250825(caller)) => Some(caller.tool_id.clone()),
        Some(Caller::CodeExecution20260120(caller)) => Some(caller.tool_id.clone()),
        Some(Caller::Direct(_) | Caller::Unknown(_)) | None => None,
    };
    Some(Call { id, caller })
}

/// Returns the id of the call to which the block is the result.
fn result_of(block: &ContentBlock) -> Option<String> {
    macro_rules! id {
        ($($variant:ident)*) => {
            match block {
                $(ContentBlock::$variant(result) => Some(result.tool_use_id.clone()),)*
                ContentBlock::Unknown(block) => ids_of(block).tool_use_id,
                _ => None,
            }
        };
    }
    id!(
        ToolResult WebSearchToolResult WebFetchToolResult CodeExecutionToolResult BashCodeExecutionToolResult
        TextEditorCodeExecutionToolResult ToolSearchToolResult McpToolResult AdvisorToolResult
    )
}

/// The ids of a call or a result of an unknown type, in the fields where the known types have them.
#[derive(Default)]
struct Ids {
    id: Option<String>,
    tool_use_id: Option<String>,
}

fn ids_of(block: &Unknown) -> Ids {
    let Ok(ids) = fields(block.json().as_raw_str(), ["id", "tool_use_id"]) else { return Ids::default() };
    let [id, tool_use_id] = ids.map(|id| serde_json::from_str(id?).ok());
    Ids { id, tool_use_id }
}

#[cfg(test)]
mod tests {
    use super::result_of;
    use crate::types::ContentBlock;
    use crate::wire::Tagged;

    #[test]
    fn each_id_of_an_unknown_block_counts_by_itself() {
        let block: ContentBlock =
            serde_json::from_str(r#"{"type":"future_result","id":5,"tool_use_id":"a"}"#).expect("a block");
        assert_eq!(result_of(&block).as_deref(), Some("a"));
    }

    #[test]
    fn every_type_of_result_is_known() {
        let tags = ContentBlock::TAGS.names.iter().filter(|tag| tag.ends_with("tool_result"));
        let mut count = 0;
        for tag in tags {
            let error = format!(r#"{{"type":"{tag}_error","error_code":"unavailable"}}"#);
            let with_error = format!(r#"{{"type":"{tag}","tool_use_id":"t","content":{error}}}"#);
            let without_content = format!(r#"{{"type":"{tag}","tool_use_id":"t"}}"#);
            let block: ContentBlock = serde_json::from_str(&with_error)
                .or_else(|_| serde_json::from_str(&without_content))
                .unwrap_or_else(|error| panic!("{tag}: {error}"));
            assert_eq!(result_of(&block).as_deref(), Some("t"), "{tag}");
            count += 1;
        }
        assert!(count > 8, "{count} types");
    }
}
