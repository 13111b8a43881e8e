//! Helpers of the tests in this folder.

use bytes::BytesMut;
use messages_api::stream::{Accumulator, EventDecoder, encode_event, replay};
use messages_api::{Error, Message, MessageStream, StreamEvent};

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Decodes all events of `sse`.
pub(crate) fn decode(sse: impl Into<bytes::Bytes>) -> Vec<StreamEvent> {
    let mut decoder = EventDecoder::new();
    decoder.push(sse);
    std::iter::from_fn(|| decoder.next().unwrap()).collect()
}

/// Encodes `event` as a frame.
pub(crate) fn encode(event: &StreamEvent) -> String {
    let mut out = BytesMut::new();
    encode_event(event, &mut out);
    String::from_utf8(out.to_vec()).unwrap()
}

/// Adds up `events`, which must make a complete message.
pub(crate) fn add_up(events: impl IntoIterator<Item = StreamEvent>) -> Message {
    let mut accumulator = Accumulator::new();
    for event in events {
        accumulator.push(&event).unwrap();
    }
    accumulator.into_message().unwrap()
}

/// Reads the body of an HTTP response that arrives in `chunks`.
pub(crate) fn read_message(chunks: Vec<Vec<u8>>) -> Result<Message, Error> {
    let bytes = futures::stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>));
    block_on(MessageStream::from_bytes(bytes, EventDecoder::new()).final_message())
}

/// Checks that the events of a replayed message add up to it, and returns them.
#[track_caller]
pub(crate) fn assert_replays(message: &Message) -> Vec<StreamEvent> {
    let events: Vec<_> = replay(message.clone()).collect();
    let again = add_up(events.clone());
    assert_eq!(&again, message);
    // Equality ignores `null`. None may get lost, and some may be added.
    let fields = |message: &Message| serde_json::to_value(message).unwrap().as_object().unwrap().clone();
    let (before, after) = (fields(message), fields(&again));
    for (key, value) in &before {
        assert_eq!(after.get(key), Some(value), "{key}");
    }
    for (key, value) in &after {
        assert!(value.is_null() || before.contains_key(key), "{key}");
    }
    events
}
