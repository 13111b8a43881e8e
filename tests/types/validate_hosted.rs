//! The rules of `validate` for tools that the API or an MCP server runs.

use serde_json::{Value, json};

use crate::validate::{A, B, accepts, rejects, rule};
use crate::validate_messages::{assistant, call, of, system, text, user};

/// A call of a tool that the API runs.
fn server_call(id: &str) -> Value {
    json!({"type": "server_tool_use", "id": id, "name": "code_execution", "input": {}})
}

fn mcp_call(id: &str) -> Value {
    json!({"type": "mcp_tool_use", "id": id, "name": "f", "server_name": "m", "input": {}})
}

/// A result of the type `kind`, which reports an error.
fn failed(kind: &str, id: &str) -> Value {
    let error = json!({"type": format!("{kind}_error"), "error_code": "unavailable"});
    json!({"type": kind, "tool_use_id": id, "content": error})
}

fn search_result(id: &str) -> Value {
    json!({"type": "web_search_tool_result", "tool_use_id": id, "content": []})
}

/// A conversation that continues with `messages`.
fn said(messages: Vec<Value>) -> Value {
    of(json!([vec![user(json!("hi"))], messages].concat()))
}

const NO_CALL: &str =
    "tool_use_id: no `server_tool_use` earlier in this turn or in a paused turn has this id";

#[test]
fn each_result_follows_its_call() {
    for kind in [
        "web_search_tool_result",
        "web_fetch_tool_result",
        "code_execution_tool_result",
        "bash_code_execution_tool_result",
        "text_editor_code_execution_tool_result",
        "tool_search_tool_result",
        "advisor_tool_result",
    ] {
        let blocks = |blocks: Value| said(vec![assistant(blocks), user(json!("go on"))]);
        let right = blocks(json!([text("so"), server_call("s"), failed(kind, "s"), text("done")]));
        rule(
            &right,
            &blocks(json!([failed(kind, "s"), text("done")])),
            &format!("messages.1.content.0.{NO_CALL}"),
        );
        for call in [server_call("t"), mcp_call("s")] {
            rejects(
                &A,
                &blocks(json!([call, failed(kind, "s")])),
                &format!("messages.1.content.1.{NO_CALL}"),
            );
        }
        rejects(
            &A,
            &blocks(json!([failed(kind, "s"), server_call("s")])),
            &format!("messages.1.content.0.{NO_CALL}"),
        );
    }
    let mcp = |call: Value| {
        let result = json!({"type": "mcp_tool_result", "tool_use_id": "s", "content": "4 °C"});
        said(vec![assistant(json!([call, result])), user(json!("go on"))])
    };
    let problem = "messages.1.content.1.tool_use_id: no `mcp_tool_use` earlier in this turn";
    rule(&mcp(mcp_call("s")), &mcp(server_call("s")), problem);
    // A call may have no result yet, and may have two.
    accepts(&A, &said(vec![assistant(json!([server_call("s"), mcp_call("m")]))]));
    accepts(&A, &said(vec![assistant(json!([server_call("s"), search_result("s"), search_result("s")]))]));
}

#[test]
fn the_call_may_be_in_an_earlier_message_of_the_turn() {
    let (first, second) = (assistant(json!([server_call("s")])), assistant(json!([search_result("s")])));
    accepts(&A, &said(vec![first.clone(), second.clone()]));
    accepts(&A, &said(vec![first.clone(), system(json!("be brief")), second.clone()]));
    rejects(&A, &said(vec![second, first]), &format!("messages.1.content.0.{NO_CALL}"));
}

#[test]
fn the_call_may_be_in_an_earlier_turn_that_was_paused() {
    let result = || user(json!([{"type": "tool_result", "tool_use_id": "t"}]));
    // The code that the API runs calls a tool of the caller.
    let paused = || {
        let caller = json!({"type": "code_execution_20260120", "tool_id": "s"});
        let mut call = call("t");
        call["caller"] = caller;
        assistant(json!([server_call("s"), call]))
    };
    let resumed = || assistant(json!([failed("code_execution_tool_result", "s"), text("done")]));
    accepts(&A, &said(vec![paused(), result(), resumed(), user(json!("go on"))]));
    accepts(&A, &said(vec![paused(), result(), paused(), result(), resumed()]));
    // The user may continue a turn that the API paused.
    let paused_by_api = assistant(json!([text("so"), server_call("s")]));
    accepts(&A, &said(vec![paused_by_api, user(json!("go on")), assistant(json!([search_result("s")]))]));
    // A turn with the result is over, so a later one has no use for its call.
    let again = said(vec![paused(), result(), resumed(), user(json!("go on")), resumed()]);
    rejects(&A, &again, &format!("messages.5.content.0.{NO_CALL}"));
}

#[test]
fn a_result_passes_if_its_call_may_be_out_of_sight() {
    let orphan = || assistant(json!([search_result("s")]));
    let go_on = || user(json!("go on"));
    // An unknown block or role may contain the call, and a summary may replace it.
    let unknown = json!({"type": "hologram"});
    let compaction = json!({"type": "compaction", "content": "a"});
    for block in [&unknown, &compaction] {
        accepts(&A, &said(vec![assistant(json!([block, search_result("s")]))]));
        accepts(&A, &said(vec![assistant(json!([block])), go_on(), orphan()]));
        let late = said(vec![assistant(json!([search_result("s"), block]))]);
        rejects(&A, &late, &format!("messages.1.content.0.{NO_CALL}"));
    }
    accepts(&A, &said(vec![json!({"role": "later", "content": "a"}), orphan()]));
    // So may a stored thread.
    let mut thread = said(vec![orphan(), go_on()]);
    thread["thread"] = json!({"type": "continue", "previous_message_id": "msg_01"});
    accepts(&B, &thread);
    thread["thread"] = json!({"type": "create"});
    rejects(&B, &thread, &format!("messages.1.content.0.{NO_CALL}"));
    // The rule is about turns of the model.
    accepts(&A, &of(json!([user(json!([text("found:"), search_result("s")]))])));
}
