//! What becomes of the blocks and of the usage where one model takes over from another.

use messages_api::ContentBlock;
use serde_json::{Value, json};

use crate::script::{Step, blocks_of, end, events_of, read, refusal, start, texts};

fn text(text: &str) -> (Value, Vec<Value>, bool) {
    (json!({"type": "text", "text": ""}), vec![json!({"type": "text_delta", "text": text})], true)
}

fn thinking(stops: bool) -> (Value, Vec<Value>, bool) {
    let deltas = vec![
        json!({"type": "thinking_delta", "thinking": "hm"}),
        json!({"type": "signature_delta", "signature": "c2ln"}),
    ];
    (json!({"type": "thinking", "thinking": "", "signature": ""}), deltas, stops)
}

fn call(kind: &str, input: &[&str], stops: bool) -> (Value, Vec<Value>, bool) {
    let deltas = input.iter().map(|json| json!({"type": "input_json_delta", "partial_json": json}));
    (json!({"type": kind, "id": "toolu_1", "name": "web_search", "input": {}}), deltas.collect(), stops)
}

/// Returns the content of the turn that is continued; `null` without one.
async fn prefill(blocks: Vec<(Value, Vec<Value>, bool)>) -> (Vec<String>, Value) {
    let steps = vec![blocks_of("a", blocks, refusal(Some("t1"), true)), texts("b", &["!"], end())];
    let (found, _, script) = read(steps, "b").await;
    (found, script.requests()[1]["messages"][1]["content"].clone())
}

#[tokio::test]
async fn calls_and_their_results_are_continued_with_their_inputs() {
    let result = json!({"type": "web_search_tool_result", "tool_use_id": "toolu_1", "content": []});
    let blocks = vec![
        thinking(true),
        text("Let me look."),
        call("server_tool_use", &["", "{\"query\":", "\"x\"}"], true),
        (result.clone(), vec![], true),
    ];
    let (found, content) = prefill(blocks).await;
    let types: Vec<_> = content.as_array().unwrap().iter().map(|block| block["type"].clone()).collect();
    assert_eq!(types, ["thinking", "text", "server_tool_use", "web_search_tool_result"]);
    assert_eq!(content[0], json!({"type": "thinking", "thinking": "hm", "signature": "c2ln"}));
    assert_eq!(content[2]["input"], json!({"query": "x"}));
    assert_eq!(content[3], result);
    assert!(found.contains(&"4 a>b cyber".to_owned()), "{found:?}");
}

#[tokio::test]
async fn open_blocks_are_closed() {
    for (open, complete) in
        [(&["{\"q\":1}"][..], json!({"q": 1})), (&["{\"q\":"], json!({})), (&[], json!({}))]
    {
        let (found, content) = prefill(vec![text("1"), call("server_tool_use", open, false)]).await;
        let end = 6 + open.len();
        assert_eq!(found[end - 1..end + 2], ["1 .", "2 a>b cyber", "2 ."], "{found:?}");
        assert_eq!(content[1]["input"], complete);
    }
}

#[tokio::test]
async fn thinking_at_the_end_is_not_continued() {
    let redacted = || (json!({"type": "redacted_thinking", "data": "ZW5j"}), vec![], true);
    let (found, content) = prefill(vec![text("1"), redacted(), thinking(false)]).await;
    assert_eq!(content, json!([{"type": "text", "text": "1"}]));
    assert!(found.contains(&"2 .".to_owned()) && found.contains(&"3 a>b cyber".to_owned()), "{found:?}");

    let (_, content) = prefill(vec![thinking(true), redacted()]).await;
    assert_eq!(content, Value::Null, "there is no turn without content");
}

#[tokio::test]
async fn the_marks_of_the_api_itself_are_taken_into_account() {
    let mark = json!({"type": "fallback", "from": {"model": "a"}, "to": {"model": "a2"}});
    let mut refusal = refusal(Some("t1"), true);
    refusal["usage"]["iterations"] = json!([
        {"type": "message", "model": "a", "input_tokens": 1, "output_tokens": 2},
        {"type": "fallback_message", "model": "a2", "input_tokens": 3, "output_tokens": 4},
    ]);
    let steps = vec![
        blocks_of("a", vec![text("1 "), (mark, vec![], true), text("2 ")], refusal),
        texts("b", &["3"], end()),
    ];
    let (found, message, script) = read(steps, "b").await;
    assert!(found.contains(&"3 a2>b cyber".to_owned()), "{found:?}");
    assert_eq!(found[found.len() - 2], "end_turn [a:1+2 a2:3+4 b!:10+7]");
    assert_eq!(message.text(), "1 2 3");
    let content = &script.requests()[1]["messages"][1]["content"];
    assert_eq!(*content, json!([{"type": "text", "text": "1 "}, {"type": "text", "text": "2 "}]));
}

