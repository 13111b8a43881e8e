//! Records of requests.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use http::StatusCode;
use messages_api::handler::{End, Principal};
use messages_api::policy::{
    DroppedRecords, Record, RecordBatch, RecordQueue, Recorded, RecordedLayer, Records,
};
use messages_api::types::fallback::FallbackCreditToken;
use messages_api::types::mcp::McpServerUrl;
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, Credential, ErrorType, Handler, Json, Message,
    MessageDeltaUsage, MessageStream, RequestContext, StopReason, Usage, handler_fn,
};
use serde_json::{Value, json};
use tokio::time::sleep;
use tower::Layer;

fn context() -> RequestContext {
    let parts = http::Request::new(()).into_parts().0;
    let mut context = RequestContext::new("req_01", parts);
    context.set_principal(Principal::new("alice").with_credential(Credential::api_key("sk-secret")));
    context
}

fn request(text: &str) -> CreateMessageRequest {
    CreateMessageRequest::new("claude-sonnet-5", 100).user(text)
}

/// A handler that does what the text of the request says.
fn handler() -> impl Handler {
    handler_fn(|request, _context| async move {
        let text = request.messages[0].content.to_text();
        let usage = Usage::new(30, 7).cache_read_input_tokens(400);
        match &*text {
            "fail" => Err(ApiError::not_found("model: claude-sonnet-5")),
            "whole" => {
                let content = vec![ContentBlock::text("Oslo.")];
                let message = Message::new("msg_01", "claude-sonnet-5", content, usage);
                Ok(message.stop_reason(StopReason::EndTurn).into())
            }
            _ => {
                sleep(Duration::from_millis(200)).await;
                let start = Message::new("msg_01", "claude-sonnet-5", vec![], usage);
                let stream = MessageStream::from_writer(start, |mut writer| async move {
                    sleep(Duration::from_millis(300)).await;
                    writer.text("Os").await;
                    sleep(Duration::from_millis(500)).await;
                    writer.text("lo.").await;
                    if text.ends_with("break") {
                        return Err(ApiError::internal());
                    }
                    Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(7)).await)
                });
                Ok(stream.into())
            }
        }
    })
}

fn layer() -> (RecordedLayer, Receiver<Record>) {
    let (sender, receiver) = channel();
    (Recorded::layer(move |record| sender.send(record).unwrap()), receiver)
}

