//! Streams that are cut into chunks and decoded.

use bytes::Bytes;
use messages_api::sse::{self, DecodeError, Decoder};

use crate::reference::{Frame, Reading};

/// Splits off the first `N` bytes of an input, which are its settings. Settings
/// that a short input lacks are 0.
pub(crate) fn settings<const N: usize>(data: &[u8]) -> ([u8; N], &[u8]) {
    let (head, rest) = data.split_at(data.len().min(N));
    let mut settings = [0; N];
    settings[..head.len()].copy_from_slice(head);
    (settings, rest)
}

/// Cuts `stream` into chunks whose sizes repeat `sizes`; a chunk may be empty.
/// If all sizes are 0, there is one chunk.
pub(crate) fn cut(stream: &[u8], sizes: &[u8]) -> Vec<Bytes> {
    let mut rest = Bytes::copy_from_slice(stream);
    let mut chunks = Vec::new();
    if sizes.iter().all(|&size| size == 0) {
        return vec![rest];
    }
    for &size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        chunks.push(rest.split_to(rest.len().min(usize::from(size))));
    }
    chunks
}

/// Decodes `chunks`. Each chunk is pushed after the frames of the previous one
/// were read or, if `ahead`, all chunks are pushed first.
pub(crate) fn decode(
    mut decoder: Decoder,
    chunks: &[Bytes],
    ahead: bool,
) -> (Vec<Frame>, Result<Reading, DecodeError>) {
    let mut frames = Vec::new();
    for chunk in chunks {
        decoder.push(chunk.clone());
        if !ahead && let Err(error) = drain(&mut decoder, &mut frames) {
            return (frames, Err(stays_failed(decoder, error)));
        }
    }
    if let Err(error) = drain(&mut decoder, &mut frames) {
        return (frames, Err(stays_failed(decoder, error)));
    }
    let reading = Reading {
        frames: frames.clone(),
        last_event_id: decoder.last_event_id().to_owned(),
        retry: decoder.retry().map(|delay| u64::try_from(delay.as_millis()).unwrap()),
        is_cut: decoder.finish(),
    };
    assert!(!decoder.finish(), "a finished decoder is at the start of a stream");
    assert_eq!(decoder.last_event_id(), reading.last_event_id, "the id is kept for a reconnection");
    (frames, Ok(reading))
}

fn drain(decoder: &mut Decoder, frames: &mut Vec<Frame>) -> Result<(), DecodeError> {
    while let Some(frame) = decoder.next()? {
        assert_eq!(sse::Frame::from(frame).as_ref(), frame);
        frames.push((frame.event().to_owned(), frame.data().to_owned(), frame.id().to_owned()));
    }
    Ok(())
}

fn stays_failed(mut decoder: Decoder, error: DecodeError) -> DecodeError {
    decoder.push(&b"data: more\n\n"[..]);
    assert_eq!(decoder.next(), Err(error));
    assert!(decoder.finish());
    assert!(format!("{decoder:?} {error}").contains("limit"));
    error
}
