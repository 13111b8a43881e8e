//! Bytes to events and back.

use bytes::BytesMut;
use messages_api::{ErrorKind, EventDecoder, StreamEvent, encode_event};
use serde_json::Value;

fn decode(sse: &str) -> Vec<StreamEvent> {
    let mut decoder = EventDecoder::new();
    decoder.push(sse.to_owned());
    std::iter::from_fn(|| decoder.next().unwrap()).collect()
}

fn encode(event: &StreamEvent) -> String {
    let mut out = BytesMut::new();
    encode_event(event, &mut out).unwrap();
    String::from_utf8(out.to_vec()).unwrap()
}

#[test]
fn every_event_vector_survives_a_frame() {
    let vectors = include_str!("../fixtures/wire_vectors.jsonl");
    let mut count = 0;
    for line in vectors.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        if vector["kind"] == "event" || vector["kind"] == "error" {
            let event: StreamEvent = serde_json::from_value(vector["json"].clone()).unwrap();
            let sse = encode(&event);
            assert!(sse.starts_with(&format!("event: {}\ndata: {{", event.type_name())), "{sse}");
            assert!(sse.ends_with("}\n\n") && sse.lines().count() == 3, "{sse}");
            assert_eq!(decode(&sse), [event]);
            count += 1;
        }
    }
    assert!(count > 25);
}

#[test]
fn line_breaks_cannot_break_a_frame() {
    let json = "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\\n\\ndata: x\",\"name\":\"f\",\"input\":{\n\"a\" :\r\n1, \"b\": \"c\\nd\"}}}";
    let event: StreamEvent = serde_json::from_str(json).unwrap();
    let sse = encode(&event);
    assert_eq!(sse.lines().count(), 3, "{sse}");
    assert_eq!(decode(&sse), [event]);
    let event: StreamEvent = serde_json::from_str(r#"{"type":"x\nevent: evil\r","a":"b\n\nc"}"#).unwrap();
    let sse = encode(&event);
    assert_eq!(sse.lines().count(), 2, "{sse}");
    assert_eq!(decode(&sse), [event]);
}

#[test]
fn odd_frames() {
    let names = |sse: &str| decode(sse).iter().map(|event| event.type_name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names("data: {\"type\":\"ping\"}\n\n"), ["ping"]);
    assert_eq!(names("event: ping\ndata: hello\n\n"), ["ping"]);
    assert_eq!(names("event: message_stop\n\n"), [""; 0]);
    assert_eq!(names("data: [DONE]\n\ndata:\n\n: comment\n\n"), [""; 0]);
    assert_eq!(names("event: message_stop\ndata: {}\n\n"), ["message_stop"]);
    assert_eq!(names("event: content_block_stop\ndata: {\"index\": 1}\n\n"), ["content_block_stop"]);
    assert_eq!(names("event: content_block_stop\ndata: {\"type\":\"message_stop\"}\n\n"), ["message_stop"]);
    assert_eq!(names("event: message\ndata: {\"type\":\"message_stop\"}\n\n"), ["message_stop"]);
    let events = decode("event: error\ndata: upstream connect error\n\n");
    let [StreamEvent::Error(error)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(error.error.message, "upstream connect error");
}

#[test]
fn what_is_no_event_is_a_typed_error() {
    for (sse, expected) in [
        ("event: ?\ndata: {\n\n", "the event `?` cannot be read"),
        ("event: message_start\ndata: {\"type\":\"message_start\"}\n\n", "message: missing field"),
        ("data: {\"type\":\"content_block_stop\",\"index\":-1}\n\n", "index: invalid value"),
        ("data: {\"a\":1}\n\n", "type: missing field"),
        ("data: 5\n\n", "invalid type: integer `5`"),
    ] {
        let mut decoder = EventDecoder::new();
        decoder.push(sse.to_owned());
        let error = decoder.next().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let mut decoder = EventDecoder::new();
    decoder.push(format!("data: {{\"type\":\"x\",\"a\":{}\n\n", "[".repeat(1_000_000)));
    assert!(decoder.next().unwrap_err().to_string().contains("127 levels"));
}

#[test]
fn a_long_event_is_refused() {
    let mut decoder = EventDecoder::new().max_event_bytes(1000);
    decoder.push(format!("data: {{\"type\":\"ping\",\"a\":\"{}\"}}\n\n", "x".repeat(2000)));
    assert_eq!(decoder.next().unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(decoder.next().unwrap_err().kind(), ErrorKind::TooLarge);
}
