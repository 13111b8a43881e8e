//! Reading and writing JSON strings without serde, whose overhead every event of a stream would pay.

use bytes::BytesMut;

/// The number of bytes that are checked together, without a branch for each.
const CHUNK: usize = 64;

/// Returns the index after the closing quote of the string whose content starts at `at`, or the length of
/// `json` if that quote is missing.
pub(crate) fn end_of_string(json: &[u8], mut at: usize) -> usize {
    while let Some(found) = json.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        if json[at + found] == b'"' {
            return at + found + 1;
        }
        at += found + 2;
    }
    json.len()
}

/// Reads the string whose content `json` starts with. Returns the string, and its length in `json` with the
/// closing quote.
///
/// Returns `None` if the string is not legal or not complete, and if it contains a `\u` escape.
#[inline]
pub(crate) fn read_string(json: &[u8]) -> Option<(String, usize)> {
    let plain = first_escape(json);
    match json.get(plain)? {
        b'"' => Some((to_text(json, plain)?, plain + 1)),
        b'\\' => read_escaped(json, plain),
        _ => None,
    }
}

/// Returns the first `len` of `bytes` as a text, if they are one.
#[inline]
fn to_text(bytes: &[u8], len: usize) -> Option<String> {
    // A short text is checked together with what follows it, from where that takes a few steps. If this is no text,
    // or cut off within a character, only the bytes themselves count.
    if let Some(words) = bytes.first_chunk().filter(|_| len <= WORDS) {
        if let Ok(text) = std::str::from_utf8(&Aligned(*words).0) {
            return text.get(..len).map(str::to_owned);
        }
    }
    std::str::from_utf8(&bytes[..len]).ok().map(str::to_owned)
}

/// Bytes that std checks word by word. Others it checks one by one, up to a place that is aligned and from the last
/// such place on.
#[repr(align(8))]
struct Aligned([u8; WORDS]);

/// The number of bytes of a text that are checked word by word.
const WORDS: usize = 4 * WORD;

/// Reads a string whose first backslash is at `plain`.
#[inline(never)]
fn read_escaped(json: &[u8], plain: usize) -> Option<(String, usize)> {
    let end = end_of_string(json, plain);
    Some((unescape(std::str::from_utf8(&json[..end - 1]).ok()?)?, end))
}

/// Returns the string that is written as `body` between two quotes. Returns `None` if `body` is not legal
/// there or contains a `\u` escape, which is rare and left to serde.
pub(crate) fn unescape(body: &str) -> Option<String> {
    let has_control = |chunk: &[u8]| chunk.iter().fold(false, |found, &byte| found | (byte < 0x20));
    if body.as_bytes().chunks(CHUNK).any(has_control) {
        return None;
    }
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        text.push(match rest.as_bytes().get(at + 1)? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\x08',
            b'f' => '\x0C',
            &byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            _ => return None,
        });
        rest = &rest[at + 2..];
    }
    text.push_str(rest);
    Some(text)
}

/// A buffer that text is appended to.
///
/// Events go to a `BytesMut`, from which frames are split off. A `Vec` costs less and is enough for a document.
pub(crate) trait Buffer {
    fn len(&self) -> usize;
    fn append(&mut self, bytes: &[u8]);
    fn set(&mut self, at: usize, byte: u8);
    fn truncate(&mut self, len: usize);
    fn reserve(&mut self, additional: usize);
}

macro_rules! buffers {
    ($($ty:ty),*) => {$(
        impl Buffer for $ty {
            #[inline]
            fn len(&self) -> usize {
                <$ty>::len(self)
            }

            #[inline]
            fn append(&mut self, bytes: &[u8]) {
                self.extend_from_slice(bytes);
            }

            #[inline]
            fn set(&mut self, at: usize, byte: u8) {
                self[at] = byte;
            }

            #[inline]
            fn truncate(&mut self, len: usize) {
                <$ty>::truncate(self, len);
            }

            #[inline]
            fn reserve(&mut self, additional: usize) {
                <$ty>::reserve(self, additional);
            }
        }
    )*};
}

buffers!(BytesMut, Vec<u8>);

/// Returns the number of bytes that [`push_escaped`] may write for a text without escapes, of which it takes
/// back what is too much.
pub(crate) fn room_for(text: &str) -> usize {
    text.len() + CHUNK
}

/// Appends `text` escaped, as it stands between the quotes of a JSON string.
#[inline]
pub(crate) fn push_escaped(out: &mut impl Buffer, text: &str) {
    if text.len() < SHORT { push_words(out, text.as_bytes()) } else { push_text(out, text.as_bytes()) }
}