#[tokio::test]
async fn reported_iterations_are_kept_and_get_their_model() {
    let one = |input| json!([{"type": "message", "input_tokens": input, "output_tokens": 1}]);
    let mut refused = refusal(Some("t1"), false);
    refused["usage"]["iterations"] = one(100);
    let mut accepted = end();
    accepted["usage"]["iterations"] = json!([
        {"type": "compaction", "input_tokens": 9, "output_tokens": 9},
        {"type": "message", "input_tokens": 200, "output_tokens": 1, "new": true},
    ]);
    let steps = vec![texts("a", &["1"], refused), texts("b", &["2"], accepted)];
    let (_, message, _) = read(steps, "b").await;
    let iterations = serde_json::to_value(message.usage.iterations).unwrap();
    assert_eq!(
        iterations,
        json!([
            {"type": "message", "input_tokens": 100, "output_tokens": 1, "model": "a"},
            {"type": "compaction", "input_tokens": 9, "output_tokens": 9},
            {"type": "fallback_message", "input_tokens": 200, "output_tokens": 1, "model": "b", "new": true},
        ])
    );
}

#[tokio::test]
async fn the_usage_is_that_of_the_last_model_with_the_input_of_its_start() {
    let mut start_of_b = start("b");
    start_of_b["message"]["usage"] = json!({"input_tokens": 20, "output_tokens": 1, "cache_read_input_tokens": 4,
        "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 0}});
    let events = vec![
        start_of_b,
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "2"}}),
        json!({"type": "content_block_stop", "index": 0}),
        end(),
        json!({"type": "message_stop"}),
    ];
    let steps = vec![texts("a", &["1"], refusal(Some("t1"), false)), events_of(events)];
    let (_, message, _) = read(steps, "b").await;
    let usage = &message.usage;
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens), (20, 7, Some(4)));
    let iterations = serde_json::to_value(&usage.iterations).unwrap();
    assert_eq!(
        iterations[1],
        json!({"type": "fallback_message", "input_tokens": 20, "output_tokens": 7, "model": "b",
            "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4,
            "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 0}})
    );
}

#[tokio::test]
async fn changes_to_the_request_that_a_hidden_start_reports_come_at_the_end() {
    let change =
        |path: &str| json!([{"type": "thinking_dropped", "path": path, "reason": "model_binding_mismatch"}]);
    let with_start = |model: &str, mut events: Vec<Value>| {
        events[0]["message"]["input_transformations"] = change(model);
        events_of(events)
    };
    let events = |model: &str, end: Value| {
        let Step::Stream(events) = texts(model, &["2"], end) else { unreachable!() };
        events.iter().map(|event| serde_json::to_value(event).unwrap()).collect::<Vec<_>>()
    };
    let mut own = end();
    own["input_transformations"] = change("own");
    let first = |written: &[&str]| texts("a", written, refusal(Some("t1"), false));
    for (steps, fallbacks, expected, is_at_end) in [
        // The start of "b" is hidden.
        (vec![first(&["1"]), with_start("b", events("b", end()))], "b", Some("b"), true),
        // A report at the end takes precedence.
        (vec![first(&["1"]), with_start("b", events("b", own))], "b", Some("own"), true),
        // The start of "b" is that of the whole message.
        (vec![first(&[]), with_start("b", events("b", end()))], "b", Some("b"), false),
        // The refusal of "b" is returned after all.
        (
            vec![first(&["1"]), with_start("b", events("b", refusal(Some("t2"), false))), Step::Fail(500)],
            "b c",
            Some("b"),
            true,
        ),
        (vec![first(&["1"]), events_of(events("b", end()))], "b", None, false),
    ] {
        let (found, message, _) = read(steps, fallbacks).await;
        assert_eq!(found[found.len() - 2].ends_with('~'), is_at_end, "{found:?}");
        let found = serde_json::to_value(&message.input_transformations).unwrap();
        assert_eq!(found[0]["path"].as_str(), expected);
    }
}

#[tokio::test]
async fn content_in_the_start_of_a_message_takes_its_place_among_the_blocks() {
    let with_content = |model: &str, text: &str, end: Value| {
        let mut start = start(model);
        start["message"]["content"] = json!([{"type": "text", "text": text}]);
        events_of(vec![start, end, json!({"type": "message_stop"})])
    };
    let steps = vec![with_content("a", "1 ", refusal(Some("t1"), true)), with_content("b", "2", end())];
    let (found, message, script) = read(steps, "b").await;
    assert_eq!(
        found,
        [
            "start msg_a a",
            "0 text",
            "0 +1 ",
            "0 .",
            "1 a>b cyber",
            "1 .",
            "2 text",
            "2 +2",
            "2 .",
            "end_turn [a:10+5 b!:10+7]",
            "stop",
        ]
    );
    assert!(matches!(
        &message.content[..],
        [ContentBlock::Text(_), ContentBlock::Fallback(_), ContentBlock::Text(_)]
    ));
    assert_eq!(script.requests()[1]["messages"][1]["content"][0]["text"], "1 ");
}
