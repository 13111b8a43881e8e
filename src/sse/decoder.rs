//! The conversion of bytes to frames.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::error::DecodeError;
use super::frame::FrameRef;
use super::machine::Machine;

/// A decoder for an event stream that arrives in chunks of any size.
///
/// Pass each chunk of the body to [`push`](Self::push), then call [`next`](Self::next) until it returns
/// `None`. A frame is available as soon as the first byte of the line ending that completes it has been
/// pushed.
///
/// The rules are those of WHATWG HTML, sections 9.2.5 and 9.2.6. Every input decodes: the only errors are the
/// two size limits, and invalid UTF-8 is read as U+FFFD. Decoding takes time linear in the number of bytes,
/// no matter where the chunks are cut.
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
/// A chunk is kept, not copied, until its last frame has been read. Only the unfinished block at the end of a
/// chunk is copied, once, into a buffer of at most [`max_line_bytes`](Self::max_line_bytes) plus
/// [`max_event_bytes`](Self::max_event_bytes), and the same again while the buffer grows. Comments and
/// unknown fields are dropped when their line ends. There is no limit on the chunks that are pushed ahead of
/// reading.
#[derive(Clone, Default)]
pub struct Decoder {
    machine: Machine,
    chunk: Bytes,
    queue: VecDeque<Bytes>,
    failed: Option<DecodeError>,
}

impl Decoder {
    /// Creates a decoder at the start of a stream, with the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum length of one line in bytes, without its ending; 32 MiB by default.
    ///
    /// This limit stops a line that never ends. `usize::MAX` turns it off, which lets the sender fill all
    /// memory.
    #[must_use]
    pub fn max_line_bytes(mut self, bytes: usize) -> Self {
        self.machine.set_max_line(bytes);
        self
    }

    /// Sets the maximum size of one event in bytes as received; 32 MiB by default.
    ///
    /// The size is that of the data with a line feed between its lines, the event type and the id. This limit
    /// stops an event whose lines never end; each line counts once it is complete. `usize::MAX` turns it off.
    #[must_use]
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.machine.set_max_event(bytes);
        self
    }

    /// Sets whether a block with a non-empty `event` field but no `data` field is a frame with empty data;
    /// `false` by default.
    ///
    /// The standard drops such a block. The official Python and TypeScript SDKs treat it as a frame.
    #[must_use]
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.machine.set_lenient(lenient);
        self
    }

    /// Adds the next bytes of the stream, without copying them if their conversion to [`Bytes`] does not.
    ///
    /// The bytes are decoded by [`next`](Self::next). More than one chunk may be pushed before the frames of
    /// the first have been read. A decoder that has failed drops the bytes.
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

    /// Returns the next complete frame, or `None` if that takes more bytes.
    ///
    /// The frame borrows from the decoder, so it is valid until the next call; [`FrameRef::into_owned`]
    /// copies it. Since an [`Iterator`] cannot lend its items, this type does not implement it.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when a line or an event exceeds its limit, after the frames before it have been
    /// returned. The decoder has then dropped everything it held, and every further call returns the same
    /// error.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend its items")]
    #[inline]
    pub fn next(&mut self) -> Result<Option<FrameRef<'_>>, DecodeError> {
        self.next_as(Machine::frame)
    }

    /// Returns the event type and the data of the next complete frame, the data as received. It may be
    /// invalid UTF-8.
    #[inline]
    pub(crate) fn next_raw(&mut self) -> Result<Option<(&str, &[u8])>, DecodeError> {
        self.next_as(Machine::raw_frame)
    }

    /// Reads the next frame by `read`, if it is [plain](Machine::plain_frame_by) and complete within the chunk.
    #[inline]
    pub(crate) fn next_by<T>(&mut self, read: impl FnOnce(&[u8]) -> Option<(T, usize)>) -> Option<T> {
        self.machine.plain_frame_by(&self.chunk, read)
    }

    /// Returns the last frame once more.
    pub(crate) fn last(&mut self) -> FrameRef<'_> {
        self.machine.frame(&self.chunk)
    }

    #[inline]
    fn next_as<'a, T>(
        &'a mut self,
        lend: impl FnOnce(&'a mut Machine, &'a [u8]) -> T,
    ) -> Result<Option<T>, DecodeError> {
        loop {
            match self.machine.advance(&self.chunk) {
                Ok(true) => return Ok(Some(lend(&mut self.machine, &self.chunk))),
                Ok(false) => {
                    if !self.next_chunk()? {
                        return Ok(None);
                    }
                }
                Err(error) => return Err(self.fail(error)),
            }
        }
    }

    /// Returns the last event id, which a client sends as `Last-Event-ID` to resume the stream; empty if
    /// there is none.
    ///
    /// An `id` field takes effect at the blank line that ends its block, whether or not the block is a frame.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.machine.last_id()
    }

    /// Returns the reconnection time from the last `retry` field.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.machine.retry()
    }

    /// Ends the stream and returns `true` if it was cut off, that is, if the last block lacks its blank line
    /// or if decoding has failed.
    ///
    /// Call this once [`next`](Self::next) has returned `None`; frames that have not been read are lost. As
    /// the standard demands, an unfinished block is dropped and its id does not take effect. Complete lines
    /// that are comments or unknown fields do not count as a block; an unfinished line of any kind does.
    ///
    /// Afterwards the decoder is ready for a new stream, such as that of a reconnection. It keeps its
    /// settings, the last event id and the reconnection time. A failed decoder stays failed.
    pub fn finish(&mut self) -> bool {
        let cut = self.failed.is_some()
            || self.machine.pos() < self.chunk.len()
            || !self.queue.is_empty()
            || self.machine.is_mid_frame();
        self.release();
        cut
    }

    /// Goes on to the next chunk and returns `true` if there is one. The earlier failure is checked here
    /// rather than in `next`, which runs for every frame: a failed decoder has no chunk and ends up here.
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

/// Shows the progress of decoding, but nothing of the content except the last event id.
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
