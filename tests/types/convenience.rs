//! Conversions and accessors that save a match or a loop.

use messages_api::types::server_tools::{
    CodeExecution20260120Caller, CodeExecutionResult, CodeExecutionToolResultBlock, ServerToolName,
    ServerToolUseBlock,
};
use messages_api::types::{
    Base64Source, CountTokensRequest, DocumentBlock, ImageBlock, MessageContent, RedactedThinkingBlock,
    TextBlock, ThinkingBlock,
};
use messages_api::{
    ContentBlock, CreateMessageRequest, Json, Message, StopReason, StreamEvent, ToolResultBlock,
    ToolUseBlock, Usage,
};
use serde_json::{Map, Value, json};

fn block(json: &Value) -> ContentBlock {
    serde_json::from_str(&json.to_string()).unwrap()
}

#[test]
fn single_blocks_and_tool_results_are_content() {
    let result = ToolResultBlock::text("toolu_01", "4 °C");
    let one = MessageContent::Blocks(vec![result.clone().into()]);
    assert_eq!(MessageContent::from(result.clone()), one);
    assert_eq!(MessageContent::from(ContentBlock::from(result.clone())), one);
    assert_eq!(MessageContent::from(vec![result.clone()]), one);

    let failed = ToolResultBlock::error("toolu_02", "no such city");
    let request = CreateMessageRequest::new("m", 16).user(vec![result.clone(), failed.clone()]);
    assert_eq!(request.messages[0].content.blocks(), [result.into(), failed.into()]);
}

/// A request with every field that there is, and one that does not exist.
fn full_request() -> Value {
    json!({
        "model": "m", "max_tokens": 512, "messages": [{"role": "user", "content": "Rain?"}],
        "system": "Be brief.", "stream": true, "temperature": 0.25, "top_p": 0.5, "top_k": 40,
        "stop_sequences": ["END"], "tools": [{"name": "now", "input_schema": {}}],
        "tool_choice": {"type": "auto"}, "thinking": {"type": "disabled"},
        "output_config": {"effort": "low"}, "metadata": {"user_id": "u1"}, "service_tier": "auto",
        "cache_control": {"type": "ephemeral"}, "thread": {"type": "create"}, "container": "container_1",
        "inference_geo": "eu", "diagnostics": {"previous_message_id": null}, "speed": "fast",
        "context_management": {"edits": []},
        "mcp_servers": [{"type": "url", "name": "mail", "url": "https://mcp.example.test"}],
        "output_format": {"type": "json_schema", "schema": {}}, "fallbacks": "default",
        "fallback_credit_token": "fct_1", "compaction": {"type": "summarize"},
        "billing_policy": {"type": "billing_policy"}, "mood": "calm"
    })
}

#[test]
fn a_request_to_count_tokens_has_all_that_both_have() {
    let full = full_request();
    let request: CreateMessageRequest = serde_json::from_value(full.clone()).unwrap();
    assert_eq!(request.unknown(), ["mood"]);
    let counted: Map<String, Value> =
        serde_json::from_str(&serde_json::to_string(&CountTokensRequest::from(&request)).unwrap()).unwrap();
    for (name, value) in &counted {
        assert_eq!(*value, full[name], "{name}");
    }
    let mut names: Vec<&str> = counted.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "billing_policy",
        "cache_control",
        "compaction",
        "context_management",
        "mcp_servers",
        "messages",
        "model",
        "mood",
        "output_config",
        "output_format",
        "speed",
        "system",
        "thinking",
        "tool_choice",
        "tools",
    ];
    assert_eq!(names, expected);
    assert_eq!(CountTokensRequest::from(request.clone()), CountTokensRequest::from(&request));
}

