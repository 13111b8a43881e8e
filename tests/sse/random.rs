//! Made-up streams, cut at random, against the reference decoder. The streams
//! are the same in every run.

use bytes::{Bytes, BytesMut};
use messages_api::sse::{self, Decoder, Encoder, FrameFields};

use crate::{cut, fields, reference, run};

/// What streams are put together from: whole frames, parts of lines and bytes
/// that matter.
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

/// A small generator (xorshift64*); its quality is of no concern here.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }

    fn stream(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        for _ in 0..self.below(24) {
            out.extend_from_slice(PARTS[self.below(PARTS.len())]);
        }
        out
    }

    fn cut(&mut self, input: &[u8]) -> Vec<Bytes> {
        let most = 1 + self.below(40);
        let mut rest = Bytes::copy_from_slice(input);
        let mut chunks = Vec::new();
        while !rest.is_empty() {
            let len = self.below(most + 1).min(rest.len());
            chunks.push(rest.split_to(len));
        }
        chunks
    }

    fn text(&mut self) -> String {
        const CHARS: &[char] = &['\n', '\r', ' ', ':', 'a', 'é', '😀', '\0', '\u{feff}'];
        (0..self.below(12)).map(|_| CHARS[self.below(CHARS.len())]).collect()
    }
}

#[test]
fn any_cut_decodes_as_the_reference_does() {
    let mut random = Random(0x5EED);
    for round in 0..20_000 {
        let input = random.stream();
        let lenient = round % 4 == 0;
        let new = || Decoder::new().lenient(lenient);
        let expected = reference::decode(&input, lenient);
        for chunks in
            [vec![Bytes::from(input.clone())], cut(&input, 1), random.cut(&input), random.cut(&input)]
        {
            let decoded = run(new(), chunks.clone());
            let found = fields(&decoded.frames);
            let expected_fields: Vec<_> =
                expected.frames.iter().map(|(event, data, id)| (&**event, &**data, &**id)).collect();
            assert_eq!(found, expected_fields, "{chunks:?}");
            assert_eq!(decoded.last_event_id, expected.last_event_id, "{chunks:?}");
            assert_eq!(decoded.retry, expected.retry, "{chunks:?}");
        }
        if !lenient {
            let frames: Vec<_> = sse::decode(&input).collect();
            assert_eq!(frames, run(new(), [input.into()]).frames);
        }
    }
}

#[test]
fn frames_are_out_as_soon_as_their_bytes_are_in() {
    let mut random = Random(0xFA57);
    for _ in 0..500 {
        let input = random.stream();
        let decoded = run(Decoder::new(), cut(&input, 1));
        for (at, &count) in decoded.dispatched_after.iter().enumerate() {
            let expected = reference::decode(&input[..=at], false).frames.len();
            assert_eq!(count, expected, "{:?}", Bytes::from(input[..=at].to_vec()));
        }
    }
}

#[test]
fn limits_do_not_depend_on_the_cut() {
    let mut random = Random(0x117);
    for _ in 0..20_000 {
        let input = random.stream();
        let (line, event) = (random.below(40), random.below(40));
        let new = || Decoder::new().max_line_bytes(line).max_event_bytes(event);
        let whole = run(new(), [input.clone().into()]);
        for chunks in [cut(&input, 1), random.cut(&input)] {
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
fn what_is_encoded_is_decoded() {
    let mut random = Random(0x1D);
    for _ in 0..20_000 {
        let (event, id, data) = (random.text(), random.text(), random.text());
        let mut out = BytesMut::new();
        let fields = FrameFields::new(&data).event(&event).id(&id);
        let valid = !event.contains(['\n', '\r']) && !id.contains(['\n', '\r', '\0']);
        let result = Encoder::new().encode(fields, &mut out);
        assert_eq!(result.is_ok(), valid, "{fields:?}");
        if !valid {
            assert!(out.is_empty());
            continue;
        }
        let decoded = run(Decoder::new(), random.cut(&out));
        assert_eq!(decoded.frames.len(), 1, "{fields:?}");
        let frame = &decoded.frames[0];
        let event = if event.is_empty() { "message" } else { &event };
        assert_eq!(frame.event(), event);
        assert_eq!(frame.id(), id);
        assert_eq!(frame.data(), data.replace("\r\n", "\n").replace('\r', "\n"));
    }
}
