//! Compares the codec with yardsticks on the same bytes in the same process.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench codec            # all sections
//! cargo bench --manifest-path benches/Cargo.toml --bench codec -- encode  # one section
//! ```
//!
//! Sections: framing, events, encode, linear.

use std::convert::Infallible;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use axum::response::{IntoResponse, Sse};
use bytes::{BufMut, Bytes, BytesMut};
use eventsource_stream::Eventsource;
use futures::StreamExt;
use futures::executor::block_on;
use messages_api::stream::{EventDecoder, encode_event};
use messages_api::{StreamEvent, sse};
use support::{Comparison, Stream, filtered, reference, split, streams};

fn main() {
    if let Some(line) = std::env::args().nth(1).as_deref().and_then(|text| text.strip_prefix("--line=")) {
        return endless_line(line);
    }
    if filtered("framing") {
        framing();
    }
    if filtered("events") {
        events();
    }
    if filtered("encode") {
        encode();
    }
    if filtered("linear") {
        linear();
    }
}

// ---- frames -------------------------------------------------------------------

fn framing() {
    for stream in streams() {
        for size in [64, 1 << 10, 16 << 10, usize::MAX] {
            let goals = stream.name == "tokens" && size == 16 << 10;
            let goal = |goal: f64| if goals { goal } else { f64::INFINITY };
            let chunks: Vec<Bytes> = stream.chunks(size).map(Bytes::copy_from_slice).collect();
            let title = format!("framing, {}, {}: times the line splitter's", stream.name, shown(size));
            let mut comparison = Comparison::new(title, "line splitter", || splitter(&stream, size))
                .goal("ours, borrowed frames", goal(1.5), || borrowed(&chunks))
                .than("ours, owned frames", || owned(&chunks))
                .than("sse-stream", || block_on(sse_stream(&chunks)))
                .than("memchr that visits each LF", || {
                    chunks.iter().map(|chunk| memchr::memchr_iter(b'\n', chunk).count()).sum()
                });
            // Its time is quadratic in the size of a chunk.
            if size <= 1 << 10 {
                comparison = comparison.than("eventsource-stream", || block_on(eventsource_stream(&chunks)));
            }
            comparison.run();
            let title = format!("framing, {}, {}: times sse-stream's", stream.name, shown(size));
            let (borrowed_goal, owned_goal) = match size {
                16_384 => (1.0 / 2.5, 1.0 / 1.5),
                64 => (0.5, f64::INFINITY),
                _ => (f64::INFINITY, f64::INFINITY),
            };
            let own = stream.name == "tokens";
            let only = |goal: f64| if own { goal } else { f64::INFINITY };
            Comparison::new(title, "sse-stream", || block_on(sse_stream(&chunks)))
                .goal("ours, borrowed frames", only(borrowed_goal), || borrowed(&chunks))
                .goal("ours, owned frames", only(owned_goal), || owned(&chunks))
                .run();
        }
    }
}

fn splitter(stream: &Stream, size: usize) -> usize {
    let mut found = 0;
    split(stream.chunks(size), |event, data| {
        black_box((event, data));
        found += 1;
    });
    found
}

fn borrowed(chunks: &[Bytes]) -> usize {
    frames(chunks, |frame| _ = black_box(frame))
}

fn owned(chunks: &[Bytes]) -> usize {
    frames(chunks, |frame| _ = black_box(frame.into_owned()))
}

