//! Chunks of a streamed completion as events.

mod blocks;
mod calls;
mod decode;
mod delta;
mod filter;
mod template;

use crate::error::{ApiError, Error};
use crate::openai::exchange::Exchange;
use crate::openai::losses::{LossKind, Losses};
use crate::openai::response::failure;
use crate::openai::response::finish::Finish;
use crate::openai::response::reasoning;
use crate::openai::response::usage::Tokens;
use crate::openai::types::{ChatChunk, ChatChunkChoice};
use crate::types::Message;
use crate::types::events::{MessageDeltaEvent, MessageStartEvent, MessageStopEvent, StreamEvent};
use blocks::Blocks;
pub use decode::ChunkDecoder;
use delta::REASONING;
use filter::TextFilter;

/// The default of [`StreamBridge::max_held_bytes`].
const MAX_HELD_BYTES: usize = 4 << 20;

/// Translates the chunks of a streamed completion into the events of a message, without I/O.
///
/// Push each chunk, and take the events out until there are none. At the end of the chunks call
/// [`finish`](Self::finish), and take out the last ones. The events are always those of one legal stream, or
/// the beginning of one that an `error` event ends. [`ChunkDecoder`] does the same for the bytes of the HTTP
/// response.
///
/// ```
/// use std::sync::Arc;
///
/// use messages_api::CreateMessageRequest;
/// use messages_api::openai::{ChunksEnd, StreamBridge, UpstreamProfile, request_to_openai};
///
/// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("What is Norway's capital?");
/// let profile = Arc::new(UpstreamProfile::default());
/// let (_, exchange) = request_to_openai(&request, "gpt-oss-20b", &profile)?;
///
/// let mut bridge = StreamBridge::new(exchange);
/// bridge.push(serde_json::from_str(r#"{"choices":[{"delta":{"content":"Os"}}]}"#)?);
/// bridge.push(serde_json::from_str(r#"{"choices":[{"delta":{"content":"lo."},"finish_reason":"stop"}]}"#)?);
/// bridge.finish(ChunksEnd::Done);
///
/// let events: Vec<_> = std::iter::from_fn(|| bridge.next_event()).collect();
/// let names: Vec<_> = events.iter().map(|event| event.type_name()).collect();
/// assert_eq!(names, [
///     "message_start", "content_block_start", "content_block_delta", "content_block_delta",
///     "content_block_stop", "message_delta", "message_stop",
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Parallel calls
///
/// The blocks of a message come one after another, whereas the parts of calls may come interleaved. So the
/// first call is streamed, and whatever arrives before its arguments are complete waits for them. The calls
/// of a server that sends one after the other never wait.
///
/// # Memory
///
/// What waits, and what is held back because it may be the beginning of a stop sequence, takes at most 4 MiB;
/// [`max_held_bytes`](Self::max_held_bytes) changes that. Text and arguments that need not wait are not
/// copied.
#[derive(Debug)]
pub struct StreamBridge {
    blocks: Blocks,
    filter: TextFilter,
    finish: Finish,
    tokens: Tokens,
    max_held: usize,
    phase: Phase,
    /// Whether the caller is to receive the reasoning.
    shows_reasoning: bool,
    /// The paths of what has been lost, of which each is reported once.
    lost: Vec<&'static str>,
    /// The id that the server gave the completion; empty if it gave none.
    completion_id: String,
    /// The error that ended the stream.
    failure: Option<ApiError>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Before `message_start`.
    Waiting,
    Started,
    /// After `message_stop` or an `error` event.
    Ended,
}

/// How the chunks of a streamed completion ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum ChunksEnd {
    /// With `[DONE]`.
    Done,
    /// Without it.
    Eof,
    /// With an error of the connection, such as a timeout.
    Failed(Error),
}

impl StreamBridge {
    /// Creates a bridge for the response to the request of `exchange`.
    pub fn new(exchange: Exchange) -> Self {
        Self::with_blocks(Blocks::new(exchange, false))
    }

    /// Creates a bridge for a completion that comes in one chunk, and whose calls can therefore be judged as
    /// a whole.
    pub(super) fn of_whole(exchange: Exchange) -> Self {
        Self { max_held: usize::MAX, ..Self::with_blocks(Blocks::new(exchange, true)) }
    }

    fn with_blocks(blocks: Blocks) -> Self {
        Self {
            filter: TextFilter::new(&blocks.exchange),
            shows_reasoning: reasoning::is_wanted(&blocks.exchange),
            blocks,
            finish: Finish::default(),
            tokens: Tokens::default(),
            max_held: MAX_HELD_BYTES,
            phase: Phase::Waiting,
            lost: Vec::new(),
            completion_id: String::new(),
            failure: None,
        }
    }

    /// Sets the maximum size in bytes of what is held back; 4 MiB by default. A stream that exceeds it ends
    /// with an `error` event.
    #[must_use]
    pub fn max_held_bytes(mut self, bytes: usize) -> Self {
        self.max_held = bytes;
        self
    }

