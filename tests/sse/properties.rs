//! Generated streams, cut at random, against the reference decoder. The
//! streams are the same in every run.

use bytes::{Bytes, BytesMut};
use messages_api::sse::{self, Decoder, Encoder, FrameFields};

use crate::random::Random;
use crate::{cut, fields, reference, run};

/// The parts of generated streams: whole frames, parts of lines, and bytes
/// that have a meaning.
const PARTS: &[&[u8]] = &[
    b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\"}\n\n",
    b"event: content_block_delta\ndata: {}\n\n",
    b"event: ping\ndata: {}\n\n",
    b"event: ping\r\ndata: {}\r\n\r\n",
    b"event:ping\ndata:{}\n\n",
    b"event: ping\ndata:\n\n",
    b"event: ping\ndata: a\ndata: b\n\n",
    b"event: ping\n",
    b"data: x\n\n",
    b"data: x\r\r",
    b"data",
    b"event",
    b"id",
    b"retry",
    b"unknown",
    b":",
    b": ",
    b" ",
    b"7",
    b"\n",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\0",
    b"x",
    b"\t",
    "é".as_bytes(),
    "😀".as_bytes(),
    b"\xEF\xBB\xBF",
    b"\xEF",
    b"\xBB",
    b"\xF0\x9F",
    b"\x80",
    b"\xFF",
];

fn stream(random: &mut Random) -> Vec<u8> {
    (0..random.below(24)).flat_map(|_| random.pick(PARTS).iter().copied()).collect()
}

/// Cuts `input` into chunks of random sizes, some of them empty.
fn cut_at_random(input: &[u8], random: &mut Random) -> Vec<Bytes> {
    let most = 1 + random.below(40);
    let mut rest = Bytes::copy_from_slice(input);
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let len = random.below(most + 1).min(rest.len());
        chunks.push(rest.split_to(len));
    }
    chunks
}

fn text(random: &mut Random) -> String {
    const CHARS: &[char] = &['\n', '\r', ' ', ':', 'a', 'é', '😀', '\0', '\u{feff}'];
    (0..random.below(12)).map(|_| *random.pick(CHARS)).collect()
}

#[test]
fn a_stream_decodes_as_by_the_reference_however_it_is_cut() {
    let mut random = Random::new(1);
    for round in 0..20_000 {
        let input = stream(&mut random);
        let lenient = round % 4 == 0;
        let new = || Decoder::new().lenient(lenient);
        let expected = reference::decode(&input, lenient);
        for chunks in [
            vec![Bytes::from(input.clone())],
            cut(&input, 1),
            cut_at_random(&input, &mut random),
            cut_at_random(&input, &mut random),
        ] {
            let decoded = run(new(), chunks.clone());
            let found = fields(&decoded.frames);
            let expected_fields: Vec<_> =
                expected.frames.iter().map(|(event, data, id)| (&**event, &**data, &**id)).collect();
            assert_eq!(found, expected_fields, "{chunks:?}");
            assert_eq!(decoded.last_event_id, expected.last_event_id, "{chunks:?}");
            assert_eq!(decoded.retry, expected.retry, "{chunks:?}");
            assert_eq!(decoded.is_cut, expected.is_cut, "{chunks:?}");
        }
        if !lenient {
            let frames: Vec<_> = sse::decode(&input).collect();
            assert_eq!(frames, run(new(), [input.into()]).frames);
        }
    }
}

#[test]
fn a_frame_comes_with_the_end_of_its_blank_line() {
    let mut random = Random::new(2);
    for _ in 0..500 {
        let input = stream(&mut random);
        let decoded = run(Decoder::new(), cut(&input, 1));
        for (at, &count) in decoded.dispatched_after.iter().enumerate() {
            let expected = reference::decode(&input[..=at], false).frames.len();
            assert_eq!(count, expected, "{:?}", Bytes::from(input[..=at].to_vec()));
        }
    }
}

#[test]
fn limits_hold_wherever_the_stream_is_cut() {
    let mut random = Random::new(3);
    for _ in 0..20_000 {
        let input = stream(&mut random);
        let (line, event) = (random.below(40), random.below(40));
        let new = || Decoder::new().max_line_bytes(line).max_event_bytes(event);
        let whole = run(new(), [input.clone().into()]);
        assert_eq!(whole.error, reference::exceeded_limit(&input, line, event), "{input:?}");
        for chunks in [cut(&input, 1), cut_at_random(&input, &mut random)] {
            let decoded = run(new(), chunks.clone());
            assert_eq!(
                (decoded.error, decoded.frames, decoded.last_event_id),
                (whole.error, whole.frames.clone(), whole.last_event_id.clone()),
                "{chunks:?} limits {line} {event}"
            );
        }
    }
}

#[test]
fn an_encoded_frame_decodes_to_itself() {
    let mut random = Random::new(4);
    for _ in 0..20_000 {
        let (event, id, data) = (text(&mut random), text(&mut random), text(&mut random));
        let mut out = BytesMut::new();
        let fields = FrameFields::new(&data).event(&event).id(&id);
        let is_valid = !event.contains(['\n', '\r']) && !id.contains(['\n', '\r', '\0']);
        let result = Encoder::new().encode(fields, &mut out);
        assert_eq!(result.is_ok(), is_valid, "{fields:?}");
        if !is_valid {
            assert!(out.is_empty());
            continue;
        }
        let decoded = run(Decoder::new(), cut_at_random(&out, &mut random));
        assert_eq!(decoded.frames.len(), 1, "{fields:?}");
        let frame = &decoded.frames[0];
        let event = if event.is_empty() { "message" } else { &event };
        assert_eq!(frame.event(), event);
        assert_eq!(frame.id(), id);
        assert_eq!(frame.data(), data.replace("\r\n", "\n").replace('\r', "\n"));
    }
}