fn frames(chunks: &[Bytes], mut each: impl FnMut(sse::FrameRef<'_>)) -> usize {
    let mut decoder = sse::Decoder::new();
    let mut found = 0;
    for chunk in chunks {
        decoder.push(chunk.clone());
        while let Ok(Some(frame)) = decoder.next() {
            each(frame);
            found += 1;
        }
    }
    found
}

async fn sse_stream(chunks: &[Bytes]) -> usize {
    count(sse_stream::SseStream::from_bytes_stream(stream_of(chunks))).await
}

async fn eventsource_stream(chunks: &[Bytes]) -> usize {
    count(stream_of(chunks).eventsource()).await
}

fn stream_of(chunks: &[Bytes]) -> impl futures::Stream<Item = Result<Bytes, Infallible>> + Unpin {
    futures::stream::iter(chunks.iter().cloned().map(Ok))
}

async fn count(mut events: impl futures::Stream + Unpin) -> usize {
    let mut found = 0;
    while let Some(event) = events.next().await {
        black_box(event);
        found += 1;
    }
    found
}

// ---- events -------------------------------------------------------------------

fn events() {
    for stream in streams() {
        for size in [64, 1 << 10, 16 << 10, usize::MAX] {
            let chunks: Vec<Bytes> = stream.chunks(size).map(Bytes::copy_from_slice).collect();
            let title = format!(
                "bytes to owned events, {}, {}: times splitter + concrete serde",
                stream.name,
                shown(size)
            );
            let goal = if size >= 16 << 10 { 1.3 } else { f64::INFINITY };
            Comparison::new(title, "splitter + concrete struct", || concrete(&stream, size))
                .goal("ours", goal, || decoded(&chunks))
                .than("splitter + serde's tagged enum", || {
                    parsed(&stream, size, |_, data| {
                        black_box(serde_json::from_str::<reference::Event>(data)).is_ok()
                    })
                })
                .than("splitter + IgnoredAny", || {
                    parsed(&stream, size, |_, data| {
                        serde_json::from_str::<serde::de::IgnoredAny>(data).is_ok()
                    })
                })
                .run();
        }
    }
}

fn decoded(chunks: &[Bytes]) -> usize {
    let mut decoder = EventDecoder::new();
    let mut found = 0;
    for chunk in chunks {
        decoder.push(chunk.clone());
        while let Some(event) = decoder.next().expect("the stream is legal") {
            black_box(event);
            found += 1;
        }
    }
    found
}

/// Parses each event into the derived struct for its name. A stream of text
/// deltas alone is parsed into a struct that holds nothing else.
fn concrete(stream: &Stream, size: usize) -> usize {
    let only_text = stream.name == "tokens";
    parsed(stream, size, |event, data| match event {
        "content_block_delta" if only_text => read::<reference::TextDeltaEvent>(data),
        "content_block_delta" => read::<reference::DeltaEvent>(data),
        "message_start" => read::<reference::MessageStartEvent>(data),
        "content_block_start" => read::<reference::BlockStartEvent>(data),
        "message_delta" => read::<reference::MessageDeltaEvent>(data),
        _ => read::<serde::de::IgnoredAny>(data),
    })
}

fn read<T: serde::de::DeserializeOwned>(data: &str) -> bool {
    black_box(serde_json::from_str::<T>(data)).is_ok()
}

fn parsed(stream: &Stream, size: usize, parse: impl Fn(&str, &str) -> bool) -> usize {
    let mut found = 0;
    split(stream.chunks(size), |event, data| {
        assert!(parse(event, data));
        found += 1;
    });
    assert_eq!(found, stream.events);
    found
}

// ---- encoding -----------------------------------------------------------------

fn encode() {
    let delta = |kind: &str, field: &str, text: &str| {
        let text = serde_json::to_string(text).expect("text is JSON");
        format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"{kind}","{field}":{text}}}}}"#)
    };
    let long = "a line of a message, and the next one ".repeat(8);
    let rows = [
        ("text delta", 0.5, delta("text_delta", "text", " stream")),
        ("text delta of 300 bytes", 0.5, delta("text_delta", "text", &long)),
        ("text delta with escapes", 0.5, delta("text_delta", "text", "so \"it\" is:\n\n")),
        ("text delta beyond ASCII", 0.5, delta("text_delta", "text", "größer 東京")),
        ("tool input delta", 1.2, delta("input_json_delta", "partial_json", "{\"path\": \"src")),
        ("thinking delta", 1.2, delta("thinking_delta", "thinking", " let me see")),
        ("signature delta", 1.2, delta("signature_delta", "signature", &"c2lnbmF0dXJl".repeat(30))),
        (
            "message_start",
            1.2,
            r#"{"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"claude-sonnet-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":2048,"cache_creation_input_tokens":0,"cache_read_input_tokens":1792,"output_tokens":1,"service_tier":"standard"}}}"#.into(),
        ),
        (
            "content_block_start, text",
            1.2,
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#.into(),
        ),
        (
            "content_block_start, tool_use",
            1.2,
            r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_01","name":"read_file","input":{}}}"#.into(),
        ),
        ("content_block_stop", 1.2, r#"{"type":"content_block_stop","index":0}"#.into()),
        (
            "message_delta",
            1.2,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15}}"#.into(),
        ),
        ("message_stop", 1.2, r#"{"type":"message_stop"}"#.into()),
        ("ping", 1.2, r#"{"type":"ping"}"#.into()),
    ];
    for (name, goal, json) in rows {
        let event: StreamEvent = serde_json::from_str(&json).expect("the row is an event");
        let plain: reference::Event = serde_json::from_str(&json).expect("the row is an event");
        let (mut ours, mut theirs, mut copy) = (buffer(), buffer(), buffer());
        let mut plain_out = Vec::with_capacity(4 << 10);
        encode_event(&event, &mut ours);
        let finished = ours.clone();
        Comparison::new(
            format!("encode, {name}: times serde_json::to_writer of a derived struct"),
            "derived struct, JSON alone",
            || {
                theirs.clear();
                serde_json::to_writer((&mut theirs).writer(), &plain).expect("an event is JSON");
                theirs.len()
            },
        )
        .goal("ours, the whole frame", goal, || {
            ours.clear();
            encode_event(&event, &mut ours);
            ours.len()
        })
        .than("derived struct, into a Vec", || {
            plain_out.clear();
            serde_json::to_writer(&mut plain_out, &plain).expect("an event is JSON");
            plain_out.len()
        })
        .than("memcpy of the finished frame", || {
            copy.clear();
            copy.extend_from_slice(black_box(&finished));
            copy.len()
        })
        .than("axum's Sse, a response of it", || block_on(axum_sse(event.type_name(), &plain)))
        .run();
    }
}

