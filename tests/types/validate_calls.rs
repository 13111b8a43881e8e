//! The rules of `validate` for tool calls and their results.

use messages_api::CreateMessageRequest;
use serde_json::{Value, json};

use crate::validate::{A, B, accepts, rejects, rule};
use crate::validate_messages::{assistant, call, of, system, text, user};

fn result(id: &str) -> Value {
    json!({"type": "tool_result", "tool_use_id": id})
}

#[test]
fn every_call_needs_its_result_in_the_next_turn() {
    let said = |messages: Vec<Value>| of(json!([vec![user(json!("hi"))], messages].concat()));
    let calls = |ids: &[&str]| assistant(ids.iter().map(|id| call(id)).collect());
    let results = |ids: &[&str]| user(ids.iter().map(|id| result(id)).collect());
    rule(
        &said(vec![calls(&["a", "b"]), results(&["b", "a"])]),
        &said(vec![calls(&["a", "b"]), results(&["b"])]),
        "messages.1.content.0.id: the next turn has no `tool_result` for this call",
    );
    rule(
        &said(vec![calls(&["a"]), results(&["a"])]),
        &said(vec![calls(&["a"]), results(&["a", "c"])]),
        "messages.2.content.1.tool_use_id: no `tool_use` in the previous turn has this id",
    );
    rejects(&A, &said(vec![calls(&["a"])]), "messages.1.content.0.id: the next turn has no `tool_result`");
    rejects(
        &A,
        &said(vec![calls(&["a"]), user(json!("and?"))]),
        "messages.1.content.0.id: the next turn has no `tool_result`",
    );
    rejects(&A, &of(json!([results(&["a"])])), "messages.0.content.0.tool_use_id: no `tool_use`");
    let late = said(vec![calls(&["a"]), results(&["a"]), assistant(json!("ok")), results(&["a"])]);
    rejects(&A, &late, "messages.4.content.0.tool_use_id: no `tool_use`");

    let mixed = |content: Value| said(vec![calls(&["a"]), user(content)]);
    rule(
        &mixed(json!([result("a"), text("and?")])),
        &mixed(json!([text("here"), result("a")])),
        "messages.2.content.1: `tool_result` blocks must come before all other blocks of their turn",
    );

    // Consecutive messages of one role make one turn; system messages make none.
    accepts(&A, &said(vec![calls(&["a"]), calls(&["b"]), results(&["a"]), results(&["b"])]));
    accepts(&A, &said(vec![calls(&["a"]), system(json!("be brief")), results(&["a"])]));
    rejects(
        &A,
        &said(vec![calls(&["a"]), user(json!("here")), results(&["a"])]),
        "messages.3.content.0: `tool_result`",
    );

    // An unknown block may be a call or a result.
    let unknown = json!({"type": "hologram"});
    accepts(&A, &said(vec![calls(&["a"]), user(json!([unknown]))]));
    accepts(&A, &said(vec![assistant(json!([unknown])), user(json!([unknown, result("a")]))]));
    let of_tool = |content: Value| json!({"role": "tool", "content": content});
    accepts(&A, &said(vec![calls(&["a"]), of_tool(json!("4 °C")), user(json!("and?"))]));
    accepts(&A, &said(vec![of_tool(json!([text("here"), result("a"), call("b")])), results(&["b"])]));

    // The earlier messages of a thread may hold the call.
    let mut thread = of(json!([results(&["a"])]));
    thread["thread"] = json!({"type": "continue", "previous_message_id": "msg_01"});
    accepts(&B, &thread);
    thread["thread"] = json!({"type": "create"});
    rejects(&B, &thread, "messages.0.content.0.tool_use_id: no `tool_use`");
}

#[test]
fn the_parts_of_a_call_are_checked() {
    let with = |field: &str, value: Value| {
        let mut block = call("a");
        block[field] = value;
        let id = block["id"].clone();
        let result = json!({"type": "tool_result", "tool_use_id": id});
        of(json!([assistant(json!([block])), user(json!([result]))]))
    };
    for wrong in ["", "a b", "é"] {
        let problem = "messages.0.content.0.id: must consist of ASCII letters, digits, `_` and `-`";
        rule(&with("id", json!("toolu_0-1")), &with("id", json!(wrong)), problem);
    }
    for wrong in [0, 201] {
        let problem = "messages.0.content.0.name: must have 1 to 200 characters";
        rule(&with("name", json!("a".repeat(200))), &with("name", json!("a".repeat(wrong))), problem);
    }
    for wrong in [json!([]), json!("{}")] {
        let problem = "messages.0.content.0.input: must be an object";
        rule(&with("input", json!({"a": 1})), &with("input", wrong), problem);
    }
    let null = "messages.0.content.0.input: invalid type: null";
    rule(&with("input", json!({"a": 1})), &with("input", json!(null)), null);
}

