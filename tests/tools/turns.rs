//! When a run goes on, and when it ends.

use std::sync::Arc;

use messages_api::tools::{ToolContext, ToolSet};
use messages_api::types::context::{CompactionBlock, SummarizeCompaction};
use messages_api::types::server_tools::{
    Container, ContainerConfig, ContainerParams, Skill, SkillType, WebSearchTool20260318,
};
use messages_api::types::tools::McpToolset;
use messages_api::{ApiError, ContentBlock, ErrorKind, ErrorType, Json, StopReason, Tool};
use serde_json::json;

use crate::common::*;

#[tokio::test]
async fn a_run_goes_on_until_the_model_calls_no_tool() {
    let asked = [asks([call("1", "a", json!({"n": 1}))]), asks([call("2", "a", json!({"n": 2}))])];
    let script = Script::start([asked[0].clone(), asked[1].clone(), says("done")]).await;
    let log = Log::default();
    let tools = echoes(&log, &["a"]);
    let mut run = script.client().run_tools(request(), &tools);
    assert!(script.requests().is_empty(), "nothing is sent before the first turn");

    // The tools of a message run when the next one is asked for.
    assert_eq!(run.next_turn().await.unwrap(), Some(asked[0].clone()));
    assert!(logged(&log).is_empty());
    assert_eq!(run.next_turn().await.unwrap(), Some(asked[1].clone()));
    assert_eq!(logged(&log), [r#"a {"n":1}"#]);
    assert_eq!(run.next_turn().await.unwrap(), Some(says("done")));
    for _ in 0..2 {
        assert_eq!(run.next_turn().await.unwrap(), None);
        assert!(run.next_event().await.unwrap().is_none());
    }

    let requests = script.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0].tools, Some(vec![Tool::from(definition("a"))]));
    assert_eq!(roles(&requests[2]), ["user", "assistant", "user", "assistant", "user"]);
    assert_eq!(requests[2].messages[3], asked[1].clone().into());
    assert_eq!(outcomes(&requests[1]), [outcome("1", false, r#"a {"n":1}"#)]);
    assert_eq!(outcomes(&requests[2]), [outcome("2", false, r#"a {"n":2}"#)]);
    assert_eq!(roles(run.request()), ["user", "assistant", "user", "assistant", "user", "assistant"]);
    assert_eq!(run.into_message().unwrap(), says("done"));
}

#[tokio::test]
async fn finish_goes_through_all_turns() {
    let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
    let log = Log::default();
    let mut run = script.client().run_tools(request(), &echoes(&log, &["a"]));
    assert_eq!(run.finish().await.unwrap(), says("done"));
    assert_eq!(run.finish().await.unwrap(), says("done"), "and then has no more to do");
    assert_eq!((script.requests().len(), logged(&log).len()), (2, 1));
}

#[tokio::test]
async fn servers_may_leave_the_stop_reason_out() {
    for stop_reason in [None, Some(StopReason::EndTurn)] {
        let mut asked = asks([call("1", "a", json!({}))]);
        asked.stop_reason = stop_reason;
        let script = Script::start([asked, says("done")]).await;
        let log = Log::default();
        let message = script.client().run_tools(request(), &echoes(&log, &["a"])).finish().await;
        assert_eq!(message.unwrap().text(), "done");
        assert_eq!(logged(&log), ["a {}"]);
    }
}

#[tokio::test]
async fn a_refusal_or_a_message_that_may_be_cut_off_ends_the_run_before_any_tool_runs() {
    for stop_reason in [
        StopReason::Refusal,
        StopReason::MaxTokens,
        StopReason::ModelContextWindowExceeded,
        StopReason::StopSequence,
        StopReason::Unknown("new_reason".into()),
    ] {
        let mut last = asks([call("1", "a", json!({}))]);
        last.stop_reason = Some(stop_reason);
        for streamed in [false, true] {
            let script = Script::start([last.clone(), says("never")]).await;
            let log = Log::default();
            let mut run = script.client().run_tools(request(), &echoes(&log, &["a"]));
            if streamed {
                while run.next_event().await.unwrap().is_some() {}
            }
            assert_eq!(run.finish().await.unwrap(), last);
            assert!(logged(&log).is_empty());
            assert_eq!(script.requests().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_paused_turn_is_continued_as_it_is() {
    let paused = message(vec![ContentBlock::text("I am")], StopReason::PauseTurn);
    let script = Script::start([paused.clone(), says("done")]).await;
    let mut run = script.client().run_tools(request(), &ToolSet::new());
    assert_eq!(run.finish().await.unwrap(), says("done"));
    let requests = script.requests();
    assert_eq!(roles(&requests[1]), ["user", "assistant"]);
    assert_eq!(requests[1].messages[1], paused.into());
}

#[tokio::test]
async fn a_run_goes_on_after_a_compaction_unless_the_request_is_one() {
    let summary = CompactionBlock::new().content("Summary");
    let compacted = message(vec![summary.into()], StopReason::Compaction);
    let script = Script::start([compacted.clone(), says("done")]).await;
    let mut run = script.client().run_tools(request(), &ToolSet::new());
    assert_eq!(run.finish().await.unwrap(), says("done"));

    let script = Script::start([compacted.clone(), says("never")]).await;
    let request = request().compaction(SummarizeCompaction::new());
    assert_eq!(script.client().run_tools(request, &ToolSet::new()).finish().await.unwrap(), compacted);
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn an_empty_message_ends_the_run() {
    let empty = message(vec![], StopReason::EndTurn);
    let script = Script::start([empty.clone(), says("never")]).await;
    let mut run = script.client().run_tools(request(), &ToolSet::new());
    assert_eq!(run.finish().await.unwrap(), empty);
    assert_eq!(roles(run.request()), ["user"], "it cannot be sent back");
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn max_turns_ends_the_run_before_the_tools_of_the_last_turn() {
    let asked = || asks([call("1", "a", json!({}))]);
    for max_turns in 0..3 {
        let script = Script::start([asked(), asked(), asked()]).await;
        let log = Log::default();
        let mut run = script.client().run_tools(request(), &echoes(&log, &["a"])).max_turns(max_turns);
        let error = run.finish().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incomplete);
        assert!(!error.is_retryable());
        assert_eq!(error.partial_message().cloned(), (max_turns > 0).then(asked));
        assert_eq!(run.into_message().unwrap_err().kind(), ErrorKind::Incomplete);
        assert_eq!(script.requests().len(), max_turns);
        assert_eq!(logged(&log).len(), max_turns.saturating_sub(1));
    }
    // The last turn that is allowed may be the last one anyhow.
    let script = Script::start([says("done")]).await;
    let mut run = script.client().run_tools(request(), &ToolSet::new()).max_turns(1);
    assert_eq!(run.finish().await.unwrap(), says("done"));
}

#[tokio::test]
async fn a_run_that_is_left_early_sends_nothing_more() {
    let script = Script::start([asks([call("1", "a", json!({}))]), says("never")]).await;
    let log = Log::default();
    let mut run = script.client().run_tools(request(), &echoes(&log, &["a"]));
    run.next_turn().await.unwrap();
    let error = run.into_message().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert!(error.partial_message().is_some());
    assert_eq!((script.requests().len(), logged(&log).len()), (1, 0));
}

#[tokio::test]
async fn an_error_response_ends_the_turn_and_another_attempt_runs_no_tool_again() {
    let steps: Vec<Step> = vec![
        asks([call("1", "a", json!({}))]).into(),
        ApiError::new(ErrorType::Overloaded, "busy").with_should_retry(false).into(),
        says("done").into(),
    ];
    let script = Script::start(steps).await;
    let log = Log::default();
    let mut run = script.client().run_tools(request(), &echoes(&log, &["a"]));
    let error = run.finish().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 529);
    assert_eq!(run.finish().await.unwrap(), says("done"));
    assert_eq!(logged(&log), ["a {}"]);
    let requests = script.requests();
    assert_eq!(requests[1], requests[2]);
}

#[tokio::test]
async fn the_container_is_carried_on() {
    let skill = || Skill::new(SkillType::Anthropic, "xlsx");
    let skilled = || ContainerParams::new().skills(vec![skill()]);
    let cases: [(Option<ContainerConfig>, ContainerConfig); 4] = [
        (None, "container_1".into()),
        (Some("pinned".into()), "pinned".into()),
        (Some(skilled().into()), skilled().id("container_1").into()),
        (Some(skilled().id("pinned").into()), skilled().id("pinned").into()),
    ];
    for (first, second) in cases {
        let asked = asks([call("1", "a", json!({}))]).container(Container::new("container_1", ""));
        let script = Script::start([asked, says("done")]).await;
        let mut request = request();
        request.container.clone_from(&first);
        script.client().run_tools(request, &echoes(&Log::default(), &["a"])).finish().await.unwrap();
        let sent: Vec<_> = script.requests().into_iter().map(|request| request.container).collect();
        assert_eq!(sent, [first, Some(second)]);
    }
}

#[tokio::test]
async fn a_name_that_is_used_twice_is_reported_by_the_first_turn() {
    async fn tool(_input: Json, _cx: ToolContext) -> Result<(), messages_api::ToolError> {
        Ok(())
    }
    let twice = ToolSet::new().raw(definition("a"), tool).definition(definition("a"));
    let twice_sent = ToolSet::new()
        .definition(WebSearchTool20260318::new())
        .definition(WebSearchTool20260318::new().max_uses(3));
    let in_request = request().tool(definition("a").description("Another one"));
    for (request, tools) in
        [(request(), twice), (request(), twice_sent), (in_request, ToolSet::new().raw(definition("a"), tool))]
    {
        let script = Script::start([says("never")]).await;
        let mut run = script.client().run_tools(request, &tools);
        let error = run.next_turn().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("used for two tools"), "{error}");
        assert_eq!(run.next_event().await.unwrap_err().kind(), ErrorKind::Config);
        assert!(script.requests().is_empty());
    }
}

#[tokio::test]
async fn a_tool_that_cannot_be_called_by_name_is_reported_by_the_first_turn() {
    let tools = ToolSet::with_state(Log::default()).raw(McpToolset::new("server"), echo);
    let script = Script::start([says("never")]).await;
    let error = script.client().run_tools(request(), &tools).finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("mcp_toolset"), "{error}");
    assert!(script.requests().is_empty());
    // It may be sent, though.
    let tools = ToolSet::new().definition(McpToolset::new("server")).definition(McpToolset::new("other"));
    assert_eq!(script.client().run_tools(request(), &tools).finish().await.unwrap(), says("never"));
    assert_eq!(script.requests()[0].tools.as_ref().unwrap().len(), 2);
}

#[tokio::test]
async fn a_set_serves_many_runs_and_shares_its_state() {
    let log = Log::default();
    let tools = Arc::new(echoes(&log, &["a"]));
    let runs = (0..8).map(|_| {
        let tools = tools.clone();
        tokio::spawn(async move {
            let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
            script.client().run_tools(request(), &tools).finish().await.unwrap()
        })
    });
    for run in runs.collect::<Vec<_>>() {
        assert_eq!(run.await.unwrap(), says("done"));
    }
    assert_eq!(logged(&log).len(), 8);
}
