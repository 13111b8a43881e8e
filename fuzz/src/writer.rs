//! The message of an `EventWriter` is the one that was written.

use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::join;
use messages_api::json::MAX_DEPTH;
use messages_api::stream::Finished;
use messages_api::types::citations::{Citation, CitationCharLocation};
use messages_api::types::{TextBlock, ThinkingBlock};
use messages_api::{
    ApiError, ContentBlock, Error, ErrorKind, ErrorType, EventWriter, Json, Message, MessageDeltaUsage,
    MessageStream, StopReason, ToolUseBlock, Usage,
};

use crate::json::depth;
use crate::partial_input::{is_beginning, longest_whole};

/// Checks an `EventWriter`. The input is its calls, one a line; see [`calls`].
///
/// The stream yields the blocks that the calls describe. If they make no valid
/// message, it fails and keeps the blocks before the failure. That holds
/// whether the stream polls the writer or another task does. The stream may be
/// dropped at any time.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let calls = calls(&text);
    let expected = expected_message(&calls);
    for found in [written_by_the_stream(calls.clone()), written_by_another_task(calls.clone())] {
        match (found, &expected) {
            (Ok(found), Ok(expected)) => assert_eq!(&found, expected),
            (Err(error), Err((kind, partial))) => {
                assert_eq!(error.kind(), *kind);
                assert_eq!(error.partial_message(), partial.as_ref());
            }
            (found, expected) => panic!("{found:?}, but expected {expected:?}"),
        }
    }
    drop_early(calls);
}

#[derive(Clone, Debug)]
enum Call {
    Start,
    Text(String),
    Thinking(String),
    Signature(String),
    Citation(Citation),
    ToolUse(Json),
    ToolUseStream,
    Piece(String),
    Block(ContentBlock),
    EndBlock,
    Finish(StopReason),
    Fail(String),
}

/// Reads the calls. Each line is a letter and the argument of the call. A piece
/// of a tool input is ignored unless it follows the start of one or another
/// piece. The last call is the first end, or `end_turn` if there is none.
fn calls(text: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for line in text.lines() {
        let Some((letter, text)) = line.split_at_checked(1) else { continue };
        let call = match letter {
            "s" => Some(Call::Start),
            "t" => Some(Call::Text(text.to_owned())),
            "h" => Some(Call::Thinking(text.to_owned())),
            "g" => Some(Call::Signature(text.to_owned())),
            "c" => Some(Call::Citation(CitationCharLocation::new(text, 0, 0, 1).into())),
            "u" => Json::parse(text).ok().map(Call::ToolUse),
            "i" => Some(Call::ToolUseStream),
            "j" => matches!(calls.last(), Some(Call::ToolUseStream | Call::Piece(_)))
                .then(|| Call::Piece(text.to_owned())),
            "b" => serde_json::from_str(text).ok().map(Call::Block),
            "e" => Some(Call::EndBlock),
            "." => Some(Call::Finish(StopReason::from(text))),
            "!" => Some(Call::Fail(text.to_owned())),
            _ => None,
        };
        let is_end = matches!(call, Some(Call::Finish(_) | Call::Fail(_)));
        calls.extend(call);
        if is_end {
            return calls;
        }
    }
    calls.push(Call::Finish(StopReason::EndTurn));
    calls
}

/// The message at its start. It has a block, to which no call adds.
fn start() -> Message {
    Message::new("msg_1", "m", vec![ContentBlock::text("start")], Usage::new(5, 0))
}

async fn write(mut writer: EventWriter, calls: Vec<Call>) -> Result<Finished, ApiError> {
    let mut calls = calls.into_iter().peekable();
    while let Some(call) = calls.next() {
        match call {
            Call::Start => writer.start().await,
            Call::Text(text) => writer.text(text).await,
            Call::Thinking(text) => writer.thinking(text).await,
            Call::Signature(text) => writer.signature(text).await,
            Call::Citation(citation) => writer.citation(citation).await,
            Call::ToolUse(input) => writer.tool_use("toolu_1", "f", input).await,
            Call::ToolUseStream => {
                let mut input = writer.start_tool_use("toolu_1", "f").await;
                while let Some(Call::Piece(piece)) = calls.next_if(|call| matches!(call, Call::Piece(_))) {
                    input.write(piece).await;
                }
            }
            Call::Piece(_) => unreachable!("a piece follows a call that takes it"),
            Call::Block(block) => writer.block(block).await,
            Call::EndBlock => writer.end_block().await,
            Call::Finish(reason) => return Ok(writer.finish(reason, MessageDeltaUsage::new(9)).await),
            Call::Fail(message) => return Err(ApiError::new(ErrorType::Overloaded, message)),
        }
    }
    unreachable!("the last call is an end")
}

/// The future that the stream polls makes the calls.
fn written_by_the_stream(calls: Vec<Call>) -> Result<Message, Error> {
    block_on(MessageStream::from_writer(start(), |writer| write(writer, calls)).final_message())
}

/// Another task makes the calls; the future that the stream polls only waits.
fn written_by_another_task(calls: Vec<Call>) -> Result<Message, Error> {
    let (writer, taken) = oneshot::channel();
    let (result, done) = oneshot::channel();
    let stream = MessageStream::from_writer(start(), |own| {
        assert!(writer.send(own).is_ok());
        async { done.await.expect("the other task sends a result") }
    });
    let task = async {
        let written = write(taken.await.unwrap(), calls).await;
        // A stream that has failed does not wait for the result.
        let _ = result.send(written);
    };
    block_on(async { join(stream.final_message(), task).await.0 })
}

