//! The heads of HTTP responses, with the number of attempts: whatever the call is.

use std::time::Duration;

use http::Response;
use messages_api::client::{Call, CallInfo, Endpoint};
use messages_api::tools::{RunEvent, ToolRun, ToolSet};
use messages_api::types::CountTokensRequest;
use messages_api::types::batches::CreateBatchRequest;
use messages_api::{CustomTool, InputMessage, Json};
use tokio::time::timeout;

use crate::lists::page;
use crate::models::MODEL;
use crate::script::*;

const TOOL_USE: &str = r#"{"id":"msg_00","type":"message","role":"assistant","model":"m",
    "content":[{"type":"tool_use","id":"t","name":"now","input":{}}],"stop_reason":"tool_use","usage":{}}"#;

/// Checks what is known of the HTTP response with the given request id, which came with the given attempt.
fn assert_head<T>(response: &Response<T>, id: &str, attempt: u32, endpoint: Endpoint) {
    let info = response.extensions().get::<CallInfo>().unwrap();
    assert_eq!((info.attempt(), info.endpoint()), (attempt, endpoint), "{id}");
    assert_eq!(response.status(), 200, "{id}");
    assert_eq!(response.headers()["request-id"], id);
    assert_eq!(response.headers()["x-echo"], "redacted", "{id}");
}

fn with_head(act: Act, id: &str) -> Act {
    act.header("request-id", id).header("x-echo", "sk-script")
}

#[tokio::test(start_paused = true)]
async fn pages_have_the_head_of_their_response() {
    let acts = [
        status(529),
        with_head(page(&["a"], true), "req_1"),
        with_head(page(&["b"], true), "req_2"),
        status(400),
    ];
    let script = Script::new(acts.clone());
    let mut pages = script.client().models().pages();
    assert!(pages.response().is_none());
    for (id, attempt) in [("req_1", 2), ("req_2", 1)] {
        pages.next().await.unwrap().unwrap();
        assert_head(pages.response().unwrap(), id, attempt, Endpoint::Models);
    }
    assert_eq!(pages.next().await.unwrap().unwrap_err().status().unwrap().as_u16(), 400);
    assert_head(pages.response().unwrap(), "req_2", 1, Endpoint::Models);
    assert_eq!(script.seen()[1].headers["x-stainless-retry-count"], "1");

    let mut items = Script::new(acts).client().models().items();
    assert!(items.response().is_none());
    for (id, attempt) in [("req_1", 2), ("req_2", 1)] {
        items.next().await.unwrap().unwrap();
        assert_head(items.response().unwrap(), id, attempt, Endpoint::Models);
    }
}

