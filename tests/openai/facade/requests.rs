//! Requests: what becomes of each field.

use messages_api::openai::FacadeOptions;
use serde_json::{Value, json};

use super::translate;

/// A field of the request, the fields that the translation has in addition to those of a small request, and the
/// paths of the losses.
pub(super) type Row = (&'static str, Value, Value, &'static [&'static str]);

pub(super) const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

pub(super) fn check(rows: Vec<Row>, options: &FacadeOptions) {
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
                "prompt_cache_key",
                "audio",
                "frequency_penalty",
                "logit_bias",
                "logprobs",
                "made_up",
                "metadata",
                "modalities",
                "prediction",
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
fn options() {
    let later = json!({"messages": [{"role": "user", "content": "hi"}, {"role": "system", "content": "A"}]});
    let mut options = FacadeOptions::default();
    options.max_tokens = 7;
    options.system_messages = true;
    let messages = json!([{"role": "user", "content": [{"type": "text", "text": "hi"}]},
        {"role": "system", "content": [{"type": "text", "text": "A"}]}]);
    let call = json!({"id": "c", "function": {"name": "f", "arguments": "{}"}});
    let instructions = json!({"role": "system", "content": "A"});
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "r"});
    let between = json!({"messages": [{"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [call, {"id": "d", "function": {"name": "f", "arguments": "{}"}}]},
        instructions, result("c"), instructions, {"role": "user", "content": "hi"}, result("d")]});
    let tool_use = |id: &str| json!({"type": "tool_use", "id": id, "name": "f", "input": {}});
    let tool_result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "r"});
    let after = json!([messages[0],
        {"role": "assistant", "content": [tool_use("c"), tool_use("d")]},
        {"role": "user", "content": [tool_result("c"), tool_result("d")]},
        {"role": "system", "content": [{"type": "text", "text": "A"}, {"type": "text", "text": "A"}]},
        messages[0]]);
    let rows: Vec<Row> = vec![
        ("in the conversation", later, json!({"max_tokens": 7, "messages": messages}), &[]),
        ("between a call and its result", between, json!({"max_tokens": 7, "messages": after}), &[]),
    ];
    check(rows, &options);

    options.strict = true;
    assert!(translate(&json!({"n": 1}), &options).is_ok());
    let error = translate(&json!({"n": 2}), &options).unwrap_err();
    assert_eq!(error.message(), "n: has no counterpart in the Messages API");
}
