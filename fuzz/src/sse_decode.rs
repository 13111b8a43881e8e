//! The decoder follows the HTML standard.

use bytes::Bytes;
use messages_api::sse::{self, Decoder};

use crate::chunks;
use crate::reference::{self, Frame};

/// Checks the decoder on an event stream, which is the input.
///
/// The decoder, strict or lenient, yields the same frames, last event id and
/// reconnection time as the reference, and both agree on whether the stream is
/// cut. [`sse::decode`] yields the same frames.
pub fn check(data: &[u8]) {
    let whole = [Bytes::copy_from_slice(data)];
    for lenient in [false, true] {
        let expected = reference::decode(data, lenient);
        let (_, found) = chunks::decode(Decoder::new().lenient(lenient), &whole, false);
        assert_eq!(found.as_ref(), Ok(&expected), "lenient: {lenient}");
    }
    let frames: Vec<Frame> = sse::decode(data)
        .map(|frame| (frame.event().to_owned(), frame.data().to_owned(), frame.id().to_owned()))
        .collect();
    assert_eq!(frames, reference::decode(data, false).frames);
    frames_come_without_delay(data);
}

/// Checks that the decoder holds no frame back: after each byte, it has yielded
/// all frames that are complete.
fn frames_come_without_delay(data: &[u8]) {
    /// The reference decodes the stream again after each byte.
    const MAX_BYTES: usize = 64;

    let mut decoder = Decoder::new();
    let mut count = 0;
    for (at, &byte) in data.iter().enumerate().take(MAX_BYTES) {
        decoder.push(vec![byte]);
        while decoder.next().unwrap().is_some() {
            count += 1;
        }
        assert_eq!(count, reference::decode(&data[..=at], false).frames.len(), "after {} bytes", at + 1);
    }
}
