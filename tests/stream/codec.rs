//! Events as frames, in both directions.

use messages_api::stream::{EventDecoder, EventError};
use messages_api::types::events::{ContentBlockDeltaEvent, TextDelta};
use messages_api::{Error, ErrorKind, Json, StreamEvent};

use crate::cases::fixture;
use crate::common::{decode, encode};

#[test]
fn every_event_vector_is_encoded_and_decoded_again() {
    let mut count = 0;
    for vector in fixture("wire_vectors.jsonl") {
        if vector["kind"] == "event" || vector["kind"] == "error" {
            let event: StreamEvent = serde_json::from_value(vector["json"].clone()).unwrap();
            let sse = encode(&event);
            assert!(sse.starts_with(&format!("event: {}\ndata: {{", event.type_name())), "{sse}");
            assert!(sse.ends_with("}\n\n") && sse.lines().count() == 3, "{sse}");
            assert_eq!(decode(sse), [event]);
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
    assert_eq!(decode(sse), [event]);
    let event: StreamEvent = serde_json::from_str(r#"{"type":"x\nevent: evil\r","a":"b\n\nc"}"#).unwrap();
    let sse = encode(&event);
    assert_eq!(sse.lines().count(), 2, "{sse}");
    assert_eq!(decode(sse), [event]);
}

#[test]
fn unusual_frames_are_read() {
    let names =
        |sse: &'static str| decode(sse).iter().map(|event| event.type_name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names("data: {\"type\":\"ping\"}\n\n"), ["ping"]);
    assert_eq!(names("event: ping\ndata: hello\n\n"), ["ping"]);
    assert_eq!(names("event: message_stop\n\n"), [""; 0]);
    assert_eq!(names("data: [DONE]\n\ndata:\n\n: comment\n\n"), [""; 0]);
    assert_eq!(names("event: message_stop\ndata: {}\n\n"), ["message_stop"]);
    assert_eq!(names("event: content_block_stop\ndata: {\"index\": 1}\n\n"), ["content_block_stop"]);
    assert_eq!(names("event: content_block_stop\ndata: {\"type\":\"message_stop\"}\n\n"), ["message_stop"]);
    assert_eq!(names("event: message\ndata: {\"type\":\"message_stop\"}\n\n"), ["message_stop"]);
    // Events outside of the protocol may hold anything.
    assert_eq!(names("event: heartbeat\ndata: 12:00\n\nevent: tick\ndata: {\"n\":1}\n\n"), ["tick"]);
    let events = decode("event: error\ndata: upstream connect error\n\n");
    let [StreamEvent::Error(error)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(error.error.message, "upstream connect error");
}

#[test]
fn a_malformed_event_is_a_protocol_error() {
    for (sse, expected) in [
        ("event: ?\ndata: {\n\n", "the event `?` cannot be read"),
        ("event: message_start\ndata: {\"type\":\"message_start\"}\n\n", "message: missing field"),
        ("data: {\"type\":\"content_block_stop\",\"index\":-1}\n\n", "index: invalid value"),
        ("data: 5\n\n", "invalid type: integer `5`"),
    ] {
        let mut decoder = EventDecoder::new();
        decoder.push(sse.to_owned());
        let error = Error::from(decoder.next().unwrap_err());
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let mut decoder = EventDecoder::new();
    for (depth, is_legal) in [(126, true), (127, false), (100_000, false)] {
        let nested = "[".repeat(depth) + &"]".repeat(depth);
        decoder.push(format!("data: {{\"type\":\"x\",\"a\":{nested}}}\n\n"));
        let event = decoder.next();
        assert_eq!(event.is_ok(), is_legal);
        assert!(is_legal || event.unwrap_err().to_string().contains("a: JSON nests deeper than 127 levels"));
    }
}

#[test]
fn an_event_over_the_limit_is_an_error() {
    let mut decoder = EventDecoder::new().max_event_bytes(1000);
    decoder.push(format!("data: {{\"type\":\"ping\",\"a\":\"{}\"}}\n\n", "x".repeat(2000)));
    for _ in 0..2 {
        let error = decoder.next().unwrap_err();
        assert!(matches!(error, EventError::TooLong(_)));
        assert_eq!(Error::from(error).kind(), ErrorKind::TooLarge);
    }
}

#[test]
fn an_event_named_error_is_an_error_event_whatever_its_data() {
    for (data, expected, message) in [
        (r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#, "overloaded_error", "m"),
        (r#"{"error":{"type":"overloaded_error","message":"m"},"request_id":"r"}"#, "overloaded_error", "m"),
        (r#"{"type":"overloaded_error","message":"m"}"#, "overloaded_error", "m"),
        (r#"{"type":"message_stop"}"#, "api_error", r#"{"type":"message_stop"}"#),
        (r#"{"detail":"m"}"#, "api_error", "m"),
        (r#"{"error":"m"}"#, "api_error", "m"),
        (r#"{"message":"m"}"#, "api_error", "m"),
        (r#"{"error":{"message":"m","type":null,"code":"c"}}"#, "api_error", "m"),
        (r#"{"error":{"message":"m","type":5}}"#, "api_error", "m"),
        (r#"{"error":{"message":"\ud83dm","type":"new_error"}}"#, "new_error", "\u{fffd}m"),
        (r#"{"type":"error","message":"m"}"#, "api_error", "m"),
        (r#"{"type":"error","error":"m"}"#, "api_error", "m"),
        ("502 Bad Gateway", "api_error", "502 Bad Gateway"),
    ] {
        let events = decode(format!("event: error\ndata: {data}\n\n"));
        let [StreamEvent::Error(error)] = &events[..] else { panic!("{events:?}") };
        assert_eq!((error.error.r#type.as_str(), error.error.message.as_str()), (expected, message));
    }
    for (data, expected) in [
        (r#"{"error":{"message":"m","type":"rate_limit_error","code":429}}"#, "rate_limit_error"),
        (r#"{"error":{"message":"m","code":429}}"#, "rate_limit_error"),
        (r#"{"error":{"message":{"message":"m"},"type":"new_error"}}"#, "new_error"),
        (r#"{"error":"m"}"#, "api_error"),
        (r#"{"type":"error","error":"m"}"#, "api_error"),
        (r#"{"type":"error","message":"m","request_id":5}"#, "api_error"),
    ] {
        let events = decode(format!("data: {data}\n\n"));
        let [StreamEvent::Error(error)] = &events[..] else { panic!("{events:?}") };
        assert_eq!((error.error.r#type.as_str(), error.error.message.as_str()), (expected, "m"));
    }
    let events = decode("data: {\"error\":{\"message\":5,\"request_id\":\"r\"}}\n\n");
    let [StreamEvent::Error(error)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((&*error.error.message, error.request_id.as_deref()), ("5", Some("r")));
    for (data, expected, message) in [
        (
            r#"{"type":"error","error":{"type":"overloaded_error","detail":"busy"}}"#,
            "overloaded_error",
            "busy",
        ),
        (r#"{"type":"error","error":{"type":"overloaded_error"}}"#, "overloaded_error", ""),
    ] {
        let events = decode(format!("event: error\ndata: {data}\n\n"));
        let [StreamEvent::Error(error)] = &events[..] else { panic!("{events:?}") };
        assert_eq!((error.error.r#type.as_str(), error.error.message.as_str()), (expected, message));
    }
    let events = decode(format!("event: error\ndata: {}\n\n", "é".repeat(100_000)));
    let [StreamEvent::Error(error)] = &events[..] else { panic!("{events:?}") };
    assert!(error.error.message.len() <= 4096);
}

#[test]
fn an_object_without_a_type_is_kept() {
    for data in [r#"{"a":1}"#, "{}", r#"{"error":null,"type":null}"#] {
        let events = decode(format!("data: {data}\n\n"));
        let [StreamEvent::Unknown(unknown)] = &events[..] else { panic!("{events:?}") };
        assert_eq!((unknown.type_name(), unknown.json().as_raw_str()), ("", data));
        let sse = encode(&events[0]);
        assert_eq!(sse, format!("data: {data}\n\n"));
        assert_eq!(decode(sse), events);
    }
}

#[test]
fn decoding_continues_after_a_malformed_event() {
    let mut decoder = EventDecoder::new();
    decoder.push("data: {\n\ndata: {\"type\":\"message_stop\"}\n\n");
    assert!(decoder.next().is_err());
    assert_eq!(decoder.next().unwrap().unwrap().type_name(), "message_stop");
}

/// The encoder writes most deltas without serde.
/// A delta that begins like the one before is read in a shorter way, if it lies in one chunk.
#[test]
fn a_delta_is_read_in_the_same_way_wherever_it_stands() {
    let text = |text: &str| {
        let data = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"#;
        format!("event: content_block_delta\ndata: {data}{text}\n\n")
    };
    let mut frames: Vec<String> = [
        r#""Hel"}}"#,
        r#"""}}"#,
        r#""größer"}}"#,
        r#""\"so\"\n"}}"#,
        r#""\u00e9 \ud83d"}}"#,
        r#""\ude00"}}"#,
        r#""a"}   }"#,
        r#""a"} ,"x":1}"#,
        r#""a","x":1}}"#,
        r#""a"}}}"#,
        r#""a"}"#,
        r#""a"#,
        r#""\"#,
        "\"\u{7}\"}}",
        "\"a\"}\n}",
        "\"a\ndata: b\"}}",
        "\"a\"}}\ndata: ",
        "\"a\"}}\nid: 7",
        "1}}",
    ]
    .map(text)
    .to_vec();
    frames.push(text("\"a\"}}").replace('\n', "\r\n"));
    frames.push(text("\"a\"}}").replace('\n', "\r"));
    frames.push(text("\"a\"}}").replace("data: ", "data:"));
    frames.push(text("\"a\"}}").replace("event: content_block_delta\n", ""));
    frames.push(text("\"a\"}}").replace("event: content_block_delta", "event: ping"));
    frames.push(text("\"a\"}}").replace("event: content_block_delta", "event: error"));
    frames.push(text("\"a\"}}").replace("\"index\":0", "\"index\":10"));
    frames.push(text("\"a\"}}").replace("\"index\":0", "\"index\":01"));
    frames.push(text("\"a\"}}").replace("text_delta\",\"text", "thinking_delta\",\"thinking"));
    frames.push(text("\"a\"}}").replace("text_delta\",\"text", "input_json_delta\",\"partial_json"));
    frames.push(": a comment\n\n".to_owned());
    frames.push(text(&format!("\"{}\"}}}}", "long".repeat(30))));

    let decoded = |bytes: &str, chunk: usize| {
        let mut decoder = EventDecoder::new().max_event_bytes(200);
        let mut found = Vec::new();
        for bytes in bytes.as_bytes().chunks(chunk) {
            decoder.push(bytes.to_vec());
            loop {
                match decoder.next() {
                    Ok(Some(event)) => found.push(encode(&event)),
                    Ok(None) => break,
                    Err(error @ EventError::TooLong(_)) => return [found, vec![error.to_string()]].concat(),
                    Err(error) => found.push(error.to_string()),
                }
            }
        }
        found
    };
    for (first, second) in frames.iter().flat_map(|first| frames.iter().map(move |second| (first, second))) {
        let bytes = format!("{}{first}{second}{first}", text("\"a\"}}"));
        assert_eq!(decoded(&bytes, usize::MAX), decoded(&bytes, 1), "{bytes}");
    }
}

#[test]
fn text_deltas_are_written_as_serde_writes_them() {
    let texts = ["", "Hel", " \u{7f}é\u{2028}😀", "a\"b", "a\\b", "a\nb", "\u{0}", "a\u{1f}"];
    let long: Vec<String> = (0..200).flat_map(|n| ["", "\n"].map(|end| "x".repeat(n) + end + "yz")).collect();
    for text in texts.into_iter().chain(long.iter().map(String::as_str)) {
        for index in [0, 9, 10, 4_000_000_000, u64::MAX] {
            let mut event = ContentBlockDeltaEvent::new(index, TextDelta::new(text));
            for _ in 0..2 {
                let event_in = StreamEvent::from(event.clone());
                let json = serde_json::to_string(&event_in).unwrap();
                assert_eq!(encode(&event_in), format!("event: content_block_delta\ndata: {json}\n\n"));
                event.extra.insert("new", Json::null());
            }
        }
    }
}
