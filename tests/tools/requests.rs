//! Requests that the program reads, changes and replaces between turns.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use messages_api::tools::{ToolContext, ToolError, ToolSet};
use messages_api::{ContentBlock, InputMessage, Json, ToolResultBlock};
use serde_json::json;

use crate::common::*;

#[tokio::test]
async fn changes_of_the_request_hold_from_the_next_turn_on() {
    let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
    let mut run = script.client().run_tools(request(), &echoes(&Log::default(), &["a"]));
    run.next_turn().await.unwrap();
    assert_eq!(roles(run.request()), ["user", "assistant"]);
    run.request_mut().max_tokens = 7;
    run.request_mut().system = Some("Be brief.".into());
    run.finish().await.unwrap();
    let requests = script.requests();
    assert_eq!((requests[0].max_tokens, requests[1].max_tokens), (64, 7));
    assert_eq!(requests[1].system, Some("Be brief.".into()));
    assert_eq!(outcomes(&requests[1]), [outcome("1", false, "a {}")]);
}

#[tokio::test]
async fn messages_that_are_appended_follow_the_results() {
    let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
    let mut run = script.client().run_tools(request(), &echoes(&Log::default(), &["a"]));
    run.next_turn().await.unwrap();
    run.request_mut().messages.push(InputMessage::user("And be quick"));
    run.finish().await.unwrap();
    let messages = &script.requests()[1].messages;
    assert_eq!(messages.len(), 4);
    assert_eq!(messages[2].content.blocks()[0].as_tool_result().unwrap().tool_use_id, "1");
    assert_eq!(messages[3].content.to_text(), "And be quick");
}

#[tokio::test]
async fn a_message_that_is_appended_after_the_last_turn_starts_another() {
    let script = Script::start([says("one"), says("two")]).await;
    let mut run = script.client().run_tools(request(), &ToolSet::new());
    assert_eq!(run.finish().await.unwrap(), says("one"));
    run.request_mut().messages.push(InputMessage::user("and then?"));
    assert_eq!(run.finish().await.unwrap(), says("two"));
    assert_eq!(roles(&script.requests()[1]), ["user", "assistant", "user"]);
}

#[tokio::test]
async fn results_in_the_request_take_the_place_of_those_of_the_run() {
    // All of them: nothing is run or appended. One of two: the other one is.
    for by_hand in [vec!["1", "2"], vec!["2"]] {
        let script = Script::start([asks(["1", "2"].map(|id| call(id, "a", json!({})))), says("done")]).await;
        let log = Log::default();
        let mut run = script.client().run_tools(request(), &echoes(&log, &["a"]));
        run.next_turn().await.unwrap();
        let results: Vec<_> = by_hand.iter().map(|id| ToolResultBlock::text(*id, "by hand")).collect();
        run.request_mut().messages.push(InputMessage::user(results));
        run.finish().await.unwrap();
        let request = &script.requests()[1];
        let blocks = request.messages[2..].iter().flat_map(|message| message.content.blocks());
        let sent: Vec<_> = blocks.map(|block| block.as_tool_result().unwrap().tool_use_id.clone()).collect();
        assert_eq!(sent, ["1", "2"]);
        assert_eq!(logged(&log).len(), 2 - by_hand.len());
    }
}

#[tokio::test]
async fn a_call_that_is_no_longer_in_the_request_is_not_run() {
    let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
    let log = Log::default();
    let mut run = script.client().run_tools(request(), &echoes(&log, &["a"]));
    run.next_turn().await.unwrap();
    *run.request_mut() = request().user("Start over");
    assert_eq!(run.finish().await.unwrap(), says("done"));
    let requests = script.requests();
    assert_eq!(roles(&requests[1]), ["user", "user"]);
    assert!(logged(&log).is_empty());

    // Nothing is left to say if the model's message is the last one.
    let script = Script::start([asks([call("1", "a", json!({}))]), says("never")]).await;
    let mut run = script.client().run_tools(request(), &echoes(&log, &["a"]));
    run.next_turn().await.unwrap();
    run.request_mut().messages[1] = InputMessage::assistant(ContentBlock::text("Never mind"));
    assert!(run.next_turn().await.unwrap().is_none());
    assert_eq!((script.requests().len(), logged(&log).len()), (1, 0));
}

#[tokio::test]
async fn a_call_runs_once_however_often_the_request_is_changed() {
    async fn slow(_input: Json, cx: ToolContext<Log>) -> Result<(), ToolError> {
        cx.state().lock().unwrap().push(cx.call().id.clone());
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
    let log = Log::default();
    let tools = ToolSet::with_state(log.clone()).raw(definition("a"), slow);
    let script = Script::start([asks(["1", "2"].map(|id| call(id, "a", json!({})))), says("done")]).await;
    let mut run = script.client().run_tools(request(), &tools).max_parallel(1);
    let mut changes = 0;
    // Polls once, drops the future, and changes the request.
    while poll_fn(|cx| Poll::Ready(pin!(run.next_turn()).poll(cx))).await.map(Result::unwrap)
        != Poll::Ready(None)
    {
        tokio::task::yield_now().await;
        changes += 1;
        run.request_mut().max_tokens = changes;
        let messages = run.request().messages.clone();
        run.request_mut().messages = messages;
    }
    assert!(changes > 40, "{changes} changes");
    assert_eq!(logged(&log), ["1", "2"]);
    assert_eq!(script.requests().len(), 2);
    assert_eq!(run.into_message().unwrap(), says("done"));
}

#[tokio::test]
async fn the_request_of_one_run_starts_the_next_with_the_same_tools() {
    let asked = || asks([call("1", "a", json!({}))]);
    let script = Script::start([asked(), says("one"), asked(), says("two")]).await;
    let log = Log::default();
    let tools = echoes(&log, &["a", "b"]);
    let mut run = script.client().run_tools(request(), &tools);
    run.finish().await.unwrap();
    let request = run.request().clone().user("and then?");
    assert_eq!(script.client().run_tools(request, &tools).finish().await.unwrap(), says("two"));
    let requests = script.requests();
    assert_eq!(requests[3].tools, requests[0].tools);
    assert_eq!(logged(&log).len(), 2);
}

#[tokio::test]
async fn a_tool_that_is_taken_out_of_the_request_is_not_run() {
    let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
    let log = Log::default();
    let mut run = script.client().run_tools(request(), &echoes(&log, &["a", "b"]));
    run.request_mut().tools.as_mut().unwrap().retain(|tool| tool.name() != Some("a"));
    run.finish().await.unwrap();
    let requests = script.requests();
    assert_eq!(requests[1].tools.as_ref().unwrap().len(), 1);
    assert_eq!(outcomes(&requests[1]), [outcome("1", true, r#"There is no tool "a""#)]);
    assert!(logged(&log).is_empty());
}

#[tokio::test]
async fn each_turn_may_have_other_headers() {
    let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
    let client = script.client().with_header("x-turn", "first").unwrap();
    let mut run = client.run_tools(request(), &echoes(&Log::default(), &["a"]));
    run.next_turn().await.unwrap();
    *run.client_mut() = client.with_header("x-turn", "second").unwrap();
    run.finish().await.unwrap();
    assert_eq!(script.headers("x-turn"), [Some("first".to_owned()), Some("second".to_owned())]);
}
