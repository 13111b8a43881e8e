//! The requests that the models receive.

use messages_api::fallback::{FallbackState, RefusalFallback};
use messages_api::types::fallback::{Fallback, FallbackBlock, FallbackModel};
use messages_api::types::{Beta, Betas};
use messages_api::{ContentBlock, CreateMessageRequest, Message, Usage};
use serde_json::{Value, json};

use crate::script::{Script, Step, chain, end, message, refusal, request, texts};

/// Returns the requests for which `fallbacks` make of `request` when all but the last refuse.
async fn changed(request: Value, fallbacks: Value) -> Vec<Value> {
    let mut sent = json!({"model": "a", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]});
    sent.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
    let request: CreateMessageRequest = serde_json::from_value(sent).unwrap();
    let fallbacks: Vec<Fallback> = serde_json::from_value(fallbacks).unwrap();
    let refused = fallbacks.iter().map(|_| message("x", "No.", &refusal(None, false)));
    let script = Script::new(refused.chain([message("x", "Yes.", &end())]));
    let (_server, client) = script.serve().await;
    RefusalFallback::new(client, fallbacks).create_message(&request).await.unwrap();
    let mut requests = script.requests();
    for request in &mut requests {
        let request = request.as_object_mut().unwrap();
        request.remove("messages").unwrap();
        request.retain(|_, value| !value.is_null() && *value != json!(false));
    }
    requests.split_off(1)
}