/// Appends a text that is not short escaped.
#[inline(never)]
fn push_text(out: &mut impl Buffer, bytes: &[u8]) {
    out.reserve(bytes.len() + CHUNK);
    let rest = push_chunks(out, bytes);
    // A space needs no escape.
    let mut padded = [b' '; 3 * CHUNK];
    padded[..rest.len()].copy_from_slice(rest);
    let chunks = rest.len().div_ceil(CHUNK);
    push_chunks(out, &padded[..(chunks + 1) * CHUNK]);
    out.truncate(out.len() - (chunks * CHUNK - rest.len()));
}

/// Appends the chunks of `bytes` after each of which there is another one, escaped. Returns the others, since a copy
/// of the length of a chunk can reach into the next one.
///
/// A chunk is copied as a whole. All of its escapes are found at once, without a branch, and after each of them
/// as many bytes are copied again, since a copy of a fixed length is cheaper than one of the right length.
#[inline(never)]
fn push_chunks<'a>(out: &mut impl Buffer, bytes: &'a [u8]) -> &'a [u8] {
    let mut rest = bytes;
    while let Some(window) = rest.first_chunk::<{ 2 * CHUNK }>() {
        let chunk = window.first_chunk().expect("two chunks");
        let mut escapes = escapes_in(chunk);
        let mut start = out.len();
        out.append(chunk);
        if escapes != 0 {
            escapes = transposed(escapes);
            while escapes != 0 {
                let at = escapes.trailing_zeros() as usize;
                out.truncate(start + at);
                let len = push_escape(out, chunk[at]);
                let after: &[u8; CHUNK] = window[at + 1..].first_chunk().expect("another chunk");
                out.append(after);
                start += len - 1;
                escapes &= escapes - 1;
            }
            out.truncate(start + CHUNK);
        }
        rest = &rest[CHUNK..];
    }
    rest
}

/// Returns a set bit for each byte that needs an escape, that of the byte `8 * row + column` at
/// `8 * column + row`.
///
/// This order takes no more than a few vector instructions on any processor.
#[inline]
fn escapes_in(chunk: &[u8; CHUNK]) -> u64 {
    let mut bits = [0; CHUNK];
    for (at, (bit, &byte)) in bits.iter_mut().zip(chunk).enumerate() {
        *bit = u8::from(needs_escape(byte)) << (at / WORD);
    }
    let rows = bits.chunks_exact(WORD).filter_map(|row| row.first_chunk().copied());
    rows.fold(0, |escapes, row| escapes | u64::from_le_bytes(row))
}

/// Returns the bit at `8 * column + row` at `8 * row + column`.
///
/// Each step exchanges two quarters of all squares of a size: of two bits, of four, and of eight.
#[inline]
fn transposed(mut bits: u64) -> u64 {
    for (distance, quarter) in [(7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0xF0F0_F0F0)] {
        let changed = (bits ^ bits >> distance) & quarter;
        bits ^= changed ^ changed << distance;
    }
    bits
}

/// Appends a short text escaped.
#[inline]
fn push_words(out: &mut impl Buffer, bytes: &[u8]) {
    let mut rest = bytes;
    while let Some((&word, after)) = rest.split_first_chunk() {
        push_word(out, u64::from_le_bytes(word), WORD);
        rest = after;
    }
    push_word(out, padded_word(rest), rest.len());
}

/// Appends the first `len` bytes of `word` escaped. The bytes after them are zeros.
#[inline]
fn push_word(out: &mut impl Buffer, mut word: u64, mut len: usize) {
    loop {
        // A zero needs an escape, so that none of those after the text counts.
        let plain = plain_len(word.to_le_bytes());
        let end = out.len() + plain;
        // A copy of a fixed length is cheaper than one of the right length.
        out.append(&word.to_le_bytes());
        out.truncate(end);
        if plain >= len {
            return;
        }
        word >>= 8 * plain;
        push_escape(out, word.to_le_bytes()[0]);
        word >>= 8;
        len -= plain + 1;
    }
}

