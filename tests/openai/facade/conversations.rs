//! The messages of requests, and what is carried over to the letter.

use messages_api::openai::types::ChatRequest;
use messages_api::openai::{FacadeOptions, request_from_openai};
use serde_json::{Value, json};

use super::requests::{PNG, Row, check};

#[test]
fn conversations() {
    let hi = json!({"role": "user", "content": "hi"});
    let text = |text: &str| json!({"type": "text", "text": text});
    let user = |blocks: Value| json!({"role": "user", "content": blocks});
    let assistant = |blocks: Value| json!({"role": "assistant", "content": blocks});
    let said = user(json!([text("hi")]));
    let call =
        |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}});
    let tool_use = |id: &str| json!({"type": "tool_use", "id": id, "name": "f", "input": {"a": 1}});
    let result =
        |id: &str, content: Value| json!({"type": "tool_result", "tool_use_id": id, "content": content});
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}});
    let parts = |part: Value| json!({"messages": [{"role": "user", "content": [part]}]});
    let blocks = |block: Value| json!({"messages": [user(json!([block]))]});
    let rows: Vec<Row> = vec![
        (
            "instructions",
            json!({"messages": [{"role": "system", "content": "A"}, {"role": "developer", "content": [text("B"), text("C")]}, hi]}),
            json!({"system": [text("A"), text("B"), text("C")]}),
            &[],
        ),
        (
            "later instructions",
            json!({"messages": [hi, {"role": "system", "content": "A"}]}),
            json!({"messages": [user(json!([text("hi"), text("<system-reminder>\nA\n</system-reminder>")]))]}),
            &["messages.1"],
        ),
        (
            "a list of texts",
            json!({"messages": [{"role": "user", "content": [text("a"), text(""), text("b")]}]}),
            json!({"messages": [user(json!([text("a"), text("b")]))]}),
            &[],
        ),
        (
            "a cache marker",
            parts(json!({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}})),
            blocks(json!({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}})),
            &[],
        ),
        (
            "an image in the request",
            parts(json!({"type": "image_url", "image_url": {"url": PNG, "detail": "auto"}})),
            blocks(image.clone()),
            &[],
        ),
        (
            "an image/jpg",
            parts(json!({"type": "image_url", "image_url": {"url": "data:image/jpg;base64,/9j/"}})),
            blocks(
                json!({"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "/9j/"}}),
            ),
            &["messages.0.content.0.image_url.url"],
        ),
        (
            "an image elsewhere",
            parts(
                json!({"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "high"}}),
            ),
            blocks(json!({"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}})),
            &["messages.0.content.0.image_url.detail"],
        ),
        (
            "a PDF",
            parts(
                json!({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}}),
            ),
            blocks(
                json!({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}, "title": "a.pdf"}),
            ),
            &[],
        ),
        (
            "a text file",
            parts(
                json!({"type": "file", "file": {"filename": "a.txt", "file_data": "data:text/plain;charset=utf-8;base64,R3LDvMOfZQ=="}}),
            ),
            blocks(
                json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Grüße"}, "title": "a.txt"}),
            ),
            &[],
        ),
        (
            "an uploaded file",
            parts(json!({"type": "file", "file": {"file_id": "file_1"}})),
            blocks(json!({"type": "document", "source": {"type": "file", "file_id": "file_1"}})),
            &[],
        ),
        (
            "names",
            json!({"messages": [{"role": "user", "name": "ann", "content": "hi"}]}),
            json!({}),
            &["messages.0.name"],
        ),
        (
            "two messages of the user",
            json!({"messages": [hi, hi]}),
            json!({"messages": [user(json!([text("hi"), text("hi")]))]}),
            &[],
        ),
        (
            "an empty message",
            json!({"messages": [hi, {"role": "user", "content": ""}]}),
            json!({"messages": [said]}),
            &["messages.1.content"],
        ),
        (
            "a reply",
            json!({"messages": [hi, {"role": "assistant", "content": "a", "refusal": null, "annotations": [], "audio": null, "tool_calls": null}, hi]}),
            json!({"messages": [said, assistant(json!([text("a")])), said]}),
            &[],
        ),
        (
            "a reply without content",
            json!({"messages": [hi, {"role": "assistant", "content": null}, hi]}),
            json!({"messages": [user(json!([text("hi"), text("hi")]))]}),
            &[],
        ),
        (
            "a refusal",
            json!({"messages": [hi, {"role": "assistant", "content": null, "refusal": "no"}, {"role": "assistant", "content": [{"type": "refusal", "refusal": "never"}]}]}),
            json!({"messages": [said, assistant(json!([text("no"), text("never")]))]}),
            &[],
        ),
        (
            "reasoning",
            json!({"messages": [hi, {"role": "assistant", "content": "a", "reasoning_content": "hm"}]}),
            json!({"messages": [said, assistant(json!([text("a")]))]}),
            &["messages.1.reasoning_content"],
        ),
        (
            "a call and its result",
            json!({"messages": [hi, {"role": "assistant", "content": "a", "tool_calls": [call("c1")]}, {"role": "tool", "tool_call_id": "c1", "content": "r"}]}),
            json!({"messages": [said, assistant(json!([text("a"), tool_use("c1")])), user(json!([result("c1", json!("r"))]))]}),
            &[],
        ),
        (
            "parallel calls and a question",
            json!({"messages": [hi, {"role": "assistant", "tool_calls": [call("c1"), call("c2")]}, {"role": "tool", "tool_call_id": "c2", "content": "r2"}, {"role": "tool", "tool_call_id": "c1", "content": [text("r1")]}, hi]}),
            json!({"messages": [said, assistant(json!([tool_use("c1"), tool_use("c2")])), user(json!([result("c2", json!("r2")), result("c1", json!([text("r1")])), text("hi")]))]}),
            &[],
        ),
        (
            "a result after the question",
            json!({"messages": [hi, {"role": "assistant", "tool_calls": [call("c1"), call("c2")]}, {"role": "tool", "tool_call_id": "c1", "content": "r1"}, hi, {"role": "tool", "tool_call_id": "c2", "content": "r2"}]}),
            json!({"messages": [said, assistant(json!([tool_use("c1"), tool_use("c2")])), user(json!([result("c1", json!("r1")), result("c2", json!("r2")), text("hi")]))]}),
            &[],
        ),
        (
            "an image in a result",
            json!({"messages": [hi, {"role": "assistant", "tool_calls": [call("c1")]}, {"role": "tool", "tool_call_id": "c1", "content": [{"type": "image_url", "image_url": {"url": PNG}}]}]}),
            json!({"messages": [said, assistant(json!([tool_use("c1")])), user(json!([result("c1", json!([image]))]))]}),
            &[],
        ),
        (
            "an id with other characters",
            json!({"messages": [hi, {"role": "assistant", "tool_calls": [call("functions.f:0")]}, {"role": "tool", "tool_call_id": "functions.f:0", "content": "r"}]}),
            json!({"messages": [said, assistant(json!([tool_use("functions_f_0_d6bdd4")])), user(json!([result("functions_f_0_d6bdd4", json!("r"))]))]}),
            &["messages.1.tool_calls.0.id"],
        ),
        (
            "an id that comes again",
            json!({"messages": [hi, {"role": "assistant", "tool_calls": [call("c")]}, {"role": "tool", "tool_call_id": "c", "content": "r1"}, {"role": "assistant", "tool_calls": [call("c")]}, {"role": "tool", "tool_call_id": "c", "content": "r2"}]}),
            json!({"messages": [said, assistant(json!([tool_use("c")])), user(json!([result("c", json!("r1"))])), assistant(json!([tool_use("c-2")])), user(json!([result("c-2", json!("r2"))]))]}),
            &["messages.3.tool_calls.0.id"],
        ),
        (
            "calls with the same id",
            json!({"messages": [hi, {"role": "assistant", "tool_calls": [call("c"), call("c")]}, {"role": "tool", "tool_call_id": "c", "content": "r1"}, {"role": "tool", "tool_call_id": "c", "content": "r2"}]}),
            json!({"messages": [said, assistant(json!([tool_use("c"), tool_use("c-2")])), user(json!([result("c", json!("r1")), result("c-2", json!("r2"))]))]}),
            &["messages.1.tool_calls.1.id"],
        ),
        (
            "an id that comes again after a call without a result",
            json!({"messages": [hi, {"role": "assistant", "tool_calls": [call("c"), call("d")]}, {"role": "tool", "tool_call_id": "d", "content": "r1"}, {"role": "assistant", "tool_calls": [call("c")]}, {"role": "tool", "tool_call_id": "c", "content": "r2"}]}),
            json!({"messages": [said, assistant(json!([tool_use("c"), tool_use("d")])), user(json!([result("d", json!("r1"))])), assistant(json!([tool_use("c-2")])), user(json!([result("c-2", json!("r2"))]))]}),
            &["messages.3.tool_calls.0.id"],
        ),
        (
            "functions",
            json!({"messages": [hi, {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{\"a\":1}"}}, {"role": "function", "name": "f", "content": "r1"}, {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{\"a\":1}"}}, {"role": "function", "name": "f", "content": "r2"}]}),
            json!({"messages": [said, assistant(json!([tool_use("call_function_1")])), user(json!([result("call_function_1", json!("r1"))])), assistant(json!([tool_use("call_function_2")])), user(json!([result("call_function_2", json!("r2"))]))]}),
            &[],
        ),
        (
            "a prefill",
            json!({"messages": [hi, {"role": "assistant", "content": "{"}]}),
            json!({"messages": [said, assistant(json!([text("{")]))]}),
            &[],
        ),
    ];
    check(rows, &FacadeOptions::default());
}

#[test]
fn arguments_are_carried_over_to_the_letter() {
    for (arguments, input, losses) in [
        (
            r#"{"z": 1.0, "a": 12345678901234567890, "m": 1e2}"#,
            r#"{"z": 1.0, "a": 12345678901234567890, "m": 1e2}"#,
            0,
        ),
        (" {\"a\":\"caf\u{e9} \u{1f600}\"} ", "{\"a\":\"caf\u{e9} \u{1f600}\"}", 0),
        ("", "{}", 0),
        ("  ", "{}", 0),
        ("null", "{}", 0),
        ("{\"a\":", r#"{"_raw":"{\"a\":"}"#, 1),
        ("[1]", r#"{"_raw":"[1]"}"#, 1),
        ("{\"a\":\n1}", "{\"a\":1}", 0),
    ] {
        let chat = format!(
            r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}},{{"role":"assistant","tool_calls":
                [{{"id":"c","type":"function","function":{{"name":"f","arguments":{}}}}}]}}]}}"#,
            Value::from(arguments)
        );
        let chat: ChatRequest = serde_json::from_str(&chat).unwrap();
        let (request, exchange) = request_from_openai(chat, &FacadeOptions::default()).unwrap();
        let call = request.messages[1].content.blocks()[0].as_tool_use().unwrap();
        println!("{arguments:?} -> {}", call.input);
        assert_eq!((call.input.as_raw_str(), exchange.losses().len()), (input, losses), "{arguments:?}");
    }
    // Some clients send the object itself.
    let chat = r#"{"model":"m","messages":[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":
        [{"id":"c","type":"function","function":{"name":"f","arguments":{"z":1.0,"a":2}}}]}]}"#;
    let (request, _) =
        request_from_openai(serde_json::from_str(chat).unwrap(), &FacadeOptions::default()).unwrap();
    let call = request.messages[1].content.blocks()[0].as_tool_use().unwrap();
    assert_eq!(call.input.as_raw_str(), r#"{"z":1.0,"a":2}"#);
}

