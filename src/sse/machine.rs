//! The decoder's state machine. It looks at one chunk at a time and owns none.
//!
//! # States
//!
//! | state | fields | what has been read |
//! |---|---|---|
//! | `Mark` | `mark < 3` | at the start of the stream, the first `mark` bytes of a byte order mark |
//! | `Lines` | none of the others | complete lines of a block, then perhaps the start of a line, kept in `block` |
//! | `Frame` | `ended` | a frame, lent from `block`; then the first `head_seen` bytes of the next head |
//! | `Data` | `in_data` | a head and the start of its `data` line, kept in `block` |
//!
//! In `Lines` and `Frame`, `after_cr` records that the last byte was a CR. A CR ends its line at once, so
//! that a frame is not held back until the next byte arrives; an LF directly after it is dropped.
//!
//! The *head* of a frame is its part up to and including `data:`. The machine remembers one, because most
//! frames begin like the frame before (see `head.rs`).
//!
//! # Transitions
//!
//! Apart from the byte order mark, the machine looks only for LF and CR. What field a line holds is
//! determined once the line is complete.
//!
//! | state | input | next state |
//! |---|---|---|
//! | `Mark` | the next byte of the mark | `Mark`; after the third byte `Lines` |
//! | `Mark` | any other byte | `Lines`; the bytes of the mark seen so far begin the first line |
//! | `Lines` | no LF or CR before the end of the chunk | `Lines`; the start of the line is kept |
//! | `Lines` | an LF or CR that ends a line with content | `Lines`; the field is added to the block |
//! | `Lines` | an LF or CR that ends an empty line | `Frame` if the block makes a frame, else `Lines` |
//! | `Lines` | a line or an event exceeds its limit | none: an error, after which the decoder stays failed |
//! | `Frame` | the head, one `data` line, then LF LF or CR LF CR LF | `Frame` |
//! | `Frame` | the head, then no LF or CR before the end of the chunk | `Data`; the line is kept |
//! | `Frame` | the chunk ends before or within the head | `Frame` |
//! | `Frame` | anything else, or a limit exceeded | `Lines`; what has been seen of the head is kept |
//! | `Data` | no LF or CR before the end of the chunk | `Data`; more of the line is kept |
//! | `Data` | LF LF or CR LF CR LF | `Frame` |
//! | `Data` | anything else, or a limit exceeded | `Lines`; the line so far is kept as its start |
//!
//! "The head" in this table is the remembered one. If a frame begins with a different head of the plain form,
//! complete within the chunk, the machine first remembers that head in place of the old one.
//!
//! `Lines` alone could decode every stream. `Frame` and `Data` are a shortcut for the plain frames of which
//! streams almost entirely consist. They leave everything unusual, errors included, to `Lines`. A frame that
//! the caller recognizes is a shorter cut still ([`Machine::plain_frame_by`]): it leads from `Frame` to
//! `Frame`, and nothing of it is lent.
//!
//! # Suspension
//!
//! The machine stops in two places. Whenever a frame is complete, [`Machine::advance`] returns `true` in the
//! state `Frame`, and the next call goes on with the rest of the chunk. At the end of the chunk it returns
//! `false`, in any state and between any two bytes. Nothing refers to the chunk then: whatever a later
//! transition needs is in `mark`, `head_seen`, `after_cr` or the buffers of `block`.

use std::time::Duration;

use memchr::memchr2;

use super::block::{Block, Line};
use super::error::DecodeError;
use super::frame::FrameRef;
use super::head::{Found, Head};

const DEFAULT_LIMIT: usize = 32 << 20;

const DATA: &[u8] = b"data:";

const BYTE_ORDER_MARK: &[u8; 3] = b"\xEF\xBB\xBF";

/// The state machine.
///
/// Call [`advance`](Self::advance) with the same chunk until it returns `false`, and
/// [`next_chunk`](Self::next_chunk) before the first call with another chunk.
///
/// Each byte is looked at a fixed number of times and copied at most once, so the work is linear no matter
/// where the chunks are cut.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    max_line: usize,
    max_event: usize,
    lenient: bool,

    /// The index of the first byte of the chunk that has not been looked at.
    pos: usize,
    /// Whether the last thing found was a frame, whose text is still lent from the block.
    ended: bool,
    /// Whether the last byte was a CR, so that an LF here belongs to it.
    after_cr: bool,
    /// The number of bytes of the byte order mark that have been seen; 3 once it is complete or ruled out.
    mark: usize,
    head: Head,
    /// The number of bytes of the head that the next frame has begun with.
    head_seen: usize,
    /// Whether the kept line is the `data` line of a frame that began with the head.
    in_data: bool,
    block: Block,
    last_id: String,
    retry: Option<u64>,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            max_line: DEFAULT_LIMIT,
            max_event: DEFAULT_LIMIT,
            lenient: false,
            pos: 0,
            ended: false,
            after_cr: false,
            mark: 0,
            head: Head::default(),
            head_seen: 0,
            in_data: false,
            block: Block::default(),
            last_id: String::new(),
            retry: None,
        }
    }
}

