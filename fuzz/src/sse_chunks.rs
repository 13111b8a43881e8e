//! How a stream is cut does not matter.

use bytes::Bytes;
use messages_api::sse::Decoder;

use crate::{chunks, reference};

/// The input is the limits of a line and of an event, a byte each where 0
/// stands for none, four sizes of chunks in turn, then an event stream.
///
/// However it is cut and handed over, a strict and a lenient decoder, with
/// the limits and without, read the same frames and fail alike; and they fail
/// where the reference says that a limit is exceeded.
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
