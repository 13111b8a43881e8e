//! Streams that violate the protocol although nothing is lost, and streams that never end.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures::{Stream, stream};
use messages_api::stream::{AccumulateError, Accumulator, EventDecoder, replay};
use messages_api::types::events::PingEvent;
use messages_api::{ContentBlock, Error, ErrorKind, Message, MessageStream, StreamEvent, Usage};
use serde_json::{Value, json};

use crate::common::{block_on, decode};

const END: &str = r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":"x"},"usage":{"output_tokens":5}}
{"type":"message_stop"}"#;

fn start() -> String {
    json!({"type": "message_start", "message": {"type": "message", "id": "m", "role": "assistant", "model": "m",
        "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}})
    .to_string()
}

/// Makes frames of JSON, one event a line.
fn frames(events: &str) -> String {
    events.lines().map(|event| format!("data: {event}\n\n")).collect()
}

/// Makes the frames of a message of these blocks, each with the deltas that follow it.
fn message(blocks: &[(Value, &[&str])]) -> String {
    let mut events = start();
    for (index, (block, deltas)) in blocks.iter().enumerate() {
        let begin = json!({"type": "content_block_start", "index": index, "content_block": block});
        events += &format!("\n{begin}");
        for delta in *deltas {
            events += &format!("\n{{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{delta}}}");
        }
        events += &format!("\n{}", json!({"type": "content_block_stop", "index": index}));
    }
    frames(&format!("{events}\n{END}"))
}

fn open(sse: &str) -> MessageStream {
    MessageStream::from_bytes(stream::iter([Ok::<_, Error>(sse.to_owned())]), EventDecoder::new())
}

fn tool() -> Value {
    json!({"type": "tool_use", "id": "t", "name": "f", "input": {}})
}

fn text() -> Value {
    json!({"type": "text", "text": ""})
}

fn read(stream: &mut MessageStream) -> (Vec<String>, Option<Error>) {
    let mut names = Vec::new();
    block_on(async {
        while let Some(event) = stream.next().await {
            match event {
                Ok(event) => names.push(event.type_name().to_owned()),
                Err(error) => return (names, Some(error)),
            }
        }
        (names, None)
    })
}

#[test]
fn an_event_that_deviates_is_skipped_and_listed() {
    let events = [
        &start(),
        &start(),
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
        r#"{"untyped":true}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        END,
        r#"{"type":"message_stop"}"#,
    ]
    .join("\n");
    for is_forwarded in [false, true] {
        let mut stream = open(&frames(&events));
        if is_forwarded {
            stream = stream.without_accumulation();
        }
        let (names, error) = read(&mut stream);
        assert!(error.is_none());
        assert_eq!(
            names,
            [
                "message_start",
                "content_block_start",
                "content_block_delta",
                "",
                "content_block_stop",
                "message_delta",
                "message_stop",
            ]
        );
        let found: Vec<_> = stream.deviations().iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "event 1: a second `message_start` arrived",
                "event 2: no block has started at index 0",
                "event 4: a `thinking_delta` does not belong to the `text` block at index 0",
                "event 6: an event has no type",
                "event 8: the block at index 0 has already stopped",
                "event 11: the event `message_stop` arrived after `message_stop`",
            ]
        );
    }
    let mut strict = open(&frames(&events)).strict(true);
    assert_eq!(read(&mut strict).1.unwrap().kind(), ErrorKind::Protocol);
    assert!(strict.deviations().is_empty());
}

#[test]
fn a_forwarded_stream_in_which_data_would_be_lost_is_an_error() {
    let other = start().replace(r#""id":"m""#, r#""id":"m2""#);
    let mut stream = open(&frames(&format!("{}\n{other}", start()))).without_accumulation();
    let (names, error) = read(&mut stream);
    assert_eq!((names.len(), error.unwrap().kind()), (1, ErrorKind::Protocol));
}

#[test]
fn the_list_of_deviations_is_limited() {
    let mut accumulator = Accumulator::new();
    for event in decode(frames(&(start() + "\n").repeat(500))) {
        accumulator.push(&event).unwrap();
    }
    assert_eq!(accumulator.deviations().len(), 100);
}

#[test]
fn a_later_message_delta_erases_nothing() {
    for later in [
        r#"{"type":"message_delta","delta":{"stop_reason":null,"stop_sequence":null},"usage":{"output_tokens":null}}"#,
        r#"{"type":"message_delta","delta":{}}"#,
        r#"{"type":"message_delta"}"#,
    ] {
        let events = [start(), END.replacen('\n', &format!("\n{later}\n"), 1)].join("\n");
        let message = block_on(open(&frames(&events)).final_message()).unwrap();
        assert_eq!(message.stop_reason.unwrap().as_str(), "tool_use");
        assert_eq!((message.stop_sequence.as_deref(), message.usage.output_tokens), (Some("x"), 5));
    }
}

#[test]
fn white_space_as_tool_input_is_an_empty_object() {
    let sse = message(&[(tool(), &[r#"{"type":"input_json_delta","partial_json":" \n"}"#])]);
    let message = block_on(open(&sse).final_message()).unwrap();
    assert_eq!(message.tool_uses().next().unwrap().input.as_raw_str(), "{}");
}

#[test]
fn an_invalid_tool_input_loses_nothing_else() {
    let sse = message(&[
        (tool(), &[r#"{"type":"input_json_delta","partial_json":"{\"a\": nope}"}"#]),
        (tool(), &[r#"{"type":"input_json_delta","partial_json":"{\"b\": 1}"}"#]),
        (tool(), &[r#"{"type":"input_json_delta","partial_json":"{\"c\": "}"#]),
        (text(), &[r#"{"type":"text_delta","text":"after"}"#]),
    ]);
    let mut stream = open(&sse);
    let (_, error) = read(&mut stream);
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    let source = std::error::Error::source(&error).unwrap().downcast_ref::<AccumulateError>().unwrap();
    assert_eq!(source, &AccumulateError::InvalidInput { index: 0, text: "{\"a\": nope}".to_owned() });
    let partial = error.partial_message().unwrap();
    assert_eq!((partial.text().as_str(), partial.usage.output_tokens), ("after", 5));
    assert_eq!(partial.stop_reason.as_ref().unwrap().as_str(), "tool_use");
    assert_eq!(partial.tool_uses().nth(1).unwrap().input.as_raw_str(), "{\"b\": 1}");
    let inputs: Vec<_> = (0..4).map(|at| stream.partial_input(at)).collect();
    assert_eq!(inputs, [Some("{\"a\": nope}"), None, Some("{\"c\": "), None]);
}

#[test]
fn half_surrogate_pairs_are_joined() {
    let thinking = json!({"type": "thinking", "thinking": "", "signature": ""});
    let cases: &[(&[&str], &str)] = &[
        (&[r"Hi \ud83d", r"\ude00 there"], "Hi 😀 there"),
        (&[r"\ud83d", r"\uDE00\ud83d", r"\ude01"], "😀😁"),
        (&[r"a\ud83d", "b"], "a\u{fffd}b"),
        (&[r"a\ud83d", ""], "a\u{fffd}"),
        (&[r"a\ud83d", r"b\ud83d", r"\ude00"], "a\u{fffd}b😀"),
        (&[r"a\ud83d", r"\ud83d", r"\ude00"], "a\u{fffd}😀"),
        (&[r"\ude00\ud83db", r"\ude00"], "\u{fffd}\u{fffd}b\u{fffd}"),
        (&[r"end\ud83d"], "end\u{fffd}"),
        (&[r"\\\ud83d\ude00\\ud83d", "x"], "\\😀\\ud83dx"),
    ];
    for (pieces, expected) in cases {
        let delta = |kind: &str, field: &str| -> Vec<String> {
            pieces
                .iter()
                .map(|text| format!(r#"{{"type":"{kind}","new":1, "{field}" : "{text}"}}"#))
                .collect()
        };
        let (texts, thoughts) = (delta("text_delta", "text"), delta("thinking_delta", "thinking"));
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let thoughts: Vec<_> = thoughts.iter().map(String::as_str).collect();
        let sse = message(&[
            (text(), &texts),
            (thinking.clone(), &thoughts),
            (
                tool(),
                &[
                    r#"{"type":"input_json_delta","partial_json":"{\"a\":\"\ud83d"}"#,
                    r#"{"type":"input_json_delta","partial_json":"\ude00\"}"}"#,
                ],
            ),
        ]);
        for size in [1, 7, sse.len()] {
            let chunks: Vec<_> =
                sse.as_bytes().chunks(size).map(|chunk| Ok::<_, Error>(chunk.to_vec())).collect();
            let stream = MessageStream::from_bytes(stream::iter(chunks), EventDecoder::new());
            let message = block_on(stream.final_message()).unwrap();
            assert_eq!(message.text(), *expected);
            let ContentBlock::Thinking(block) = &message.content[1] else { panic!() };
            assert_eq!(block.thinking, *expected);
            assert_eq!(message.tool_uses().next().unwrap().input.as_raw_str(), "{\"a\":\"😀\"}");
        }
        let mut decoder = EventDecoder::new().strict(true);
        decoder.push(sse);
        let failed = std::iter::from_fn(|| decoder.next().transpose()).any(|event| event.is_err());
        assert!(failed);
    }
}

#[test]
fn a_half_pair_elsewhere_becomes_a_replacement_character() {
    let events = decode(
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"a\\ud83d\"}}\n\n",
    );
    let [StreamEvent::ContentBlockStart(event)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.content_block.as_text().unwrap().text, "a\u{fffd}");
}

/// Polls until the stream ends or fails. Returns how many times it let other tasks run.
fn poll<T>(mut stream: Pin<&mut dyn Stream<Item = Result<T, Error>>>) -> (usize, Option<Error>) {
    let mut context = Context::from_waker(Waker::noop());
    let mut yields = 0;
    loop {
        match stream.as_mut().poll_next(&mut context) {
            Poll::Pending => yields += 1,
            Poll::Ready(None) => return (yields, None),
            Poll::Ready(Some(Err(error))) => return (yields, Some(error)),
            Poll::Ready(Some(Ok(_))) => {}
        }
    }
}

#[test]
fn a_stream_that_is_always_ready_lets_other_tasks_run_and_ends() {
    let pings = || MessageStream::new(stream::repeat_with(|| Ok(PingEvent::new().into())));
    let (yields, error) = poll(Box::pin(pings().text_stream()).as_mut());
    assert_eq!(error.unwrap().kind(), ErrorKind::TooLarge);
    assert_eq!(yields, 100_000 / 128);
    assert_eq!(block_on(pings().final_message()).unwrap_err().kind(), ErrorKind::TooLarge);

    // A body of nothing but comments has no events at all, so each poll returns.
    let comments = stream::repeat_with(|| Ok::<_, Error>(": comment\n\n"));
    let mut comments = MessageStream::from_bytes(comments, EventDecoder::new());
    let mut context = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut comments).poll_next(&mut context).is_pending());

    // Events that are skipped are not yielded, so each poll returns after some of them.
    let again = decode(frames(&start())).remove(0);
    let again = stream::repeat_with(move || Ok(again.clone()));
    let mut again = MessageStream::new(again).without_accumulation();
    assert!(Pin::new(&mut again).poll_next(&mut context).is_ready());
    assert!(Pin::new(&mut again).poll_next(&mut context).is_pending());
    let (_, error) = poll(Box::pin(again).as_mut());
    assert_eq!(error.unwrap().kind(), ErrorKind::TooLarge);

    // Empty deltas add nothing either.
    let block = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
    let empty = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}"#;
    let begin = decode(frames(&format!("{}\n{block}", start())));
    let empty = decode(frames(empty)).remove(0);
    let events = stream::iter(begin).map_all(empty);
    assert_eq!(block_on(MessageStream::new(events).final_message()).unwrap_err().kind(), ErrorKind::TooLarge);
}

trait Endless: Stream<Item = StreamEvent> + Send + Sized {
    /// Repeats `last` for ever after the stream.
    fn map_all(self, last: StreamEvent) -> impl Stream<Item = Result<StreamEvent, Error>> + Send + 'static
    where
        Self: 'static,
    {
        use futures::StreamExt as _;
        self.chain(stream::repeat(last)).map(Ok)
    }
}

impl<S: Stream<Item = StreamEvent> + Send> Endless for S {}

#[test]
fn a_long_message_is_not_too_many_events() {
    let text = "a".repeat(300_000);
    let message = Message::new("m", "m", vec![ContentBlock::text(text)], Usage::new(1, 1));
    let mut accumulator = Accumulator::new();
    for event in replay(message) {
        accumulator.push(&event).unwrap();
        // As many pings as a stream of a day, and one for each event after that.
        for _ in 0..10_000 {
            accumulator.push(&PingEvent::new().into()).unwrap();
        }
    }
    assert!(accumulator.is_complete());
}
