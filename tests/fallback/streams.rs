//! Streams that go on with another model.

use std::sync::Arc;

use messages_api::fallback::FallbackState;
use messages_api::types::fallback::StopDetails;
use messages_api::{Client, Credential, ErrorKind};
use serde_json::{Value, json};

use crate::script::{
    Script, Step, blocks_of, chain, describe, end, events_of, message, read, refusal, request, start, texts,
};
use crate::support::eventually;

#[tokio::test]
async fn the_next_model_goes_on_in_the_same_message() {
    let steps = vec![texts("a", &["One, "], refusal(Some("t1"), true)), texts("b", &["two."], end())];
    let (found, message, script) = read(steps, "b c").await;
    assert_eq!(
        found,
        [
            "start msg_a a",
            "0 text",
            "0 +One, ",
            "0 .",
            "1 a>b cyber",
            "1 .",
            "2 text",
            "2 +two.",
            "2 .",
            "end_turn [a:10+5 b!:10+7]",
            "stop",
        ]
    );
    assert_eq!((message.id.as_str(), message.model.as_str()), ("msg_a", "b"));
    assert_eq!((message.text().as_str(), message.usage.output_tokens), ("One, two.", 7));
    assert_eq!(message.stop_details, None);
    let requests = script.requests();
    let mut expected = requests[0].clone();
    expected["model"] = json!("b");
    expected["fallback_credit_token"] = json!({"token": "t1", "mode": "best_effort"});
    let prefill = json!({"role": "assistant", "content": [{"type": "text", "text": "One, "}]});
    expected["messages"].as_array_mut().unwrap().push(prefill);
    assert_eq!(requests[1], expected, "nothing else changes");
    assert_eq!(script.betas(), ["fallback-credit-2026-07-01"; 2]);
}

#[tokio::test]
async fn without_the_right_to_continue_the_next_model_begins_anew() {
    for may_continue in [json!(false), Value::Null] {
        let mut refusal = refusal(Some("t1"), false);
        refusal["delta"]["stop_details"]["fallback_has_prefill_claim"] = may_continue;
        let steps = vec![texts("a", &["No."], refusal), texts("b", &["Yes."], end())];
        let (found, message, script) = read(steps, "b").await;
        assert_eq!(found[4], "1 a>b cyber");
        assert_eq!(message.text(), "No.Yes.");
        let requests = script.requests();
        assert_eq!(requests[1]["messages"], requests[0]["messages"]);
        assert_eq!(requests[1]["fallback_credit_token"]["token"], "t1");
    }
}

#[tokio::test]
async fn a_refusal_without_a_credit_is_returned_once_there_is_content() {
    let steps = vec![texts("a", &["No."], refusal(None, true))];
    let (found, message, script) = read(steps, "b").await;
    assert_eq!(found, ["start msg_a a", "0 text", "0 +No.", "0 .", "refusal []", "stop"]);
    assert!(message.stop_details.is_some());
    assert_eq!(script.models(), "a");
}

#[tokio::test]
async fn a_refusal_before_any_content_leaves_no_trace() {
    for token in [Some("t1"), None] {
        let steps = vec![texts("a", &[], refusal(token, false)), texts("b", &["Yes."], end())];
        let (found, message, script) = read(steps, "b").await;
        assert_eq!(
            found,
            [
                "start msg_a b",
                "0 a>b cyber",
                "0 .",
                "1 text",
                "1 +Yes.",
                "1 .",
                "end_turn [a:10+5 b!:10+7]",
                "stop",
            ]
        );
        assert_eq!((message.id.as_str(), message.text().as_str()), ("msg_a", "Yes."));
        assert_eq!(script.requests()[1]["fallback_credit_token"]["token"], json!(token));
    }
}

#[tokio::test]
async fn refusals_before_any_content_queue_their_marks() {
    let steps = vec![
        texts("a", &[], refusal(None, false)),
        texts("b", &[], refusal(Some("t2"), false)),
        texts("c", &["Yes."], end()),
    ];
    let (found, message, _) = read(steps, "b c").await;
    assert_eq!(
        found,
        [
            "start msg_a c",
            "0 a>b cyber",
            "0 .",
            "1 b>c cyber",
            "1 .",
            "2 text",
            "2 +Yes.",
            "2 .",
            "end_turn [a:10+5 b:10+5 c!:10+7]",
            "stop",
        ]
    );
    assert_eq!(message.model, "c");
}