#[tokio::test]
async fn a_fallback_changes_the_request() {
    let output = json!({"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}});
    let format = &output["format"];
    let between = json!({"type": "between_tools"});
    for (request, fallback, expected) in [
        (json!({}), json!({}), json!({})),
        (json!({}), json!({"max_tokens": 9}), json!({"max_tokens": 9})),
        (
            json!({"temperature": 0.5}),
            json!({"temperature": 1.0, "top_k": 3}),
            json!({"temperature": 1.0, "top_k": 3}),
        ),
        (json!({"speed": "fast"}), json!({"speed": null}), json!({})),
        (json!({"speed": "fast"}), json!({}), json!({"speed": "fast"})),
        (json!({"thinking": between}), json!({}), json!({"thinking": {"type": "disabled"}})),
        (json!({"thinking": between}), json!({"thinking": null}), json!({})),
        (json!({"thinking": between}), json!({"thinking": between}), json!({"thinking": between})),
        (json!({"thinking": {"type": "adaptive"}}), json!({}), json!({"thinking": {"type": "adaptive"}})),
        (json!({"output_config": output}), json!({}), json!({"output_config": output})),
        (json!({"output_config": output}), json!({"output_config": null}), json!({})),
        (
            json!({"output_config": output}),
            json!({"output_config": {"effort": "low"}}),
            json!({"output_config": {"effort": "low", "format": format}}),
        ),
        (
            json!({"output_config": output}),
            json!({"output_config": {"effort": null}}),
            json!({"output_config": {"format": format}}),
        ),
        (json!({"output_config": {"effort": "low"}}), json!({"output_config": {"effort": null}}), json!({})),
        (json!({}), json!({"output_config": {"effort": null}}), json!({})),
        (json!({}), json!({"output_config": {"effort": "low"}}), json!({"output_config": {"effort": "low"}})),
        (json!({"unheard_of": [1.0]}), json!({"of_late": 2}), json!({"unheard_of": [1.0], "of_late": 2})),
    ] {
        let mut fallback = fallback;
        fallback["model"] = json!("b");
        let mut sent = json!({"model": "b", "max_tokens": 64});
        sent.as_object_mut().unwrap().extend(expected.as_object().unwrap().clone());
        assert_eq!(changed(request, json!([fallback])).await, [sent], "{fallback}");
    }
}

#[tokio::test]
async fn every_fallback_changes_the_request_of_the_caller() {
    let fallbacks = json!([
        {"model": "b", "max_tokens": 9, "output_config": {"effort": "low"}, "thinking": {"type": "disabled"}},
        {"model": "c"},
    ]);
    let request = json!({"thinking": {"type": "adaptive"}});
    let found = changed(request, fallbacks).await;
    assert_eq!(found[1], json!({"model": "c", "max_tokens": 64, "thinking": {"type": "adaptive"}}));
}

#[tokio::test]
async fn the_betas_are_added_or_replaced() {
    let own = || Betas::from("mine-2030-01-01");
    let credit = Beta::FallbackCredit2026_07_01;
    for (betas, own, expected) in [
        (None, Betas::new(), "fallback-credit-2026-07-01"),
        (None, own(), "mine-2030-01-01,fallback-credit-2026-07-01"),
        (None, credit.clone().into(), "fallback-credit-2026-07-01"),
        (Some(Betas::from("other-2030-01-01")), Betas::new(), "other-2030-01-01"),
        (Some(Betas::new()), Betas::new(), ""),
        (Some(Betas::new()), own(), "mine-2030-01-01"),
    ] {
        let steps = [
            message("a", "No.", &refusal(None, false)),
            message("b", "Yes.", &end()),
            texts("a", &[], refusal(None, false)),
            texts("b", &["Yes."], end()),
        ];
        let script = Script::new(steps);
        let (_server, client) = script.serve().await;
        let mut models = chain(client.with_beta(own).unwrap(), "b");
        if let Some(betas) = betas {
            models = models.betas(betas);
        }
        models.create_message(&request()).await.unwrap();
        models.stream_message(&request()).await.unwrap().final_message().await.unwrap();
        assert_eq!(script.betas(), [expected; 4]);
    }
}

#[tokio::test]
async fn marks_in_the_conversation_are_not_sent() {
    let mark = || ContentBlock::from(FallbackBlock::new(FallbackModel::new("a"), FallbackModel::new("b")));
    let before = Message::new("m", "b", vec![mark(), ContentBlock::text("Yes."), mark()], Usage::new(1, 1));
    let only_marks = Message::new("m", "b", vec![mark()], Usage::new(1, 1));
    let request = request().message(before).user("And?").message(only_marks).user("And?");
    let script = Script::new([message("a", "Yes.", &end()), texts("a", &["Yes."], end())]);
    let (_server, client) = script.serve().await;
    let models = chain(client, "b");
    models.create_message(&request).await.unwrap();
    models.stream_message(&request).await.unwrap();
    for sent in script.requests() {
        assert_eq!(sent["model"], "a", "a mark does not choose the model");
        let contents: Vec<_> =
            sent["messages"].as_array().unwrap().iter().map(|turn| &turn["content"]).collect();
        let text = json!([{"type": "text", "text": "Yes."}]);
        assert_eq!(contents, [&json!("hi"), &text, &json!("And?"), &json!("And?")]);
    }
}

#[tokio::test]
async fn the_credit_of_the_caller_goes_to_the_first_model_only() {
    let script = Script::new([message("a", "No.", &refusal(None, false)), message("b", "Yes.", &end())]);
    let (_server, client) = script.serve().await;
    chain(client, "b").create_message(&request().fallback_credit_token("own")).await.unwrap();
    let tokens: Vec<_> = script.requests().iter().map(|sent| sent["fallback_credit_token"].clone()).collect();
    assert_eq!(tokens, [json!("own"), Value::Null]);
}

/// A fallback that takes over `speed` from the request, and has no capacity, is asked again without it.
#[tokio::test]
async fn a_fallback_without_capacity_for_speed_is_asked_again_without_it() {
    let fast = json!("fast");
    let (fast, none) = (&fast, &Value::Null);
    let first = |is_streamed| match is_streamed {
        true => texts("a", &["No."], refusal(Some("t1"), true)),
        false => message("a", "No.", &refusal(Some("t1"), true)),
    };
    for is_streamed in [false, true] {
        for (fallback, replies, speeds) in [
            (
                json!({"model": "b"}),
                vec![Step::Fail(429), message("b", "Yes.", &end())],
                vec![fast, fast, none],
            ),
            (
                json!({"model": "b"}),
                vec![Step::Fail(529), message("b", "Yes.", &end())],
                vec![fast, fast, none],
            ),
            (json!({"model": "b"}), vec![Step::Fail(529), Step::Fail(529)], vec![fast, fast, none]),
            (json!({"model": "b"}), vec![Step::Fail(500)], vec![fast, fast]),
            (json!({"model": "b", "speed": "fast"}), vec![Step::Fail(429)], vec![fast, fast]),
            (json!({"model": "b", "speed": null}), vec![Step::Fail(429)], vec![fast, none]),
        ] {
            let is_accepted = replies.iter().any(|reply| matches!(reply, Step::Message(_)));
            let script = Script::new(std::iter::once(first(is_streamed)).chain(replies));
            let (_server, client) = script.serve().await;
            let fallback: Fallback = serde_json::from_value(fallback).unwrap();
            let models = RefusalFallback::new(client, [fallback]);
            let request = request().speed("fast");
            if is_streamed {
                let message = models.stream_message(&request).await.unwrap().final_message().await.unwrap();
                assert_eq!(message.text().contains("Yes."), is_accepted);
            } else {
                assert_eq!(models.create_message(&request).await.is_ok(), is_accepted);
            }
            let requests = script.requests();
            let found: Vec<_> = requests.iter().map(|request| &request["speed"]).collect();
            assert_eq!(found, speeds);
        }
    }
}

#[tokio::test]
async fn a_request_that_begins_with_a_fallback_is_slowed_down_as_well() {
    let replies = [Step::Fail(429), message("b", "x", &end()), Step::Fail(429), texts("b", &["x"], end())];
    let script = Script::new(replies);
    let (_server, client) = script.serve().await;
    let state = FallbackState::new();
    state.set_position(Some(0));
    let models = chain(client, "b c").with_state(&state);
    models.create_message(&request().speed("fast")).await.unwrap();
    models.stream_message(&request().speed("fast")).await.unwrap().final_message().await.unwrap();
    let speeds: Vec<_> = script.requests().iter().map(|request| request["speed"].clone()).collect();
    assert_eq!(speeds, [json!("fast"), Value::Null, json!("fast"), Value::Null]);
    assert_eq!(script.models(), "b b b b");
}

#[tokio::test]
async fn an_attempt_without_the_continuation_stays_slow() {
    let replies = [
        texts("a", &["No."], refusal(Some("t1"), true)),
        Step::Fail(429),
        Step::Fail(400),
        texts("b", &["Yes."], end()),
    ];
    let script = Script::new(replies);
    let (_server, client) = script.serve().await;
    let stream = chain(client, "b").stream_message(&request().speed("fast")).await.unwrap();
    stream.final_message().await.unwrap();
    let found: Vec<_> = script
        .requests()
        .iter()
        .map(|request| (request["speed"].clone(), request["messages"].as_array().unwrap().len()))
        .collect();
    let (fast, none) = (json!("fast"), Value::Null);
    assert_eq!(found, [(fast.clone(), 1), (fast, 2), (none.clone(), 2), (none, 1)]);
}
