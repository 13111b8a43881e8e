//! The event stream codec by its public API.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

#[path = "../support/cases.rs"]
mod cases;
#[path = "../support/random.rs"]
mod random;

mod conformance;
mod decode;
mod encode;
mod limits;
mod properties;
mod reference;

use bytes::Bytes;
use messages_api::sse::{DecodeError, Decoder, Frame};

/// Everything that a decoder yields for a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decoded {
    frames: Vec<Frame>,
    last_event_id: String,
    /// The reconnection time in milliseconds.
    retry: Option<u64>,
    error: Option<DecodeError>,
    /// What `Decoder::finish` returned.
    is_cut: bool,
    /// The number of frames that the decoder had yielded after each chunk.
    dispatched_after: Vec<usize>,
}

/// Pushes each chunk and drains the decoder after it.
fn run(mut decoder: Decoder, chunks: impl IntoIterator<Item = Bytes>) -> Decoded {
    let mut frames = Vec::new();
    let mut error = None;
    let mut dispatched_after = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        loop {
            match decoder.next() {
                Ok(Some(frame)) => frames.push(frame.into_owned()),
                Ok(None) => break,
                Err(found) => {
                    error = Some(found);
                    break;
                }
            }
        }
        dispatched_after.push(frames.len());
    }
    Decoded {
        frames,
        last_event_id: decoder.last_event_id().to_owned(),
        retry: decoder.retry().map(|delay| u64::try_from(delay.as_millis()).unwrap()),
        error,
        is_cut: decoder.finish(),
        dispatched_after,
    }
}

/// Cuts `input` into chunks of `size` bytes.
fn cut(input: &[u8], size: usize) -> Vec<Bytes> {
    input.chunks(size).map(Bytes::copy_from_slice).collect()
}

/// Returns the type, the data and the id of each frame.
fn fields(frames: &[Frame]) -> Vec<(&str, &str, &str)> {
    frames.iter().map(|frame| (frame.event(), frame.data(), frame.id())).collect()
}