#[tokio::test]
async fn a_fallback_that_refuses_as_well_is_continued_by_the_next() {
    let steps = vec![
        texts("a", &["1 "], refusal(Some("t1"), true)),
        texts("b", &["2 ", "3 "], refusal(Some("t2"), true)),
        texts("c", &["4"], end()),
    ];
    let (found, message, script) = read(steps, "b c").await;
    assert_eq!(message.text(), "1 2 3 4");
    assert_eq!(found.iter().filter(|event| event.starts_with("start")).count(), 1);
    assert_eq!(found[found.len() - 2], "end_turn [a:10+5 b:10+5 c!:10+7]");
    assert_eq!(found[12..15], ["4 b>c cyber", "4 .", "5 text"]);
    let sent = &script.requests()[2];
    assert_eq!(sent["fallback_credit_token"]["token"], "t2");
    let prefill: Vec<_> =
        sent["messages"][1]["content"].as_array().unwrap().iter().map(|block| &block["text"]).collect();
    assert_eq!(prefill, ["1 ", "2 ", "3 "]);
}

#[tokio::test]
async fn what_may_not_be_continued_is_left_out_and_what_was_accepted_before_stays() {
    let steps = vec![
        texts("a", &["1 "], refusal(Some("t1"), true)),
        texts("b", &["2 "], refusal(Some("t2"), false)),
        texts("c", &["3"], end()),
    ];
    let (_, message, script) = read(steps, "b c").await;
    assert_eq!(message.text(), "1 2 3");
    let content = &script.requests()[2]["messages"][1]["content"];
    assert_eq!(*content, json!([{"type": "text", "text": "1 "}]));
}

#[tokio::test]
async fn a_fallback_that_refuses_before_any_content_needs_no_credit() {
    let steps = vec![
        texts("a", &["1 "], refusal(Some("t1"), true)),
        texts("b", &[], refusal(None, false)),
        texts("c", &["2"], end()),
    ];
    let (found, message, _) = read(steps, "b c").await;
    assert_eq!(found[4..9], ["1 a>b cyber", "1 .", "2 b>c cyber", "2 .", "3 text"]);
    assert_eq!(message.text(), "1 2");
}

#[tokio::test]
async fn the_refusal_of_the_last_model_is_returned_with_all_iterations() {
    for token in [Some("t2"), None] {
        let steps =
            vec![texts("a", &["1 "], refusal(Some("t1"), true)), texts("b", &["2"], refusal(token, true))];
        let (found, message, _) = read(steps, "b").await;
        assert_eq!(found[9..], ["refusal [a:10+5 b!:10+5]", "stop"]);
        assert_eq!((message.text().as_str(), message.model.as_str()), ("1 2", "b"));
    }
}

#[tokio::test]
async fn a_rejected_continuation_is_left_out() {
    let steps =
        vec![texts("a", &["1 "], refusal(Some("t1"), true)), Step::Fail(400), texts("b", &["2"], end())];
    let (found, message, script) = read(steps, "b").await;
    assert_eq!(found[4], "1 a>b cyber");
    assert_eq!(message.text(), "1 2");
    let requests = script.requests();
    assert_eq!(script.models(), "a b b");
    assert_eq!(requests[1]["messages"].as_array().unwrap().len(), 2);
    assert_eq!(requests[2]["messages"], requests[0]["messages"]);
    assert_eq!(requests[2]["fallback_credit_token"]["token"], "t1");
}

#[tokio::test]
async fn a_bad_request_is_sent_once_if_there_is_nothing_to_leave_out() {
    for may_continue in [false, true] {
        let mut steps = vec![texts("a", &["1"], refusal(Some("t1"), may_continue)), Step::Fail(400)];
        if may_continue {
            steps.push(Step::Fail(400));
        }
        let (found, _, script) = read(steps, "b").await;
        assert_eq!(found[4..], ["refusal [a:10+5]", "stop"]);
        assert_eq!(script.models(), if may_continue { "a b b" } else { "a b" });
    }
}

#[tokio::test]
async fn a_failed_fallback_is_skipped_and_the_next_takes_over_credit_and_continuation() {
    let broken = events_of(vec![start("b"), json!({"type": "ping"})]);
    let overloaded = json!({"type": "error", "error": {"type": "overloaded_error", "message": "m"}});
    let failing = events_of(vec![start("b"), overloaded]);
    for failure in [Step::Fail(500), Step::Fail(404), broken, failing] {
        let steps = vec![texts("a", &["1 "], refusal(Some("t1"), true)), failure, texts("c", &["2"], end())];
        let (found, message, script) = read(steps, "b c").await;
        assert_eq!(found[4..7], ["1 a>c cyber", "1 .", "2 text"]);
        assert_eq!(found[9], "end_turn [a:10+5 c!:10+7]", "the failed one has used nothing");
        assert_eq!(message.text(), "1 2");
        let requests = script.requests();
        assert_eq!(requests[1]["messages"], requests[2]["messages"]);
        assert_eq!(requests[2]["fallback_credit_token"]["token"], "t1");
    }
}

