//! The lines of a body that arrives in chunks.

use bytes::Bytes;
use memchr::memchr;

use super::body::append;

/// Splits chunks into lines, which end in LF. Lines of nothing but white space are counted, and
/// otherwise skipped.
pub(super) struct Lines {
    /// What is left of the last chunk.
    chunk: Bytes,
    /// The beginning of the line that is continued in `chunk`.
    start: Vec<u8>,
    /// Whether that line is too long, so that its beginning has been dropped.
    is_too_long: bool,
    /// The maximum length of a line.
    max_bytes: usize,
    /// The number of lines so far.
    count: u64,
}

/// A line, with its number from 1 on.
pub(super) struct Line {
    pub(super) number: u64,
    /// `None` if the line is too long.
    pub(super) text: Option<Bytes>,
}

impl Lines {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { chunk: Bytes::new(), start: Vec::new(), is_too_long: false, max_bytes, count: 0 }
    }

    pub(super) fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// Adds a chunk, once all lines of the one before it have been returned.
    pub(super) fn push(&mut self, chunk: Bytes) {
        self.chunk = chunk;
    }

    /// Returns the next line, or `None` if its end has yet to arrive.
    pub(super) fn next(&mut self) -> Option<Line> {
        while let Some(end) = memchr(b'\n', &self.chunk) {
            let end = self.chunk.split_to(end + 1).slice(..end);
            self.count += 1;
            if let Some(text) = self.joined(end) {
                if !text.trim_ascii().is_empty() {
                    return Some(Line { number: self.count, text: Some(text) });
                }
            } else {
                return Some(Line { number: self.count, text: None });
            }
        }
        let rest = std::mem::take(&mut self.chunk);
        if !self.is_too_long {
            self.is_too_long = rest.len() > self.room();
            if self.is_too_long {
                self.start = Vec::new();
            } else {
                append(&mut self.start, &rest, self.max_bytes);
            }
        }
        None
    }

    /// Returns a whole line, given its end, unless it is too long.
    fn joined(&mut self, end: Bytes) -> Option<Bytes> {
        if std::mem::take(&mut self.is_too_long) || end.len() > self.room() {
            self.start = Vec::new();
            return None;
        }
        if self.start.is_empty() {
            return Some(end);
        }
        append(&mut self.start, &end, self.max_bytes);
        Some(std::mem::take(&mut self.start).into())
    }

    /// Returns by how many bytes the line may grow.
    fn room(&self) -> usize {
        self.max_bytes - self.start.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"\n{\"a\":\"\\n\"}\r\n \r\n\xf0\x9f\x98\x80b\n0123456789\n012345678\n\ncd\n";

    /// Returns the lines of a text that arrives in chunks of the given size.
    fn lines(text: &[u8], size: usize, max: usize) -> Vec<(u64, Option<Vec<u8>>)> {
        let (mut lines, mut found) = (Lines::new(max), Vec::new());
        for chunk in text.chunks(size) {
            lines.push(Bytes::copy_from_slice(chunk));
            while let Some(line) = lines.next() {
                found.push((line.number, line.text.map(|text| text.to_vec())));
            }
            assert!(lines.start.capacity() <= max);
        }
        found
    }

    #[test]
    fn lines_are_the_same_whatever_the_chunks() {
        let line = |number, text: &[u8]| (number, Some(text.to_vec()));
        let start = [line(2, b"{\"a\":\"\\n\"}\r"), line(4, "😀b".as_bytes())];
        let end = [line(6, b"012345678"), line(8, b"cd")];
        for size in 1..=TEXT.len() {
            let whole = [&start[..], &[line(5, b"0123456789")], &end].concat();
            assert_eq!(lines(TEXT, size, 20), whole, "{size}");
            assert_eq!(lines(TEXT, size, usize::MAX).len(), whole.len());
            let short: Vec<_> = lines(TEXT, size, 9);
            assert_eq!(short, [&[(2, None), start[1].clone(), (5, None)][..], &end].concat(), "{size}");
        }
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_memory_than_the_limit() {
        let mut lines = Lines::new(100);
        for _ in 0..1000 {
            lines.push(Bytes::from_static(b"0123456789"));
            assert!(lines.next().is_none());
            assert!(lines.start.capacity() <= 100);
        }
        lines.push(Bytes::from_static(b"\nnext\n"));
        assert!(lines.next().expect("a line").text.is_none());
        assert_eq!(lines.next().expect("a line").text.as_deref(), Some(&b"next"[..]));
    }
}
