//! Chunks of a streamed completion as events.

use std::collections::VecDeque;

use super::exchange::Exchange;
use super::losses::Losses;
use super::types::ChatChunk;
use crate::types::events::StreamEvent;

/// Translates the chunks of a streamed completion into the events of a message, without I/O.
///
/// Push each chunk, and take the events out until there are none. At the end of the chunks call
/// [`finish`](Self::finish), and take out the last ones. The events are always those of one legal stream.
#[derive(Debug)]
pub struct StreamBridge {
    exchange: Exchange,
    events: VecDeque<StreamEvent>,
}

/// How the chunks of a streamed completion ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum ChunksEnd {
    /// With `[DONE]`.
    Done,
    /// Without it.
    Eof,
}

impl StreamBridge {
    /// Creates a bridge for the response to the request of `exchange`.
    pub fn new(exchange: Exchange) -> Self {
        Self { exchange, events: VecDeque::new() }
    }

    /// Translates a chunk.
    pub fn push(&mut self, chunk: ChatChunk) {
        let _ = chunk;
    }

    /// Ends the stream.
    pub fn finish(&mut self, end: ChunksEnd) {
        let _ = end;
    }

    /// Returns the next event.
    pub fn next_event(&mut self) -> Option<StreamEvent> {
        self.events.pop_front()
    }

    /// Returns what could not be carried over so far.
    pub fn losses(&self) -> &Losses {
        self.exchange.losses()
    }
}
