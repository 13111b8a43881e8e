//! Bytes to frames.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::error::DecodeError;
use super::frame::FrameRef;
use super::machine::Machine;

/// Decodes an event stream from chunks cut anywhere.
///
/// Hand each chunk of the body to [`push`](Self::push), then call
/// [`next`](Self::next) until it returns `None`. A frame is out as soon as the
/// first byte of the line ending that completes it has been pushed.
///
/// The rules are those of WHATWG HTML, section 9.2.5 and 9.2.6. Whatever the
/// bytes, decoding neither panics nor fails, other than by the two size
/// limits; invalid UTF-8 is read as U+FFFD. Work is linear in the bytes
/// pushed, however they are cut.
///
/// ```
/// use messages_api::sse::Decoder;
///
/// let mut decoder = Decoder::new();
/// decoder.push(&b"event: ping\nda"[..]);
/// assert_eq!(decoder.next()?, None);
///
/// decoder.push(&b"ta: {}\n\nid: 7\ndata: bye\n\n"[..]);
/// let mut seen = Vec::new();
/// while let Some(frame) = decoder.next()? {
///     seen.push((frame.event().to_owned(), frame.data().to_owned()));
/// }
/// assert_eq!(seen[0], ("ping".to_owned(), "{}".to_owned()));
/// assert_eq!(seen[1], ("message".to_owned(), "bye".to_owned()));
/// assert_eq!(decoder.last_event_id(), "7");
/// assert!(!decoder.finish(), "the stream ended between two frames");
/// # Ok::<(), messages_api::sse::DecodeError>(())
/// ```
///
/// # Memory
///
/// A chunk is kept, not copied, until its last frame has been read. What
/// outlasts its chunk, the unfinished end of a block, is copied once into a
/// buffer of at most [`max_line_bytes`](Self::max_line_bytes) plus
/// [`max_event_bytes`](Self::max_event_bytes) and as much again while it
/// grows. Comments and unknown fields are dropped as they end. Chunks pushed
/// ahead of reading are queued without a limit.
#[derive(Clone, Default)]
pub struct Decoder {
    machine: Machine,
    chunk: Bytes,
    queue: VecDeque<Bytes>,
    failed: Option<DecodeError>,
}

impl Decoder {
    /// A decoder at the start of a stream, with the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the length of one line, in bytes without its ending; 32 MiB
    /// unless set.
    ///
    /// This is what stops a line that never ends. `usize::MAX` turns it off,
    /// for a sender that is trusted with all of memory.
    #[must_use]
    pub fn max_line_bytes(mut self, bytes: usize) -> Self {
        self.machine.set_max_line(bytes);
        self
    }

    /// Limits what one event holds, in bytes as received: its data with the
    /// line feeds between lines, its type and its id; 32 MiB unless set.
    ///
    /// This is what stops an event of endless lines. Each line counts once it
    /// is complete. `usize::MAX` turns the limit off.
    #[must_use]
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.machine.set_max_event(bytes);
        self
    }

    /// Sets whether a block with a non-empty `event` field and no `data` field
    /// is a frame with empty data, as the official Python and TypeScript SDKs
    /// have it. Unless set it is none, as the standard has it.
    #[must_use]
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.machine.set_lenient(lenient);
        self
    }

    /// Hands over the next bytes of the stream. They are kept, not copied,
    /// where the conversion does not copy.
    ///
    /// Nothing is decoded yet. It is fine, though seldom useful, to push more
    /// before the frames of earlier chunks have been read. A decoder that has
    /// failed drops the bytes.
    pub fn push(&mut self, chunk: impl Into<Bytes>) {
        let chunk = chunk.into();
        if chunk.is_empty() || self.failed.is_some() {
            return;
        }
        if self.machine.pos() == self.chunk.len() && self.queue.is_empty() {
            self.chunk = chunk;
            self.machine.next_chunk();
        } else {
            self.queue.push_back(chunk);
        }
    }

    /// Returns the next complete frame, or `None` when that takes more bytes.
    ///
    /// The frame borrows from the decoder and is gone with the next call;
    /// [`FrameRef::into_owned`] keeps it. (A frame lent out is why this is not
    /// an [`Iterator`].)
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when a line or an event exceeds its limit. Frames before
    /// it have been returned. The decoder is then of no more use: it has
    /// dropped what it held, and every further call returns the same error.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend its items")]
    #[inline]
    pub fn next(&mut self) -> Result<Option<FrameRef<'_>>, DecodeError> {
        loop {
            match self.machine.advance(&self.chunk) {
                Ok(true) => return Ok(Some(self.machine.frame(&self.chunk))),
                Ok(false) => {
                    if !self.next_chunk()? {
                        return Ok(None);
                    }
                }
                Err(error) => return Err(self.fail(error)),
            }
        }
    }

    /// The last event id in force, to resume with (`Last-Event-ID`); empty if
    /// there is none.
    ///
    /// It changes with the blank line after the `id` field, whether or not
    /// that block is a frame.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.machine.last_id()
    }

    /// The reconnection time that the sender last asked for.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.machine.retry()
    }

    /// Ends the stream, and says whether it was cut off: true if a block had
    /// begun that no blank line completed, or decoding had failed.
    ///
    /// Call it once [`next`](Self::next) has returned `None`; frames not read
    /// until then are lost. As the standard has it, an unfinished block is
    /// dropped and its id does not come into force. Comments and unknown
    /// fields alone do not make a block, an unfinished line of any kind does.
    ///
    /// Afterwards the decoder is at the start of a new stream, say that of a
    /// reconnection, and keeps its settings, the last event id and the
    /// reconnection time. A failed decoder stays failed.
    pub fn finish(&mut self) -> bool {
        let cut = self.failed.is_some()
            || self.machine.pos() < self.chunk.len()
            || !self.queue.is_empty()
            || self.machine.is_mid_frame();
        self.release();
        cut
    }

    /// Goes on to the next chunk, if there is one. Failing is told here, as
    /// this is off the path of a frame.
    fn next_chunk(&mut self) -> Result<bool, DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.machine.next_chunk();
        match self.queue.pop_front() {
            Some(chunk) => {
                self.chunk = chunk;
                Ok(true)
            }
            None => {
                self.chunk = Bytes::new();
                Ok(false)
            }
        }
    }

    #[cold]
    fn fail(&mut self, error: DecodeError) -> DecodeError {
        self.release();
        self.failed = Some(error);
        error
    }

    fn release(&mut self) {
        self.machine.reset();
        self.chunk = Bytes::new();
        self.queue = VecDeque::new();
    }
}

/// Shows how far decoding is; of the stream itself only the last event id.
impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("last_event_id", &self.last_event_id())
            .field("retry", &self.retry())
            .field("held_bytes", &self.machine.held())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
