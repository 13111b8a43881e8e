//! Futures that are dropped, and what stops with them.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use messages_api::stream::replay;
use messages_api::tools::{RunEvent, ToolContext, ToolError, ToolRun, ToolSet};
use messages_api::{Error, Json, Message};
use serde_json::json;
use tokio::sync::{Notify, OnceCell};

use crate::common::*;
use crate::support::eventually;

/// Does as `next_turn`, but drops its future whenever that waits, and calls it again.
async fn next_turn_in_pieces(run: &mut ToolRun) -> Result<Option<Message>, Error> {
    poll_fn(|cx| pin!(run.next_turn()).poll(cx)).await
}

async fn next_event_in_pieces(run: &mut ToolRun) -> Result<Option<RunEvent>, Error> {
    poll_fn(|cx| pin!(run.next_event()).poll(cx)).await
}

async fn slow(input: Json, cx: ToolContext<Log>) -> Result<String, ToolError> {
    for step in 0..3 {
        cx.state().lock().unwrap().push(format!("{} {step}", cx.call().id));
        tokio::task::yield_now().await;
    }
    Ok(input.to_string())
}

#[tokio::test]
async fn a_run_goes_on_where_a_dropped_future_was() {
    let calls = |ids: [&str; 2]| asks(ids.map(|id| call(id, "a", json!({}))));
    for streamed in [false, true] {
        let log = Log::default();
        let tools = ToolSet::with_state(log.clone()).raw(definition("a"), slow);
        let script = Script::start([calls(["1", "2"]), calls(["3", "4"]), says("done")]).await;
        let mut run = script.client().run_tools(request(), &tools);
        let mut turns = 0;
        if streamed {
            while let Some(event) = next_event_in_pieces(&mut run).await.unwrap() {
                turns += usize::from(matches!(event, RunEvent::Turn(_)));
            }
        } else {
            while next_turn_in_pieces(&mut run).await.unwrap().is_some() {
                turns += 1;
            }
        }
        assert_eq!(turns, 3);
        assert_eq!(script.requests().len(), 3, "each request was sent once");
        let mut steps = logged(&log);
        steps.sort();
        let each = ["1", "2", "3", "4"].iter().flat_map(|id| (0..3).map(move |step| format!("{id} {step}")));
        assert_eq!(steps, each.collect::<Vec<_>>(), "each step of each tool was taken once");
        assert_eq!(run.into_message().unwrap(), says("done"));
    }
}

/// Counts how many of it exist.
struct Guard<'a>(&'a AtomicUsize);

impl<'a> Guard<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

static ALIVE: AtomicUsize = AtomicUsize::new(0);

async fn forever(_input: Json, cx: ToolContext<Log>) -> Result<(), ToolError> {
    let _guard = Guard::new(&ALIVE);
    cx.state().lock().unwrap().push(cx.call().id.clone());
    pending().await
}

#[tokio::test]
async fn tools_stop_when_the_run_is_dropped_or_their_call_has_a_result() {
    let log = Log::default();
    let tools = ToolSet::with_state(log.clone()).raw(definition("a"), forever);
    let script =
        Script::start([asks(["1", "2", "3"].map(|id| call(id, "a", json!({})))), says("never")]).await;
    let mut run = script.client().run_tools(request(), &tools);
    run.next_turn().await.unwrap();
    let dropped = tokio::select! {
        biased;
        _ = run.next_turn() => false,
        () = eventually("all tools run", || logged(&log).len() == 3) => true,
    };
    assert!(dropped);
    assert_eq!(ALIVE.load(Ordering::SeqCst), 3, "dropping the future of a method only pauses them");
    assert!(run.resolve("2", Err(ToolError::new("The tool took too long"))));
    assert_eq!(ALIVE.load(Ordering::SeqCst), 2);
    drop(run);
    assert_eq!(ALIVE.load(Ordering::SeqCst), 0);
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn the_server_learns_that_the_run_was_dropped() {
    let open = Step::Open(replay(says("Hello")).take(3).collect());
    for step in [Step::Silent, open] {
        let streamed = matches!(step, Step::Open(_));
        let script = Script::start([step]).await;
        let mut run = script.client().run_tools(request(), &ToolSet::new());
        if streamed {
            run.next_event().await.unwrap();
        } else {
            tokio::select! {
                biased;
                _ = run.next_turn() => panic!("the server is silent"),
                () = eventually("a request", || script.open() == 1) => {}
            }
        }
        assert_eq!(script.open(), 1, "dropping the future of a method keeps the connection");
        drop(run);
        eventually("the request is dropped", || script.open() == 0).await;
    }
}

#[tokio::test]
async fn what_a_tool_spawned_may_outlive_the_run() {
    let done = std::sync::Arc::new(Notify::new());
    let tools = ToolSet::with_state(done.clone()).raw(
        definition("a"),
        async |_: Json, cx: ToolContext<std::sync::Arc<Notify>>| {
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                cx.state().notify_one();
            });
            pending::<Result<(), ToolError>>().await
        },
    );
    let script = Script::start([asks([call("1", "a", json!({}))])]).await;
    let mut run = script.client().run_tools(request(), &tools);
    run.next_turn().await.unwrap();
    tokio::select! {
        biased;
        _ = run.next_turn() => panic!("the tool never ends"),
        () = tokio::task::yield_now() => {}
    }
    drop((run, tools));
    done.notified().await;
}

#[tokio::test]
async fn state_is_set_up_at_its_first_use_and_cleaned_up_with_the_set() {
    static OPEN: AtomicUsize = AtomicUsize::new(0);
    type Connection = OnceCell<Guard<'static>>;

    async fn query(_input: Json, cx: ToolContext<Connection>) -> Result<String, ToolError> {
        let _connection = cx.state().get_or_init(async || Guard::new(&OPEN)).await;
        Ok(OPEN.load(Ordering::SeqCst).to_string())
    }
    let tools = ToolSet::with_state(Connection::new()).raw(definition("a"), query);
    let script = Script::start([asks(["1", "2"].map(|id| call(id, "a", json!({})))), says("done")]).await;
    let mut run = script.client().run_tools(request(), &tools);
    assert_eq!(OPEN.load(Ordering::SeqCst), 0);
    run.finish().await.unwrap();
    assert_eq!(outcomes(&script.requests()[1]), ["1", "2"].map(|id| outcome(id, false, "1")));
    drop(tools);
    assert_eq!(OPEN.load(Ordering::SeqCst), 1, "the run still needs it");
    drop(run);
    assert_eq!(OPEN.load(Ordering::SeqCst), 0);
}
