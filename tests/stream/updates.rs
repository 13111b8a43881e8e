//! What the events of a stream make of the message.

use futures::stream;
use messages_api::json::PartialMode;
use messages_api::stream::Update;
use messages_api::{Json, MessageStream, StreamEvent};

use crate::common::{block_on, decode};

const EVENTS: &str = r#"
{"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":12,"output_tokens":1}}}
{"type":"ping"}
{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Ein ","estimated_tokens":3}}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Gruß"}}
{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"Oh: "}}
{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grü"}}
{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":""}}
{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"ße"}}
{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"q","document_index":0,"start_char_index":0,"end_char_index":1}}}
{"type":"content_block_stop","index":1}
{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_01","name":"f","input":{}}}
{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}
{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Os"}}
{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"lo\"}"}}
{"type":"content_block_stop","index":2}
{"type":"content_block_start","index":3,"content_block":{"type":"compaction","content":null}}
{"type":"content_block_delta","index":3,"delta":{"type":"compaction_delta","content":"short","encrypted_content":null}}
{"type":"content_block_stop","index":3}
{"type":"content_block_start","index":4,"content_block":{"type":"from_the_future","text":""}}
{"type":"content_block_delta","index":4,"delta":{"type":"text_delta","text":"lost"}}
{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"lost"}}
{"type":"content_block_delta","index":4,"delta":{"type":"future_delta"}}
{"type":"content_block_stop","index":4}
{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":5}}
{"type":"message_stop"}
"#;

fn events(json: &str) -> Vec<StreamEvent> {
    json.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn stream_of(events: Vec<StreamEvent>) -> MessageStream {
    MessageStream::new(stream::iter(events.into_iter().map(Ok)))
}

fn describe(update: &Update<'_>) -> String {
    match update {
        Update::Text { index, delta, snapshot, .. } => format!("{index} text {delta:?} of {snapshot:?}"),
        Update::Thinking { index, delta, snapshot, estimated_tokens, .. } => {
            format!("{index} thinking {delta:?} of {snapshot:?}, {estimated_tokens:?}")
        }
        Update::InputJson { index, delta, snapshot, .. } => {
            format!("{index} input {delta:?} of {snapshot:?}")
        }
        Update::Citation { index, citation, block, .. } => {
            let cited = &serde_json::to_value(citation).unwrap()["cited_text"];
            format!("{index} citation {cited} of {:?}", block.text)
        }
        Update::Signature { index, block, .. } => {
            format!("{index} signature {:?} of {:?}", block.signature, block.thinking)
        }
        Update::Compaction { index, block, .. } => format!("{index} compaction {:?}", block.content),
        Update::Block { index, block, .. } => format!("{index} block {}", block.type_name()),
        Update::Message(message) => format!("message {:?}", message.usage.output_tokens),
        Update::Event(event) => format!("event {}", event.type_name()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_event_has_an_update_with_what_it_has_made_of_the_message() {
    let mut stream = stream_of(events(EVENTS));
    let mut found = Vec::new();
    block_on(async {
        while let Some(update) = stream.next_update().await {
            found.push(describe(&update.unwrap()));
        }
    });
    assert_eq!(
        found,
        [
            "event message_start",
            "event ping",
            "event content_block_start",
            r#"0 thinking "Ein " of "Ein ", Some(3)"#,
            r#"0 thinking "Gruß" of "Ein Gruß", None"#,
            r#"0 signature "c2ln" of "Ein Gruß""#,
            "0 block thinking",
            "event content_block_start",
            r#"1 text "Grü" of "Oh: Grü""#,
            r#"1 text "" of "Oh: Grü""#,
            r#"1 text "ße" of "Oh: Grüße""#,
            r#"1 citation "q" of "Oh: Grüße""#,
            "1 block text",
            "event content_block_start",
            r#"2 input "" of """#,
            r#"2 input "{\"city\":\"Os" of "{\"city\":\"Os""#,
            r#"2 input "lo\"}" of "{\"city\":\"Oslo\"}""#,
            "2 block tool_use",
            "event content_block_start",
            r#"3 compaction Some("short")"#,
            "3 block compaction",
            "event content_block_start",
            "event content_block_delta",
            "event content_block_delta",
            "event content_block_delta",
            "4 block from_the_future",
            "event message_delta",
            "message 5",
        ]
    );
}

#[test]
fn updates_borrow_from_the_message_and_copy_nothing() {
    let mut stream = stream_of(events(EVENTS));
    let (mut texts, mut blocks) = (0, 0);
    block_on(async {
        while let Some(update) = stream.next_update().await {
            let (text, block) = match update.unwrap() {
                Update::Text { delta, snapshot, .. } | Update::Thinking { delta, snapshot, .. } => {
                    assert_eq!(delta.as_bytes().as_ptr_range().end, snapshot.as_bytes().as_ptr_range().end);
                    (Some(snapshot.as_ptr().addr()), None)
                }
                Update::Block { index, block, .. } => (None, Some((index, std::ptr::from_ref(block).addr()))),
                _ => continue,
            };
            let content = &stream.message().unwrap().content;
            if let Some(text) = text {
                let whole = match content.last().unwrap() {
                    messages_api::ContentBlock::Text(block) => &block.text,
                    messages_api::ContentBlock::Thinking(block) => &block.thinking,
                    other => panic!("{other:?}"),
                };
                assert_eq!(text, whole.as_ptr().addr());
                texts += 1;
            }
            if let Some((index, block)) = block {
                assert_eq!(block, std::ptr::from_ref(&content[index]).addr());
                blocks += 1;
            }
        }
    });
    assert_eq!((texts, blocks), (5, 5));
}

#[test]
fn the_input_so_far_can_be_parsed_and_a_complete_block_has_it() {
    let mut stream = stream_of(events(EVENTS));
    let (mut previews, mut input) = (Vec::new(), None);
    block_on(async {
        while let Some(update) = stream.next_update().await {
            match update.unwrap() {
                Update::InputJson { snapshot, .. } => {
                    previews.push(Json::parse_partial(snapshot, PartialMode::TrailingStrings));
                }
                Update::Block { block: messages_api::ContentBlock::ToolUse(call), .. } => {
                    input = Some(call.input.clone());
                }
                _ => {}
            }
        }
    });
    let previews: Vec<_> = previews.iter().map(|json| json.as_ref().map(Json::as_raw_str)).collect();
    assert_eq!(previews, [None, Some(r#"{"city":"Os"}"#), Some(r#"{"city":"Oslo"}"#)]);
    assert_eq!(input.unwrap().as_raw_str(), r#"{"city":"Oslo"}"#);
}

#[test]
fn a_call_whose_input_is_not_json_is_never_a_complete_block() {
    let broken = EVENTS.replace(r#""lo\"}"}}"#, r#""lo\"]"}}"#);
    assert_ne!(broken, EVENTS);
    let mut stream = stream_of(events(&broken));
    let (mut found, mut failed) = (Vec::new(), false);
    block_on(async {
        while let Some(update) = stream.next_update().await {
            match update {
                Ok(update) => found.push(describe(&update)),
                Err(_) => failed = true,
            }
        }
    });
    assert!(!found.iter().any(|update| update == "2 block tool_use"));
    assert_eq!(found.iter().filter(|update| *update == "event content_block_stop").count(), 1);
    assert!(failed);
}

#[test]
fn without_accumulation_every_update_is_the_event() {
    let expected = events(EVENTS);
    let mut stream = stream_of(expected.clone()).without_accumulation();
    let mut found = Vec::new();
    block_on(async {
        while let Some(update) = stream.next_update().await {
            match update.unwrap() {
                Update::Event(event) => found.push(event),
                other => panic!("{other:?}"),
            }
        }
    });
    assert_eq!(found, expected);
}

#[test]
fn updates_and_events_may_alternate() {
    let events = decode(include_str!("../fixtures/basic.sse"));
    let mut stream = stream_of(events.clone());
    let mut count = 0;
    block_on(async {
        loop {
            if stream.next().await.is_none() {
                break;
            }
            count += 1;
            if stream.next_update().await.is_none() {
                break;
            }
            count += 1;
        }
    });
    assert_eq!(count, events.len());
    assert_eq!(stream.into_message().unwrap(), crate::common::add_up(events));
}
