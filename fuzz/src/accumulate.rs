//! Any events add up to a message, or fail without changing it.

use futures::executor::block_on;
use messages_api::stream::{AccumulateError, Accumulator, EventDecoder, replay};
use messages_api::types::citations::Citation;
use messages_api::types::events::{
    CitationsDelta, CompactionDelta, ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent,
    ContentBlockStopEvent, InputJsonDelta, MessageDelta, MessageDeltaEvent, MessageStartEvent,
    MessageStopEvent, PingEvent, SignatureDelta, TextDelta, ThinkingDelta,
};
use messages_api::{ContentBlock, Message, MessageDeltaUsage, MessageStream, StopReason, StreamEvent, Usage};

use crate::events::{add_up, travel};

/// Checks the events of an event stream, and the events of a list with one
/// event a line. The input is taken as both.
///
/// A line holds an event or a message as JSON, or a letter that stands for an
/// event (see [`event`]). An event that fails leaves the message as it was. A
/// lenient accumulator fails only on `error` events, on its limits and on fields
/// of the wrong type. An
/// accumulator with a limit does the same as one without, or fails with
/// `TooLarge`. The events of a replayed message add up to it, directly, after
/// they were encoded and decoded, and as a stream.
pub fn check(data: &[u8]) {
    let mut decoder = EventDecoder::new();
    decoder.push(data.to_vec());
    let mut decoded = Vec::new();
    loop {
        match decoder.next() {
            Ok(Some(event)) => decoded.push(event),
            Ok(None) => break,
            Err(_) => {}
        }
    }
    let listed: Vec<_> = String::from_utf8_lossy(data).lines().filter_map(event).collect();
    for events in [decoded, listed] {
        for lenient in [false, true] {
            let (whole, message) = add(&events, lenient, usize::MAX);
            let (limited, small) = add(&events, lenient, 3000);
            if !limited.iter().any(|result| matches!(result, Err(AccumulateError::TooLarge { .. }))) {
                assert_eq!((&limited, &small), (&whole, &message));
            }
            for message in [message, small].into_iter().flatten() {
                assert_replays(&message);
            }
        }
    }
}

/// Reads one line of the list.
pub(crate) fn event(line: &str) -> Option<StreamEvent> {
    let (letter, rest) = line.split_at_checked(1)?;
    let (index, text) = rest.split_at_checked(1).unwrap_or(("0", rest));
    let index = index.parse().unwrap_or(u64::MAX);
    let block = |json: &str| {
        Some(ContentBlockStartEvent::new(index, serde_json::from_str::<ContentBlock>(json).ok()?).into())
    };
    let delta = |delta: ContentBlockDelta| Some(ContentBlockDeltaEvent::new(index, delta).into());
    match letter {
        // A message comes first, as it can also be read as an unknown event.
        "{" => {
            let message = serde_json::from_str::<Message>(line);
            message
                .map(|message| MessageStartEvent::new(message).into())
                .or_else(|_| serde_json::from_str(line))
                .ok()
        }
        "m" => Some(MessageStartEvent::new(Message::new("msg_1", rest, vec![], Usage::new(1, 0))).into()),
        "b" => block(text),
        "t" => block(r#"{"type":"text","text":""}"#),
        "h" => block(r#"{"type":"thinking","thinking":"","signature":""}"#),
        "u" => block(r#"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#),
        "n" => block(r#"{"type":"new_tool_use","id":"1","input":{}}"#),
        "T" => delta(TextDelta::new(text).into()),
        "H" => delta(ThinkingDelta::new(text).into()),
        "S" => delta(SignatureDelta::new(text).into()),
        "J" => delta(InputJsonDelta::new(text).into()),
        "C" => delta(CitationsDelta::new(serde_json::from_str::<Citation>(text).ok()?).into()),
        "K" => delta(CompactionDelta::new().content(text).into()),
        "D" => delta(serde_json::from_str(text).ok()?),
        "e" => Some(ContentBlockStopEvent::new(index).into()),
        "r" => {
            let delta = MessageDelta::from(StopReason::from(rest));
            Some(MessageDeltaEvent::new(delta, MessageDeltaUsage::new(9)).into())
        }
        "." => Some(MessageStopEvent::new().into()),
        "p" => Some(PingEvent::new().into()),
        _ => None,
    }
}

/// Returns the result of each event, and the message if it is complete.
fn add(
    events: &[StreamEvent],
    lenient: bool,
    max_bytes: usize,
) -> (Vec<Result<(), AccumulateError>>, Option<Message>) {
    let mut accumulator = Accumulator::new().max_bytes(max_bytes);
    if lenient {
        accumulator = accumulator.lenient(true);
    }
    let mut results = Vec::new();
    for event in events {
        let before = accumulator.message().cloned();
        let result = accumulator.push(event);
        if let Err(error) = &result {
            assert!(!error.to_string().is_empty());
            let is_allowed = matches!(
                error,
                AccumulateError::Api(_)
                    | AccumulateError::WrongField(_)
                    | AccumulateError::TooLarge { .. }
                    | AccumulateError::TooManyEvents { .. }
            );
            assert!(!lenient || is_allowed, "{error:?}");
            // `message_stop` reads the pending tool inputs one after the other, so
            // some are set before another one fails.
            if !matches!(event, StreamEvent::MessageStop(_)) {
                assert_eq!(accumulator.message(), before.as_ref());
            }
        }
        results.push(result);
        let blocks = accumulator.message().map_or(0, |message| message.content.len());
        assert_eq!(accumulator.partial_input(blocks), None);
        assert!((0..blocks).all(|at| accumulator.partial_input(at) != Some("")));
    }
    assert_eq!(accumulator.message().is_some(), !has_no_start(events, &results));
    let is_complete = accumulator.is_complete();
    let message = accumulator.into_message();
    assert_eq!(message.is_ok(), is_complete);
    (results, message.ok())
}

/// Returns `true` if none of the events started a message.
fn has_no_start(events: &[StreamEvent], results: &[Result<(), AccumulateError>]) -> bool {
    let is_start = |event: &StreamEvent| matches!(event, StreamEvent::MessageStart(_));
    !events.iter().zip(results).any(|(event, result)| is_start(event) && result.is_ok())
}

/// Checks that the events of a replayed message add up to it.
fn assert_replays(message: &Message) {
    let events: Vec<_> = replay(message.clone()).collect();
    let again = add_up(events.clone()).expect("a replay is in order");
    assert_eq!(&again, message);
    // Equality ignores `null`. None may get lost, and some may be added.
    let fields = |message: &Message| serde_json::to_value(message).ok()?.as_object().cloned();
    // A message that nests too deep cannot be a `Value`.
    if let (Some(before), Some(after)) = (fields(message), fields(&again)) {
        for (key, value) in &before {
            assert_eq!(after.get(key), Some(value), "{key}");
        }
        assert!(after.iter().all(|(key, value)| value.is_null() || before.contains_key(key)));
    }
    if let Some(travelled) = events.iter().map(travel).collect::<Option<Vec<_>>>() {
        assert_eq!(&add_up(travelled).unwrap(), message);
    }
    let stream = MessageStream::from(message.clone()).max_message_bytes(usize::MAX);
    assert_eq!(&block_on(stream.final_message()).unwrap(), message);
}
