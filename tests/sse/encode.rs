//! The output of the encoder, and the values that it rejects.

use std::time::Duration;

use bytes::BytesMut;
use messages_api::sse::{self, Decoder, EncodeError, Encoder, FrameFields};

#[track_caller]
fn assert_encodes(fields: FrameFields<'_>, expected: &str) {
    let mut out = BytesMut::new();
    Encoder::new().encode(fields, &mut out).unwrap();
    assert_eq!(out, expected);
}

#[test]
fn frames_are_written_in_one_form() {
    assert_encodes(
        FrameFields::new("x").retry(Duration::from_millis(50)).id("7").event("e"),
        "event: e\nid: 7\nretry: 50\ndata: x\n\n",
    );
    assert_encodes(FrameFields::new(""), "data: \n\n");
    assert_encodes(FrameFields::new("").event("").id(""), "id: \ndata: \n\n");
    assert_encodes(FrameFields::new(" x"), "data:  x\n\n");
    assert_encodes(FrameFields::new("a\n"), "data: a\ndata: \n\n");
    assert_encodes(FrameFields::new("\r\n\r\r\n\n"), "data: \ndata: \ndata: \ndata: \ndata: \n\n");
    assert_encodes(FrameFields::new("a\nb\rc\r\nd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
    assert_encodes(FrameFields::new("a\u{2028}b\0"), "data: a\u{2028}b\0\n\n");
    assert_encodes(FrameFields::new("x").retry(Duration::from_micros(1999)), "retry: 1\ndata: x\n\n");
    assert_encodes(FrameFields::new("x").retry(Duration::MAX), "retry: 18446744073709551615\ndata: x\n\n");
}

#[test]
fn comments_and_retry_make_no_frame() {
    let mut out = BytesMut::new();
    let encoder = Encoder::new();
    encoder.comment("", &mut out).unwrap();
    encoder.comment("keep-alive", &mut out).unwrap();
    encoder.retry(Duration::from_secs(2), &mut out);
    assert_eq!(out, ": \n\n: keep-alive\n\nretry: 2000\n\n");

    let mut decoder = Decoder::new();
    decoder.push(out.freeze());
    assert_eq!(decoder.next(), Ok(None));
    assert_eq!(decoder.retry(), Some(Duration::from_secs(2)));
}

#[test]
fn a_forged_field_is_rejected_and_nothing_is_written() {
    let encoder = Encoder::new();
    let mut out = BytesMut::from("before");
    for forged in ["\n", "\r", "a\r\nb", "a\n\ndata: forged\n\n", "a\rid: 1"] {
        let event = FrameFields::new("x").event(forged);
        assert_eq!(encoder.encode(event, &mut out), Err(EncodeError::LineBreakInEvent));
        let id = FrameFields::new("x").event("a").id(forged);
        assert_eq!(encoder.encode(id, &mut out), Err(EncodeError::LineBreakInId));
        assert_eq!(encoder.comment(forged, &mut out), Err(EncodeError::LineBreakInComment));
    }
    let nul = FrameFields::new("x").id("a\0b");
    assert_eq!(encoder.encode(nul, &mut out), Err(EncodeError::NulInId));
    assert_eq!(out, "before");
}

#[test]
fn a_payload_cannot_forge_a_field() {
    for data in [
        "x\nevent: forged\n\ndata: y",
        "x\r\rdata: forged\r\r",
        "\n\n\n",
        "id: 1\nretry: 1\n: \n",
        "\u{feff}",
    ] {
        let mut out = BytesMut::new();
        let encoder = Encoder::new();
        let fields = FrameFields::new(data).event("real").id("real");
        encoder.encode(fields, &mut out).unwrap();
        let frames: Vec<_> = sse::decode(&out).collect();
        assert_eq!(frames.len(), 1, "{data:?}");
        assert_eq!(frames[0].event(), "real");
        assert_eq!(frames[0].id(), "real");
        let normal = data.replace("\r\n", "\n").replace('\r', "\n");
        assert_eq!(frames[0].data(), normal);
    }
}

#[test]
fn a_decoded_frame_can_be_encoded_again() {
    let input = "event: a\nid: 7\ndata: x\ndata: y\n\nevent: message\nid: 7\ndata: \n\n";
    let mut out = BytesMut::new();
    for frame in sse::decode(input) {
        Encoder::new().encode(&frame, &mut out).unwrap();
    }
    assert_eq!(out, input);

    let mut decoder = Decoder::new();
    decoder.push(input);
    let mut out = BytesMut::new();
    while let Some(frame) = decoder.next().unwrap() {
        Encoder::new().encode(frame, &mut out).unwrap();
    }
    assert_eq!(out, input);
}