/// Returns less than eight bytes as a word, with zeros after them.
#[inline]
fn padded_word(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    // Where the two halves overlap, they agree.
    if let (Some(&first), Some(&last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        u64::from(u32::from_le_bytes(first)) | u64::from(u32::from_le_bytes(last)) << (8 * (len - 4))
    } else if let (Some(&first), Some(&last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        u64::from(u16::from_le_bytes(first)) | u64::from(u16::from_le_bytes(last)) << (8 * (len - 2))
    } else {
        bytes.first().map_or(0, |&byte| byte.into())
    }
}

/// Appends the escape of a byte, and returns its length.
#[inline]
fn push_escape(out: &mut impl Buffer, byte: u8) -> usize {
    let escape = &ESCAPES[usize::from(byte)];
    let (end, len) = (out.len(), usize::from(escape[WORD - 1]));
    out.append(escape);
    out.truncate(end + len);
    len
}

/// The escape of each byte that needs one, with its length at the end. It is looked up, since the next one is hard to
/// predict.
static ESCAPES: [[u8; WORD]; 256] = {
    let mut escapes = [[0; WORD]; 256];
    let (mut control, digits) = (0, b"0123456789abcdef");
    while control < 0x20 {
        escapes[control] = [b'\\', b'u', b'0', b'0', digits[control >> 4], digits[control & 0xF], 0, 6];
        control += 1;
    }
    let (mut at, short) = (0, [b"\"\"", b"\\\\", b"\nn", b"\tt", b"\rr", b"\x08b", b"\x0Cf"]);
    while at < short.len() {
        let [byte, letter] = *short[at];
        escapes[byte as usize] = [b'\\', letter, 0, 0, 0, 0, 0, 2];
        at += 1;
    }
    escapes
};

/// The number of bytes in a `u64`.
const WORD: usize = 8;

/// The length from which a text is written by chunks.
const SHORT: usize = 48;

/// Returns the position of the first byte that needs an escape, or the length of `bytes`.
fn first_escape(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk() {
        let plain = plain_len(*word);
        at += plain;
        if plain < WORD {
            return at;
        }
    }
    bytes[at..].iter().position(|&byte| needs_escape(byte)).map_or(bytes.len(), |found| at + found)
}

/// Returns the number of bytes before the first one that needs an escape.
///
/// All bytes are compared at once. No sum below carries into the next byte, because the highest bit of each
/// byte is cleared first; it says by itself that the byte needs no escape.
#[inline]
fn plain_len(word: [u8; WORD]) -> usize {
    const HIGHEST: u64 = every(0x80);
    let word = u64::from_le_bytes(word);
    let low = word & !HIGHEST;
    // See `needs_escape`.
    let is_plain = ((low ^ every(2)) + every(0x80 - 0x21)) & ((low ^ every(b'\\')) + every(0x80 - 1)) | word;
    (!is_plain & HIGHEST).trailing_zeros() as usize / 8
}

/// Returns a word of the same bytes.
const fn every(byte: u8) -> u64 {
    u64::from_le_bytes([byte; WORD])
}

/// Returns `true` for control characters, quotes and backslashes.
#[inline]
fn needs_escape(byte: u8) -> bool {
    // Where the quote and the space have changed places, it is next to the control characters.
    (byte ^ 2 < 0x21) | (byte == b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_read_as_serde_json_reads_it() {
        for len in 0..=2 * WORDS {
            for char in ["x", "é", "東", "🦀"] {
                for after in ["", "}", "}}\n\nevent: x\ndata: 東東東東東東東東東東東東"] {
                    let text = ["x".repeat(len), char.to_owned(), char.repeat(len / 4)].concat();
                    let json = format!("{text}\"{after}");
                    for cut in 0..=json.len() {
                        let expected = (cut > text.len()).then(|| (text.clone(), text.len() + 1));
                        assert_eq!(read_string(&json.as_bytes()[..cut]), expected, "{json} {cut}");
                    }
                }
            }
            for broken in [&b"\xff"[..], b"\xe6\x9d", b"\xed\xa0\xbd", b"\xc0\x80"] {
                let json = [&vec![b'x'; len], broken, b"\"}}", &[b'x'; WORDS]].concat();
                assert_eq!(read_string(&json), None);
            }
        }
    }

    #[test]
    fn texts_are_escaped_as_serde_json_escapes_them() {
        let check = |text: &str| {
            let (mut frame, mut document) = (BytesMut::from("\""), b"\"".to_vec());
            push_escaped(&mut frame, text);
            push_escaped(&mut document, text);
            let expected = serde_json::to_string(text).expect("a string is JSON");
            assert_eq!([&frame[..], b"\""].concat(), expected.as_bytes());
            assert_eq!([&document[..], b"\""].concat(), expected.as_bytes());
        };
        let chars: String = ('\0'..='\u{7ff}').chain(['東', '🦀']).collect();
        check(&chars);
        for char in chars.chars() {
            check(&char.to_string());
        }
        for len in 0..=3 * CHUNK {
            check(&"x".repeat(len));
            check(&"\u{1}".repeat(len));
            for at in 0..len {
                for escaped in ["\"", "\\", "\0", "\u{1f}\n"] {
                    check(&["x".repeat(at), escaped.into(), "y".repeat(len - at - 1)].concat());
                }
            }
        }
        // Every escape at every place of a chunk, alone and with another one.
        for escaped in ('\0'..' ').chain(['"', '\\']) {
            for at in 0..=2 * CHUNK {
                let before = format!("{}{escaped}", "x".repeat(at));
                check(&format!("{before}{}", "y".repeat(3 * CHUNK)));
                check(&format!("{before}{}\u{1}\"{}", "y".repeat(at % 7), "z".repeat(CHUNK)));
            }
        }
    }
}
