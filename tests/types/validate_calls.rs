//! The rules of `validate` for tool calls and their results.

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
    for wrong in [json!([]), json!("{}"), json!(null)] {
        let problem = "messages.0.content.0.input: must be an object";
        rule(&with("input", json!({"a": 1})), &with("input", wrong), problem);
    }
}
