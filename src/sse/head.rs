//! The part of a frame before its payload, remembered from an earlier frame.

use memchr::memchr2;

/// The longest event type worth remembering, in bytes.
const MAX_EVENT: usize = 64;

/// The beginning of the last plain frame that the machine has read, up to and including `data:`. A plain frame has at most an `event`
/// line before its `data` line.
///
/// Most frames of a stream begin like the one before. A single comparison then replaces finding two lines,
/// recognizing their fields and checking the event type for UTF-8.
#[derive(Debug, Clone)]
pub(super) struct Head {
    bytes: Vec<u8>,
    /// The index in `bytes` at which the `data` line begins.
    data_line: usize,
    event: String,
    event_len: usize,
}

/// The result of comparing a chunk with a head.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found {
    /// The head is complete, and this many of its bytes are in this chunk.
    Whole(usize),
    /// The chunk ends within the head.
    Start,
    No,
}

impl Default for Head {
    fn default() -> Self {
        Self { bytes: b"data:".to_vec(), data_line: 0, event: "message".to_owned(), event_len: 0 }
    }
}

impl Head {
    #[inline]
    pub(super) fn event(&self) -> &str {
        &self.event
    }

    /// Returns the length of the event type in bytes as received.
    #[inline]
    pub(super) fn event_len(&self) -> usize {
        self.event_len
    }

    /// Looks for this head, of which earlier chunks held `seen` bytes, at the start of `rest`. If none of it
    /// has been seen yet, another plain head is accepted as well and remembered instead.
    ///
    /// A head longer than `limit` is never found, so its lines need no check of their own.
    #[inline]
    pub(super) fn find(&mut self, seen: usize, rest: &[u8], limit: usize) -> Found {
        let wanted = &self.bytes[seen..];
        if self.bytes.len() <= limit {
            if rest.starts_with(wanted) {
                return Found::Whole(wanted.len());
            }
            if wanted.starts_with(rest) {
                return Found::Start;
            }
        }
        if seen == 0 && self.learn(rest).is_some() && self.bytes.len() <= limit {
            return Found::Whole(self.bytes.len());
        }
        Found::No
    }

    /// Splits the first `seen` bytes into lines. Returns whether the event line is complete, whether it ended
    /// in a CR to which a following LF would belong, and the start of the unfinished line.
    pub(super) fn give_back(&self, seen: usize) -> (bool, bool, &[u8]) {
        let seen = &self.bytes[..seen];
        if seen.len() >= self.data_line {
            (self.data_line > 0, false, &seen[self.data_line..])
        } else if seen.ends_with(b"\r") {
            (true, true, &[])
        } else {
            (false, false, seen)
        }
    }

    fn learn(&mut self, rest: &[u8]) -> Option<()> {
        if rest.starts_with(b"data:") {
            self.set(b"data:", 0, "message", 0);
            return Some(());
        }
        let value = rest.strip_prefix(b"event:")?;
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let len = memchr2(b'\n', b'\r', &value[..value.len().min(MAX_EVENT + 1)])?;
        if len == 0 {
            return None;
        }
        let (event, after) = value.split_at(len);
        let after = after.strip_prefix(b"\r").unwrap_or(after);
        let data_line = after.strip_prefix(b"\n")?;
        let body = data_line.strip_prefix(b"data:")?;
        let event = std::str::from_utf8(event).ok()?;
        let (head, data_line) = (rest.len() - body.len(), rest.len() - data_line.len());
        self.set(&rest[..head], data_line, event, len);
        Some(())
    }

    fn set(&mut self, bytes: &[u8], data_line: usize, event: &str, event_len: usize) {
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        self.data_line = data_line;
        self.event.clear();
        self.event.push_str(event);
        self.event_len = event_len;
    }
}