impl Machine {
    pub(super) fn set_max_line(&mut self, bytes: usize) {
        self.max_line = bytes;
    }

    pub(super) fn set_max_event(&mut self, bytes: usize) {
        self.max_event = bytes;
    }

    pub(super) fn set_lenient(&mut self, lenient: bool) {
        self.lenient = lenient;
    }

    pub(super) fn last_id(&self) -> &str {
        &self.last_id
    }

    pub(super) fn retry(&self) -> Option<Duration> {
        self.retry.map(Duration::from_millis)
    }

    pub(super) fn pos(&self) -> usize {
        self.pos
    }

    /// Returns the number of bytes held for a block that is not complete.
    pub(super) fn held(&self) -> usize {
        if self.ended { self.head_seen } else { self.block.kept_len() }
    }

    /// Returns `true` if a line or a field of an unfinished block has been seen.
    pub(super) fn is_mid_frame(&self) -> bool {
        let in_mark = (1..BYTE_ORDER_MARK.len()).contains(&self.mark);
        in_mark || self.held() > 0 || !(self.ended || self.block.is_empty())
    }

    /// Starts a new chunk.
    pub(super) fn next_chunk(&mut self) {
        self.pos = 0;
    }

    /// Goes back to the start of a stream, but keeps what outlives one: the settings, the last id and the
    /// reconnection time.
    pub(super) fn reset(&mut self) {
        *self = Self {
            max_line: self.max_line,
            max_event: self.max_event,
            lenient: self.lenient,
            last_id: std::mem::take(&mut self.last_id),
            retry: self.retry,
            ..Self::default()
        };
    }

    /// Goes on to the end of the next frame. Returns `false` if the rest of `chunk` does not complete one.
    #[inline]
    pub(super) fn advance(&mut self, chunk: &[u8]) -> Result<bool, DecodeError> {
        if self.ended {
            self.block.begin();
            self.skip_line_feed(chunk);
            if let Some(found) = self.plain_frame(chunk) {
                return Ok(found);
            }
            self.ended = false;
        } else if self.in_data {
            if let Some(found) = self.plain_data(chunk) {
                return Ok(found);
            }
        }
        self.advance_lines(chunk)
    }

    /// Returns the frame at which [`advance`](Self::advance) has stopped.
    #[inline]
    pub(super) fn frame<'a>(&'a mut self, chunk: &'a [u8]) -> FrameRef<'a> {
        let (event, data) = self.block.lend(chunk, &self.head);
        FrameRef::new(event, data, &self.last_id)
    }

