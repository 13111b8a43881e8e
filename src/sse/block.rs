//! The fields of one block, and those of its bytes that must outlive their chunk.
//!
//! WHATWG HTML calls the lines between two blank lines a block. A block that has data makes a frame.

use memchr::memchr;

use super::head::Head;
use super::line::{Field, field, millis};

/// The capacity in bytes above which a buffer is freed after its frame, so that one large event does not hold
/// memory for the rest of a stream.
const KEEP_CAPACITY: usize = 16 << 10;

/// The fields that the lines of a block have set so far.
///
/// A value stays in the chunk as long as possible. It is copied once into the buffers below, either at the
/// end of the chunk or when a second `data` line has to be joined to the first.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    event: Event,
    data: Data,
    /// In bytes as received, that is before invalid UTF-8 is replaced.
    event_len: usize,
    id_len: Option<usize>,

    /// The data, unless it is still in the chunk, followed by the part of an unfinished line that has
    /// arrived.
    kept: Vec<u8>,
    event_text: String,
    id_text: String,
    /// The data with invalid UTF-8 replaced; used only for data that is not valid UTF-8.
    data_text: String,
    /// Whether the last frame borrowed from the buffers, which must then be emptied before the next block.
    lent: bool,
}

#[derive(Debug, Clone, Copy, Default)]
enum Event {
    #[default]
    Unset,
    Head,
    Chunk(usize, usize),
    Kept,
}

#[derive(Debug, Clone, Copy, Default)]
enum Data {
    #[default]
    None,
    Chunk(usize, usize),
    Kept(usize, usize),
}

/// The place of a complete line, without its ending.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line {
    Chunk(usize, usize),
    /// From this index to the end of the kept bytes.
    Kept(usize),
}

impl Block {
    /// Clears the block. Must be called before the first line of the next block is added.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.event = Event::Unset;
        self.data = Data::None;
        self.event_len = 0;
        self.id_len = None;
        if self.lent {
            self.empty_buffers();
        }
    }

    /// Sets the event type to that of the head.
    #[inline]
    pub(super) fn set_head(&mut self, event_len: usize) {
        self.event = Event::Head;
        self.event_len = event_len;
    }

    /// Sets the data to a range of the chunk.
    #[inline]
    pub(super) fn set_data(&mut self, start: usize, end: usize) {
        self.data = Data::Chunk(start, end);
    }

    /// Sets the data to the value of the kept `data` line, whose field name and colon are `name` bytes long.
    #[inline]
    pub(super) fn set_kept_data(&mut self, name: usize) {
        let start = name + usize::from(self.kept.get(name) == Some(&b' '));
        self.data = Data::Kept(start, self.kept.len());
    }

    pub(super) fn has_data(&self) -> bool {
        !matches!(self.data, Data::None)
    }

    pub(super) fn has_event(&self) -> bool {
        self.event_len > 0
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.has_data() && matches!(self.event, Event::Unset) && self.id_len.is_none()
    }

    /// Returns the bytes that count towards the size limit of an event.
    pub(super) fn counted_len(&self) -> usize {
        let data = match self.data {
            Data::None => 0,
            Data::Chunk(start, end) | Data::Kept(start, end) => end - start,
        };
        data + self.event_len + self.id_len.unwrap_or(0)
    }

    /// Returns the number of kept bytes.
    pub(super) fn kept_len(&self) -> usize {
        self.kept.len()
    }

    /// Returns the index in the kept bytes at which the unfinished line begins.
    pub(super) fn line_start(&self) -> usize {
        match self.data {
            Data::Kept(_, end) => end,
            Data::None | Data::Chunk(..) => 0,
        }
    }

    /// Appends to the unfinished line.
    #[inline]
    pub(super) fn keep_line(&mut self, bytes: &[u8]) {
        append(&mut self.kept, bytes);
    }

    /// Copies the values that are still in `chunk`, because the chunk ends.
    pub(super) fn keep(&mut self, chunk: &[u8]) {
        if let Event::Chunk(start, end) = self.event {
            set_text(&mut self.event_text, &chunk[start..end]);
            self.event = Event::Kept;
        }
        self.keep_data(chunk);
    }

    fn keep_data(&mut self, chunk: &[u8]) {
        if let Data::Chunk(start, end) = self.data {
            // Nothing kept is of use then: a line that began in an earlier chunk has been completed and
            // removed.
            self.kept.clear();
            append(&mut self.kept, &chunk[start..end]);
            self.data = Data::Kept(0, end - start);
        }
    }

    /// Adds a complete line that is not blank. Returns the value of a `retry` field, which takes effect at
    /// once rather than with the block.
    pub(super) fn add_line(&mut self, chunk: &[u8], line: Line) -> Option<u64> {
        let bytes = match line {
            Line::Chunk(start, end) => &chunk[start..end],
            Line::Kept(start) => &self.kept[start..],
        };
        let mut retry = None;
        match field(bytes) {
            Some((Field::Data, skip)) => {
                self.add_data(chunk, line, skip);
                return None;
            }
            Some((Field::Event, skip)) => {
                self.event_len = bytes.len() - skip;
                self.event = match line {
                    Line::Chunk(start, end) => Event::Chunk(start + skip, end),
                    Line::Kept(_) => {
                        set_text(&mut self.event_text, &bytes[skip..]);
                        Event::Kept
                    }
                };
            }
            Some((Field::Id, skip)) => {
                let id = &bytes[skip..];
                if memchr(0, id).is_none() {
                    self.id_len = Some(id.len());
                    set_text(&mut self.id_text, id);
                }
            }
            Some((Field::Retry, skip)) => retry = millis(&bytes[skip..]),
            None => {}
        }
        if let Line::Kept(start) = line {
            self.kept.truncate(start);
        }
        retry
    }

    /// Adds the value of a `data` line, which starts `skip` bytes into the line.
    fn add_data(&mut self, chunk: &[u8], line: Line, skip: usize) {
        self.data = match (self.data, line) {
            (Data::None, Line::Chunk(start, end)) => Data::Chunk(start + skip, end),
            (Data::None, Line::Kept(start)) => Data::Kept(start + skip, self.kept.len()),
            (_, Line::Chunk(start, end)) => {
                self.keep_data(chunk);
                self.kept.push(b'\n');
                append(&mut self.kept, &chunk[start + skip..end]);
                Data::Kept(self.data_start(), self.kept.len())
            }
            (_, Line::Kept(start)) => {
                // The line directly follows the data so far. So its value only has to move towards the data,
                // over the field name, which is long enough to leave room for the line feed between them.
                let value = start + skip..self.kept.len();
                let end = start + 1 + value.len();
                self.kept[start] = b'\n';
                self.kept.copy_within(value, start + 1);
                self.kept.truncate(end);
                Data::Kept(self.data_start(), end)
            }
        };
    }

    fn data_start(&self) -> usize {
        match self.data {
            Data::Kept(start, _) => start,
            Data::None | Data::Chunk(..) => 0,
        }
    }

    /// Replaces `last` with the id of the block, if it has one.
    pub(super) fn commit_id(&mut self, last: &mut String) {
        if self.id_len.is_some() {
            std::mem::swap(last, &mut self.id_text);
            self.lent = true;
        }
    }

    /// Returns the event type and the data of a complete block.
    #[inline]
    pub(super) fn lend<'a>(&'a mut self, chunk: &'a [u8], head: &'a Head) -> (&'a str, &'a str) {
        let lent = &mut self.lent;
        let event = self.event.text(self.event_len, chunk, head, &mut self.event_text, lent);
        let data = match self.data {
            Data::Chunk(start, end) => text(&chunk[start..end], &mut self.data_text, lent),
            Data::Kept(start, end) => {
                *lent = true;
                text(&self.kept[start..end], &mut self.data_text, lent)
            }
            Data::None => "",
        };
        (event, data)
    }

    /// Returns the event type and the data of a complete block, the data as received.
    #[inline]
    pub(super) fn lend_raw<'a>(&'a mut self, chunk: &'a [u8], head: &'a Head) -> (&'a str, &'a [u8]) {
        let lent = &mut self.lent;
        let event = self.event.text(self.event_len, chunk, head, &mut self.event_text, lent);
        let data = match self.data {
            Data::Chunk(start, end) => &chunk[start..end],
            Data::Kept(start, end) => {
                *lent = true;
                &self.kept[start..end]
            }
            Data::None => &[],
        };
        (event, data)
    }

    fn empty_buffers(&mut self) {
        self.lent = false;
        self.kept.clear();
        if self.kept.capacity() > KEEP_CAPACITY {
            self.kept = Vec::new();
        }
        for text in [&mut self.event_text, &mut self.id_text, &mut self.data_text] {
            if text.capacity() > KEEP_CAPACITY {
                *text = String::new();
            }
        }
    }
}

