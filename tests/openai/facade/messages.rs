//! Messages, streams and errors.

use bytes::BytesMut;
use messages_api::openai::{ChunkEncoder, error_to_openai, response_to_openai};
use messages_api::stream::replay;
use messages_api::types::ErrorObject;
use messages_api::types::ErrorResponse;
use messages_api::types::events::{ContentBlockDeltaEvent, InputJsonDelta, PingEvent, StreamEvent};
use messages_api::{ApiError, ErrorType, Message};
use serde_json::{Value, json};

use super::exchange;

/// Returns the message with these fields.
fn message(fields: &Value) -> Message {
    let mut message = json!({"id": "msg_01", "type": "message", "role": "assistant", "model": "served",
        "content": [], "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": 3, "output_tokens": 2}});
    for (name, value) in fields.as_object().unwrap() {
        message[name] = value.clone();
    }
    serde_json::from_value(message).unwrap()
}

/// Returns the chunks of a stream, and asserts that each frame is one or a comment.
fn chunks(out: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(out).unwrap();
    assert!(text.ends_with("\n\n"), "{text}");
    text.trim_end()
        .split("\n\n")
        .map(|frame| frame.strip_prefix("data: ").unwrap_or(frame).to_owned())
        .collect()
}

fn encode(request: &Value, events: impl IntoIterator<Item = StreamEvent>) -> Vec<String> {
    let (mut encoder, mut out) = (ChunkEncoder::new(exchange(request)), BytesMut::new());
    events.into_iter().for_each(|event| encoder.encode(&event, &mut out));
    chunks(&out)
}

/// What the chunks of a stream add up to, as a client adds them up.
fn added_up(chunks: &[String]) -> Value {
    let mut whole = json!({"message": {}, "finish_reason": null});
    let (last, chunks) = chunks.split_last().unwrap();
    assert_eq!(last, "[DONE]");
    for chunk in chunks {
        let chunk: Value = serde_json::from_str(chunk).unwrap();
        assert_eq!(chunk["object"], "chat.completion.chunk");
        assert_eq!((&chunk["id"], &chunk["model"]), (&json!("chatcmpl-01"), &json!("m")));
        for choice in chunk["choices"].as_array().unwrap() {
            assert!(whole["finish_reason"].is_null(), "a choice follows the last one");
            add(&mut whole["message"], &choice["delta"]);
            whole["finish_reason"] = choice["finish_reason"].clone();
        }
        if !chunk["usage"].is_null() {
            whole["usage"] = chunk["usage"].clone();
        }
    }
    whole
}

fn add(to: &mut Value, delta: &Value) {
    match (to, delta) {
        (Value::Object(to), Value::Object(fields)) => {
            for (name, value) in fields {
                match to.get_mut(name) {
                    Some(old) if name != "index" => add(old, value),
                    _ => drop(to.insert(name.clone(), value.clone())),
                }
            }
        }
        (Value::String(to), Value::String(text)) => to.push_str(text),
        (Value::Array(to), Value::Array(items)) => {
            for item in items {
                match to.iter_mut().find(|old| old["index"] == item["index"]) {
                    Some(old) => add(old, item),
                    None => to.push(item.clone()),
                }
            }
        }
        (to, delta) => panic!("{delta} cannot be added to {to}"),
    }
}

