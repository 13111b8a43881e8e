//! An encoded frame decodes to itself.

use std::time::Duration;

use bytes::BytesMut;
use messages_api::sse::{Decoder, EncodeError, Encoder, FrameFields};

use crate::chunks;
use crate::reference::{self, Reading};

/// Checks the encoder. The input is frames of up to five fields: data, type,
/// id, comment, and reconnection time in milliseconds. The byte 0xFF, which
/// never occurs in UTF-8, separates the fields. The byte 0xFE alone stands for
/// an absent field, as an empty field is set to the empty text.
///
/// The encoder rejects a value that would be decoded as something else, and
/// then writes nothing. The decoder and the reference decode all other frames
/// as they were encoded, and a decoded frame can be encoded again.
pub fn check(data: &[u8]) {
    let fields: Vec<Option<String>> = data
        .split(|&byte| byte == 0xFF)
        .map(|field| (field != [0xFE]).then(|| String::from_utf8_lossy(field).into_owned()))
        .collect();
    let mut out = BytesMut::new();
    let mut expected = Reading::default();
    for frame in fields.chunks(5) {
        let field = |at: usize| frame.get(at).and_then(Option::as_deref);
        if let Some(text) = field(3) {
            let result = attempt(&mut out, |out| Encoder::new().comment(text, out));
            assert_eq!(result.is_err(), has_line_break(text));
        }
        encode(field(0), field(1), field(2), field(4).map(millis), &mut out, &mut expected);
    }
    for reading in [
        chunks::decode(Decoder::new(), &[out.clone().freeze()], false).1.unwrap(),
        reference::decode(&out, false),
    ] {
        assert_eq!(reading, expected);
    }
    reencode(out);
}

fn encode(
    data: Option<&str>,
    event: Option<&str>,
    id: Option<&str>,
    retry: Option<u64>,
    out: &mut BytesMut,
    expected: &mut Reading,
) {
    let delay = retry.map(Duration::from_millis);
    let Some(data) = data else {
        if let Some(delay) = delay {
            Encoder::new().retry(delay, out);
        }
        expected.retry = retry.or(expected.retry);
        return;
    };
    let mut fields = FrameFields::new(data);
    if let Some(event) = event {
        fields = fields.event(event);
    }
    if let Some(id) = id {
        fields = fields.id(id);
    }
    if let Some(delay) = delay {
        fields = fields.retry(delay);
    }
    let wrong = match (event, id) {
        (Some(event), _) if has_line_break(event) => Some(EncodeError::LineBreakInEvent),
        (_, Some(id)) if has_line_break(id) => Some(EncodeError::LineBreakInId),
        (_, Some(id)) if id.contains('\0') => Some(EncodeError::NulInId),
        _ => None,
    };
    assert_eq!(attempt(out, |out| Encoder::new().encode(fields, out)).err(), wrong);
    if wrong.is_none() {
        id.unwrap_or(&expected.last_event_id.clone()).clone_into(&mut expected.last_event_id);
        expected.retry = retry.or(expected.retry);
        expected.frames.push((
            event.filter(|event| !event.is_empty()).unwrap_or("message").to_owned(),
            data.replace("\r\n", "\n").replace('\r', "\n"),
            expected.last_event_id.clone(),
        ));
    }
}

/// Checks that each frame of `stream`, encoded again, decodes to itself.
fn reencode(stream: BytesMut) {
    let mut first = Decoder::new();
    first.push(stream.freeze());
    while let Some(frame) = first.next().unwrap() {
        let mut out = BytesMut::new();
        Encoder::new().encode(frame, &mut out).unwrap();
        let mut again = Decoder::new();
        again.push(out.freeze());
        assert_eq!(again.next().unwrap(), Some(frame));
        let mut owned = BytesMut::new();
        Encoder::new().encode(&frame.into_owned(), &mut owned).unwrap();
        again.push(owned.freeze());
        assert_eq!(again.next().unwrap(), Some(frame));
    }
}

/// Runs `encode`, which must leave `out` unchanged if it fails.
fn attempt(
    out: &mut BytesMut,
    encode: impl FnOnce(&mut BytesMut) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let before = out.clone();
    let result = encode(out);
    assert!(out.starts_with(&before) && (result.is_ok() || out.len() == before.len()));
    if let Err(error) = result {
        assert!(!error.to_string().is_empty());
    }
    result
}

fn has_line_break(text: &str) -> bool {
    text.contains(['\r', '\n'])
}

/// Makes a number of any text. A text of digits is that number.
fn millis(text: &str) -> u64 {
    text.parse()
        .unwrap_or_else(|_| text.bytes().fold(0, |sum: u64, byte| sum.rotate_left(8) ^ u64::from(byte)))
}