#[test]
fn a_null_in_the_request_is_absent_where_tokens_are_counted() {
    let json = r#"{"model":"m","max_tokens":1,"messages":[],"stream":null,"speed":null}"#;
    let request: CreateMessageRequest = serde_json::from_str(json).unwrap();
    let counted = CountTokensRequest::from(&request);
    assert_eq!(serde_json::to_string(&counted).unwrap(), r#"{"model":"m","messages":[]}"#);
}

#[test]
fn events_give_the_text_of_their_delta() {
    let event = |delta: Value| -> StreamEvent {
        let event = json!({"type": "content_block_delta", "index": 0, "delta": delta});
        serde_json::from_value(event).unwrap()
    };
    let text = event(json!({"type": "text_delta", "text": "a"}));
    let thinking = event(json!({"type": "thinking_delta", "thinking": "b"}));
    let input = event(json!({"type": "input_json_delta", "partial_json": ""}));
    let signature = event(json!({"type": "signature_delta", "signature": "c2ln"}));
    let ping: StreamEvent = serde_json::from_str(r#"{"type":"ping"}"#).unwrap();
    let all = |event: &StreamEvent| {
        [event.text_delta(), event.thinking_delta(), event.input_json_delta()]
            .map(|text| text.map(str::to_owned))
    };
    assert_eq!(all(&text), [Some("a".to_owned()), None, None]);
    assert_eq!(all(&thinking), [None, Some("b".to_owned()), None]);
    assert_eq!(all(&input), [None, None, Some(String::new())]);
    assert_eq!(all(&signature), [None, None, None]);
    assert_eq!(all(&ping), [None, None, None]);
}

#[test]
fn each_accessor_takes_its_own_block() {
    let source = || Base64Source::new("image/png", "iVBORw0KGgo=");
    let blocks: [ContentBlock; 8] = [
        TextBlock::new("hi").into(),
        ImageBlock::new(source()).into(),
        DocumentBlock::text("hi").into(),
        ThinkingBlock::new("hm", "c2ln").into(),
        RedactedThinkingBlock::new("ZW5j").into(),
        ToolUseBlock::new("toolu_01", "f", Json::empty_object()).into(),
        ToolResultBlock::text("toolu_01", "4 °C").into(),
        ServerToolUseBlock::new("srvtoolu_01", ServerToolName::WebSearch, Json::empty_object()).into(),
    ];
    for (index, block) in blocks.iter().enumerate() {
        let found = [
            block.as_text().is_some(),
            block.as_image().is_some(),
            block.as_document().is_some(),
            block.as_thinking().is_some(),
            block.as_redacted_thinking().is_some(),
            block.as_tool_use().is_some(),
            block.as_tool_result().is_some(),
            block.as_server_tool_use().is_some(),
        ];
        assert_eq!(found, std::array::from_fn(|at| at == index), "{}", block.type_name());
    }
}

/// Asserts that a message of `blocks` keeps just `kept` of them.
fn keeps(blocks: &[&ContentBlock], kept: &[&ContentBlock]) {
    let content = blocks.iter().map(|block| (*block).clone()).collect();
    let message = Message::new("msg_01", "m", content, Usage::new(1, 1)).into_resumable();
    assert_eq!(message.content.iter().collect::<Vec<_>>(), kept);
}

#[test]
fn a_resumable_message_has_no_empty_text() {
    let (text, empty) = (ContentBlock::text("It is "), ContentBlock::text(""));
    keeps(&[&text, &empty], &[&text]);
    keeps(&[&empty], &[]);
    // White space is text.
    let space = ContentBlock::text(" ");
    keeps(&[&text, &space], &[&text, &space]);
}

#[test]
fn a_resumable_message_has_no_empty_compaction() {
    let compaction = |content: Value| block(&json!({"type": "compaction", "content": content}));
    let failed = compaction(Value::Null);
    let whole = compaction(json!("They talked about rain."));
    keeps(&[&compaction(json!("")), &failed, &whole], &[&failed, &whole]);
}

#[test]
fn a_resumable_message_has_only_signed_thinking() {
    let signed = ContentBlock::from(ThinkingBlock::new("hm", "c2ln"));
    let omitted = ContentBlock::from(ThinkingBlock::new("", "c2ln"));
    let redacted = ContentBlock::from(RedactedThinkingBlock::new("ZW5j"));
    let cut = ContentBlock::from(ThinkingBlock::new("but th", ""));
    keeps(&[&signed, &omitted, &redacted, &cut], &[&signed, &omitted, &redacted]);
}

#[test]
fn a_resumable_message_has_no_call_without_a_result() {
    let text = ContentBlock::text("Let me look.");
    for call in [
        json!({"type": "tool_use", "id": "t1", "name": "f", "input": {}}),
        json!({"type": "server_tool_use", "id": "t1", "name": "web_search", "input": {}}),
        json!({"type": "mcp_tool_use", "id": "t1", "name": "f", "server_name": "s", "input": {}}),
        json!({"type": "future_tool_use", "id": "t1"}),
    ] {
        keeps(&[&text, &block(&call)], &[&text]);
    }
}

#[test]
fn a_resumable_message_keeps_calls_with_their_results() {
    let server_call = json!({"type": "server_tool_use", "id": "t1", "name": "web_fetch", "input": {}});
    let mcp_call = json!({"type": "mcp_tool_use", "id": "t1", "name": "f", "server_name": "s", "input": {}});
    let failure = |name: &str| {
        let error = json!({"type": format!("{name}_error"), "error_code": "unavailable"});
        json!({"type": name, "tool_use_id": "t1", "content": error})
    };
    let pairs = [
        (&server_call, failure("web_search_tool_result")),
        (&server_call, failure("web_fetch_tool_result")),
        (&server_call, failure("code_execution_tool_result")),
        (&server_call, failure("bash_code_execution_tool_result")),
        (&server_call, failure("text_editor_code_execution_tool_result")),
        (&server_call, failure("tool_search_tool_result")),
        (&server_call, failure("advisor_tool_result")),
        (&server_call, failure("future_tool_result")),
        (&mcp_call, json!({"type": "mcp_tool_result", "tool_use_id": "t1", "content": "sent"})),
    ];
    for (call, result) in pairs {
        let other = block(&json!({"type": "server_tool_use", "id": "t2", "name": "web_fetch", "input": {}}));
        let (call, result) = (block(call), block(&result));
        keeps(&[&call, &result, &other], &[&call, &result]);
        // The result may belong to a call of an earlier message.
        keeps(&[&result], &[&result]);
    }
}

#[test]
fn calls_by_the_code_of_a_dropped_call_are_dropped_too() {
    let code = ContentBlock::from(ServerToolUseBlock::new(
        "code",
        ServerToolName::CodeExecution,
        Json::parse(r#"{"code":"search('rain')"}"#).unwrap(),
    ));
    let search = ServerToolUseBlock::new("search", ServerToolName::WebSearch, Json::empty_object())
        .caller(CodeExecution20260120Caller::new("code"))
        .into();
    let found = block(&json!({"type": "web_search_tool_result", "tool_use_id": "search", "content": []}));
    let output =
        CodeExecutionToolResultBlock::new("code", CodeExecutionResult::new(0, "", "", vec![])).into();
    let text = ContentBlock::text("I will search.");

    keeps(&[&text, &code, &search, &found], &[&text]);
    let whole = [&text, &code, &search, &found, &output];
    keeps(&whole, &whole);
}

#[test]
fn a_resumable_message_keeps_everything_else() {
    let hologram = block(&json!({"type": "hologram", "size": 1}));
    let fallback = block(&json!({"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}));
    let content = vec![fallback, hologram, ContentBlock::text("hi")];
    let message = Message::new("msg_01", "m", content, Usage::new(1, 1)).stop_reason(StopReason::MaxTokens);
    assert_eq!(message.clone().into_resumable(), message);
}
