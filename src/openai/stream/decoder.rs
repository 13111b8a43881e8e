//! The chunks of a stream of bytes.

use bytes::Bytes;

use super::{ChunksEnd, StreamBridge};
use crate::error::{ApiError, Error, ErrorKind};
use crate::openai::exchange::Exchange;
use crate::openai::losses::Losses;
use crate::openai::types::ChatChunk;
use crate::sse::Decoder;
use crate::types::events::StreamEvent;

/// Decodes the bytes of a streamed completion to the events of a message.
#[derive(Debug)]
pub(in crate::openai) struct ChunkDecoder {
    frames: Decoder,
    bridge: StreamBridge,
    is_ended: bool,
}

impl ChunkDecoder {
    pub(in crate::openai) fn new(exchange: Exchange, max_event_bytes: usize) -> Self {
        let frames = Decoder::new().max_event_bytes(max_event_bytes).max_line_bytes(max_event_bytes);
        Self { frames, bridge: StreamBridge::new(exchange), is_ended: false }
    }

    pub(in crate::openai) fn push(&mut self, chunk: Bytes) {
        self.frames.push(chunk);
    }

    pub(in crate::openai) fn next(&mut self) -> Result<Option<StreamEvent>, Error> {
        loop {
            if let Some(event) = self.bridge.next_event() {
                return Ok(Some(event));
            }
            if self.is_ended {
                return Ok(None);
            }
            let frame =
                self.frames.next().map_err(|error| Error::new(ErrorKind::TooLarge, error.to_string()))?;
            let Some(frame) = frame else { return Ok(None) };
            match frame.data().trim() {
                "" => {}
                "[DONE]" => {
                    self.is_ended = true;
                    self.bridge.finish(ChunksEnd::Done);
                }
                data => match serde_json::from_str::<ChatChunk>(data) {
                    Ok(chunk) => self.bridge.push(chunk),
                    Err(_) => return Err(ApiError::internal().into()),
                },
            }
        }
    }

    pub(in crate::openai) fn end(&mut self, is_broken: bool) {
        if !self.is_ended && !is_broken {
            self.bridge.finish(ChunksEnd::Eof);
        }
        self.is_ended = true;
    }

    pub(in crate::openai) fn is_done(&self) -> bool {
        false
    }

    pub(in crate::openai) fn losses(&self) -> &Losses {
        self.bridge.losses()
    }
}
