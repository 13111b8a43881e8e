//! Answers that are written piece by piece.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use messages_api::{
    ApiError, ContentBlock, ErrorKind, ErrorType, Json, Message, MessageDeltaUsage, MessageStream,
    StopReason, Usage,
};

fn start() -> Message {
    let usage = Usage::new(12, 0).cache_read_input_tokens(3);
    Message::new("m", "m", vec![], usage)
}

#[tokio::test]
async fn all_that_can_be_written_adds_up() {
    let stream = MessageStream::write(start(), |mut writer| async move {
        writer.thinking("let ").await;
        writer.thinking("me see").await;
        writer.signature("c2ln").await;
        writer.text("Hel").await;
        writer.text("lo").await;
        writer.tool_use("t1", "f", Json::parse(r#"{"b":1,"a":2}"#).unwrap()).await;
        let mut input = writer.tool_use_stream("t2", "g").await;
        input.write("{\"x\":").await;
        input.write("1}").await;
        writer.tool_use_stream("t3", "h").await;
        writer.block(ContentBlock::text("whole")).await;
        writer.text("own block").await;
        Ok(writer.finish(StopReason::ToolUse, MessageDeltaUsage::new(9)).await)
    });
    let message = stream.final_message().await.unwrap();
    let content = serde_json::to_string(&message.content).unwrap();
    assert_eq!(
        content,
        concat!(
            r#"[{"type":"thinking","thinking":"let me see","signature":"c2ln"},{"type":"text","text":"Hello"},"#,
            r#"{"type":"tool_use","id":"t1","name":"f","input":{"b":1,"a":2}},"#,
            r#"{"type":"tool_use","id":"t2","name":"g","input":{"x":1}},"#,
            r#"{"type":"tool_use","id":"t3","name":"h","input":{}},"#,
            r#"{"type":"text","text":"whole"},{"type":"text","text":"own block"}]"#,
        )
    );
    assert_eq!(message.stop_reason, Some(StopReason::ToolUse));
    assert_eq!((message.usage.input_tokens, message.usage.output_tokens), (12, 9));
}

#[tokio::test]
async fn the_end_repeats_the_usage_of_the_start() {
    let mut stream = MessageStream::write(start(), |writer| async move {
        Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await)
    })
    .events();
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(serde_json::to_value(event.unwrap()).unwrap());
    }
    assert_eq!(
        events[1]["usage"],
        serde_json::json!({"output_tokens": 1, "input_tokens": 12, "cache_read_input_tokens": 3})
    );
    assert!(stream.into_message().is_err());
}

#[tokio::test]
async fn an_error_of_the_author_ends_the_stream() {
    let mut stream = MessageStream::write(start(), |mut writer| async move {
        writer.text("Hel").await;
        Err(ApiError::new(ErrorType::Overloaded, "Overloaded"))
    });
    let mut last = None;
    while let Some(event) = stream.next().await {
        last = Some(event);
    }
    let error = last.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(error.partial_message().unwrap().text(), "Hel");
    assert!(!error.is_retryable());
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn the_author_waits_for_the_reader_and_goes_with_it() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(usize::MAX, Ordering::SeqCst);
        }
    }
    let written = Arc::new(AtomicUsize::new(0));
    let dropped = Dropped(written.clone());
    let count = written.clone();
    let mut stream = MessageStream::write(start(), |mut writer| async move {
        let _dropped = dropped;
        loop {
            writer.text("a").await;
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    for _ in 0..10 {
        stream.next().await.unwrap().unwrap();
    }
    // message_start, content_block_start, and eight pieces, the last of which
    // the author does not know to be taken.
    assert_eq!(written.load(Ordering::SeqCst), 7);
    tokio::task::yield_now().await;
    assert_eq!(written.load(Ordering::SeqCst), 7);
    drop(stream);
    assert_eq!(written.load(Ordering::SeqCst), usize::MAX);
}

#[tokio::test]
async fn a_writer_inside_a_join_is_woken() {
    let stream = MessageStream::write(start(), |mut writer| async move {
        let write = async {
            for _ in 0..5 {
                writer.text("a").await;
            }
        };
        futures::future::join(write, tokio::task::yield_now()).await;
        Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await)
    });
    assert_eq!(stream.final_message().await.unwrap().text(), "aaaaa");
}

#[tokio::test]
async fn events_after_the_end_do_not_matter() {
    let stream = MessageStream::write(start(), |mut writer| async move {
        writer.text("a").await;
        let finished = writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await;
        futures::future::pending::<()>().await;
        Ok(finished)
    });
    assert_eq!(stream.final_message().await.unwrap().text(), "a");
}

#[test]
fn streams_and_writers_are_send() {
    fn assert_send<T: Send + 'static>() {}
    fn assert_unpin<T: Unpin>() {}
    assert_send::<MessageStream>();
    assert_send::<messages_api::EventWriter>();
    assert_unpin::<MessageStream>();
}
