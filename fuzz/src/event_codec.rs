//! An encoded event decodes to itself.

use messages_api::stream::EventDecoder;
use messages_api::types::events::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, InputJsonDelta, PingEvent, TextDelta,
};
use messages_api::types::{ErrorObject, ErrorResponse};
use messages_api::{ErrorType, Json, StreamEvent, ToolUseBlock};

use crate::events::travel;

/// Checks the events that can be made of a text: as text, as JSON, as an event,
/// and as a frame whose first line is the name and whose other lines are the
/// data.
///
/// Each of them is encoded and decodes to itself, even if the JSON has line
/// breaks. Frames named `error` and `ping` are such events whatever their data.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(event) = serde_json::from_str::<StreamEvent>(&text) {
        travel(&event);
    }
    if let Ok(json) = Json::parse(&text) {
        // An input that is `null` is read as absent.
        let input = Some(json.clone()).filter(|json| !json.is_null()).unwrap_or_else(Json::empty_object);
        let mut event = ContentBlockStartEvent::new(7, ToolUseBlock::new("toolu_1", "f", input));
        event.extra.insert("new", json.clone());
        travel(&event.into());
        let mut object = ErrorObject::new(ErrorType::from("new_error"), "no");
        // Details that are `null` are read as absent.
        object.details = Some(json.clone()).filter(|json| !json.is_null());
        object.extra.insert("new", json);
        travel(&ErrorResponse::new(object).into());
    }
    for index in [0, u64::from(data.first().copied().unwrap_or(0)), u64::MAX] {
        travel(&ContentBlockDeltaEvent::new(index, TextDelta::new(&*text)).into());
    }
    travel(&ContentBlockDeltaEvent::new(0, InputJsonDelta::new(&*text)).into());
    if text != "type" {
        let mut ping = PingEvent::new();
        ping.extra.insert(&*text, Json::null());
        travel(&ping.into());
    }
    frame(&text);
}

fn frame(text: &str) {
    let (name, data) = text.split_once('\n').unwrap_or((text, ""));
    let (name, data) = (name.replace('\r', ""), data.replace("\r\n", "\n").replace('\r', "\n"));
    let mut decoder = EventDecoder::new();
    decoder.push(format!("event: {name}\ndata: {}\n\n", data.replace('\n', "\ndata: ")));
    let found = decoder.next();
    match &*name {
        "error" | "ping" if !data.is_empty() => {
            let event = found.as_ref().unwrap().as_ref().expect("the name makes the event");
            assert_eq!(event.type_name(), name);
        }
        _ if data.is_empty() => assert!(matches!(found, Ok(None)), "an event without data is skipped"),
        _ => {}
    }
    // Most events are read without serde, which must give the same result.
    if let (false, Ok(event)) =
        (matches!(&*name, "error" | "ping"), serde_json::from_str::<StreamEvent>(&data))
    {
        assert_eq!(found.as_ref().unwrap().as_ref(), Some(&event));
    }
    if let Err(error) = &found {
        assert!(error.to_string().len() < 2000, "an error quotes only the beginning of the data");
    }
    if let Ok(Some(event)) = found {
        travel(&event);
    }
    decoder.push(&b"data: {\"type\":\"ping\"}\n\n"[..]);
    assert_eq!(decoder.next().unwrap(), Some(PingEvent::new().into()), "the next event is read");
}
