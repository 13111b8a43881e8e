//! The decoder says what the standard says.

use bytes::Bytes;
use messages_api::sse::{self, Decoder};

use crate::chunks;
use crate::reference::{self, Frame};

/// The input is an event stream.
///
/// Strict and lenient, the decoder reads the frames, the last id, the
/// reconnection time and the cut-off end that the reference does, and
/// [`sse::decode`] the same frames.
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
    a_frame_is_out_with_the_end_of_its_block(data);
}

/// Wherever a stream stops for a while, all frames that are complete by then
/// have been read: a decoder holds none back.
fn a_frame_is_out_with_the_end_of_its_block(data: &[u8]) {
    /// The reference reads the stream anew for each place.
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