impl Event {
    /// Returns the event type, whose text is in `kept` if it is not in the chunk.
    #[inline]
    fn text<'a>(
        self,
        len: usize,
        chunk: &'a [u8],
        head: &'a Head,
        kept: &'a mut String,
        lent: &mut bool,
    ) -> &'a str {
        match self {
            Self::Head => head.event(),
            _ if len == 0 => "message",
            Self::Chunk(start, end) => text(&chunk[start..end], kept, lent),
            Self::Kept | Self::Unset => {
                *lent = true;
                kept
            }
        }
    }
}

/// Returns `bytes` as text. If they are not valid UTF-8, the text is in `buffer`, with U+FFFD for what is
/// invalid.
///
/// The standard decodes the whole stream before it splits lines. Decoding value by value gives the same text,
/// because a line ending is never part of a longer UTF-8 sequence.
#[inline]
fn text<'a>(bytes: &'a [u8], buffer: &'a mut String, lent: &mut bool) -> &'a str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => {
            *lent = true;
            set_text(buffer, bytes);
            buffer
        }
    }
}

fn set_text(text: &mut String, bytes: &[u8]) {
    text.clear();
    match std::str::from_utf8(bytes) {
        Ok(valid) => text.push_str(valid),
        Err(_) => text.push_str(&String::from_utf8_lossy(bytes)),
    }
}

/// Appends to a buffer that grows by half. Doubling its capacity could leave as much memory unused as a large
/// event takes up.
#[inline]
fn append(buffer: &mut Vec<u8>, bytes: &[u8]) {
    let len = buffer.len() + bytes.len();
    if len > buffer.capacity() {
        let capacity = len.max(buffer.capacity() + buffer.capacity() / 2);
        buffer.reserve_exact(capacity - buffer.len());
    }
    buffer.extend_from_slice(bytes);
}