/// The response comes with the second attempt.
#[tokio::test(start_paused = true)]
async fn every_call_has_the_head_of_its_response_with_its_document() {
    const BATCH: &str = r#"{"id":"b","processing_status":"ended"}"#;
    const RESULT: &str = r#"{"custom_id":"r1","result":{"type":"expired"}}"#;
    let client = |body: &str| Script::new([status(529), with_head(ok(body), "req_1")]).client();
    async fn document<T>(call: Call<T>, endpoint: Endpoint) -> T {
        let response = call.response().await.unwrap();
        assert_head(&response, "req_1", 2, endpoint);
        response.into_body()
    }
    use Endpoint::{Batches, CountTokens, Messages, Models};
    let count = CountTokensRequest::from(request());
    let batch = CreateBatchRequest::new(vec![]);
    assert_eq!(document(client(MESSAGE).create_message(&request()), Messages).await.text(), "Hello");
    let tokens = client(r#"{"input_tokens":3}"#).count_tokens(&count);
    assert_eq!(document(tokens, CountTokens).await.input_tokens, 3);
    assert_eq!(document(client(MODEL).model("a"), Models).await.display_name, "Sonnet");
    assert_eq!(document(client(BATCH).create_batch(&batch), Batches).await.id, "b");
    assert_eq!(document(client(BATCH).batch("b"), Batches).await.id, "b");
    assert_eq!(document(client(BATCH).cancel_batch("b"), Batches).await.id, "b");
    assert_eq!(document(client(r#"{"id":"b"}"#).delete_batch("b"), Batches).await.id, "b");
    let mut results = document(client(RESULT).batch_results("b"), Batches).await;
    assert_eq!(results.next().await.unwrap().unwrap().custom_id, "r1");

    let stream = client(&(START.to_owned() + STOP)).stream_message(&request()).await.unwrap();
    assert_eq!((stream.attempts(), stream.status().unwrap().as_u16()), (2, 200));
    assert_eq!(
        (stream.request_id(), &stream.headers()["x-echo"]),
        (Some("req_1"), &"redacted".parse().unwrap())
    );
}

#[cfg(feature = "schemars")]
#[tokio::test(start_paused = true)]
async fn structured_output_has_the_head_of_its_response() {
    #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
    struct Ticket {
        title: String,
    }
    for (text, is_read) in [(r#"{\"title\":\"T\"}"#, true), ("no JSON", false)] {
        let message = MESSAGE.replace("Hello", text);
        let script = Script::new([status(529), with_head(ok(message), "req_1")]);
        match script.client().parse::<Ticket>(&request()).response().await {
            Ok(response) if is_read => {
                assert_head(&response, "req_1", 2, Endpoint::Messages);
                assert_eq!(response.body().value.title, "T");
            }
            Err(error) if !is_read => {
                assert_eq!((error.attempts(), error.request_id()), (2, Some("req_1")), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_of_tools_has_the_head_of_the_last_response() {
    let tool = CustomTool::new("now", Json::parse(r#"{"type":"object"}"#).unwrap());
    let tools = ToolSet::new().raw(tool, async |_input: Json, _cx| Ok("noon"));
    for is_streamed in [false, true] {
        let acts =
            [status(529), with_head(ok(TOOL_USE), "req_1"), with_head(ok(MESSAGE), "req_2"), status(400)];
        let mut run = Script::new(acts).client().run_tools(request(), &tools);
        assert!(run.response().is_none());
        for (id, attempt) in [("req_1", 2), ("req_2", 1)] {
            if is_streamed {
                while !matches!(run.next_event().await.unwrap().unwrap(), RunEvent::Turn(_)) {}
            } else {
                run.next_turn().await.unwrap().unwrap();
            }
            assert_head(run.response().unwrap(), id, attempt, Endpoint::Messages);
            let info = run.response().unwrap().extensions().get::<CallInfo>().unwrap();
            assert_eq!((info.is_streamed(), info.model()), (is_streamed, Some("claude-sonnet-5")));
        }
        // Another turn, which fails.
        run.request_mut().messages.push(InputMessage::user("Go on"));
        let failed = if is_streamed { run.next_event().await.err() } else { run.next_turn().await.err() };
        assert_eq!(failed.unwrap().status().unwrap(), 400);
        assert!(run.response().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_streamed_turn_has_the_head_of_its_response_until_it_breaks_off() {
    let cut = ok(START).pausing(Duration::from_secs(1)).then_broken();
    let script = Script::new([with_head(cut, "req_1"), with_head(ok(MESSAGE), "req_2")]);
    let mut run = script.client().run_tools(request(), &ToolSet::new());
    // The request that is in flight keeps its model.
    assert!(timeout(Duration::from_millis(1), run.next_event()).await.is_err());
    assert_eq!(script.count(), 1);
    run.request_mut().model = "another".to_owned();
    let model = |run: &ToolRun| {
        let info = run.response().unwrap().extensions().get::<CallInfo>().unwrap();
        info.model().unwrap().to_owned()
    };
    assert!(matches!(run.next_event().await.unwrap().unwrap(), RunEvent::Stream(_)));
    assert_head(run.response().unwrap(), "req_1", 1, Endpoint::Messages);
    assert_eq!(model(&run), "claude-sonnet-5");
    let error = run.next_event().await.unwrap_err();
    assert_eq!((error.request_id(), error.attempts()), (Some("req_1"), 1), "{error}");
    assert!(run.response().is_none());

    while !matches!(run.next_event().await.unwrap().unwrap(), RunEvent::Turn(_)) {}
    assert_head(run.response().unwrap(), "req_2", 1, Endpoint::Messages);
    assert_eq!(model(&run), "another");
}
