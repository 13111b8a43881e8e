//! The rules of `validate` for cache markers.

use serde_json::{Value, json};

use crate::validate::{A, accepts, rejects, rule};
use crate::validate_messages::{assistant, of, system, text, user, with_result};

#[test]
fn cache_markers_are_limited_in_number_and_place() {
    let marker = json!({"type": "ephemeral"});
    let marked = |text: &str| json!({"type": "text", "text": text, "cache_control": marker});
    let tool = json!({"name": "f", "input_schema": {"type": "object"}, "cache_control": marker});
    let request = |system: &[Value]| json!({"tools": [tool], "system": system, "messages": [user(json!([marked("a"), text("b")]))]});
    rule(
        &request(&[marked("a"), marked("b")]),
        &request(&[marked("a"), marked("b"), marked("c")]),
        "messages.0.content.0.cache_control: at most 4 are allowed per request, this is number 5",
    );
    accepts(&A, &with_result(json!([marked("a"), marked("b"), marked("c"), marked("d")])));
    let many = with_result(json!([marked("a"), marked("b"), marked("c"), marked("d"), marked("e")]));
    rejects(&A, &many, "messages.2.content.0.content.4.cache_control: at most 4");

    for block in [
        json!({"type": "thinking", "thinking": "a", "signature": "s"}),
        json!({"type": "redacted_thinking", "data": "a"}),
        json!({"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}),
        json!({"type": "mcp_tool_listing", "mcp_server_name": "m", "tools": []}),
    ] {
        let with = |marker: &Value| {
            let mut block = block.clone();
            block["cache_control"] = marker.clone();
            of(json!([assistant(json!([block]))]))
        };
        let problem = "messages.0.content.0.cache_control: is not allowed on blocks of this type";
        rule(&with(&Value::Null), &with(&marker), problem);
    }
}

/// The marker of `block` lives for `ttl`, or for the default time if that is `null`.
fn marked(mut block: Value, ttl: &Value) -> Value {
    block["cache_control"] = json!({"type": "ephemeral", "ttl": ttl});
    block
}

#[test]
fn long_cache_markers_come_before_short_ones() {
    let tool = || json!({"name": "f", "input_schema": {"type": "object"}});
    let request = |tool_ttl: &Value, system_ttl: &Value, message_ttl: &Value| {
        let message = user(json!([marked(text("a"), message_ttl)]));
        json!({"tools": [marked(tool(), tool_ttl)], "system": [marked(text("b"), system_ttl)], "messages": [message]})
    };
    let (long, short, default) = (json!("1h"), json!("5m"), Value::Null);
    let late = "cache_control.ttl: must not be `1h`, because an earlier marker has `5m`";
    for short in [&short, &default] {
        rule(&request(&long, short, short), &request(short, &long, short), &format!("system.0.{late}"));
        rule(
            &request(&long, &long, short),
            &request(&long, short, &long),
            &format!("messages.0.content.0.{late}"),
        );
        accepts(&A, &request(short, short, short));
        accepts(&A, &request(&long, &long, &long));
    }
    // A lifetime that is not known may be longer or shorter.
    accepts(&A, &request(&json!("30m"), &long, &json!("30m")));

    let two = |first: Value, second: Value| of(json!([user(json!([first])), user(json!([second]))]));
    rule(
        &two(marked(text("a"), &long), marked(text("b"), &default)),
        &two(marked(text("a"), &default), marked(text("b"), &long)),
        &format!("messages.1.content.0.{late}"),
    );
}

#[test]
fn nested_cache_markers_come_before_that_of_their_block() {
    let late = "cache_control.ttl: must not be `1h`";
    let (long, short) = (json!("1h"), json!("5m"));
    let result = |inner: &Value, outer: &Value| {
        let mut request = with_result(json!([marked(text("a"), inner)]));
        request["messages"][2]["content"][0]["cache_control"] = json!({"type": "ephemeral", "ttl": outer});
        request
    };
    rule(&result(&long, &short), &result(&short, &long), &format!("messages.2.content.0.{late}"));

    // The marker of a document that was fetched, or of a tool that was found or added, counts as well.
    let source = json!({"type": "text", "media_type": "text/plain", "data": "a"});
    let document = marked(json!({"type": "document", "source": source}), &short);
    let fetched = json!({"type": "web_fetch_result", "url": "https://a.test", "content": document});
    let reference = marked(json!({"type": "tool_reference", "tool_name": "f"}), &short);
    let found = json!({"type": "tool_search_tool_search_result", "tool_references": [reference]});
    for (kind, name, content) in [
        ("web_fetch_tool_result", "web_fetch", fetched),
        ("tool_search_tool_result", "tool_search_tool_bm25", found),
    ] {
        let call = json!({"type": "server_tool_use", "id": "a", "name": name, "input": {}});
        let result = json!({"type": kind, "tool_use_id": "a", "content": content});
        let then = |ttl: &Value| {
            of(json!([assistant(json!([call, result])), user(json!([marked(text("b"), ttl)]))]))
        };
        rule(&then(&short), &then(&long), &format!("messages.1.content.0.{late}"));
    }
    let tool = json!({"type": "tool_reference", "name": "f"});
    for kind in ["tool_addition", "tool_removal"] {
        let change = marked(json!({"type": kind, "tool": tool}), &short);
        let compaction = json!({"type": "compaction", "content": "a", "tool_changes": [change]});
        for earlier in [system(json!([change])), assistant(json!([compaction]))] {
            let then = |ttl: &Value| of(json!([earlier, user(json!([marked(text("b"), ttl)]))]));
            rule(&then(&short), &then(&long), &format!("messages.1.content.0.{late}"));
        }
    }
}
