//! Which calls are run, how, and what their tools receive.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use messages_api::tools::{ToolContext, ToolError, ToolOutput, ToolSet};
use messages_api::types::context::{CompactionBlock, MidConversationSystemBlock};
use messages_api::types::fallback::{FallbackBlock, FallbackModel};
use messages_api::types::server_tools::{
    CodeExecution20250825Caller, CodeExecutionTool20250825, DirectCaller, ServerToolName, ServerToolUseBlock,
    WebSearchTool20260318,
};
use messages_api::types::tools::{
    BrowserToolset20260801, NamedToolReference, ToolAdditionBlock, ToolChange, ToolDefinition,
    ToolRemovalBlock,
};
use messages_api::{ContentBlock, InputMessage, Json, Role, StopReason, Tool};
use serde_json::json;
use tokio::sync::Barrier;

use crate::common::*;

#[tokio::test]
async fn tools_of_a_message_run_side_by_side_and_their_results_are_in_the_order_of_the_calls() {
    struct State {
        all_run: Barrier,
        finished: Log,
    }
    async fn tool(input: u64, cx: ToolContext<State>) -> Result<String, ToolError> {
        cx.state().all_run.wait().await; // never ends unless all four run at once
        for _ in 0..input {
            tokio::task::yield_now().await; // the last call finishes first
        }
        cx.state().finished.lock().unwrap().push(cx.call().id.clone());
        Ok(input.to_string())
    }
    let finished = Log::default();
    let state = State { all_run: Barrier::new(4), finished: finished.clone() };
    let tools = ToolSet::with_state(state).raw(definition("a"), tool);
    let calls = [("1", 40), ("2", 30), ("3", 20), ("4", 10)].map(|(id, n)| call(id, "a", json!(n)));
    let script = Script::start([asks(calls), says("done")]).await;
    script.client().run_tools(request(), &tools).finish().await.unwrap();

    assert_eq!(logged(&finished), ["4", "3", "2", "1"]);
    let requests = script.requests();
    assert_eq!(roles(&requests[1]), ["user", "assistant", "user"], "all results are in one message");
    let in_order = [("1", "40"), ("2", "30"), ("3", "20"), ("4", "10")];
    assert_eq!(outcomes(&requests[1]), in_order.map(|(id, text)| outcome(id, false, text)));
}

#[tokio::test]
async fn max_parallel_limits_the_tools_that_run_at_the_same_time() {
    #[derive(Default)]
    struct Running {
        now: AtomicUsize,
        most: AtomicUsize,
    }
    async fn tool(_input: Json, cx: ToolContext<Arc<Running>>) -> Result<(), ToolError> {
        let now = cx.state().now.fetch_add(1, Ordering::SeqCst) + 1;
        cx.state().most.fetch_max(now, Ordering::SeqCst);
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        cx.state().now.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }
    for (max_parallel, most) in [(0, 1), (1, 1), (3, 3), (9, 7)] {
        let running = Arc::new(Running::default());
        let tools = ToolSet::with_state(running.clone()).raw(definition("a"), tool);
        let calls = (0..7).map(|n| call(&n.to_string(), "a", json!({})));
        let script = Script::start([asks(calls), says("done")]).await;
        script.client().run_tools(request(), &tools).max_parallel(max_parallel).finish().await.unwrap();
        assert_eq!(running.most.load(Ordering::SeqCst), most, "max_parallel({max_parallel})");
        assert_eq!(results(&script.requests()[1]).len(), 7);
    }
}