    /// Returns the event type and the data of this frame, as received.
    #[inline]
    pub(super) fn raw_frame<'a>(&'a mut self, chunk: &'a [u8]) -> (&'a str, &'a [u8]) {
        self.block.lend_raw(chunk, &self.head)
    }

    /// Reads a plain frame by `read`, which finds its end itself. So nothing of it is looked at twice, and it
    /// need not begin with the remembered head.
    ///
    /// `read` is called with the chunk from the start of the frame on. It returns a value and the length of
    /// the frame up to the end of its data, which may have an `event` line before it and must be one line. If
    /// it returns `None`, or if the frame is not complete, nothing changes, and [`advance`](Self::advance)
    /// goes on.
    #[inline]
    pub(super) fn plain_frame_by<T>(
        &mut self,
        chunk: &[u8],
        read: impl FnOnce(&[u8]) -> Option<(T, usize)>,
    ) -> Option<T> {
        let rest = &chunk[self.pos..];
        if !self.ended || self.after_cr || self.head_seen > 0 || rest.is_empty() {
            return None;
        }
        let (value, len) = read(rest)?;
        let ending = blank_line(&rest[len..]);
        // Neither a line nor the event is longer than the frame. `advance` knows the limits exactly.
        if ending == 0 || len > self.max_line.min(self.max_event) {
            return None;
        }
        self.block.begin();
        self.pos += len + ending;
        Some(value)
    }

    /// Reads a frame that consists of the head and one line of data, for which one search for a line ending
    /// is enough. Returns `None` to leave the rest to [`advance_lines`](Self::advance_lines).
    #[inline]
    fn plain_frame(&mut self, chunk: &[u8]) -> Option<bool> {
        let seen = std::mem::take(&mut self.head_seen);
        let rest = &chunk[self.pos..];
        match self.head.find(seen, rest, self.max_line.min(self.max_event)) {
            Found::Whole(len) => self.pos += len,
            Found::Start => {
                self.head_seen = seen + rest.len();
                self.pos = chunk.len();
                return Some(false);
            }
            Found::No => {
                if seen > 0 {
                    self.give_back_head(seen);
                }
                return None;
            }
        }
        self.block.set_head(self.head.event_len());
        let line = &chunk[self.pos..];
        let data = line.strip_prefix(b" ").unwrap_or(line);
        let len = memchr2(b'\n', b'\r', data);
        let line_len = DATA.len() + line.len() - data.len() + len.unwrap_or(data.len());
        if line_len <= self.max_line {
            let Some(len) = len else {
                self.block.keep_line(DATA);
                self.block.keep_line(line);
                self.pos = chunk.len();
                self.ended = false;
                self.in_data = true;
                return Some(false);
            };
            let ending = blank_line(&data[len..]);
            if ending > 0 && len + self.head.event_len() <= self.max_event {
                let start = chunk.len() - data.len();
                self.block.set_data(start, start + len);
                self.pos = start + len + ending;
                return Some(true);
            }
        }
        // The event line is already in the block. The `data` line is read again by `advance_lines`, from its
        // start, which may be in an earlier chunk.
        if seen == 0 {
            self.pos -= DATA.len();
        } else {
            self.block.keep_line(DATA);
        }
        None
    }

    /// Goes on with the `data` line in which the last chunk ended.
    #[inline]
    fn plain_data(&mut self, chunk: &[u8]) -> Option<bool> {
        let rest = &chunk[self.pos..];
        let ending = memchr2(b'\n', b'\r', rest);
        let len = ending.unwrap_or(rest.len());
        let line_len = self.block.kept_len() + len;
        if line_len <= self.max_line && line_len + self.head.event_len() <= self.max_event {
            let Some(len) = ending else {
                self.block.keep_line(rest);
                self.pos = chunk.len();
                return Some(false);
            };
            let ending = blank_line(&rest[len..]);
            if ending > 0 {
                self.block.keep_line(&rest[..len]);
                self.block.set_kept_data(DATA.len());
                self.pos += len + ending;
                self.in_data = false;
                self.ended = true;
                return Some(true);
            }
        }
        self.in_data = false;
        None
    }

    /// Adds the part of the head that has been seen to the block as ordinary lines, because the frame turned
    /// out not to begin with the head.
    fn give_back_head(&mut self, seen: usize) {
        let (has_event, after_cr, line) = self.head.give_back(seen);
        if has_event {
            self.block.set_head(self.head.event_len());
        }
        self.after_cr = after_cr;
        self.block.keep_line(line);
    }

    fn advance_lines(&mut self, chunk: &[u8]) -> Result<bool, DecodeError> {
        self.skip_byte_order_mark(chunk);
        loop {
            self.skip_line_feed(chunk);
            let start = self.pos;
            let rest = &chunk[start..];
            let begun = self.block.kept_len() - self.block.line_start();
            let ending = match rest {
                // Every block ends with an empty line, which needs no search.
                [b'\n' | b'\r', ..] => Some(0),
                _ => memchr2(b'\n', b'\r', rest),
            };
            let len = ending.unwrap_or(rest.len());
            if begun + len > self.max_line {
                return Err(DecodeError::LineTooLong { limit: self.max_line });
            }
            if ending.is_none() {
                self.block.keep(chunk);
                self.block.keep_line(rest);
                self.pos = chunk.len();
                return Ok(false);
            }
            self.pos += len + 1;
            self.after_cr = rest[len] == b'\r';

            let line = if begun > 0 {
                let line = Line::Kept(self.block.line_start());
                self.block.keep_line(&rest[..len]);
                line
            } else if len > 0 {
                Line::Chunk(start, start + len)
            } else if self.end_block() {
                return Ok(true);
            } else {
                continue;
            };
            if let Some(millis) = self.block.add_line(chunk, line) {
                self.retry = Some(millis);
            }
            if self.block.counted_len() > self.max_event {
                return Err(DecodeError::EventTooLong { limit: self.max_event });
            }
        }
    }

    /// Handles a blank line. Returns `true` if the block makes a frame.
    fn end_block(&mut self) -> bool {
        self.block.commit_id(&mut self.last_id);
        self.ended = self.block.has_data() || (self.lenient && self.block.has_event());
        if !self.ended {
            self.block.begin();
        }
        self.ended
    }

    /// Skips an LF that belongs to the CR before it.
    #[inline]
    fn skip_line_feed(&mut self, chunk: &[u8]) {
        if self.after_cr && self.pos < chunk.len() {
            self.after_cr = false;
            if chunk[self.pos] == b'\n' {
                self.pos += 1;
            }
        }
    }

    /// Skips one leading byte order mark, even if it is spread over several chunks.
    fn skip_byte_order_mark(&mut self, chunk: &[u8]) {
        while self.mark < BYTE_ORDER_MARK.len() && self.pos < chunk.len() {
            if chunk[self.pos] == BYTE_ORDER_MARK[self.mark] {
                self.mark += 1;
                self.pos += 1;
            } else {
                self.block.keep_line(&BYTE_ORDER_MARK[..self.mark]);
                self.mark = BYTE_ORDER_MARK.len();
            }
        }
    }
}

/// Returns the length of the line ending and the blank line at the start of `rest`, or 0 if it does not start
/// with both.
#[inline]
fn blank_line(rest: &[u8]) -> usize {
    match rest {
        [b'\n', b'\n', ..] => 2,
        [b'\r', b'\n', b'\r', b'\n', ..] => 4,
        _ => 0,
    }
}
