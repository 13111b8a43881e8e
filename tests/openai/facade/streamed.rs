//! Streams of a facade.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use messages_api::handler::Outcome;
use messages_api::openai::Facade;
use messages_api::{
    ApiError, CreateMessageRequest, ErrorType, Handler, Message, MessageDeltaUsage, MessageStream,
    MessagesService, StopReason, Usage, handler_fn,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::served::{PATH, body, frames, post};

/// Streams a text, and then what `end` returns.
fn streaming<F>(end: F) -> impl Handler
where
    F: Fn() -> Result<(), ApiError> + Clone + Send + Sync + 'static,
{
    handler_fn(move |request: CreateMessageRequest, _context| {
        let end = end.clone();
        let start = Message::new("msg_01", request.model, vec![], Usage::new(12, 0));
        let stream = MessageStream::from_writer(start, move |mut writer| async move {
            writer.text("Once").await;
            tokio::time::sleep(Duration::from_secs(12)).await;
            end()?;
            Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(6)).await)
        });
        std::future::ready(Ok(stream.into()))
    })
}

#[tokio::test(start_paused = true)]
async fn pings_and_failures_of_a_stream() {
    let builder = |fails: bool| {
        let handler = streaming(move || match fails {
            true => Err(ApiError::new(ErrorType::RateLimit, "Enough")),
            false => Ok(()),
        });
        MessagesService::builder(handler).unauthenticated().ping_interval(Duration::from_secs(5))
    };
    let stream = post(&Facade::new(builder(false).build()), body(&json!({"stream": true}))).await;
    let whole = frames(&stream.body);
    assert_eq!(whole[2..4], [": ping", ": ping"]);
    assert!(
        whole[4].ends_with(r#""choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#),
        "{}",
        whole[4]
    );
    assert_eq!((whole.len(), whole[5]), (6, "data: [DONE]"));

    let stream = post(&Facade::new(builder(true).build()), body(&json!({"stream": true}))).await;
    let failed = frames(&stream.body);
    assert_eq!(failed[..2].len() + failed[2..4].iter().filter(|frame| **frame == ": ping").count(), 4);
    let error: Value = serde_json::from_str(failed[4].strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(
        error,
        json!({"error": {"message": "Enough", "type": "rate_limit_error", "param": null, "code": "rate_limit_exceeded"}})
    );
    assert_eq!(failed.len(), 5, "{failed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_drops_the_stream_and_hooks_learn_of_it() {
    let ends: Arc<Mutex<Vec<_>>> = Arc::default();
    let (dropped, seen) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&ends));

    struct Count(Arc<AtomicUsize>);

    impl Drop for Count {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    let count = Arc::clone(&dropped);
    let handler = handler_fn(move |request: CreateMessageRequest, _context| {
        let guard = Count(Arc::clone(&count));
        let start = Message::new("msg_01", request.model, vec![], Usage::new(12, 0));
        let stream = MessageStream::from_writer(start, move |mut writer| async move {
            let _guard = guard;
            writer.text("Once").await;
            std::future::pending::<()>().await;
            Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(6)).await)
        });
        std::future::ready(Ok(stream.into()))
    });
    let hook = move |outcome: &Outcome| {
        let usage = outcome.usage.as_ref().map(|usage| usage.input_tokens);
        seen.lock().unwrap().push((outcome.end.as_str(), usage));
    };
    let service = MessagesService::builder(handler).unauthenticated().on_end(hook).build();
    let request = Request::post(PATH).body(body(&json!({"stream": true}))).unwrap();
    let mut body = Facade::new(service).oneshot(request).await.unwrap().into_body();
    while let Some(frame) = body.frame().await {
        if frame.unwrap().into_data().unwrap().windows(4).any(|window| window == b"Once") {
            break;
        }
    }
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    drop(body);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    assert_eq!(*ends.lock().unwrap(), [("cancelled", Some(12))]);
}
