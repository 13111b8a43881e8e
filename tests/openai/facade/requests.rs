//! Requests: what becomes of each field.

use messages_api::openai::FacadeOptions;
use messages_api::openai::request_from_openai;
use messages_api::openai::types::ChatRequest;
use serde_json::{Value, json};

use super::translate;

/// A field of the request, the fields that the translation has in addition to those of a small request, and the
/// paths of the losses.
type Row = (&'static str, Value, Value, &'static [&'static str]);

const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

fn check(rows: Vec<Row>, options: &FacadeOptions) {
    for (name, fields, expected, losses) in rows {
        let (request, exchange) =
            translate(&fields, options).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut whole = json!({"model": "m", "max_tokens": 4096,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]});
        for (field, value) in expected.as_object().unwrap() {
            whole[field] = value.clone();
        }
        let translated = serde_json::to_value(&request).unwrap();
        let lost: Vec<&str> = exchange.losses().iter().map(|loss| loss.path.as_str()).collect();
        println!("{name}: {fields}\n    -> {translated} {lost:?}");
        assert_eq!(translated, whole, "{name}");
        assert_eq!(lost, losses, "{name}");
    }
}

#[test]
fn settings() {
    let tool = json!([{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]);
    let sent = json!([{"name": "f", "input_schema": {"type": "object"}}]);
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false});
    let rows: Vec<Row> = vec![
        ("no limit", json!({}), json!({}), &[]),
        ("max_tokens", json!({"max_tokens": 7}), json!({"max_tokens": 7}), &[]),
        (
            "max_completion_tokens",
            json!({"max_tokens": 7, "max_completion_tokens": 9}),
            json!({"max_tokens": 9}),
            &[],
        ),
        (
            "stream",
            json!({"stream": true, "stream_options": {"include_usage": true, "include_obfuscation": false}}),
            json!({"stream": true}),
            &[],
        ),
        ("temperature", json!({"temperature": 0.3}), json!({"temperature": 0.3}), &[]),
        ("temperature above 1", json!({"temperature": 1.7}), json!({"temperature": 1.0}), &["temperature"]),
        ("top_p", json!({"top_p": 0.5}), json!({"top_p": 0.5}), &[]),
        (
            "temperature and top_p",
            json!({"temperature": 0.2, "top_p": 0.5}),
            json!({"temperature": 0.2}),
            &["top_p"],
        ),
        (
            "temperature and the default of top_p",
            json!({"temperature": 0.2, "top_p": 1}),
            json!({"temperature": 0.2}),
            &[],
        ),
        (
            "the default of temperature and top_p",
            json!({"temperature": 1, "top_p": 0.5}),
            json!({"top_p": 0.5}),
            &[],
        ),
        ("top_k", json!({"top_k": 40}), json!({"top_k": 40}), &[]),
        ("one stop", json!({"stop": "END"}), json!({"stop_sequences": ["END"]}), &[]),
        (
            "several stops",
            json!({"stop": ["A", "\n", "B"]}),
            json!({"stop_sequences": ["A", "B"]}),
            &["stop"],
        ),
        ("no stop", json!({"stop": null}), json!({}), &[]),
        ("user", json!({"user": "u1"}), json!({"metadata": {"user_id": "u1"}}), &[]),
        (
            "safety_identifier",
            json!({"user": "u1", "safety_identifier": "s1"}),
            json!({"metadata": {"user_id": "s1"}}),
            &[],
        ),
        ("service_tier auto", json!({"service_tier": "auto"}), json!({"service_tier": "auto"}), &[]),
        (
            "service_tier default",
            json!({"service_tier": "default"}),
            json!({"service_tier": "standard_only"}),
            &[],
        ),
        ("service_tier flex", json!({"service_tier": "flex"}), json!({}), &["service_tier"]),
        ("effort none", json!({"reasoning_effort": "none"}), json!({"thinking": {"type": "disabled"}}), &[]),
        (
            "effort minimal",
            json!({"reasoning_effort": "minimal"}),
            json!({"thinking": {"type": "disabled"}}),
            &["reasoning_effort"],
        ),
        (
            "effort low",
            json!({"reasoning_effort": "low"}),
            json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}),
            &[],
        ),
        (
            "effort xhigh",
            json!({"reasoning_effort": "xhigh"}),
            json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "xhigh"}}),
            &[],
        ),
        (
            "effort and temperature",
            json!({"reasoning_effort": "high", "temperature": 0.5}),
            json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
            &["temperature"],
        ),
        (
            "effort and top_p",
            json!({"reasoning_effort": "high", "top_p": 0.5}),
            json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
            &["top_p"],
        ),
        (
            "effort and a forced call",
            json!({"reasoning_effort": "high", "tools": tool, "tool_choice": "required"}),
            json!({"tools": sent, "tool_choice": {"type": "any"}, "output_config": {"effort": "high"}}),
            &["reasoning_effort"],
        ),
        ("format text", json!({"response_format": {"type": "text"}}), json!({}), &[]),
        (
            "format json_object",
            json!({"response_format": {"type": "json_object"}}),
            json!({"system": [{"type": "text", "text": "Respond with one JSON object and nothing else, without a code fence."}]}),
            &["response_format"],
        ),
        (
            "format json_schema",
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": true, "schema": schema}}}),
            json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}}),
            &[],
        ),
        (
            "format and effort",
            json!({"reasoning_effort": "low", "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}}),
            json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": schema}}}),
            &[],
        ),
        (
            "format with what cannot be enforced",
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}}}}),
            json!({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object", "additionalProperties": false, "properties": {"n": {"type": "integer", "description": "{minimum: 1}"}}}}}}),
            &["response_format.json_schema.schema"],
        ),
        (
            "format of a map",
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "description": "d", "schema": {"type": "object"}}}}),
            json!({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object", "properties": {}, "additionalProperties": false}}}}),
            &["response_format.json_schema.description", "response_format.json_schema.schema"],
        ),
        (
            "format without a type",
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}}),
            json!({"system": [{"type": "text", "text": "Respond with nothing but JSON that matches this schema, without a code fence:\n{}"}]}),
            &["response_format.json_schema.schema"],
        ),
        ("n", json!({"n": 2}), json!({}), &["n"]),
        (
            "what asks for nothing",
            json!({"n": 1, "logprobs": false, "logit_bias": {}, "modalities": ["text"], "frequency_penalty": 0, "presence_penalty": 0.0, "seed": null, "store": false, "metadata": {}}),
            json!({}),
            &[],
        ),
        (
            "what has no counterpart",
            json!({"logprobs": true, "top_logprobs": 3, "logit_bias": {"50256": -100}, "frequency_penalty": 0.5, "seed": 7, "prompt_cache_key": "k", "store": true, "verbosity": "low", "prediction": {"type": "content", "content": "x"}, "modalities": ["text", "audio"], "audio": {"voice": "alloy"}, "metadata": {"a": "b"}, "made_up": 1}),
            json!({}),
            &[
                "audio",
                "frequency_penalty",
                "logit_bias",
                "logprobs",
                "made_up",
                "metadata",
                "modalities",
                "prediction",
                "prompt_cache_key",
                "seed",
                "store",
                "top_logprobs",
                "verbosity",
            ],
        ),
    ];
    check(rows, &FacadeOptions::default());
}

