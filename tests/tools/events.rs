//! Streamed turns, and streams that are cut off or hold an input that is not JSON.

use bytes::BytesMut;
use messages_api::stream::{encode_event, replay};
use messages_api::tools::{RunEvent, ToolRun};
use messages_api::types::events::ContentBlockDelta;
use messages_api::{Client, ErrorKind, Message, StopReason, StreamEvent};
use serde_json::json;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::common::*;

/// Returns a word for each event.
async fn read(run: &mut ToolRun) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some(event) = run.next_event().await.unwrap() {
        seen.push(match event {
            RunEvent::Stream(event) => event.type_name().to_owned(),
            RunEvent::Turn(message) => format!("turn {}", message.content.len()),
            RunEvent::ToolStarted(call) => format!("started {}", call.id),
            RunEvent::ToolFinished { call, result, error, .. } => {
                assert_eq!((&call.id, result.is_error.is_some()), (&result.tool_use_id, error.is_some()));
                format!("finished {}", call.id)
            }
            _ => unreachable!(),
        });
    }
    seen
}

#[tokio::test]
async fn a_run_yields_the_events_of_each_turn_and_of_its_tools() {
    let calls = [call("1", "a", json!({})), call("2", "none", json!({})), call("3", "a", json!({"n": 1}))];
    let script = Script::start([asks(calls), says("done")]).await;
    let mut run = script.client().run_tools(request(), &echoes(&Log::default(), &["a"]));
    let seen = read(&mut run).await;

    let turns: Vec<_> = seen.iter().map(String::as_str).filter(|word| !word.starts_with("content")).collect();
    let expected = [
        "message_start",
        "message_delta",
        "message_stop",
        "turn 3",
        "started 1",
        "started 3",
        "finished 1",
        "finished 2",
        "finished 3",
        "message_start",
        "message_delta",
        "message_stop",
        "turn 1",
    ];
    assert_eq!(turns, expected);
    assert_eq!(script.requests().iter().map(|request| request.stream).collect::<Vec<_>>(), [Some(true); 2]);
    assert_eq!(outcomes(&script.requests()[1]).len(), 3);
    assert_eq!(run.into_message().unwrap().text(), "done");
}

#[tokio::test]
async fn streamed_turns_and_whole_ones_may_take_turns() {
    let script = Script::start([asks([call("1", "a", json!({}))]), says("done")]).await;
    let mut run = script.client().run_tools(request(), &echoes(&Log::default(), &["a"]));
    // The stream that was begun is read to its end by whoever comes next.
    assert!(matches!(run.next_event().await.unwrap(), Some(RunEvent::Stream(StreamEvent::MessageStart(_)))));
    assert_eq!(run.next_turn().await.unwrap().unwrap().tool_uses().count(), 1);
    assert!(matches!(run.next_event().await.unwrap(), Some(RunEvent::ToolStarted(_))));
    assert_eq!(run.next_turn().await.unwrap().unwrap().text(), "done");
    assert_eq!(
        script.requests().iter().map(|request| request.stream == Some(true)).collect::<Vec<_>>(),
        [true, false]
    );
}

fn stream(events: impl IntoIterator<Item = StreamEvent>) -> ResponseTemplate {
    let mut body = BytesMut::new();
    events.into_iter().for_each(|event| encode_event(&event, &mut body));
    ResponseTemplate::new(200).set_body_raw(body.to_vec(), "text/event-stream")
}

/// Makes `server` send each of the responses once, and forget what was before.
async fn respond(server: &MockServer, responses: impl IntoIterator<Item = ResponseTemplate>) {
    server.reset().await;
    for response in responses {
        Mock::given(method("POST")).respond_with(response).up_to_n_times(1).mount(server).await;
    }
}

async fn server() -> (MockServer, Client) {
    let server = MockServer::start().await;
    let client = Client::builder().base_url(&server.uri()).build().unwrap();
    (server, client)
}

