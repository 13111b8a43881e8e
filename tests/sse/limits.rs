//! The two limits of the decoder, and the memory that it holds.

use bytes::Bytes;
use messages_api::sse::{DecodeError, Decoder};

use crate::{cut, fields, run};

const LINE: DecodeError = DecodeError::LineTooLong { limit: 10 };
const EVENT: DecodeError = DecodeError::EventTooLong { limit: 10 };

#[test]
fn a_line_may_be_as_long_as_the_limit() {
    let fits = "event: abc\ndata: 6789\n\n:234567890\n".repeat(3);
    let long = [
        "data: 67890\n\n",
        "event: abcd\n",
        ":2345678901",
        "no ending at all",
        "event: abc\ndata: 6789\n\nevent: abc\ndata: 67890\n\n",
        "event: abc\r\ndata:56789\r\n\r\nevent: abc\r\ndata:567890\r\n\r\n",
    ];
    for size in 1..fits.len() {
        let new = || Decoder::new().max_line_bytes(10);
        let decoded = run(new(), cut(fits.as_bytes(), size));
        assert_eq!((decoded.error, decoded.frames.len()), (None, 3));
        for input in long {
            let decoded = run(new(), cut(input.as_bytes(), size));
            assert_eq!(decoded.error, Some(LINE), "{input:?} by {size}");
            let before = usize::from(input.contains("6789\n\n") || input.contains("56789\r\n"));
            assert_eq!(decoded.frames.len(), before, "{input:?} by {size}");
        }
    }
}

#[test]
fn an_event_may_hold_as_much_as_the_limit() {
    let fits = [
        "data: 1234567890\n\n",
        "event: abc\ndata: 4567890\n\n",
        "event: abc\nid: de\ndata: 678\ndata: 0\n\n",
        // Replaced and ignored values do not count.
        "event: abcdefghij\nevent: a\n: 1234567890\ndata: 1\nunknown: 1234567890\n\n",
    ];
    let long = [
        "data: 12345678901\n\n",
        "event: abc\ndata: 45678901\n\n",
        "event: abc\nid: de\ndata: 678\ndata: 01\n\n",
        "data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\n",
        "event: abcdefghijk\n",
        "id: abcdefghijk\n",
    ];
    let lead = "event: abc\ndata: 4567890\n\n";
    for size in 1..60 {
        let new = || Decoder::new().max_event_bytes(10);
        for input in fits {
            let input = lead.to_owned() + input;
            let decoded = run(new(), cut(input.as_bytes(), size));
            let found = (decoded.error, decoded.frames.len());
            assert_eq!(found, (None, 2), "{input:?} by {size}");
        }
        for input in long {
            let input = lead.to_owned() + input;
            let decoded = run(new(), cut(input.as_bytes(), size));
            let found = (decoded.error, decoded.frames.len());
            assert_eq!(found, (Some(EVENT), 1), "{input:?} by {size}");
        }
    }
}

#[test]
fn limits_may_change_within_a_frame() {
    let input = "event: abc\ndata: 1\n\nevent: abc\ndata: 2\n\n";
    for at in 0..input.len() {
        for limit in [0, 3, 9, 10, 20, usize::MAX] {
            let (first, second) = input.split_at(at);
            let mut decoder = Decoder::new();
            decoder.push(first);
            while decoder.next().unwrap().is_some() {}
            decoder = decoder.max_line_bytes(limit).max_event_bytes(limit).lenient(true);
            decoder.push(second);
            let mut error = None;
            while error.is_none() {
                match decoder.next() {
                    Ok(Some(frame)) => assert_eq!(frame.event(), "abc"),
                    Ok(None) => break,
                    Err(found) => error = Some(found),
                }
            }
            assert!(error.is_none() || limit < 20, "{at} {limit}");
        }
    }
}

#[test]
fn an_endless_line_fails_at_the_default_limit() {
    let chunk = Bytes::from(vec![b'x'; 1 << 20]);
    let mut decoder = Decoder::new();
    decoder.push("data:");
    for _ in 0..31 {
        decoder.push(chunk.clone());
        assert_eq!(decoder.next(), Ok(None));
    }
    decoder.push(chunk);
    assert_eq!(decoder.next(), Err(DecodeError::LineTooLong { limit: 32 << 20 }));
}

#[test]
fn an_event_of_endless_lines_fails_at_the_default_limit() {
    let chunk = Bytes::from("data: 1234567\n".repeat(1 << 17));
    let mut decoder = Decoder::new();
    for _ in 0..31 {
        decoder.push(chunk.clone());
        assert_eq!(decoder.next(), Ok(None));
    }
    decoder.push(chunk.clone());
    decoder.push(chunk);
    assert_eq!(decoder.next(), Err(DecodeError::EventTooLong { limit: 32 << 20 }));
}

#[test]
fn limits_can_be_turned_off() {
    let decoder = Decoder::new().max_line_bytes(usize::MAX).max_event_bytes(usize::MAX);
    let data = "x".repeat((32 << 20) + 1);
    let chunks = ["event: a\ndata: ", &data, "\n\n"].map(|part| Bytes::from(part.to_owned()));
    let decoded = run(decoder, chunks);
    assert_eq!(decoded.error, None);
    assert_eq!(fields(&decoded.frames), [("a", &*data, "")]);
}

#[test]
fn a_failed_decoder_stays_failed_and_holds_nothing() {
    let mut decoder = Decoder::new().max_line_bytes(10);
    decoder.push("id: 1\ndata: x\n\ndata: too long\n\ndata: y\n\n");
    decoder.push("data: z\n\n");
    assert_eq!(decoder.next().unwrap().unwrap().data(), "x");
    for _ in 0..3 {
        assert_eq!(decoder.next(), Err(LINE));
        decoder.push("data: z\n\n");
        assert!(format!("{decoder:?}").contains("held_bytes: 0"));
    }
    assert_eq!(decoder.last_event_id(), "1");
    assert!(decoder.finish());
    decoder.push("data: z\n\n");
    assert_eq!(decoder.next(), Err(LINE));
}

#[test]
fn an_error_names_the_limit_and_its_setter() {
    assert!(LINE.to_string().contains("10 bytes"));
    assert!(LINE.to_string().contains("Decoder::max_line_bytes"));
    assert!(EVENT.to_string().contains("10 bytes"));
    assert!(EVENT.to_string().contains("Decoder::max_event_bytes"));
}

#[test]
fn ignored_lines_are_not_buffered() {
    let mut decoder = Decoder::new().max_event_bytes(100);
    decoder.push("event: a\ndata: x\n");
    for _ in 0..1000 {
        for part in [": keep", "-alive\n", "unknown: ", "x\nretry: 1\n", "event: a\n"] {
            decoder.push(part);
            assert_eq!(decoder.next(), Ok(None));
        }
        assert!(format!("{decoder:?}").contains("held_bytes: 1,"));
    }
    decoder.push("\n");
    assert_eq!(decoder.next().unwrap().unwrap().data(), "x");
    assert_eq!(decoder.next(), Ok(None));
    assert!(format!("{decoder:?}").contains("held_bytes: 0"));
}

#[test]
fn debug_shows_nothing_of_the_stream() {
    let mut decoder = Decoder::new();
    decoder.push("data: secret\n\ndata: secret");
    assert!(decoder.next().unwrap().is_some());
    assert_eq!(decoder.next(), Ok(None));
    assert!(!format!("{decoder:?}").contains("secret"));
}
