//! What leaves a checker is legal, whatever enters it.

use messages_api::stream::{
    AccumulateError, Accumulator, Checked, Checker, EventDecoder, check as check_all,
};
use messages_api::types::events::ContentBlockDelta;
use messages_api::{ContentBlock, StopReason, StreamEvent};
use serde_json::{json, to_value};

use crate::accumulate::event;

/// Checks the events of an event stream, and the events of a list with one event
/// a line, as for [`accumulate`](crate::accumulate::check). The input is taken as
/// both.
///
/// What leaves is legal, judged by a grammar that is written down here once more,
/// and leaves a second checker as it is. If the checker and a strict accumulator
/// both accept everything, the message is the same as that of all events.
pub fn check(data: &[u8]) {
    let mut decoder = EventDecoder::new();
    decoder.push(data.to_vec());
    let decoded: Vec<_> =
        std::iter::from_fn(|| decoder.next().transpose()).take(data.len()).filter_map(Result::ok).collect();
    let listed: Vec<_> = String::from_utf8_lossy(data).lines().filter_map(event).collect();
    for events in [decoded, listed] {
        let mut checker = Checker::new();
        let (mut leaving, mut refusal) = (Vec::new(), None);
        for event in &events {
            match checker.push(event) {
                Ok(Checked::Unchanged) => leaving.push(event.clone()),
                Ok(Checked::Replaced(events)) => leaving.extend(events),
                Ok(_) => unreachable!(),
                Err(error) => {
                    assert!(refusal.is_none(), "refused twice");
                    refusal = Some(error);
                }
            }
        }
        let is_whole = assert_legal(&leaving);
        assert_eq!(checker.is_complete(), is_whole);
        assert!(!is_whole || refusal.is_none());
        if is_whole {
            assert_eq!(check_all(leaving.clone()).as_ref(), Ok(&leaving));
            if let (Ok(before), Ok(after)) = (add_up(&events), add_up(&leaving)) {
                assert_eq!(before.content.len(), after.content.len());
                let is_cut = after.stop_reason != Some(StopReason::EndTurn)
                    && after.stop_reason != Some(StopReason::ToolUse);
                for (before, after) in before.content.iter().zip(&after.content) {
                    assert!(is_same(before, after, is_cut), "{before:?} became {after:?}");
                }
                assert!(before.stop_reason.is_none() || before.stop_reason == after.stop_reason);
            }
        }
    }
}

/// Compares a block with what has become of it. Fields that were missing have their defaults. The input of a
/// call is `{}` if it was missing, or if the model was cut off in the middle of it.
fn is_same(before: &ContentBlock, after: &ContentBlock, is_cut: bool) -> bool {
    if before == after {
        return true;
    }
    let (Ok(mut before), Ok(mut after)) = (to_value(before), to_value(after)) else { return before == after };
    for block in [&mut before, &mut after] {
        if let Some(input) = block.get_mut("input") {
            if is_cut || input.is_null() || input == "" {
                *input = json!({});
            }
        }
    }
    before == after
}

fn add_up(events: &[StreamEvent]) -> Result<messages_api::Message, AccumulateError> {
    let mut accumulator = Accumulator::new().max_bytes(usize::MAX);
    events.iter().try_for_each(|event| accumulator.push(event))?;
    accumulator.into_message()
}

/// Asserts that the events are the beginning of a legal stream. Returns `true` if
/// they are a whole one.
fn assert_legal(events: &[StreamEvent]) -> bool {
    enum At {
        Start,
        Content { next: u64 },
        Block { index: u64, block: ContentBlock },
        Stop,
        End,
        Error,
    }
    let mut at = At::Start;
    for event in events.iter().filter(|event| !matches!(event, StreamEvent::Ping(_))) {
        at = match (at, event) {
            (At::End | At::Error, event) => panic!("{event:?} follows the end"),
            (_, StreamEvent::Error(_)) => At::Error,
            (At::Start, StreamEvent::MessageStart(event)) => {
                assert!(event.message.content.is_empty());
                At::Content { next: 0 }
            }
            (At::Start, event) => panic!("{event:?} comes first"),
            (at, StreamEvent::Unknown(unknown)) => {
                assert!(!unknown.type_name().is_empty());
                at
            }
            (At::Content { next }, StreamEvent::ContentBlockStart(event)) => {
                assert_eq!(event.index, next);
                At::Block { index: next, block: event.content_block.clone() }
            }
            (At::Content { .. }, StreamEvent::MessageDelta(event)) => {
                assert!(event.delta.stop_reason.is_some() && event.usage.is_some());
                At::Stop
            }
            (At::Block { index, block }, StreamEvent::ContentBlockDelta(event)) => {
                assert_eq!(event.index, index);
                assert!(belongs(&event.delta, &block), "{event:?} in {block:?}");
                At::Block { index, block }
            }
            (At::Block { index, .. }, StreamEvent::ContentBlockStop(event)) => {
                assert_eq!(event.index, index);
                At::Content { next: index + 1 }
            }
            (At::Stop, StreamEvent::MessageStop(_)) => At::End,
            (_, event) => panic!("{event:?} is out of order"),
        };
    }
    matches!(at, At::End)
}

fn belongs(delta: &ContentBlockDelta, block: &ContentBlock) -> bool {
    let name = serde_json::to_value(block).unwrap()["type"].as_str().unwrap_or_default().to_owned();
    if matches!(block, ContentBlock::Unknown(_)) {
        return true;
    }
    match delta {
        ContentBlockDelta::Text(_) | ContentBlockDelta::Citations(_) => name == "text",
        ContentBlockDelta::Thinking(_) | ContentBlockDelta::Signature(_) => name == "thinking",
        ContentBlockDelta::InputJson(_) => name.ends_with("tool_use"),
        ContentBlockDelta::Compaction(_) => name == "compaction",
        _ => true,
    }
}