/// Reads some events and drops the stream. A writer in another task then
/// continues without waiting.
fn drop_early(calls: Vec<Call>) {
    let (writer, taken) = oneshot::channel();
    let count = calls.len() / 2;
    let mut stream = MessageStream::from_writer(start(), |own| {
        assert!(writer.send(own).is_ok());
        std::future::pending()
    });
    let read = async {
        for _ in 0..count {
            if !matches!(stream.next().await, Some(Ok(_))) {
                break;
            }
        }
        drop(stream);
    };
    // A failure reaches the stream by the other future, which never completes
    // here, so the reader would wait forever.
    if matches!(calls.last(), Some(Call::Finish(_))) {
        let _ = block_on(join(read, async { write(taken.await.unwrap(), calls).await.is_ok() }));
    }
}

/// Returns the message that `calls` describe, or the kind of the error and the
/// message so far.
fn expected_message(calls: &[Call]) -> Result<Message, (ErrorKind, Option<Message>)> {
    let mut message = start();
    let mut has_begun = false;
    // Whether the last block can be written to.
    let mut is_open = false;
    // The pieces of a tool input that is not read yet.
    let mut pieces: Option<String> = None;
    for call in calls {
        let continues = match (call, message.content.last()) {
            (Call::Start | Call::Piece(_), _) => true,
            (Call::Text(text) | Call::Thinking(text), _) if text.is_empty() => continue,
            (Call::Text(_) | Call::Citation(_), Some(ContentBlock::Text(_))) => is_open,
            (Call::Thinking(_) | Call::Signature(_), Some(ContentBlock::Thinking(_))) => is_open,
            (Call::Fail(_), _) => return Err((ErrorKind::Api, has_begun.then_some(message))),
            _ => false,
        };
        has_begun = true;
        if !continues {
            let reason = if let Call::Finish(reason) = call { Some(reason) } else { None };
            if let Some(text) = pieces.take() {
                read_input(&mut message, &text, reason)?;
            }
            is_open = matches!(call, Call::Text(_) | Call::Citation(_) | Call::Thinking(_));
        }
        let content = &mut message.content;
        match call {
            Call::Start | Call::EndBlock | Call::Fail(_) => {}
            Call::Piece(piece) => pieces.get_or_insert_default().push_str(piece),
            Call::Text(_) | Call::Citation(_) if !continues => content.push(TextBlock::new("").into()),
            Call::Thinking(_) | Call::Signature(_) if !continues => {
                content.push(ThinkingBlock::new("", "").into())
            }
            Call::ToolUse(input) => content.push(ToolUseBlock::new("toolu_1", "f", input.clone()).into()),
            Call::ToolUseStream => {
                content.push(ToolUseBlock::new("toolu_1", "f", Json::empty_object()).into());
                pieces = Some(String::new());
            }
            Call::Block(block) => {
                if let ContentBlock::Fallback(block) = block {
                    message.model.clone_from(&block.to.model);
                }
                content.push(block.clone());
            }
            Call::Finish(reason) => message.stop_reason = Some(reason.clone()),
            _ => {}
        }
        match (call, message.content.last_mut()) {
            (Call::Text(text), Some(ContentBlock::Text(block))) => block.text.push_str(text),
            (Call::Citation(citation), Some(ContentBlock::Text(block))) => {
                block.citations.get_or_insert_default().push(citation.clone());
            }
            (Call::Thinking(text), Some(ContentBlock::Thinking(block))) => block.thinking.push_str(text),
            (Call::Signature(text), Some(ContentBlock::Thinking(block))) => {
                block.signature.clone_from(text);
                is_open = false;
            }
            _ => {}
        }
    }
    message.usage.output_tokens = 9;
    Ok(message)
}

/// Reads the tool input of the last block. If the message ends after it, `end`
/// is the stop reason, by which the input may be cut off.
fn read_input(
    message: &mut Message,
    text: &str,
    end: Option<&StopReason>,
) -> Result<(), (ErrorKind, Option<Message>)> {
    let may_be_cut = matches!(
        end,
        Some(
            StopReason::MaxTokens
                | StopReason::StopSequence
                | StopReason::Refusal
                | StopReason::ModelContextWindowExceeded
        )
    );
    let input = match Json::parse(text) {
        _ if text.trim_ascii().is_empty() => return Ok(()),
        Ok(input) => Some(input),
        Err(_) if may_be_cut && is_beginning(text) => {
            Some(text).filter(|text| depth(text) <= MAX_DEPTH).and_then(longest_whole)
        }
        // The writer fails at once, unless the input may be cut off. The reader finds out at the end.
        Err(_) if may_be_cut => {
            let mut message = message.clone();
            message.stop_reason = end.cloned();
            message.usage.output_tokens = 9;
            return Err((ErrorKind::Protocol, Some(message)));
        }
        Err(_) => return Err((ErrorKind::Protocol, Some(message.clone()))),
    };
    if let (Some(ContentBlock::ToolUse(block)), Some(input)) = (message.content.last_mut(), input) {
        block.input = input;
    }
    Ok(())
}