#[test]
fn schemas_are_carried_over_to_the_letter() {
    for (parameters, schema) in [
        (r#"{"type":"object","z":1.0,"a":{"b":1,"a":12345678901234567890}}"#, None),
        (r#"{"z":1.0, "a":2}"#, Some(r#"{"type":"object","z":1.0, "a":2}"#)),
        ("{ }", Some(r#"{"type":"object"}"#)),
        ("null", Some(r#"{"type":"object"}"#)),
    ] {
        let chat = format!(
            r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}],
                "tools":[{{"type":"function","function":{{"name":"f","parameters":{parameters}}}}}]}}"#
        );
        let chat: ChatRequest = serde_json::from_str(&chat).unwrap();
        let (request, _) = request_from_openai(chat, &FacadeOptions::default()).unwrap();
        let tools = serde_json::to_string(&request.tools).unwrap();
        println!("{parameters} -> {tools}");
        assert_eq!(tools, format!(r#"[{{"name":"f","input_schema":{}}}]"#, schema.unwrap_or(parameters)));
    }
}

/// Each of these took time that grew with the square of its size when it was not provided for.
#[test]
fn long_conversations_take_no_longer_for_each_message() {
    const COUNT: usize = 20_000;
    let call = |id: &str| json!({"id": id, "function": {"name": "f", "arguments": "{}"}});
    let mut messages = vec![json!({"role": "user", "content": "hi"})];
    messages.push(json!({"role": "assistant", "tool_calls": vec![call("c"); COUNT]}));
    let result = json!({"role": "tool", "tool_call_id": "c", "content": ""});
    let said = json!({"role": "user", "content": "hi"});
    messages.extend([result, said].into_iter().cycle().take(2 * COUNT));
    let chat = serde_json::from_value(json!({"model": "m", "messages": messages})).unwrap();
    let (request, exchange) = request_from_openai(chat, &FacadeOptions::default()).unwrap();
    let [_, calls, results] = &request.messages[..] else { panic!("{}", request.messages.len()) };
    let last = calls.content.blocks().last().and_then(|block| block.as_tool_use());
    assert_eq!(last.map(|call| call.id.as_str()), Some("c-20000"));
    let blocks = results.content.blocks();
    assert!(blocks[COUNT - 1].as_tool_result().is_some() && blocks[COUNT].as_text().is_some());
    assert_eq!((blocks.len(), exchange.losses().len()), (2 * COUNT, 1000));
}