#[tokio::test]
async fn the_refusal_is_returned_if_every_fallback_fails() {
    for (written, status, recommended) in [
        (&["1"][..], 500, None),
        (&["1"], 429, Some("c")),
        (&["1"], 529, Some("c")),
        (&[], 529, Some("c")),
        (&[], 500, None),
    ] {
        let steps =
            vec![texts("a", written, refusal(Some("t1"), false)), Step::Fail(529), Step::Fail(status)];
        let (found, message, script) = read(steps, "b c").await;
        assert_eq!(found.first().unwrap(), "start msg_a a");
        assert_eq!(found[found.len() - 2..], ["refusal [a:10+5]", "stop"]);
        assert_eq!(message.text(), written.concat());
        let Some(StopDetails::Refusal(details)) = &message.stop_details else { panic!("{message:?}") };
        assert_eq!(details.recommended_model.as_deref(), recommended);
        assert_eq!(script.models(), "a b c");
    }
}

#[tokio::test]
async fn the_marks_of_models_that_refused_stay_if_the_rest_fails() {
    let steps = vec![
        texts("a", &["1"], refusal(Some("t1"), false)),
        texts("b", &[], refusal(None, false)),
        Step::Fail(500),
    ];
    let (found, _, _) = read(steps, "b c").await;
    assert_eq!(found[4..], ["1 a>b cyber", "1 .", "refusal [a:10+5 b:10+5]", "stop"]);
}