    /// Translates a chunk. Chunks after the end of the message are ignored.
    pub fn push(&mut self, mut chunk: ChatChunk) {
        if self.phase == Phase::Ended {
            return;
        }
        if let Some(error) = failure::in_chunk(&chunk, &self.blocks.exchange.model) {
            return self.fail(error);
        }
        if let Some(usage) = &chunk.usage {
            self.tokens.update(usage, &self.blocks.exchange.profile);
        }
        if self.completion_id.is_empty() {
            self.completion_id = std::mem::take(&mut chunk.id);
        }
        if self.phase == Phase::Waiting {
            self.start(chunk.service_tier.as_deref());
        }
        for choice in chunk.choices {
            if self.phase == Phase::Ended {
                break;
            }
            if choice.index == 0 {
                self.choice(choice);
            } else {
                self.lose("choices[1]", "only the first choice is the message");
            }
        }
    }

    /// Ends the stream, unless it has ended.
    ///
    /// After [`ChunksEnd::Eof`] and [`ChunksEnd::Failed`] the message is complete only if the server has said
    /// why the model stopped. Otherwise an `error` event ends the stream.
    pub fn finish(&mut self, end: ChunksEnd) {
        if self.phase == Phase::Ended {
            return;
        }
        let is_empty = self.phase == Phase::Waiting || !self.finish.is_known() && !self.has_content();
        match end {
            _ if self.finish.is_known() => self.complete(),
            ChunksEnd::Failed(error) => self.fail(ApiError::for_caller(&error)),
            ChunksEnd::Done if is_empty => self.fail(failure::bad_gateway("The upstream returned no output")),
            ChunksEnd::Done => self.complete(),
            ChunksEnd::Eof => self.fail(failure::bad_gateway("The upstream's stream ended early")),
        }
    }

    /// Returns the next event.
    pub fn next_event(&mut self) -> Option<StreamEvent> {
        self.blocks.events.pop_front()
    }

    /// Returns `true` once the last event has been produced. Further chunks change nothing, so the upstream
    /// can be dropped.
    ///
    /// That is so after [`finish`](Self::finish), after an `error` event, and after a stop sequence that the
    /// bridge had to find itself.
    pub fn is_finished(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Returns `true` once the content is complete: the server has said why the model stopped, and only the
    /// usage may follow.
    pub fn is_complete(&self) -> bool {
        self.finish.is_known() || self.phase == Phase::Ended && self.failure.is_none()
    }

    /// Returns the id that the server gave the completion, by which its logs know it; they do not know the id of
    /// the message. It is empty before the message has started, and if the server gave none.
    pub fn completion_id(&self) -> &str {
        &self.completion_id
    }

    /// Returns what could not be carried over so far.
    pub fn losses(&self) -> &Losses {
        self.blocks.exchange.losses()
    }

    /// Returns the error that ended the stream.
    #[cfg(feature = "client")]
    pub(super) fn failure(&self) -> Option<&ApiError> {
        self.failure.as_ref()
    }

    /// Ends the stream with the error that a document describes.
    fn fail_with(&mut self, document: &str) {
        self.fail(failure::of_document(document, &self.blocks.exchange.model));
    }

    /// Returns the names of the fields that may hold reasoning.
    fn reasoning_fields(&self) -> &[String] {
        &self.blocks.exchange.profile.reasoning_fields
    }

    pub(super) fn into_parts(self) -> (Exchange, Option<ApiError>) {
        (self.blocks.exchange, self.failure)
    }

    fn start(&mut self, service_tier: Option<&str>) {
        self.phase = Phase::Started;
        let exchange = &self.blocks.exchange;
        let usage = self.tokens.at_start(exchange, service_tier);
        let message = Message::new(&*exchange.message_id, &*exchange.model, Vec::new(), usage);
        self.blocks.events.push_back(MessageStartEvent::new(message).into());
    }

    fn choice(&mut self, mut choice: ChatChunkChoice) {
        if let Some(delta) = choice.delta.take() {
            self.delta(delta);
        }
        self.finish.update(&choice, &self.blocks.exchange);
        if self.phase == Phase::Ended {
            return;
        }
        if let Some(error) = self.finish.failure() {
            self.fail(error);
        }
        self.check_held();
    }

    #[inline]
    fn check_held(&mut self) {
        let held = self.blocks.held().saturating_add(self.filter.held());
        if held > self.max_held && self.phase != Phase::Ended {
            self.fail(failure::bad_gateway("The upstream sent too much that has to wait"));
        }
    }

    fn has_content(&self) -> bool {
        self.blocks.has_content() || self.filter.held() > 0 || self.lost.contains(&REASONING)
    }

    fn complete(&mut self) {
        self.flush();
        self.blocks.finish(self.finish.is_cut());
        let finish = std::mem::take(&mut self.finish);
        let (has_calls, tokens) = (self.blocks.has_calls(), self.tokens.total());
        let delta = finish.decide(has_calls, tokens, &mut self.blocks.exchange);
        let written = self.blocks.written();
        let usage = self.tokens.at_end(&mut self.blocks.exchange, written);
        self.blocks.events.push_back(MessageDeltaEvent::new(delta, usage.to_delta()).into());
        self.blocks.events.push_back(MessageStopEvent::new().into());
        self.phase = Phase::Ended;
    }

    /// Ends the stream with an `error` event.
    #[cold]
    fn fail(&mut self, error: ApiError) {
        self.blocks.events.push_back(error.response().clone().into());
        self.failure = Some(error);
        self.phase = Phase::Ended;
    }

    fn lose(&mut self, path: &'static str, detail: &str) {
        if !self.lost.contains(&path) {
            self.lost.push(path);
            self.blocks.exchange.losses.add(path, LossKind::Dropped, detail);
        }
    }
}