#[test]
fn tools() {
    let f = json!({"type": "function", "function": {"name": "f", "description": "Does f.", "parameters": {"type": "object", "properties": {}}, "strict": true}});
    let g = json!({"type": "function", "function": {"name": "g"}});
    let (sent_f, sent_g) = (
        json!({"name": "f", "description": "Does f.", "input_schema": {"type": "object", "properties": {}}, "strict": true}),
        json!({"name": "g", "input_schema": {"type": "object"}}),
    );
    let both = json!([f, g]);
    let sent = json!([sent_f, sent_g]);
    let rows: Vec<Row> = vec![
        ("tools", json!({"tools": both}), json!({"tools": sent}), &[]),
        (
            "no tools",
            json!({"tools": [], "tool_choice": "auto", "parallel_tool_calls": false}),
            json!({}),
            &[],
        ),
        (
            "a schema without a type",
            json!({"tools": [{"type": "function", "function": {"name": "h", "parameters": {"properties": {"a": {}}}}}]}),
            json!({"tools": [{"name": "h", "input_schema": {"type": "object", "properties": {"a": {}}}}]}),
            &["tools.0.function.parameters"],
        ),
        (
            "an empty schema",
            json!({"tools": [{"type": "function", "function": {"name": "h", "parameters": {}, "strict": false}}]}),
            json!({"tools": [{"name": "h", "input_schema": {"type": "object"}}]}),
            &["tools.0.function.parameters"],
        ),
        (
            "a cache marker",
            json!({"tools": [{"type": "function", "cache_control": {"type": "ephemeral"}, "function": {"name": "g"}}]}),
            json!({"tools": [{"name": "g", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}}]}),
            &[],
        ),
        ("auto", json!({"tools": both, "tool_choice": "auto"}), json!({"tools": sent}), &[]),
        (
            "none",
            json!({"tools": both, "tool_choice": "none"}),
            json!({"tools": sent, "tool_choice": {"type": "none"}}),
            &[],
        ),
        (
            "required",
            json!({"tools": both, "tool_choice": "required"}),
            json!({"tools": sent, "tool_choice": {"type": "any"}}),
            &[],
        ),
        (
            "a named tool",
            json!({"tools": both, "tool_choice": {"type": "function", "function": {"name": "g"}}}),
            json!({"tools": sent, "tool_choice": {"type": "tool", "name": "g"}}),
            &[],
        ),
        (
            "allowed tools",
            json!({"tools": both, "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "g"}}]}}}),
            json!({"tools": [sent_g], "tool_choice": {"type": "any"}}),
            &[],
        ),
        (
            "one call",
            json!({"tools": both, "parallel_tool_calls": false}),
            json!({"tools": sent, "tool_choice": {"type": "auto", "disable_parallel_tool_use": true}}),
            &[],
        ),
        (
            "one required call",
            json!({"tools": both, "tool_choice": "required", "parallel_tool_calls": false}),
            json!({"tools": sent, "tool_choice": {"type": "any", "disable_parallel_tool_use": true}}),
            &[],
        ),
        (
            "one named call",
            json!({"tools": both, "tool_choice": {"type": "function", "function": {"name": "g"}}, "parallel_tool_calls": false}),
            json!({"tools": sent, "tool_choice": {"type": "tool", "name": "g", "disable_parallel_tool_use": true}}),
            &[],
        ),
        (
            "no call",
            json!({"tools": both, "tool_choice": "none", "parallel_tool_calls": false}),
            json!({"tools": sent, "tool_choice": {"type": "none"}}),
            &[],
        ),
        ("several calls", json!({"tools": both, "parallel_tool_calls": true}), json!({"tools": sent}), &[]),
        (
            "functions",
            json!({"functions": [{"name": "g"}], "function_call": "auto"}),
            json!({"tools": [sent_g], "tool_choice": {"type": "auto", "disable_parallel_tool_use": true}}),
            &[],
        ),
        (
            "a named function",
            json!({"functions": [{"name": "g"}], "function_call": {"name": "g"}}),
            json!({"tools": [sent_g], "tool_choice": {"type": "tool", "name": "g", "disable_parallel_tool_use": true}}),
            &[],
        ),
        (
            "functions beside tools",
            json!({"functions": null, "function_call": null, "tools": [g]}),
            json!({"tools": [sent_g]}),
            &[],
        ),
    ];
    check(rows, &FacadeOptions::default());
}

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
            json!({"messages": [said, assistant(json!([tool_use("c")])), user(json!([result("c", json!("r1"))])), assistant(json!([tool_use("c_2")])), user(json!([result("c_2", json!("r2"))]))]}),
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

#[test]
fn what_cannot_be_asked_for_is_rejected_with_its_path() {
    let parts = |part: Value| json!({"messages": [{"role": "user", "content": [part]}]});
    let rows = [
        (json!({"messages": []}), "messages: must contain a message of the user"),
        (
            json!({"messages": [{"role": "system", "content": "A"}]}),
            "messages: must contain a message of the user",
        ),
        (
            json!({"messages": [{"role": "assistant", "content": "A"}]}),
            "messages: must begin with a message of the user, after the instructions",
        ),
        (json!({"messages": [{"content": "A"}]}), "messages.0.role: missing field"),
        (json!({"messages": [{"role": "user"}]}), "messages.0.content: missing field"),
        (json!({"messages": [{"role": "user", "content": null}]}), "messages.0.content: missing field"),
        (
            json!({"messages": [{"role": "robot", "content": "A"}]}),
            "messages.0.role: \"robot\" is not supported",
        ),
        (json!({"messages": [{"role": "tool", "content": "A"}]}), "messages.0.tool_call_id: missing field"),
        (
            json!({"messages": [{"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "f"}}]}]}),
            "messages.0.tool_calls.0.id: missing field",
        ),
        (
            json!({"messages": [{"role": "system", "content": [{"type": "image_url", "image_url": {"url": PNG}}]}]}),
            "messages.0.content: must contain nothing but text",
        ),
        (
            parts(json!({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}})),
            "messages.0.content.0: parts of the type \"input_audio\" are not supported",
        ),
        (
            parts(json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,%%"}})),
            "messages.0.content.0.image_url.url: must contain base64",
        ),
        (
            parts(json!({"type": "image_url", "image_url": {"url": "data:image/bmp;base64,Qk0="}})),
            "messages.0.content.0.image_url.url: must be an image of one of the types image/jpeg, image/png, image/gif, image/webp",
        ),
        (
            parts(json!({"type": "image_url", "image_url": {"url": "file:///etc/passwd"}})),
            "messages.0.content.0.image_url.url: must be an http, https or base64 data URL",
        ),
        (
            parts(json!({"type": "file", "file": {}})),
            "messages.0.content.0.file: must have `file_data` or `file_id`",
        ),
        (
            parts(json!({"type": "file", "file": {"file_data": "JVBERi0="}})),
            "messages.0.content.0.file.file_data: must be a base64 data URL",
        ),
        (
            parts(json!({"type": "file", "file": {"file_data": "data:application/zip;base64,UEs="}})),
            "messages.0.content.0.file.file_data: must be a PDF or text",
        ),
        (
            json!({"tools": [{"type": "custom", "custom": {"name": "g"}}]}),
            "tools.0: tools of the type \"custom\" are not supported",
        ),
        (json!({"tool_choice": "required"}), "tool_choice: needs `tools`"),
        (
            json!({"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "any"}),
            "tool_choice: must be `auto`, `none`, `required` or an object",
        ),
        (
            json!({"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": {"type": "custom", "custom": {"name": "g"}}}),
            "tool_choice: the type \"custom\" is not supported",
        ),
        (
            json!({"reasoning_effort": "extreme"}),
            "reasoning_effort: must be one of none, minimal, low, medium, high, xhigh, max",
        ),
        (
            json!({"response_format": {"type": "grammar"}}),
            "response_format: the type \"grammar\" is not supported",
        ),
        (
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}}),
            "response_format.json_schema.schema: missing field",
        ),
    ];
    for (fields, message) in rows {
        let error = translate(&fields, &FacadeOptions::default()).unwrap_err();
        println!("{fields}\n    -> {}", error.message());
        assert_eq!((error.message(), error.status().as_u16()), (message, 400), "{fields}");
    }
}

#[test]
fn options() {
    let later = json!({"messages": [{"role": "user", "content": "hi"}, {"role": "system", "content": "A"}]});
    let mut options = FacadeOptions::default();
    options.max_tokens = 7;
    options.system_messages = true;
    let messages = json!([{"role": "user", "content": [{"type": "text", "text": "hi"}]},
        {"role": "system", "content": [{"type": "text", "text": "A"}]}]);
    check(
        vec![("in the conversation", later, json!({"max_tokens": 7, "messages": messages}), &[])],
        &options,
    );

    options.strict = true;
    assert!(translate(&json!({"n": 1}), &options).is_ok());
    let error = translate(&json!({"n": 2}), &options).unwrap_err();
    assert_eq!(error.message(), "n: has no counterpart in the Messages API");
}
