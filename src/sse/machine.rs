//! The decoder proper, apart from who holds the chunks.

use std::time::Duration;

use memchr::memchr2;

use super::block::{Block, Line};
use super::error::DecodeError;
use super::frame::FrameRef;
use super::head::{Found, Head};

const DEFAULT_LIMIT: usize = 32 << 20;

const DATA: &[u8] = b"data:";

const BYTE_ORDER_MARK: &[u8; 3] = b"\xEF\xBB\xBF";

/// Decodes chunk by chunk.
///
/// The caller calls [`advance`](Self::advance) with the same chunk until it
/// returns false, then [`next_chunk`](Self::next_chunk) before the next chunk.
///
/// When `advance` has returned false, all of the chunk has been looked at and
/// nothing refers to it. Each byte is looked at a fixed number of times and
/// kept at most once, so the work is linear however the stream is cut.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    max_line: usize,
    max_event: usize,
    lenient: bool,

    /// The first byte of the chunk not yet looked at.
    pos: usize,
    /// The last thing found was a frame, and the block is still what it was
    /// lent from.
    ended: bool,
    /// The last byte was a CR, so a LF here belongs to it.
    after_cr: bool,
    /// How much of the mark has been seen; 3 once that question is settled.
    mark: usize,
    head: Head,
    /// How much of the head the next frame has begun with so far.
    head_seen: usize,
    /// The head of this frame was plain, and the line kept is its data.
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

    /// Bytes held because what they belong to is not complete.
    pub(super) fn held(&self) -> usize {
        if self.ended { self.head_seen } else { self.block.kept_len() }
    }

    /// Whether a line or a field of an unfinished block has been seen.
    pub(super) fn is_mid_frame(&self) -> bool {
        let in_mark = (1..BYTE_ORDER_MARK.len()).contains(&self.mark);
        in_mark || self.held() > 0 || !(self.ended || self.block.is_empty())
    }

    /// Starts on a chunk of which nothing has been looked at.
    pub(super) fn next_chunk(&mut self) {
        self.pos = 0;
    }

    /// Forgets the stream, but not the id and the reconnection time that the
    /// next one resumes with.
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

    /// Goes on to the end of the next frame; false if there is none in
    /// `chunk`, all of which has then been looked at.
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

    /// The frame that [`advance`](Self::advance) stopped at.
    #[inline]
    pub(super) fn frame<'a>(&'a mut self, chunk: &'a [u8]) -> FrameRef<'a> {
        let (event, data) = self.block.lend(chunk, &self.head);
        FrameRef::new(event, data, &self.last_id)
    }

    /// Takes a frame with an event type, one line of data and nothing else,
    /// for which one look for a line ending is enough. `None` leaves the rest
    /// to [`advance_lines`](Self::advance_lines).
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
        if seen == 0 {
            self.pos -= DATA.len();
        } else {
            self.block.keep_line(DATA);
        }
        None
    }

    /// Goes on with the line of data of a plain frame that its chunk ended in.
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

    /// Takes in as lines what was seen of a head that then went on otherwise.
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
                // Every block ends like this, so it is worth not searching.
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

    /// Takes in a blank line; true if that makes a frame.
    fn end_block(&mut self) -> bool {
        self.block.commit_id(&mut self.last_id);
        self.ended = self.block.has_data() || (self.lenient && self.block.has_event());
        if !self.ended {
            self.block.begin();
        }
        self.ended
    }

    /// Drops a LF that belongs to the CR before it.
    #[inline]
    fn skip_line_feed(&mut self, chunk: &[u8]) {
        if self.after_cr && self.pos < chunk.len() {
            self.after_cr = false;
            if chunk[self.pos] == b'\n' {
                self.pos += 1;
            }
        }
    }

    /// Drops one leading byte order mark, whichever chunks it is spread over.
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

/// The length of what ends a plain frame, a line ending and a blank line, if
/// that is all there at the start of `rest`; else 0.
#[inline]
fn blank_line(rest: &[u8]) -> usize {
    match rest {
        [b'\n', b'\n', ..] => 2,
        [b'\r', b'\n', b'\r', b'\n', ..] => 4,
        _ => 0,
    }
}