#[tokio::test]
async fn a_tool_receives_its_call_the_turn_the_state_and_the_extensions_of_the_run() {
    #[derive(Clone)]
    struct User(&'static str);

    async fn tool(input: Json, cx: ToolContext<String>) -> Result<String, ToolError> {
        let User(user) = cx.extensions().get().ok_or_else(|| ToolError::new("There is no user"))?;
        assert_eq!(cx.call().input, input);
        Ok(format!("{} {} {} {} {user}", cx.call().id, cx.call().name, cx.turn(), cx.state()))
    }
    let tools = ToolSet::with_state("state".to_owned()).raw(definition("a"), tool);
    let asked = |id| asks([call(id, "a", json!({"n": 1.0}))]);
    let script = Script::start([asked("1"), asked("2"), says("done"), asked("3"), says("done")]).await;
    script.client().run_tools(request(), &tools).extension(User("ada")).finish().await.unwrap();
    script.client().run_tools(request(), &tools).finish().await.unwrap();
    let requests = script.requests();
    assert_eq!(outcomes(&requests[1]), [outcome("1", false, "1 a 1 state ada")]);
    assert_eq!(outcomes(&requests[2]), [outcome("2", false, "2 a 2 state ada")]);
    assert_eq!(outcomes(&requests[4]), [outcome("3", true, "There is no user")], "extensions are of one run");
}

#[tokio::test]
async fn outputs_have_every_form_that_a_result_may_have() {
    async fn tool(input: String, _cx: ToolContext) -> Result<ToolOutput, ToolError> {
        Ok(match &*input {
            "nothing" => ().into(),
            "text" => "text".into(),
            "json" => Json::parse(r#"{"b":1.0}"#)?.into(),
            "value" => ToolOutput::json(&["a"])?,
            "block" => ContentBlock::text("block").into(),
            _ => vec![ContentBlock::text("several "), ContentBlock::text("blocks")].into(),
        })
    }
    let inputs = ["nothing", "text", "json", "value", "block", "blocks"];
    let script =
        Script::start([asks(inputs.map(|input| call(input, "a", json!(input)))), says("done")]).await;
    let tools = ToolSet::new().raw(definition("a"), tool);
    script.client().run_tools(request(), &tools).finish().await.unwrap();
    let results = results(&script.requests()[1]);
    let written: Vec<_> =
        results.iter().map(|result| serde_json::to_value(&result.content).unwrap()).collect();
    let text = |text: &str| json!({"type": "text", "text": text});
    let expected = json!([
        null,
        "text",
        r#"{"b":1.0}"#,
        r#"["a"]"#,
        [text("block")],
        [text("several "), text("blocks")],
    ]);
    assert_eq!(json!(written), expected);
    assert!(results.iter().all(|result| result.is_error.is_none()));
}

#[tokio::test]
async fn server_tools_and_calls_by_code_are_left_alone() {
    let by_code = CodeExecution20250825Caller::new("srvtoolu_1");
    let server_call = |id| ServerToolUseBlock::new(id, ServerToolName::CodeExecution, Json::empty_object());
    let blocks = vec![
        server_call("srvtoolu_1").into(),
        call("1", "a", json!({})).caller(by_code.clone()).into(),
        call("2", "a", json!({})).caller(DirectCaller::new()).into(),
    ];
    let script = Script::start([message(blocks, StopReason::ToolUse), says("done")]).await;
    let log = Log::default();
    script.client().run_tools(request(), &echoes(&log, &["a", "code_execution"])).finish().await.unwrap();
    assert_eq!(outcomes(&script.requests()[1]), [outcome("2", false, "a {}")]);

    // If there is nothing else, the run is over, but the program may give the result.
    for resolved in [false, true] {
        let only = asks([call("1", "a", json!({})).caller(by_code.clone())]);
        let script = Script::start([only.clone(), says("done")]).await;
        let mut run = script.client().run_tools(request(), &echoes(&log, &["a"]));
        run.next_turn().await.unwrap();
        assert!(!resolved || run.resolve("1", Ok("by hand".into())));
        let last = run.finish().await.unwrap();
        assert_eq!(last, if resolved { says("done") } else { only });
        assert_eq!(script.requests().len(), if resolved { 2 } else { 1 });
    }
    assert_eq!(logged(&log).len(), 1);
}

#[tokio::test]
async fn calls_by_code_are_run_if_the_definition_allows_them() {
    let by_code = CodeExecution20250825Caller::new("srvtoolu_1");
    let allowed = definition("a").allowed_callers(vec!["code_execution_20250825".to_owned()]);
    let tools = ToolSet::with_state(Log::default())
        .definition(CodeExecutionTool20250825::new())
        .raw(allowed, echo)
        .raw(definition("b").allowed_callers(vec!["direct".to_owned()]), echo);
    let calls = ["a", "b"].map(|name| call(name, name, json!({})).caller(by_code.clone()));
    let script = Script::start([asks(calls), says("done")]).await;
    script.client().run_tools(request(), &tools).finish().await.unwrap();
    assert_eq!(outcomes(&script.requests()[1]), [outcome("a", false, "a {}")]);
}

#[tokio::test]
async fn plain_definitions_are_sent_and_not_run() {
    let tools = ToolSet::with_state(Log::default())
        .definition(WebSearchTool20260318::new())
        .raw(definition("a"), echo)
        .definition(definition("by_hand"));
    let script = Script::start([asks([call("1", "by_hand", json!({}))]), says("done")]).await;
    let request = request().tool(definition("of_the_request"));
    script.client().run_tools(request, &tools).finish().await.unwrap();
    let requests = script.requests();
    let sent: Vec<_> = requests[0].tools.iter().flatten().filter_map(Tool::name).collect();
    assert_eq!(sent, ["of_the_request", "web_search", "a", "by_hand"]);
    assert_eq!(requests[1].tools, requests[0].tools);
    assert_eq!(outcomes(&requests[1]), [outcome("1", true, r#"There is no tool "by_hand""#)]);
}

#[tokio::test]
async fn only_calls_after_the_last_fallback_are_run() {
    let fallback = || FallbackBlock::new(FallbackModel::new("m"), FallbackModel::new("n"));
    let blocks = vec![
        call("1", "a", json!({})).into(),
        fallback().into(),
        call("2", "a", json!({})).into(),
        fallback().into(),
        call("3", "a", json!({})).into(),
    ];
    let script = Script::start([message(blocks, StopReason::ToolUse), says("done")]).await;
    let log = Log::default();
    script.client().run_tools(request(), &echoes(&log, &["a"])).finish().await.unwrap();
    assert_eq!(outcomes(&script.requests()[1]), [outcome("3", false, "a {}")]);
    assert_eq!(logged(&log).len(), 1);
}

#[tokio::test]
async fn removals_and_additions_of_tools_hold_wherever_they_stand() {
    let named = || NamedToolReference::new("a");
    let removal = || ContentBlock::from(ToolRemovalBlock::new(named()));
    let addition = || ContentBlock::from(ToolAdditionBlock::new(named()));
    let defined = || ContentBlock::from(ToolAdditionBlock::new(ToolDefinition::new(definition("a"))));
    let other = || ContentBlock::from(ToolRemovalBlock::new(NamedToolReference::new("b")));
    let system = |blocks: Vec<ContentBlock>| InputMessage::new(Role::System, blocks);
    let block = |blocks: Vec<ContentBlock>| {
        InputMessage::user(ContentBlock::from(MidConversationSystemBlock::new(blocks)))
    };
    let compacted = |change: ToolChange| {
        let block = CompactionBlock::new().content("Summary").tool_changes(vec![change]);
        InputMessage::assistant(ContentBlock::from(block))
    };
    let cases: [(Vec<InputMessage>, bool); 10] = [
        (vec![], true),
        (vec![system(vec![removal()])], false),
        (vec![system(vec![other()])], true),
        (vec![system(vec![removal(), addition()])], true),
        (vec![system(vec![removal()]), system(vec![defined()])], true),
        (vec![system(vec![addition()]), system(vec![removal()])], false),
        (vec![block(vec![removal()])], false),
        (vec![block(vec![removal()]), block(vec![addition()])], true),
        (vec![compacted(ToolRemovalBlock::new(named()).into())], false),
        (vec![system(vec![removal()]), compacted(ToolAdditionBlock::new(named()).into())], true),
    ];
    for (changes, is_available) in cases {
        let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
        let mut request = request();
        request.messages.extend(changes.clone());
        request.messages.push(InputMessage::user("go on"));
        script.client().run_tools(request, &echoes(&Log::default(), &["a"])).finish().await.unwrap();
        let expected = if is_available {
            outcome("1", false, "a {}")
        } else {
            outcome("1", true, r#"There is no tool "a""#)
        };
        assert_eq!(outcomes(&script.requests()[1]), [expected], "{changes:?}");
    }
}

#[tokio::test]
async fn a_tool_that_is_removed_between_two_turns_is_not_run() {
    let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
    let mut run = script.client().run_tools(request(), &echoes(&Log::default(), &["a"]));
    run.next_turn().await.unwrap();
    let removal = ContentBlock::from(ToolRemovalBlock::new(NamedToolReference::new("a")));
    run.request_mut().messages.push(InputMessage::new(Role::System, removal));
    run.finish().await.unwrap();
    let requests = script.requests();
    // The results come first: the API takes them only right after the calls.
    assert_eq!(roles(&requests[1]), ["user", "assistant", "user", "system"]);
    let result = requests[1].messages[2].content.blocks()[0].as_tool_result().unwrap();
    assert_eq!(result.is_error, Some(true));
}

#[tokio::test]
async fn a_toolset_is_run_as_one_tool_and_its_results_name_it() {
    let tools = ToolSet::with_state(Log::default())
        .raw(BrowserToolset20260801::new(), echo)
        .raw(definition("click"), async |_: Json, _: ToolContext<Log>| Ok("another tool"));
    let calls = [
        call("1", "click", json!({})).toolset_name("browser"),
        call("2", "click", json!({})),
        call("3", "click", json!({})).toolset_name("computer"),
    ];
    let script = Script::start([asks(calls), says("done")]).await;
    script.client().run_tools(request(), &tools).finish().await.unwrap();
    let requests = script.requests();
    let expected = [
        outcome("1", false, "click {}"),
        outcome("2", false, "another tool"),
        outcome("3", true, r#"There is no tool "click""#),
    ];
    assert_eq!(outcomes(&requests[1]), expected);
    let toolsets: Vec<_> = results(&requests[1]).into_iter().map(|result| result.toolset_name).collect();
    assert_eq!(toolsets, [Some("browser".to_owned()), None, Some("computer".to_owned())]);
}

#[tokio::test]
async fn a_result_given_by_hand_takes_the_place_of_the_tool() {
    let calls = ["1", "2", "3"].map(|id| call(id, "a", json!({})));
    let script = Script::start([asks(calls), says("done")]).await;
    let log = Log::default();
    let mut run = script.client().run_tools(request(), &echoes(&log, &["a"]));
    assert!(!run.resolve("1", Ok("too early".into())));
    run.next_turn().await.unwrap();
    assert!(run.resolve("1", Ok("first".into())));
    assert!(run.resolve("1", Ok("by hand".into())), "the last one counts");
    assert!(run.resolve("3", Err(ToolError::new("The user declined"))));
    assert!(!run.resolve("4", Ok("there is no such call".into())));
    run.finish().await.unwrap();
    assert!(!run.resolve("1", Ok("too late".into())));
    let expected = [
        outcome("1", false, "by hand"),
        outcome("2", false, "a {}"),
        outcome("3", true, "The user declined"),
    ];
    assert_eq!(outcomes(&script.requests()[1]), expected);
    assert_eq!(logged(&log).len(), 1);
}
