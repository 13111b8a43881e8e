//! Events that are encoded and decoded, and events that are added up.

use bytes::BytesMut;
use messages_api::json::MAX_DEPTH;
use messages_api::stream::{AccumulateError, Accumulator, EventDecoder, EventError, encode_event};
use messages_api::{Message, StreamEvent};

use crate::json::depth;

/// Encodes `event` and decodes the frame, which must give the same event. If
/// the event nests too deep for that, returns `None`.
pub(crate) fn travel(event: &StreamEvent) -> Option<StreamEvent> {
    let mut out = BytesMut::from(&b": before\n\n"[..]);
    let start = out.len();
    encode_event(event, &mut out);
    let frame = std::str::from_utf8(&out[start..]).unwrap();
    assert!(frame.ends_with("\n\n") && !frame.contains('\r'), "{frame:?}");
    assert!(frame.lines().count() <= 3, "one line for the name, one for the data: {frame:?}");
    let is_too_deep = depth(&serde_json::to_string(event).unwrap()) > MAX_DEPTH;

    let mut decoder = EventDecoder::new();
    decoder.push(out.freeze());
    let found = decoder.next();
    if is_too_deep {
        match event {
            // The name alone makes these events, whatever their data.
            StreamEvent::Error(_) | StreamEvent::Ping(_) => {
                assert_eq!(found.unwrap().unwrap().type_name(), event.type_name());
            }
            _ => assert!(matches!(found, Err(EventError::Malformed { .. })), "{event:?} became {found:?}"),
        }
        return None;
    }
    let found = found.unwrap().expect("an event");
    assert_eq!(&found, event);
    assert!(decoder.next().unwrap().is_none(), "one event became two");
    Some(found)
}

/// Adds up `events` without a limit.
pub(crate) fn add_up(events: impl IntoIterator<Item = StreamEvent>) -> Result<Message, AccumulateError> {
    let mut accumulator = Accumulator::new().max_bytes(usize::MAX);
    for event in events {
        accumulator.push(&event)?;
    }
    accumulator.into_message()
}