/// Asks for `text` through `layer`, and reads so many events of the reply.
async fn ask(layer: &RecordedLayer, request: CreateMessageRequest, events: usize) {
    let Ok(reply) = layer.layer(handler()).create_message(request, context()).await else { return };
    if events == 0 {
        let _ = reply.into_parts();
        return;
    }
    let mut stream = reply.into_stream();
    for _ in 0..events {
        if !matches!(stream.next().await, Some(Ok(_))) {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_request_has_one_record() {
    let (layer, records) = layer();
    let (before, after) = (SystemTime::now(), SystemTime::now);
    for (text, events, end, usage, delivered, times) in [
        ("whole", 0, "completed", Some((30, 7)), 5, [None, Some(0)]),
        ("stream", 99, "completed", Some((30, 7)), 5, [Some(500), Some(1_000)]),
        ("stream", 3, "cancelled", Some((30, 0)), 2, [Some(500), Some(500)]),
        ("stream and break", 99, "failed", Some((30, 0)), 5, [Some(500), Some(1_000)]),
        ("fail", 0, "failed", None, 0, [None, Some(0)]),
    ] {
        ask(&layer, request(text).stream(true), events).await;
        let record = records.try_recv().unwrap();
        assert!(records.try_recv().is_err(), "{text}: a second record");
        assert_eq!(record.end.as_str(), end, "{text}");
        let names = (&*record.request_id, &*record.principal, &*record.model);
        assert_eq!(names, ("req_01", "alice", "claude-sonnet-5"));
        assert_eq!(
            record.usage.as_ref().map(|usage| (usage.input_tokens, usage.output_tokens)),
            usage,
            "{text}"
        );
        assert_eq!(record.delivered.text_bytes, delivered, "{text}");
        let found = [record.first_token, record.duration].map(|time| time.map(|time| time.as_millis()));
        assert_eq!(found, times, "{text}");
        assert_eq!(record.stop_reason.is_some(), end == "completed");
        assert!(before <= record.started_at && record.started_at <= after());
        assert!(record.is_streamed && record.content.is_none());
        assert!(!format!("{record:?}").contains("secret"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_before_the_head_is_recorded() {
    let (layer, records) = layer();
    let handler = layer.layer(handler());
    assert!(handler.create_message(request("stream"), context()).now_or_never().is_none());
    assert_eq!(records.recv().unwrap().end, End::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn content_is_kept_where_it_is_asked_for() {
    for (text, events, limit, expected) in [
        ("whole", 0, 10_000, Some("Oslo.")),
        ("whole", 99, 10_000, Some("Oslo.")),
        ("stream", 99, 10_000, Some("Oslo.")),
        ("stream", 3, 10_000, Some("Os")),
        ("stream and break", 99, 10_000, Some("Oslo.")),
        ("stream", 1, 10_000, Some("")),
        ("fail", 0, 10_000, None),
        ("whole", 0, 60, None),
        ("stream", 99, 60, None),
    ] {
        let (layer, records) = layer();
        let layer = layer.content(limit);
        ask(&layer, request(text), events).await;
        let content = records.recv().unwrap().content.unwrap();
        let message = content.message.map(|json| json.decode::<Message>().unwrap().text());
        assert_eq!(message.as_deref(), expected, "{text}, {events} events");
        let found = content.request.map(|json| json.decode::<CreateMessageRequest>().unwrap());
        assert_eq!(found, (limit > 60).then(|| request(text)), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_content_has_no_keys() {
    let (layer, records) = layer();
    let layer = layer.content(10_000);
    let server = McpServerUrl::new("mail", "https://mcp.example.test").authorization_token("secret");
    let mut asked = request("whole").mcp_servers(vec![server.clone()]);
    asked.fallback_credit_token = Some(FallbackCreditToken::from("secret".to_owned()));
    ask(&layer, asked, 0).await;
    let record = records.recv().unwrap();
    let json = record.content.as_ref().unwrap().request.clone().unwrap();
    assert!(
        !json.as_raw_str().contains("secret") && json.as_raw_str().contains("mcp.example.test"),
        "{json}"
    );
    assert!(!serde_json::to_string(&record).unwrap().contains("secret"));
}

#[tokio::test(start_paused = true)]
async fn a_record_is_one_flat_line() {
    let (layer, records) = layer();
    ask(&layer, request("fail"), 0).await;
    ask(&layer.content(10_000), request("stream").stream(true), 99).await;
    let mut lines = records.try_iter().map(|record| serde_json::to_value(record).unwrap());
    let mut line = || {
        let mut line = lines.next().unwrap();
        assert!(line["started_at"].take().as_u64().unwrap() > 1_700_000_000_000);
        line
    };
    assert_eq!(
        line(),
        json!({
            "request_id": "req_01", "principal": "alice", "model": "claude-sonnet-5", "stream": false,
            "started_at": null, "end": "failed", "error_type": "not_found_error", "error_status": 404,
            "error_message": "model: claude-sonnet-5", "stop_reason": null, "usage": null,
            "delivered_events": 0, "delivered_bytes": 0, "first_token": null, "duration": 0,
        })
    );
    let mut line = line();
    assert_eq!(line["request"].take()["messages"][0]["content"], "stream");
    assert_eq!(line["message"].take()["content"][0]["text"], "Oslo.");
    assert_eq!(line["usage"].take()["output_tokens"], 7);
    assert_eq!(
        line,
        json!({
            "request_id": "req_01", "principal": "alice", "model": "claude-sonnet-5", "stream": true,
            "started_at": null, "end": "completed", "stop_reason": "end_turn", "usage": null,
            "delivered_events": 7, "delivered_bytes": 5, "first_token": 500, "duration": 1000,
            "request": Value::Null, "message": Value::Null,
        })
    );
}

/// Neither the caller nor an upstream can make a record large.
#[tokio::test(start_paused = true)]
async fn a_record_keeps_only_the_start_of_long_texts() {
    let (layer, records) = layer();
    let wordy = handler_fn(|_request, _context| async {
        let details = Json::parse(&format!("{:?}", "d".repeat(100_000))).unwrap();
        let error = ApiError::new(ErrorType::from("e".repeat(100_000)), "é".repeat(100_000));
        let mut error =
            error.with_details(details).with_status(StatusCode::BAD_GATEWAY).with_cause("c".repeat(100_000));
        error.headers_mut().insert("x-long", "h".repeat(100_000).parse().unwrap());
        Err(error)
    });
    let request = CreateMessageRequest::new("m".repeat(100_000), 9).user("Hi");
    layer.layer(wordy).create_message(request, context()).await.unwrap_err();
    let record = records.recv().unwrap();
    assert_eq!(record.model, "m".repeat(256));
    let End::Failed(error) = &record.end else { panic!("{record:?}") };
    assert_eq!(error.status(), StatusCode::BAD_GATEWAY);
    assert_eq!((error.message(), error.error_type().as_str()), (&*"é".repeat(256), &*"e".repeat(512)));
    assert_eq!(error.cause(), Some(&*"c".repeat(512)));
    assert!(error.headers().is_empty() && error.details().is_none());
}

/// Takes what is in the queue.
fn read(records: &mut Records) -> Option<RecordBatch> {
    records.next().now_or_never()?
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_says_what_it_dropped() {
    let (queue, mut records) = RecordQueue::new(3);
    let layer = Recorded::layer(queue);
    assert!(records.next().now_or_never().is_none());
    for text in ["fail", "whole", "whole", "whole", "whole", "fail"] {
        ask(&layer, request(text), 0).await;
    }
    let batch = read(&mut records).unwrap();
    assert_eq!(batch.records.len(), 3);
    assert_eq!(batch.records[0].end.as_str(), "failed"); // the first three are there
    let DroppedRecords { records: count, input_tokens, output_tokens, .. } = batch.dropped;
    assert_eq!((count, input_tokens, output_tokens), (3, 860, 14));

    ask(&layer, request("whole"), 0).await;
    let batch = read(&mut records).unwrap();
    assert_eq!((batch.records.len(), batch.dropped), (1, DroppedRecords::default()));

    ask(&layer, request("whole"), 0).await;
    drop(layer);
    assert_eq!(read(&mut records).unwrap().records.len(), 1);
    assert!(records.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_reader_is_woken_by_a_record_and_by_the_end() {
    let (queue, mut records) = RecordQueue::new(3);
    let layer = Recorded::layer(queue);
    let reader = tokio::spawn(async move {
        let mut count = 0;
        while let Some(batch) = records.next().await {
            count += batch.records.len();
        }
        count
    });
    for _ in 0..20 {
        tokio::task::yield_now().await;
        ask(&layer, request("whole"), 0).await;
    }
    tokio::task::yield_now().await;
    drop(layer);
    assert_eq!(reader.await.unwrap(), 20);
}

/// Requests do not notice that nobody reads their records, or that the sink panics.
#[tokio::test(start_paused = true)]
async fn a_sink_that_is_gone_or_panics_hurts_nobody() {
    let (queue, records) = RecordQueue::new(3);
    drop(records);
    for layer in [Recorded::layer(queue), Recorded::layer(|_record| panic!("a faulty sink"))] {
        let reply = layer.layer(handler()).create_message(request("whole"), context()).await.unwrap();
        assert_eq!(reply.into_stream().final_message().await.unwrap().text(), "Oslo.");
    }
}
