//! Messages written piece by piece with an `EventWriter`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use messages_api::types::events::MessageDelta;
use messages_api::{
    ApiError, ContentBlock, ErrorKind, ErrorType, Json, Message, MessageDeltaUsage, MessageStream,
    StopReason, Usage,
};

fn start() -> Message {
    let usage = Usage::new(12, 0).cache_read_input_tokens(3);
    Message::new("m", "m", vec![], usage)
}

#[tokio::test]
async fn blocks_of_every_kind_add_up_to_the_message() {
    let stream = MessageStream::from_writer(start(), |mut writer| async move {
        writer.thinking("let ").await;
        writer.thinking("me see").await;
        writer.signature("c2ln").await;
        writer.text("Hel").await;
        writer.text("lo").await;
        writer.tool_use("t1", "f", Json::parse(r#"{"b":1,"a":2}"#).unwrap()).await;
        let mut input = writer.start_tool_use("t2", "g").await;
        input.write("{\"x\":").await;
        input.write("1}").await;
        writer.start_tool_use("t3", "h").await;
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
async fn the_last_usage_repeats_that_of_the_start() {
    let mut stream = MessageStream::from_writer(start(), |writer| async move {
        Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await)
    })
    .without_accumulation();
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
async fn an_error_that_the_writing_future_returns_ends_the_stream() {
    let mut stream = MessageStream::from_writer(start(), |mut writer| async move {
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
async fn the_writing_future_waits_for_the_reader_and_is_dropped_with_the_stream() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(usize::MAX, Ordering::SeqCst);
        }
    }
    let written = Arc::new(AtomicUsize::new(0));
    let dropped = Dropped(written.clone());
    let count = written.clone();
    let mut stream = MessageStream::from_writer(start(), |mut writer| async move {
        let _dropped = dropped;
        loop {
            writer.text("a").await;
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    for _ in 0..10 {
        stream.next().await.unwrap().unwrap();
    }
    // Ten events were read: message_start, content_block_start and eight
    // pieces. The future resumes after the last one only when polled again.
    assert_eq!(written.load(Ordering::SeqCst), 7);
    tokio::task::yield_now().await;
    assert_eq!(written.load(Ordering::SeqCst), 7);
    drop(stream);
    assert_eq!(written.load(Ordering::SeqCst), usize::MAX);
}

#[tokio::test]
async fn a_writer_inside_a_join_is_woken() {
    let stream = MessageStream::from_writer(start(), |mut writer| async move {
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

/// The parts of a `FuturesUnordered` are polled with wakers of their own, and only if those were woken.
#[tokio::test]
async fn a_writer_with_a_waker_of_its_own_is_woken() {
    let stream = MessageStream::from_writer(start(), |mut writer| async move {
        let write = async move {
            for _ in 0..5 {
                writer.text("a").await;
            }
            writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await
        };
        let mut parts = futures::stream::FuturesUnordered::from_iter([write]);
        futures::StreamExt::next(&mut parts).await.ok_or_else(ApiError::internal)
    });
    assert_eq!(stream.final_message().await.unwrap().text(), "aaaaa");
}

#[tokio::test]
async fn a_finished_stream_does_not_wait_for_the_writing_future() {
    let stream = MessageStream::from_writer(start(), |mut writer| async move {
        writer.text("a").await;
        let finished = writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await;
        futures::future::pending::<()>().await;
        Ok(finished)
    });
    assert_eq!(stream.final_message().await.unwrap().text(), "a");
}

#[tokio::test]
async fn an_error_before_the_first_event_comes_without_message_start() {
    let mut stream = MessageStream::from_writer(start(), |_writer| async move {
        Err(ApiError::new(ErrorType::RateLimit, "slow down"))
    });
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 429);
    assert!(error.partial_message().is_none() && error.is_retryable());

    let mut stream = MessageStream::from_writer(start(), |mut writer| async move {
        writer.start().await;
        Err(ApiError::new(ErrorType::RateLimit, "slow down"))
    });
    assert_eq!(stream.next().await.unwrap().unwrap().type_name(), "message_start");
    assert!(stream.next().await.unwrap().unwrap_err().is_retryable(), "no content was received");
}

#[tokio::test]
async fn content_of_the_start_message_comes_first() {
    let mut message = start();
    message.content = vec![ContentBlock::text("Well, ")];
    let stream = MessageStream::from_writer(message, |mut writer| async move {
        writer.text("").await;
        writer.text("yes").await;
        writer.end_block().await;
        writer.text(".").await;
        Ok(writer.finish(MessageDelta::new(), MessageDeltaUsage::new(1)).await)
    });
    let message = stream.final_message().await.unwrap();
    assert_eq!((message.content.len(), message.text()), (3, "Well, yes.".to_owned()));
    assert_eq!(message.stop_reason, Some(StopReason::EndTurn));
}

#[tokio::test]
async fn a_tool_input_that_is_not_json_is_an_error_unless_the_message_was_cut() {
    for (stop_reason, is_fine) in [(StopReason::ToolUse, false), (StopReason::MaxTokens, true)] {
        let mut stream = MessageStream::from_writer(start(), |mut writer| async move {
            let mut input = writer.start_tool_use("t", "f").await;
            input.write("{\"a\":1,").await;
            Ok(writer.finish(stop_reason, MessageDeltaUsage::new(1)).await)
        })
        .without_accumulation();
        let mut last = None;
        while let Some(event) = stream.next().await {
            last = Some(event);
        }
        assert_eq!(last.unwrap().is_ok(), is_fine);
    }
    let stream = MessageStream::from_writer(start(), |mut writer| async move {
        writer.start_tool_use("t", "f").await.write("{\"a\":").await;
        writer.text("so").await;
        panic!("the writer goes on after it failed");
    });
    assert_eq!(stream.final_message().await.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_writer_may_move_to_another_task() {
    let stream = MessageStream::from_writer(start(), |mut writer| async move {
        let writing = tokio::spawn(async move {
            for _ in 0..100 {
                writer.text("a").await;
            }
            writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await
        });
        writing.await.map_err(|_| ApiError::internal())
    });
    assert_eq!(stream.final_message().await.unwrap().text().len(), 100);
}

#[tokio::test]
async fn a_writer_that_outlives_its_stream_does_not_wait() {
    let (send, receive) = tokio::sync::oneshot::channel();
    let mut stream = MessageStream::from_writer(start(), |mut writer| async move {
        let writing = tokio::spawn(async move {
            for _ in 0..100 {
                writer.text("a").await;
            }
            let _ = send.send(());
            writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await
        });
        writing.await.map_err(|_| ApiError::internal())
    });
    stream.next().await.unwrap().unwrap();
    drop(stream);
    receive.await.unwrap();
}

#[tokio::test]
async fn a_writer_may_run_beside_its_reader_in_one_task() {
    for reader_first in [true, false] {
        let (send, receive) = tokio::sync::oneshot::channel();
        let (finished_send, finished) = tokio::sync::oneshot::channel();
        let stream = MessageStream::from_writer(start(), |writer| async move {
            let _ = send.send(writer);
            finished.await.map_err(|_| ApiError::internal())
        });
        let read = stream.final_message();
        let write = async move {
            let mut writer = receive.await.unwrap();
            for _ in 0..10 {
                writer.text("a").await;
            }
            let _ = finished_send.send(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await);
        };
        let result = if reader_first {
            futures::future::join(read, write).await.0
        } else {
            futures::future::join(write, read).await.1
        };
        assert_eq!(result.unwrap().text().len(), 10);
    }
}

#[tokio::test]
async fn a_writer_cannot_be_finished_by_the_proof_of_another_one() {
    let stream = MessageStream::from_writer(start(), |mut writer| async move {
        writer.text("a").await;
        let other = MessageStream::from_writer(start(), |writer| async move {
            Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await)
        });
        let (send, receive) = tokio::sync::oneshot::channel();
        let other_stream = MessageStream::from_writer(start(), |writer| async move {
            let _ = send.send(writer);
            std::future::pending().await
        });
        other.final_message().await?;
        let mut other_stream = other_stream;
        let _ = futures::poll!(std::pin::pin!(other_stream.next()));
        let foreign = receive.await.map_err(|_| ApiError::internal())?;
        drop(other_stream);
        Ok(foreign.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await)
    });
    let error = stream.final_message().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert_eq!(error.partial_message().unwrap().text(), "a");
}

#[test]
fn streams_and_writers_are_send() {
    fn assert_send<T: Send + 'static>() {}
    fn assert_unpin<T: Unpin>() {}
    assert_send::<MessageStream>();
    assert_send::<messages_api::EventWriter>();
    assert_unpin::<MessageStream>();
}
