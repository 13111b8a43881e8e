//! The yardstick for framing: a splitter that does no more than find the lines.

use memchr::{memchr, memchr2};

/// Calls `each` with the event name and the data of every block.
pub fn split<'a>(chunks: impl Iterator<Item = &'a [u8]>, mut each: impl FnMut(&str, &str)) {
    let mut splitter = Splitter::default();
    for chunk in chunks {
        splitter.push(chunk, &mut each);
    }
}

/// It searches each line once for its ending and once for invalid UTF-8. It
/// expects one `data` line an event, has no limits, and keeps nothing between
/// chunks but the unfinished block.
#[derive(Default)]
pub struct Splitter {
    rest: Vec<u8>,
}

impl Splitter {
    /// Calls `each` with the event name and the data of every block that `chunk` completes.
    pub fn push(&mut self, chunk: &[u8], each: &mut impl FnMut(&str, &str)) {
        if self.rest.is_empty() {
            let used = split_chunk(chunk, each);
            self.rest.extend_from_slice(&chunk[used..]);
        } else {
            self.rest.extend_from_slice(chunk);
            let used = split_chunk(&self.rest, each);
            self.rest.drain(..used);
        }
    }
}

/// Returns the length of the complete blocks in `chunk`.
fn split_chunk(chunk: &[u8], each: &mut impl FnMut(&str, &str)) -> usize {
    let (mut at, mut used) = (0, 0);
    let (mut event, mut data) = ("message", None);
    while let Some(len) = memchr2(b'\n', b'\r', &chunk[at..]) {
        let line = &chunk[at..at + len];
        at += len + 1;
        if chunk[at - 1] == b'\r' && chunk.get(at) == Some(&b'\n') {
            at += 1;
        }
        let Ok(line) = std::str::from_utf8(line) else { continue };
        if line.is_empty() {
            if let Some(data) = data.take() {
                each(event, data);
            }
            event = "message";
            used = at;
            continue;
        }
        let colon = memchr(b':', line.as_bytes()).unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(' ').unwrap_or(value);
        match &line[..colon] {
            "event" => event = value,
            "data" => data = Some(value),
            _ => {}
        }
    }
    used
}