#[tokio::test]
async fn a_stream_that_is_accepted_is_left_as_it_is() {
    let accepted = || {
        let Step::Stream(mut events) = texts("a", &["1", "2"], end()) else { unreachable!() };
        events.insert(3, serde_json::from_str(r#"{"type":"ping"}"#).unwrap());
        events.insert(4, serde_json::from_str(r#"{"type":"news","n":1.0}"#).unwrap());
        events
    };
    let script = Script::new([Step::Stream(accepted()), Step::Stream(accepted())]);
    let (server, client) = script.serve().await;
    let mut plain = client.stream_message(&request()).await.unwrap();
    let state = FallbackState::new();
    let models = chain(client, "b").with_state(&state);
    let mut stream = models.stream_message(&request()).await.unwrap();
    assert!(stream.request_id().is_some());
    loop {
        let (expected, found) = (plain.next().await, stream.next().await);
        let (Some(expected), Some(found)) = (expected, found) else { break };
        assert_eq!(expected.unwrap(), found.unwrap());
    }
    assert_eq!(plain.into_message().unwrap(), stream.into_message().unwrap());
    assert_eq!(state.position(), None);
    // Both were read to their end, so one connection each.
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_connection_is_used_again_after_a_stream_that_is_read_to_its_end() {
    let steps = (0..4).map(|_| texts("a", &["1"], end()));
    let script = Script::new(steps);
    let (server, client) = script.serve().await;
    let models = chain(client, "b");
    for _ in 0..4 {
        models.stream_message(&request()).await.unwrap().final_message().await.unwrap();
    }
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_state_begins_with_the_model_that_accepted() {
    let script = Script::new([
        texts("a", &["1 "], refusal(Some("t1"), true)),
        texts("b", &["2"], end()),
        texts("b", &["3 "], refusal(Some("t2"), true)),
        texts("c", &["4"], end()),
        texts("c", &["5"], refusal(Some("t3"), true)),
    ]);
    let (_server, client) = script.serve().await;
    let state = FallbackState::new();
    let models = chain(client, "b c").with_state(&state);
    for (text, position, mark) in [("1 2", Some(0), "a>b"), ("3 4", Some(1), "b>c"), ("5", Some(1), "")] {
        let mut stream = models.stream_message(&request()).await.unwrap();
        let mut marks = Vec::new();
        while let Some(event) = stream.next().await {
            marks.push(describe(&event.unwrap()));
        }
        assert_eq!(stream.into_message().unwrap().text(), text);
        assert_eq!(state.position(), position);
        assert_eq!(
            marks.iter().filter(|event| event.contains(&format!(" {mark} c"))).count(),
            usize::from(!mark.is_empty())
        );
    }
    assert_eq!(script.models(), "a b b c c");
}

#[tokio::test]
async fn a_state_changes_with_the_first_content_and_back_if_all_refuse() {
    let script = Script::new([
        texts("a", &["1 "], refusal(Some("t1"), true)),
        texts("b", &["2"], refusal(Some("t2"), true)),
    ]);
    let (_server, client) = script.serve().await;
    let state = FallbackState::new();
    let mut stream = chain(client, "b").with_state(&state).stream_message(&request()).await.unwrap();
    let mut positions = Vec::new();
    while let Some(event) = stream.next().await {
        positions.push((describe(&event.unwrap()), state.position()));
    }
    assert!(positions.contains(&("1 a>b cyber".to_owned(), Some(0))), "{positions:?}");
    assert_eq!(state.position(), None);
}

#[tokio::test]
async fn an_error_in_the_middle_carries_the_message_of_all_models() {
    let Step::Stream(mut events) = texts("b", &["2"], end()) else { unreachable!() };
    events.truncate(3);
    let script = Script::new([texts("a", &["1 "], refusal(Some("t1"), true)), Step::Stream(events)]);
    let (_server, client) = script.serve().await;
    let stream = chain(client, "b c").stream_message(&request()).await.unwrap();
    let error = stream.final_message().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api, "the server reports what its handler has not completed");
    assert_eq!(error.partial_message().unwrap().text(), "1 2");
    assert!(!error.is_retryable());
    assert_eq!(script.models(), "a b");
}

#[tokio::test]
async fn the_limit_of_the_client_holds_for_the_messages_of_all_models_together() {
    let long = "x".repeat(3000);
    for (limit, is_within) in [(20_000, true), (5_000, false)] {
        let steps = [texts("a", &[&long], refusal(Some("t1"), false)), texts("b", &[&long], end())];
        let script = Script::new(steps);
        let (server, _) = script.serve().await;
        let credential = Credential::api_key("sk-test");
        let client = Client::builder().base_url(&server.url()).credential(credential);
        let client = client.max_response_bytes(limit).build().unwrap();
        let stream = chain(client, "b").stream_message(&request()).await.unwrap();
        match stream.final_message().await {
            Ok(message) => assert!(is_within && message.text().len() == 6000),
            Err(error) => assert_eq!((error.kind(), is_within), (ErrorKind::TooLarge, false)),
        }
    }
}

#[tokio::test]
async fn an_error_before_the_content_of_the_first_model_is_retryable() {
    let overloaded = json!({"type": "error", "error": {"type": "overloaded_error", "message": "m"}});
    let script = Script::new([events_of(vec![start("a"), overloaded])]);
    let (_server, client) = script.serve().await;
    let stream = chain(client, "b").stream_message(&request()).await.unwrap();
    let error = stream.final_message().await.unwrap_err();
    assert_eq!(error.partial_message().unwrap().id, "msg_a");
    assert!(error.is_retryable());
    assert_eq!(script.models(), "a");
}

#[tokio::test]
async fn dropping_the_stream_ends_the_request_and_sends_no_other() {
    let alive = Arc::new(());
    let Step::Stream(mut events) = texts("a", &["1"], end()) else { unreachable!() };
    events.truncate(3);
    let script = Script::new([Step::Hang(events, Arc::clone(&alive))]);
    let (server, client) = script.serve().await;
    let mut stream = chain(client, "b").stream_message(&request()).await.unwrap();
    for _ in 0..3 {
        stream.next().await.unwrap().unwrap();
    }
    drop(stream);
    eventually("the server drops the reply", || Arc::strong_count(&alive) == 1).await;
    assert_eq!((server.accepted(), script.models().as_str()), (1, "a"));
}

#[tokio::test]
async fn dropping_the_stream_abandons_the_request_to_a_fallback() {
    let alive = Arc::new(());
    let hanging = Step::Hang(Vec::new(), Arc::clone(&alive));
    let open = [(json!({"type": "text", "text": "1"}), vec![], false)];
    let script = Script::new([blocks_of("a", open, refusal(Some("t1"), true)), hanging]);
    let (_server, client) = script.serve().await;
    let mut stream = chain(client, "b").stream_message(&request()).await.unwrap();
    let mut found = Vec::new();
    for _ in 0..4 {
        found.push(describe(&stream.next().await.unwrap().unwrap()));
    }
    assert_eq!(
        found,
        ["start msg_a a", "0 text", "0 +1", "0 ."],
        "the end of the block does not wait for the fallback"
    );
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(50), stream.next()).await;
    assert!(waiting.is_err(), "the fallback sends nothing");
    eventually("the fallback was asked", || script.models() == "a b").await;
    drop(stream);
    eventually("the server drops the reply", || Arc::strong_count(&alive) == 1).await;
}

#[tokio::test]
async fn a_whole_message_in_place_of_a_stream_counts_as_one() {
    let steps = vec![message("a", "1 ", &refusal(Some("t1"), true)), message("b", "2", &end())];
    let (_, message, script) = read(steps, "b").await;
    assert_eq!(message.text(), "1 2");
    assert_eq!(script.requests()[1]["messages"][1]["content"][0]["text"], "1 ");
}
