//! Each rule of the HTML standard for event streams, in one chunk and across
//! chunk boundaries.

use std::time::Duration;

use bytes::Bytes;
use messages_api::sse::{self, Decoder};

use crate::{cut, fields, run};

/// Decodes `input` in one chunk and in chunks of every size, which must agree.
fn decode(input: &[u8]) -> Vec<(String, String, String)> {
    let whole = run(Decoder::new(), cut(input, input.len().max(1)));
    for size in 1..input.len() {
        let cut = run(Decoder::new(), cut(input, size));
        assert_eq!(cut.frames, whole.frames, "{input:?} in chunks of {size}");
        assert_eq!(cut.last_event_id, whole.last_event_id);
        assert_eq!(cut.retry, whole.retry);
    }
    fields(&whole.frames)
        .into_iter()
        .map(|(event, data, id)| (event.into(), data.into(), id.into()))
        .collect()
}

#[track_caller]
fn assert_decodes(input: impl AsRef<[u8]>, expected: &[(&str, &str, &str)]) {
    let found = decode(input.as_ref());
    let found: Vec<_> = found.iter().map(|(event, data, id)| (&**event, &**data, &**id)).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_fields_of_a_block_make_a_frame() {
    assert_decodes("event: a\ndata: x\n\ndata:y\n\n", &[("a", "x", ""), ("message", "y", "")]);
    assert_decodes("data:  x\n\ndata:\tx\n\n", &[("message", " x", ""), ("message", "\tx", "")]);
    assert_decodes("data\n\n", &[("message", "", "")]);
    assert_decodes("data\ndata\n\n", &[("message", "\n", "")]);
    assert_decodes("data: a\ndata: b\ndata: c\n\n", &[("message", "a\nb\nc", "")]);
    assert_decodes("event: a\nevent\ndata: x\n\n", &[("message", "x", "")]);
    assert_decodes("event: a\nevent: b\ndata: x\n\n", &[("b", "x", "")]);
    assert_decodes("data: x\nevent: late\n\n", &[("late", "x", "")]);
    assert_decodes("Data: x\ndatum: x\ndat: x\n data: x\n\n", &[]);
    assert_decodes(": comment\n:\ndata: x\n:\n\n", &[("message", "x", "")]);
    assert_decodes("data: x\n \n\n", &[("message", "x", "")]);
    assert_decodes("event: a\n\ndata: x\n\n", &[("message", "x", "")]);
    assert_decodes("data: never ended\n", &[]);
    assert_decodes("", &[]);
    assert_decodes("\n\r\r\n\n", &[]);
}

#[test]
fn a_line_ends_with_lf_cr_or_crlf() {
    for ending in ["\n", "\r", "\r\n"] {
        let input = ["event: a", "data: x", "data: y", "", "data: z", "", ""].join(ending);
        assert_decodes(input, &[("a", "x\ny", ""), ("message", "z", "")]);
    }
    assert_decodes("data: x\r\n\rdata: y\n\r", &[("message", "x", ""), ("message", "y", "")]);
    assert_decodes("data: a\u{2028}\u{85}\u{b}\u{c}b\n\n", &[("message", "a\u{2028}\u{85}\u{b}\u{c}b", "")]);
}

#[test]
fn a_frame_comes_with_the_first_byte_of_its_blank_line() {
    let input = b"data: x\r\n\r\ndata: y\r\r\ndata: z\n\n";
    let decoded = run(Decoder::new(), cut(input, 1));
    let first_seen = |count| {
        let seen = &decoded.dispatched_after;
        seen.iter().position(|&n| n == count).map(|at| at + 1)
    };
    assert_eq!(first_seen(1), Some(b"data: x\r\n\r".len()));
    assert_eq!(first_seen(2), Some(b"data: x\r\n\r\ndata: y\r\r".len()));
    assert_eq!(first_seen(3), Some(input.len()));
}

#[test]
fn a_crlf_may_be_split_between_two_chunks() {
    let mut decoder = Decoder::new();
    decoder.push("data: x\r\r");
    assert_eq!(decoder.next().unwrap().unwrap().data(), "x");
    decoder.push("\n");
    assert_eq!(decoder.next(), Ok(None));
    decoder.push("data: y\n\n");
    assert_eq!(decoder.next().unwrap().unwrap().data(), "y");
    assert_eq!(decoder.next(), Ok(None));
    assert!(!decoder.finish());
}

#[test]
fn one_byte_order_mark_is_dropped() {
    assert_decodes("\u{feff}data: x\n\n", &[("message", "x", "")]);
    assert_decodes("\u{feff}\n\n", &[]);
    assert_decodes("\u{feff}\u{feff}data: x\n\ndata: y\n\n", &[("message", "y", "")]);
    assert_decodes("data: x\n\n\u{feff}data: y\n\n", &[("message", "x", "")]);
    assert_decodes("data: \u{feff}x\n\n", &[("message", "\u{feff}x", "")]);
    // An incomplete mark is invalid UTF-8 like any other.
    assert_decodes(b"\xEF\xBBdata: x\n\ndata: y\n\n", &[("message", "y", "")]);
    assert_decodes(b"\xEF\xBB\ndata: y\n\n", &[("message", "y", "")]);
    assert_decodes(b"\xEF\ndata: y\n\n", &[("message", "y", "")]);
}

#[test]
fn invalid_utf8_is_replaced_by_maximal_subpart() {
    assert_decodes(b"data: a\xFFb\n\n", &[("message", "a\u{fffd}b", "")]);
    // Cut off by the line ending, in the last line and before another.
    assert_decodes(b"data: \xE2\x82\n\n", &[("message", "\u{fffd}", "")]);
    assert_decodes(b"data: \xE2\x82\ndata: \xAC\n\n", &[("message", "\u{fffd}\n\u{fffd}", "")]);
    assert_decodes(b"data: \xF0\x9F\x98\xF0\r\n\r\n", &[("message", "\u{fffd}\u{fffd}", "")]);
    assert_decodes(b"data: \xED\xA0\x80\n\n", &[("message", "\u{fffd}\u{fffd}\u{fffd}", "")]);
    assert_decodes(b"event: \xC3\nid: \x80\ndata: x\n\n", &[("\u{fffd}", "x", "\u{fffd}")]);
    assert_decodes(b"d\xFFata: x\n\xFF\ndata: y\n\n", &[("message", "y", "")]);
    // A good event after a bad one, and a bad one after a good one.
    assert_decodes(
        b"event: a\ndata: \xFF\n\nevent: a\ndata: x\n\nevent: a\ndata: \xFE\n\n",
        &[("a", "\u{fffd}", ""), ("a", "x", ""), ("a", "\u{fffd}", "")],
    );
}

#[test]
fn the_id_persists_and_takes_effect_at_the_blank_line() {
    assert_decodes(
        "id: 1\ndata: x\n\ndata: y\n\nid\ndata: z\n\n",
        &[("message", "x", "1"), ("message", "y", "1"), ("message", "z", "")],
    );
    assert_decodes("id: 1\n\ndata: x\n\n", &[("message", "x", "1")]);
    assert_decodes("id: 1\nid: 2\0\ndata: x\n\n", &[("message", "x", "1")]);

    let decoded = run(Decoder::new(), cut(b"id: 1\n\nid: 2\n", 3));
    assert_eq!(decoded.last_event_id, "1");
}

#[test]
fn retry_takes_effect_at_once() {
    let retry = |input: &str| run(Decoder::new(), cut(input.as_bytes(), 4)).retry;
    assert_eq!(retry("retry: 50\n"), Some(50));
    assert_eq!(retry("retry:0050\n"), Some(50));
    assert_eq!(retry("retry: 50\nretry: x\n"), Some(50));
    assert_eq!(retry("retry: 18446744073709551615\n"), Some(u64::MAX));
    for bad in ["", "+5", " 5", "5.0", "5 ", "-1", "٥", "18446744073709551616"] {
        assert_eq!(retry(&format!("retry: {bad}\n")), None, "{bad:?}");
    }
    let mut decoder = Decoder::new();
    decoder.push("retry: 1500\n");
    assert_eq!(decoder.next(), Ok(None));
    assert_eq!(decoder.retry(), Some(Duration::from_millis(1500)));
}

#[test]
fn a_lenient_decoder_yields_events_without_data() {
    let input = b"event: ping\n\nid: 1\n\nevent:\n\nevent: stop\n\ndata: x\n\n";
    for size in 1..=input.len() {
        let strict = run(Decoder::new(), cut(input, size));
        assert_eq!(fields(&strict.frames), [("message", "x", "1")]);
        let lenient = run(Decoder::new().lenient(true), cut(input, size));
        assert_eq!(fields(&lenient.frames), [("ping", "", ""), ("stop", "", "1"), ("message", "x", "1"),]);
    }
}

#[test]
fn frames_may_begin_with_different_fields() {
    assert_decodes(
        "event: a\ndata: 1\n\nevent: ab\ndata: 2\n\nevent: a\ndata: 3\nid: 3\n\ndata: 4\n\n\
         event: a\ndata: 5\ndata: 5\n\nevent: a\r\ndata: 6\r\n\r\nevent: a\r\ndata:7\r\n\r\n\
         event: a\revent: b\rdata: 8\r\revent: a\r\ndata 9\r\n\r\nevent: a\r\nid: 10\r\n\r\n\
         event: a\ndata: 11\n\nevent: a\nda: 12\n\ndate\n\nevent: a\ndata:  13\n\n",
        &[
            ("a", "1", ""),
            ("ab", "2", ""),
            ("a", "3", "3"),
            ("message", "4", "3"),
            ("a", "5\n5", "3"),
            ("a", "6", "3"),
            ("a", "7", "3"),
            ("b", "8", "3"),
            ("a", "11", "10"),
            ("a", " 13", "10"),
        ],
    );
}

#[test]
fn a_frame_within_one_chunk_is_not_copied() {
    for input in [
        "event: a\ndata: one\n\nevent: a\ndata: two\n\nevent: b\ndata: three\n\n",
        "data: one\r\n\r\nid: 2\ndata:two\n:\n\ndata: three\revent: b\r\r",
    ] {
        let chunk = Bytes::copy_from_slice(input.as_bytes());
        let within = chunk.as_ptr_range();
        let mut decoder = Decoder::new();
        decoder.push(chunk.clone());
        for _ in 0..3 {
            let frame = decoder.next().unwrap().unwrap();
            assert!(within.contains(&frame.data().as_ptr()), "{frame:?}");
        }
    }
}

#[test]
fn chunks_may_be_pushed_ahead_of_reading() {
    let input = "event: a\ndata: one\n\ndata: two\ndata: lines\n\nid: 3\ndata: three\n\n".repeat(3);
    let whole: Vec<_> = sse::decode(&input).collect();
    assert_eq!(whole.len(), 9);
    for size in 1..input.len() {
        let mut decoder = Decoder::new();
        let mut frames = Vec::new();
        for (at, chunk) in cut(input.as_bytes(), size).into_iter().enumerate() {
            decoder.push(chunk);
            // Reading only one frame now and then keeps the queue from draining.
            if at % 3 == 2 {
                frames.extend(decoder.next().unwrap().map(|frame| frame.into_owned()));
            }
        }
        while let Some(frame) = decoder.next().unwrap() {
            frames.push(frame.into_owned());
        }
        assert_eq!(frames, whole, "chunks of {size}");
    }
}

#[test]
fn finish_returns_whether_the_stream_was_cut() {
    for (input, cut) in [
        ("", false),
        ("data: x\n\n", false),
        ("data: x\r\n\r\n", false),
        (": comment\n", false),
        ("unknown: x\nretry: 1\n", false),
        ("event: a\ndata: x\n\n\n", false),
        ("\u{feff}", false),
        ("data: x\n", true),
        ("data: x\n\ndata: y", true),
        ("data: x\n\nevent: a\n", true),
        ("event: a\ndata: x\n\nev", true),
        ("event: a\ndata: x\n\nevent: a\nda", true),
        ("event: a\ndata: x\n\nevent: a\ndata: y", true),
        ("id: 1\n", true),
        ("d", true),
    ] {
        let mut decoder = Decoder::new();
        decoder.push(Bytes::copy_from_slice(input.as_bytes()));
        while decoder.next().unwrap().is_some() {}
        assert_eq!(decoder.finish(), cut, "{input:?}");
    }
    let mut decoder = Decoder::new();
    decoder.push(&b"\xEF\xBB"[..]);
    assert_eq!(decoder.next(), Ok(None));
    assert!(decoder.finish());
}

#[test]
fn a_finished_decoder_reads_the_next_stream() {
    let mut decoder = Decoder::new().lenient(true);
    decoder.push("retry: 7\nid: 1\ndata: x\n\nid: 2\ndata: cut off\nda");
    assert_eq!(decoder.next().unwrap().unwrap().id(), "1");
    assert_eq!(decoder.next(), Ok(None));
    assert!(decoder.finish());
    assert_eq!(decoder.last_event_id(), "1");
    assert_eq!(decoder.retry(), Some(Duration::from_millis(7)));

    decoder.push("\u{feff}event: resumed\n\n");
    let frame = decoder.next().unwrap().unwrap();
    assert_eq!((frame.event(), frame.data(), frame.id()), ("resumed", "", "1"));
    assert!(!decoder.finish());
}
