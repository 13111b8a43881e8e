//! A stream decodes the same however it is cut.

use bytes::Bytes;
use messages_api::sse::Decoder;

use crate::{chunks, reference};

/// Checks an event stream that is cut into chunks. The input is the limit of a
/// line and that of an event, one byte each with 0 for no limit, four sizes of
/// chunks, and the stream.
///
/// However the stream is cut, and whether its chunks are pushed one by one or
/// all at once, a decoder yields the same frames and the same error. That holds
/// for strict and lenient decoders, with limits and without. The error is the
/// one that the reference expects.
pub fn check(data: &[u8]) {
    let ([line, event, sizes @ ..], stream) = chunks::settings::<6>(data);
    let limits = [line, event].map(|limit| if limit == 0 { usize::MAX } else { usize::from(limit) });
    let whole = [Bytes::copy_from_slice(stream)];
    let cuts = [chunks::cut(stream, &sizes), chunks::cut(stream, &[1]), chunks::cut(stream, &[0, 2, 1])];
    for lenient in [false, true] {
        for [line, event] in [limits, [usize::MAX; 2]] {
            let new = || Decoder::new().lenient(lenient).max_line_bytes(line).max_event_bytes(event);
            let expected = chunks::decode(new(), &whole, false);
            assert_eq!(expected.1.as_ref().err(), reference::exceeded_limit(stream, line, event).as_ref());
            for chunks in &cuts {
                for ahead in [false, true] {
                    let found = chunks::decode(new(), chunks, ahead);
                    assert_eq!(found, expected, "lenient: {lenient}, ahead: {ahead}, {chunks:?}");
                }
            }
        }
    }
}