#[test]
fn ids_are_unique_within_a_turn() {
    let said = |messages: Vec<Value>| of(json!([vec![user(json!("hi"))], messages].concat()));
    let calls = |ids: &[&str]| assistant(ids.iter().map(|id| call(id)).collect());
    let results = |ids: &[&str]| user(ids.iter().map(|id| result(id)).collect());
    let same_id = "id: an earlier `tool_use` of this turn has the same id";
    let same_call = "tool_use_id: an earlier `tool_result` of this turn is for the same call";
    rule(
        &said(vec![calls(&["a", "b"]), results(&["a", "b"])]),
        &said(vec![calls(&["a", "a"]), results(&["a"])]),
        &format!("messages.1.content.1.{same_id}"),
    );
    rule(
        &said(vec![calls(&["a", "b"]), results(&["a", "b"])]),
        &said(vec![calls(&["a", "b"]), results(&["a", "b", "a"])]),
        &format!("messages.2.content.2.{same_call}"),
    );
    // Consecutive messages of one role make one turn.
    rejects(
        &A,
        &said(vec![calls(&["a"]), calls(&["a"]), results(&["a"])]),
        &format!("messages.2.content.0.{same_id}"),
    );
    rejects(
        &A,
        &said(vec![calls(&["a"]), results(&["a"]), system(json!("be brief")), results(&["a"])]),
        &format!("messages.4.content.0.{same_call}"),
    );
    // Another turn may use the id again.
    accepts(&A, &said(vec![calls(&["a"]), results(&["a"]), calls(&["a"]), results(&["a"])]));
    // The calls of the first turn may be in the stored thread, but each has only one result.
    let mut thread = of(json!([results(&["a", "a"])]));
    thread["thread"] = json!({"type": "continue", "previous_message_id": "msg_01"});
    rejects(&B, &thread, &format!("messages.0.content.1.{same_call}"));
}

#[test]
fn inputs_hold_whole_characters_only() {
    let problem_in = |kind: &str, input: &str| {
        let request = format!(
            r#"{{"model":"m","max_tokens":64,"messages":[
                {{"role":"assistant","content":[
                    {{"type":"{kind}","id":"a","name":"f","server_name":"m","input":{input}}}
                ]}},
                {{"role":"user","content":[{{"type":"{}","tool_use_id":"a"}},{{"type":"text","text":"hi"}}]}}
            ]}}"#,
            if kind == "tool_use" { "tool_result" } else { "hologram" },
        );
        let request: CreateMessageRequest = serde_json::from_str(&request).unwrap();
        request.validate(&A).err().map(|error| error.to_string())
    };
    for kind in ["tool_use", "server_tool_use", "mcp_tool_use"] {
        for (input, escape) in [
            (r#"{"a":"\ud83d"}"#, r"\ud83d"),
            (r#"{"a":"\uDE00"}"#, r"\uDE00"),
            (r#"{"a":"\ud83d\ud83d\ude00"}"#, r"\ud83d"),
            (r#"{"a":"\ude00\ud83d"}"#, r"\ude00"),
            (r#"{"a":"\ud83d \ude00"}"#, r"\ud83d"),
            (r#"{"a":"\ud83d\\ude00"}"#, r"\ud83d"),
            (r#"{"\ud800":1}"#, r"\ud800"),
            (r#"{"a":[{"b":"é\n\udfff"}]}"#, r"\udfff"),
        ] {
            let problem =
                format!("messages.0.content.0.input: contains `{escape}`, half of a surrogate pair");
            let found = problem_in(kind, input).unwrap_or_else(|| panic!("{input} of {kind} is valid"));
            assert!(found.starts_with(&problem), "{input} of {kind}: {found}");
        }
        for input in [
            r#"{"a":"\ud83d\ude00"}"#,
            r#"{"a":"\uD83D\uDE00\ud83d\ude01"}"#,
            r#"{"a":"\\ud83d"}"#,
            r#"{"a":"\"\\\u00e9\ud7ff\ue000"}"#,
            r#"{"a":"😀"}"#,
            "{}",
        ] {
            assert_eq!(problem_in(kind, input), None, "{input} of {kind}");
        }
    }
}