#[tokio::test]
async fn a_stream_that_is_cut_off_runs_no_tools() {
    let asked = || asks([call("1", "a", json!({"n": 1})), call("2", "a", json!({"n": 2}))]);
    let whole: Vec<_> = replay(asked()).collect();
    // One client for all, as building one reads the root certificates of the system.
    let (server, client) = server().await;
    for length in 1..whole.len() {
        for streamed in [true, false] {
            let cut = stream(whole[..length].to_vec());
            respond(&server, [cut, stream(replay(asked())), stream(replay(says("done")))]).await;
            let log = Log::default();
            let mut run = client.run_tools(request(), &echoes(&log, &["a"]));
            let error = if streamed {
                loop {
                    match run.next_event().await {
                        Ok(event) => assert!(event.is_some()),
                        Err(error) => break error,
                    }
                }
            } else {
                run.next_turn().await.unwrap_err()
            };
            assert_eq!(error.kind(), ErrorKind::Incomplete);
            assert!(logged(&log).is_empty(), "a tool ran after {length} events");
            assert_eq!(roles(run.request()), ["user"], "nothing of it is kept");
            // The turn can be made again.
            assert_eq!(run.finish().await.unwrap().text(), "done");
            assert_eq!(logged(&log).len(), 2);
            assert_eq!(server.received_requests().await.unwrap().len(), 3);
        }
    }
}

/// Returns the events of `message` with each tool input replaced by the text that `input` returns for it.
fn with_inputs(message: Message, input: impl Fn(u64) -> &'static str) -> Vec<StreamEvent> {
    let replace = |mut event: StreamEvent| {
        if let StreamEvent::ContentBlockDelta(event) = &mut event {
            if let ContentBlockDelta::InputJson(delta) = &mut event.delta {
                delta.partial_json = input(event.index).to_owned();
            }
        }
        event
    };
    replay(message).map(replace).collect()
}

#[tokio::test]
async fn an_input_that_is_not_json_is_an_error_of_its_call() {
    let calls = ["0", "1", "2", "3"].map(|id| call(id, "a", json!({"n": 1})));
    let inputs =
        |index| [r#"{"n":0}"#, r#"{"n": one}"#, r#"{"n":2}"#, r#"{"n":"#][usize::try_from(index).unwrap()];
    let (server, client) = server().await;
    for streamed in [true, false] {
        let bad = stream(with_inputs(asks(calls.clone()), inputs));
        respond(&server, [bad, stream(replay(says("done")))]).await;
        let log = Log::default();
        let mut run = client.run_tools(request(), &echoes(&log, &["a"]));
        let mut turns = 0;
        if streamed {
            turns = read(&mut run).await.iter().filter(|word| word.starts_with("turn")).count();
        } else {
            while run.next_turn().await.unwrap().is_some() {
                turns += 1;
            }
        }
        assert_eq!(turns, 2);
        assert_eq!(run.into_message().unwrap().text(), "done");
        assert_eq!(logged(&log), [r#"a {"n":0}"#, r#"a {"n":2}"#]);
        let requests = server.received_requests().await.unwrap();
        let second = serde_json::from_slice(&requests[1].body).unwrap();
        let expected = [
            outcome("0", false, r#"a {"n":0}"#),
            outcome("1", true, r#"The input is not JSON: {"n": one}"#),
            outcome("2", false, r#"a {"n":2}"#),
            outcome("3", true, "The input is not JSON"),
        ];
        assert_eq!(outcomes(&second), expected);
        // What goes back to the model is an object, as the API demands.
        let input = &second.messages[1].content.blocks()[1].as_tool_use().unwrap().input;
        assert_eq!(input.as_raw_str(), "{}");
    }
}

#[tokio::test]
async fn an_input_that_is_cut_off_by_a_limit_ends_the_run() {
    let cut = message(vec![call("1", "a", json!({"n": 1})).into()], StopReason::MaxTokens);
    let (server, client) = server().await;
    respond(&server, [stream(with_inputs(cut, |_| r#"{"n":1,"m":"#))]).await;
    let log = Log::default();
    let mut run = client.run_tools(request(), &echoes(&log, &["a"]));
    assert_eq!(run.finish().await.unwrap().stop_reason, Some(StopReason::MaxTokens));
    assert!(logged(&log).is_empty());
}

#[tokio::test]
async fn text_arrives_before_the_turn_is_complete() {
    let events: Vec<_> = replay(says("Hello")).take(3).collect();
    let script = Script::start([Step::Open(events)]).await;
    let mut run = script.client().run_tools(request(), &echoes(&Log::default(), &[]));
    let mut text = String::new();
    while text != "Hello" {
        let Some(RunEvent::Stream(event)) = run.next_event().await.unwrap() else { panic!("no event") };
        text.push_str(event.text_delta().unwrap_or_default());
    }
}