#[test]
fn messages_and_their_streams() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let call = |id: &str, input: Value| json!({"type": "tool_use", "id": id, "name": "f", "input": input});
    let called = |index: usize, id: &str, arguments: &str| json!({"index": index, "id": id, "type": "function", "function": {"name": "f", "arguments": arguments}});
    let functions = json!({"functions": [{"name": "f"}]});
    let rows = [
        (
            "text",
            json!({}),
            json!({"content": [text("Hel"), text("lo")]}),
            json!({"content": "Hello"}),
            "stop",
        ),
        ("nothing", json!({}), json!({}), json!({"content": ""}), "stop"),
        (
            "stop_sequence",
            json!({}),
            json!({"content": [text("a")], "stop_reason": "stop_sequence", "stop_sequence": "END"}),
            json!({"content": "a"}),
            "stop",
        ),
        (
            "pause_turn",
            json!({}),
            json!({"content": [text("a")], "stop_reason": "pause_turn"}),
            json!({"content": "a"}),
            "stop",
        ),
        (
            "no reason",
            json!({}),
            json!({"content": [text("a")], "stop_reason": null}),
            json!({"content": "a"}),
            "stop",
        ),
        (
            "max_tokens",
            json!({}),
            json!({"content": [text("a")], "stop_reason": "max_tokens"}),
            json!({"content": "a"}),
            "length",
        ),
        (
            "the context is full",
            json!({}),
            json!({"content": [text("a")], "stop_reason": "model_context_window_exceeded"}),
            json!({"content": "a"}),
            "length",
        ),
        (
            "a call",
            json!({}),
            json!({"content": [call("t1", json!({"city": "Paris"}))], "stop_reason": "tool_use"}),
            json!({"content": null, "tool_calls": [called(0, "t1", "{\"city\":\"Paris\"}")]}),
            "tool_calls",
        ),
        (
            "a call without arguments",
            json!({}),
            json!({"content": [call("t1", json!({}))], "stop_reason": "tool_use"}),
            json!({"content": null, "tool_calls": [called(0, "t1", "{}")]}),
            "tool_calls",
        ),
        (
            "text and two calls",
            json!({}),
            json!({"content": [text("a"), call("t1", json!({"a": "\"\n"})), call("t2", json!({"b": [1, 2.5]}))], "stop_reason": "tool_use"}),
            json!({"content": "a", "tool_calls": [called(0, "t1", "{\"a\":\"\\\"\\n\"}"), called(1, "t2", "{\"b\":[1,2.5]}")]}),
            "tool_calls",
        ),
        (
            "a function call",
            functions.clone(),
            json!({"content": [call("t1", json!({"a": 1}))], "stop_reason": "tool_use"}),
            json!({"content": null, "function_call": {"name": "f", "arguments": "{\"a\":1}"}}),
            "function_call",
        ),
        (
            "thinking",
            json!({}),
            json!({"content": [{"type": "thinking", "thinking": "hm", "signature": "s"}, text("a")]}),
            json!({"content": "a", "reasoning_content": "hm"}),
            "stop",
        ),
        (
            "tools of the server",
            json!({}),
            json!({"content": [{"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "x"}}, {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}, text("a")]}),
            json!({"content": "a"}),
            "stop",
        ),
        (
            "a refusal after some text",
            json!({}),
            json!({"content": [text("a")], "stop_reason": "refusal", "stop_details": {"type": "refusal", "category": null, "explanation": "No."}}),
            json!({"content": "a"}),
            "content_filter",
        ),
        (
            "two function calls",
            functions,
            json!({"content": [call("t1", json!({"a": 1})), call("t2", json!({}))], "stop_reason": "tool_use"}),
            json!({"content": null, "function_call": {"name": "f", "arguments": "{\"a\":1}"}}),
            "function_call",
        ),
        (
            "a refusal",
            json!({}),
            json!({"stop_reason": "refusal", "stop_details": {"type": "refusal", "category": null, "explanation": "No."}}),
            json!({"content": null, "refusal": "No."}),
            "content_filter",
        ),
    ];
    for (name, request, fields, expected, finish_reason) in rows {
        let message = message(&fields);
        let completion = serde_json::to_value(response_to_openai(&message, &exchange(&request))).unwrap();
        println!("{name}: {fields}\n    -> {}", completion["choices"][0]);
        assert_eq!(
            (&completion["id"], &completion["object"], &completion["model"]),
            (&json!("chatcmpl-01"), &json!("chat.completion"), &json!("m"))
        );
        let mut whole = json!({"role": "assistant", "content": null, "refusal": null});
        for (field, value) in expected.as_object().unwrap() {
            whole[field] = value.clone();
        }
        let without_index = |calls: &mut Value| {
            calls
                .as_array_mut()
                .into_iter()
                .flatten()
                .for_each(|call| drop(call.as_object_mut().unwrap().remove("index")))
        };
        let mut in_whole = whole.clone();
        without_index(&mut in_whole["tool_calls"]);
        if in_whole["tool_calls"].is_null() {
            in_whole.as_object_mut().unwrap().remove("tool_calls");
        }
        assert_eq!(
            completion["choices"],
            json!([{"index": 0, "message": in_whole, "finish_reason": finish_reason, "logprobs": null}]),
            "{name}"
        );

        let streamed = added_up(&encode(&request, replay(message)));
        println!("    -> {streamed}");
        for (field, value) in whole.as_object().unwrap() {
            let empty = if field == "content" { json!("") } else { Value::Null };
            let value = if value.is_null() { &empty } else { value };
            assert_eq!(&streamed["message"][field], value, "{name}: {field}");
        }
        assert_eq!(streamed["finish_reason"], finish_reason, "{name}");
    }
}

#[test]
fn the_arguments_of_a_call_are_those_of_the_model_to_the_letter() {
    let input = r#"{"z": 1.0, "a": 12345678901234567890, "s":"caf\u00e9"}"#;
    let message: Message = serde_json::from_str(&format!(
        r#"{{"id":"msg_01","type":"message","role":"assistant","model":"m","content":[{{"type":"tool_use","id":"t",
            "name":"f","input":{input}}}],"stop_reason":"tool_use","usage":{{"input_tokens":3,"output_tokens":2}}}}"#
    ))
    .unwrap();
    let completion = response_to_openai(&message, &exchange(&json!({})));
    let call = &completion.choices[0].message.tool_calls.as_ref().unwrap()[0];
    assert_eq!(call.function.arguments.as_ref().unwrap().decode::<String>().unwrap(), input);
    // In pieces, and with an event of the server's tools that has an input too.
    let mut events: Vec<_> = replay(message).collect();
    let delta = events.iter().position(|event| event.input_json_delta().is_some()).unwrap();
    let (first, second) = input.split_at(9);
    events.splice(
        delta..=delta,
        ["", first, "", second].map(|part| ContentBlockDeltaEvent::new(0, InputJsonDelta::new(part)).into()),
    );
    let streamed = added_up(&encode(&json!({}), events));
    assert_eq!(streamed["message"]["tool_calls"][0]["function"]["arguments"], input);
}

