//! The bytes of a streamed completion as events.

use bytes::Bytes;

use super::template::Template;
use super::{ChunksEnd, StreamBridge};
use crate::json::{Budget, replace_lone_halves};
use crate::openai::exchange::Exchange;
use crate::openai::losses::Losses;
use crate::openai::response::failure;
use crate::openai::types::ChatChunk;
use crate::sse::Decoder;
use crate::types::events::StreamEvent;

/// Translates the bytes of a streamed completion into the events of a message, without I/O.
///
/// Pass each piece of the body to [`push`](Self::push), then call [`next_event`](Self::next_event) until it
/// returns `None`. At the end of the body call [`finish`](Self::finish), and take out the last events. What a
/// [`StreamBridge`] promises of the events holds here as well.
///
/// ```
/// use std::sync::Arc;
///
/// use messages_api::CreateMessageRequest;
/// use messages_api::openai::{ChunkDecoder, ChunksEnd, UpstreamProfile, request_to_openai};
///
/// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("What is Norway's capital?");
/// let profile = Arc::new(UpstreamProfile::default());
/// let (_, exchange) = request_to_openai(&request, "gpt-oss-20b", &profile)?;
///
/// let mut decoder = ChunkDecoder::new(exchange);
/// decoder.push(&b"data: {\"choices\":[{\"delta\":{\"content\":\"Os"[..]);
/// assert!(decoder.next_event().is_none());
/// decoder.push(&b"lo\"}}]}\n\n"[..]);
/// assert_eq!(decoder.next_event().map(|event| event.type_name().to_owned()), Some("message_start".to_owned()));
///
/// // The connection closes before the server says that the model has stopped.
/// decoder.finish(ChunksEnd::Eof);
/// let last = std::iter::from_fn(|| decoder.next_event()).last();
/// assert_eq!(last.map(|event| event.type_name().to_owned()), Some("error".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Data that is not a chunk ends the stream with an `error` event, and so does an event that is longer than
/// 32 MiB; [`max_event_bytes`](Self::max_event_bytes) changes that.
#[derive(Debug)]
pub struct ChunkDecoder {
    frames: Decoder,
    bridge: StreamBridge,
    template: Template,
    /// Whether the server has ended the stream, as by `[DONE]`.
    is_at_end: bool,
}

impl ChunkDecoder {
    /// Creates a decoder for the response to the request of `exchange`.
    pub fn new(exchange: Exchange) -> Self {
        Self::from(StreamBridge::new(exchange))
    }

    /// Sets the maximum size of an event of the server in bytes; 32 MiB by default.
    #[must_use]
    pub fn max_event_bytes(self, limit: usize) -> Self {
        Self { frames: self.frames.max_event_bytes(limit).max_line_bytes(limit), ..self }
    }

    /// Adds the next bytes of the body, which [`next_event`](Self::next_event) decodes.
    pub fn push(&mut self, bytes: impl Into<Bytes>) {
        if !self.bridge.is_finished() {
            self.frames.push(bytes);
        }
    }

    /// Returns the next event, or `None` if that takes more bytes, and after the end.
    pub fn next_event(&mut self) -> Option<StreamEvent> {
        loop {
            if let Some(event) = self.bridge.next_event() {
                return Some(event);
            }
            if self.bridge.is_finished() || !self.read_frame() {
                return None;
            }
        }
    }

    /// Ends the body. What has been pushed must have been read before.
    ///
    /// See [`StreamBridge::finish`] for what becomes of the message.
    pub fn finish(&mut self, end: ChunksEnd) {
        self.is_at_end = true;
        if self.bridge.is_finished() {
            return;
        }
        // The last event may lack its blank line.
        self.frames.push(&b"\n\n"[..]);
        if let Ok(Some((name, data))) = self.frames.next_raw() {
            let data = String::from_utf8_lossy(data);
            match Data::read(name, &data) {
                Some(Data::Chunk(chunk)) => self.bridge.push(*chunk),
                Some(Data::Done) => return self.bridge.finish(ChunksEnd::Done),
                Some(Data::Error(error)) => self.bridge.fail_with(&error),
                // It was cut off.
                Some(Data::Garbage) | None => {}
            }
        }
        self.bridge.finish(end);
    }

    /// Returns the bridge, which knows what has been seen of the message.
    pub fn bridge(&self) -> &StreamBridge {
        &self.bridge
    }

    /// Returns what could not be carried over so far.
    pub fn losses(&self) -> &Losses {
        self.bridge.losses()
    }

    /// Returns `true` if nothing of what the server goes on to send is wanted: after a stop sequence that the
    /// bridge had to find itself, and after an error.
    pub fn is_cut_short(&self) -> bool {
        self.bridge.is_finished() && !self.is_at_end
    }

    /// Reads a frame, and returns `false` if that takes more bytes.
    fn read_frame(&mut self) -> bool {
        // Nearly all chunks are read here.
        if let Some(text) = self.frames.next_by(|frame| self.template.read_frame(frame)) {
            self.bridge.add(self.template.used(), text);
            return true;
        }
        let (name, data) = match self.frames.next_raw() {
            Ok(Some(frame)) => frame,
            Ok(None) => return false,
            Err(_) => {
                self.bridge.fail(failure::bad_gateway("The upstream sent an event that is too long"));
                return true;
            }
        };
        // A chunk that lies in more than one piece of the body.
        if let Some((text, _)) = self.template.read(name, data).filter(|(_, len)| *len == data.len()) {
            self.bridge.add(self.template.used(), text);
            return true;
        }
        let data = String::from_utf8_lossy(data);
        match Data::read(name, &data) {
            Some(Data::Chunk(chunk)) => {
                self.template.learn(&data, &chunk, self.bridge.reasoning_fields());
                self.bridge.push(*chunk);
            }
            Some(Data::Done) => {
                self.is_at_end = true;
                self.bridge.finish(ChunksEnd::Done);
            }
            Some(Data::Error(error)) => self.bridge.fail_with(&error),
            Some(Data::Garbage) => {
                self.bridge.fail(failure::bad_gateway("The upstream sent an event that cannot be read"));
            }
            None => {}
        }
        true
    }
}

impl From<StreamBridge> for ChunkDecoder {
    fn from(bridge: StreamBridge) -> Self {
        Self { frames: Decoder::new(), bridge, template: Template::default(), is_at_end: false }
    }
}

/// The data of a frame.
enum Data {
    Chunk(Box<ChatChunk>),
    Done,
    /// An error document of any form.
    Error(String),
    Garbage,
}

impl Data {
    /// Reads the data of a frame; `None` if there is none.
    fn read(name: &str, data: &str) -> Option<Self> {
        let data = data.trim();
        if data.is_empty() {
            return None;
        }
        if data == "[DONE]" {
            return Some(Self::Done);
        }
        if name == "error" {
            return Some(Self::Error(data.to_owned()));
        }
        Some(match parse(data) {
            Some(chunk) => Self::Chunk(chunk),
            None => Self::Garbage,
        })
    }
}

/// Parses a chunk, within the limit on its memory.
fn parse(data: &str) -> Option<Box<ChatChunk>> {
    let _budget = Budget::of_document(data.len());
    let mended = || serde_json::from_str(&replace_lone_halves(data)?).ok();
    serde_json::from_str(data).ok().or_else(mended)
}
