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

/// Returns the number of bytes that [`push_escaped`] may write for a text without escapes, of which it takes
/// back what is too much.
pub(crate) fn room_for(text: &str) -> usize {
    text.len() + CHUNK
}

/// Appends `text` escaped, as it stands between the quotes of a JSON string.
#[inline]
pub(crate) fn push_escaped(out: &mut BytesMut, text: &str) {
    if text.len() < SHORT { push_words(out, text.as_bytes()) } else { push_chunks(out, text.as_bytes()) }
}

/// Appends a text that is not short escaped.
#[inline(never)]
fn push_chunks(out: &mut BytesMut, bytes: &[u8]) {
    let mut rest = bytes;
    while rest.len() >= 2 * CHUNK {
        push_chunk(out, rest, CHUNK);
        rest = &rest[CHUNK..];
    }
    let mut padded = [0; 3 * CHUNK];
    padded[..rest.len()].copy_from_slice(rest);
    let (mut padded, mut len) = (&padded[..], rest.len());
    while len > CHUNK {
        push_chunk(out, padded, CHUNK);
        (padded, len) = (&padded[CHUNK..], len - CHUNK);
    }
    push_chunk(out, padded, len);
}

/// Appends the first `len` of `bytes`, from 1 to [`CHUNK`]. There must be two chunks of bytes, since those after
/// `len` are copied as well, and taken back.
///
/// All escapes of a chunk are found first, without a branch. Then a whole chunk is copied again after each of
/// them, since a copy of a fixed length is cheaper than one of the right length.
#[inline]
fn push_chunk(out: &mut BytesMut, bytes: &[u8], len: usize) {
    let chunk: &[u8; CHUNK] = bytes.first_chunk().expect("a chunk");
    let mut escapes = escapes_in(chunk) & (u64::MAX >> (CHUNK - len));
    let mut end = out.len() + len;
    out.extend_from_slice(chunk);
    while escapes != 0 {
        let at = escapes.trailing_zeros() as usize;
        out.truncate(end - (len - at));
        let before = out.len();
        push_escape(out, chunk[at]);
        end += out.len() - before - 1;
        let after: &[u8; CHUNK] = bytes[at + 1..].first_chunk().expect("another chunk");
        out.extend_from_slice(after);
        escapes &= escapes - 1;
    }
    out.truncate(end);
}

/// Returns a set bit for each byte that needs an escape.
///
/// The loop over the bytes becomes a few vector instructions on any processor.
#[inline]
fn escapes_in(chunk: &[u8; CHUNK]) -> u64 {
    let mut bits = [0; CHUNK];
    for (at, (bit, &byte)) in bits.iter_mut().zip(chunk).enumerate() {
        *bit = u8::from(needs_escape(byte)) << (at % WORD);
    }
    // The bits of a word are different ones, so that the highest byte of the product is their sum.
    let sum = |word| u64::from_le_bytes(word).wrapping_mul(every(1)) >> (u64::BITS - 8);
    let words = bits.chunks_exact(WORD).filter_map(|word| word.first_chunk().copied());
    // There is one bit for each byte of a word.
    words.rev().fold(0, |escapes, word| escapes << WORD | sum(word))
}

/// Appends a short text escaped.
#[inline]
fn push_words(out: &mut BytesMut, bytes: &[u8]) {
    let mut rest = bytes;
    while let Some((&word, after)) = rest.split_first_chunk() {
        push_word(out, u64::from_le_bytes(word), WORD);
        rest = after;
    }
    push_word(out, padded_word(rest), rest.len());
}

/// Appends the first `len` bytes of `word` escaped. The bytes after them are zeros.
#[inline]
fn push_word(out: &mut BytesMut, mut word: u64, mut len: usize) {
    loop {
        // A zero needs an escape, so that none of those after the text counts.
        let plain = plain_len(word.to_le_bytes());
        let end = out.len() + plain;
        // A copy of a fixed length is cheaper than one of the right length.
        out.extend_from_slice(&word.to_le_bytes());
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

#[inline]
fn push_escape(out: &mut BytesMut, byte: u8) {
    let letter = ESCAPES[usize::from(byte)];
    out.extend_from_slice(&[b'\\', letter]);
    if letter == b'u' {
        let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
        out.extend_from_slice(&[b'0', b'0', digit(byte >> 4), digit(byte & 0xF)]);
    }
}

/// What follows the backslash of each byte that needs an escape. It is looked up, since the next one is hard
/// to predict.
static ESCAPES: [u8; 256] = {
    let mut letters = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        letters[control] = b'u';
        control += 1;
    }
    letters[b'\n' as usize] = b'n';
    letters[b'\t' as usize] = b't';
    letters[b'\r' as usize] = b'r';
    letters[0x08] = b'b';
    letters[0x0C] = b'f';
    letters[b'"' as usize] = b'"';
    letters[b'\\' as usize] = b'\\';
    letters
};

/// The number of bytes in a `u64`.
const WORD: usize = 8;

/// The length from which a text is written by chunks.
const SHORT: usize = 24;

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
    let differs = |byte: u8| (low ^ every(byte)) + every(0x7F);
    let is_plain = (low + every(0x80 - 0x20)) & differs(b'"') & differs(b'\\') | word;
    (!is_plain & HIGHEST).trailing_zeros() as usize / 8
}

/// Returns a word of the same bytes.
const fn every(byte: u8) -> u64 {
    u64::from_le_bytes([byte; WORD])
}

fn needs_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
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
            let mut out = BytesMut::from("\"");
            push_escaped(&mut out, text);
            out.extend_from_slice(b"\"");
            assert_eq!(out, serde_json::to_string(text).expect("a string is JSON"));
        };
        let chars: String = ('\0'..='\u{17f}').chain(['東', '🦀']).collect();
        check(&chars);
        check(&chars.repeat(3));
        for len in 0..=3 * CHUNK {
            check(&"x".repeat(len));
            check(&"\u{1}".repeat(len));
            for at in 0..len {
                for escaped in ["\"", "\\", "\0", "\u{1f}\n"] {
                    check(&["x".repeat(at), escaped.into(), "y".repeat(len - at - 1)].concat());
                }
            }
        }
    }
}