#[test]
fn the_usage_comes_last_if_it_is_asked_for() {
    let usage = json!({"input_tokens": 34, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 200, "output_tokens": 6, "output_tokens_details": {"thinking_tokens": 4}});
    let message = message(&json!({"content": [{"type": "text", "text": "a"}], "usage": usage}));
    let expected = json!({"prompt_tokens": 1234, "completion_tokens": 6, "total_tokens": 1240,
        "prompt_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 200},
        "completion_tokens_details": {"reasoning_tokens": 4}});
    let completion = serde_json::to_value(response_to_openai(&message, &exchange(&json!({})))).unwrap();
    assert_eq!(completion["usage"], expected);

    let asked = json!({"stream": true, "stream_options": {"include_usage": true}});
    let with = encode(&asked, replay(message.clone()));
    let (with_usage, last) = (&with[..with.len() - 2], &with[with.len() - 2..]);
    let chunk: Value = serde_json::from_str(&last[0]).unwrap();
    assert_eq!((&chunk["choices"], &chunk["usage"], &*last[1]), (&json!([]), &expected, "[DONE]"));
    assert!(with_usage.iter().all(|chunk| chunk.ends_with(r#","usage":null}"#)), "{with_usage:?}");

    let without = encode(&json!({"stream": true}), replay(message));
    assert_eq!(without.len(), with.len() - 1);
    assert!(without.iter().all(|chunk| !chunk.contains("usage")), "{without:?}");
}

#[test]
fn pings_are_comments_and_errors_end_the_stream() {
    let message = message(&json!({"content": [{"type": "text", "text": "a"}]}));
    let error = ErrorResponse::new(ErrorObject::new(ErrorType::Overloaded, "Too busy"));
    let mut events: Vec<StreamEvent> = vec![PingEvent::new().into()];
    events.extend(replay(message).take(3));
    events.push(error.into());
    let chunks = encode(&json!({}), events);
    assert_eq!(chunks[0], ": ping");
    let error: Value = serde_json::from_str(chunks.last().unwrap()).unwrap();
    assert_eq!(
        error,
        json!({"error": {"message": "Too busy", "type": "server_error", "param": null, "code": "overloaded"}})
    );
    assert_eq!(chunks.len(), 4, "{chunks:?}");
}

#[test]
fn a_chunk_of_text_is_small() {
    let message = message(&json!({"content": [{"type": "text", "text": "Grüße\n\"x\""}]}));
    let chunks = encode(&json!({}), replay(message));
    let (before, rest) = chunks[1].split_once(r#""created":"#).unwrap();
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    assert_eq!(before, r#"{"id":"chatcmpl-01","object":"chat.completion.chunk","#);
    assert_eq!(
        after,
        r#","model":"m","choices":[{"index":0,"delta":{"content":"Grüße\n\"x\""},"finish_reason":null}]}"#
    );
}

#[test]
fn errors() {
    let rows = [
        (
            ErrorType::InvalidRequest,
            "stop: too many",
            400,
            "invalid_request_error",
            json!("stop"),
            Value::Null,
        ),
        (
            ErrorType::InvalidRequest,
            "prompt is too long: 9 tokens > 8 maximum",
            400,
            "invalid_request_error",
            Value::Null,
            json!("context_length_exceeded"),
        ),
        (
            ErrorType::InvalidRequest,
            "messages.2.content: missing field",
            400,
            "invalid_request_error",
            json!("messages.2.content"),
            Value::Null,
        ),
        (
            ErrorType::Authentication,
            "Invalid API key",
            401,
            "invalid_request_error",
            Value::Null,
            json!("invalid_api_key"),
        ),
        (
            ErrorType::Billing,
            "No credit",
            429,
            "insufficient_quota",
            Value::Null,
            json!("insufficient_quota"),
        ),
        (ErrorType::Permission, "Not yours", 403, "permission_error", Value::Null, Value::Null),
        (
            ErrorType::NotFound,
            "model: x",
            404,
            "invalid_request_error",
            json!("model"),
            json!("model_not_found"),
        ),
        (ErrorType::Conflict, "Busy", 409, "invalid_request_error", Value::Null, Value::Null),
        (ErrorType::RequestTooLarge, "Too large", 413, "invalid_request_error", Value::Null, Value::Null),
        (
            ErrorType::RateLimit,
            "Too many",
            429,
            "rate_limit_error",
            Value::Null,
            json!("rate_limit_exceeded"),
        ),
        (ErrorType::Api, "Internal server error", 500, "server_error", Value::Null, Value::Null),
        (ErrorType::Timeout, "Too slow", 504, "server_error", Value::Null, json!("timeout")),
        (ErrorType::Overloaded, "Too busy", 503, "server_error", Value::Null, json!("overloaded")),
        (ErrorType::from("teapot_error"), "Short and stout", 500, "server_error", Value::Null, Value::Null),
    ];
    for (error_type, message, status, name, param, code) in rows {
        let (got, document) = error_to_openai(&ApiError::new(error_type.clone(), message));
        println!("{error_type} {message:?} -> {got} {document}");
        let expected = json!({"error": {"message": message, "type": name, "param": param, "code": code}});
        assert_eq!((got.as_u16(), document.decode::<Value>().unwrap()), (status, expected), "{error_type}");
    }
}

#[test]
fn pages_on_the_web_are_annotations() {
    let page = json!({"type": "web_search_result_location", "url": "https://a.example", "title": "A", "cited_text": "x", "encrypted_index": "e"});
    let message = message(&json!({"content": [
        {"type": "text", "text": "Zürich: "},
        {"type": "text", "text": "sunny", "citations": [page]},
        {"type": "text", "text": "."}]}));
    let completion = serde_json::to_value(response_to_openai(&message, &exchange(&json!({})))).unwrap();
    let reply = &completion["choices"][0]["message"];
    let cited = json!({"url": "https://a.example", "title": "A", "start_index": 8, "end_index": 13});
    assert_eq!(reply["annotations"], json!([{"type": "url_citation", "url_citation": cited}]));
    assert_eq!(reply["content"], "Zürich: sunny.");
}