fn buffer() -> BytesMut {
    BytesMut::with_capacity(4 << 10)
}

/// Makes an HTTP response of one event and reads it to its end.
async fn axum_sse(name: &str, event: &reference::Event) -> usize {
    let event = axum::response::sse::Event::default().event(name).json_data(event);
    let mut body = Sse::new(futures::stream::iter([event])).into_response().into_body().into_data_stream();
    let mut len = 0;
    while let Some(Ok(chunk)) = body.next().await {
        len += chunk.len();
    }
    len
}

// ---- one endless line -----------------------------------------------------------

/// Measures each size in a process of its own, as memory that the allocator
/// still holds from one size would make the next one look faster.
///
/// A buffer of 16 MiB is slower for each byte than one of 1 MiB, which fits into
/// a cache. So the yardstick is a buffer that takes the same chunks and is then
/// read once: what the decoder takes beyond that must stay linear.
fn linear() {
    println!(
        "\none endless `data:` line of 1, 4 and 16 MiB: time(4n) / time(n); goal: at most 1.25 times a buffer's"
    );
    let program = std::env::current_exe().expect("the benchmark runs");
    for chunk in [1, 64, 1024] {
        let time = |mib: usize, what: &str| {
            let run =
                std::process::Command::new(&program).arg(format!("--line={mib},{chunk},{what}")).output();
            let text = String::from_utf8(run.expect("the benchmark runs again").stdout);
            text.expect("it prints text").trim().parse::<f64>().expect("it prints a number")
        };
        // The sizes and the contenders take turns within a round.
        let rounds: Vec<_> = (0..15)
            .map(|_| [1, 4, 16].map(|mib| [time(mib, "decoder"), time(mib, "buffer")]))
            .map(|[one, four, sixteen]| {
                [0, 1].map(|what| [four[what] / one[what], sixteen[what] / four[what]])
            })
            .collect();
        let ratio = |what: usize, step: usize| median(rounds.iter().map(|round| round[what][step]));
        let beyond = |step: usize| median(rounds.iter().map(|round| round[0][step] / round[1][step]));
        let verdict =
            if [0, 1].map(beyond).iter().all(|&ratio| ratio <= 1.25) { "" } else { "  (MISSES its goal)" };
        println!(
            "  chunks of {chunk:>4} bytes: {:.2}, {:.2}; a buffer's: {:.2}, {:.2}; times a buffer's: {:.2}, {:.2}{verdict}",
            ratio(0, 0),
            ratio(0, 1),
            ratio(1, 0),
            ratio(1, 1),
            beyond(0),
            beyond(1)
        );
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints the seconds that one line takes. `arguments` are its size in MiB, the
/// size of a chunk in bytes, and what takes the line.
fn endless_line(arguments: &str) {
    let [mib, size, what] = arguments.split(',').collect::<Vec<_>>()[..] else { panic!("three arguments") };
    let (mib, size): (usize, usize) = (mib.parse().expect("a number"), size.parse().expect("a number"));
    let chunk = Bytes::from(vec![b'x'; size]);
    let chunks = std::iter::repeat_n(chunk, (mib << 20) / size);
    let start = Instant::now();
    let len = if what == "decoder" {
        let mut decoder = sse::Decoder::new();
        decoder.push(&b"data: "[..]);
        for chunk in chunks {
            decoder.push(chunk);
            assert!(decoder.next().expect("below the limit").is_none());
        }
        decoder.push(&b"\n\n"[..]);
        decoder.next().expect("below the limit").map(|frame| frame.data().len())
    } else {
        let mut buffer = Vec::new();
        for chunk in chunks {
            if chunk.len() > buffer.capacity() - buffer.len() {
                buffer.reserve_exact((buffer.len() / 2).max(chunk.len()));
            }
            buffer.extend_from_slice(black_box(&chunk));
        }
        std::str::from_utf8(&buffer).ok().map(str::len)
    };
    let time = start.elapsed();
    assert_eq!(len, Some(mib << 20));
    let _ = writeln!(std::io::stdout(), "{}", time.as_secs_f64());
}

fn shown(size: usize) -> String {
    if size == usize::MAX { "whole".into() } else { format!("chunks of {size} bytes") }
}
