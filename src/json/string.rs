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
        b'"' => Some((std::str::from_utf8(&json[..plain]).ok()?.to_owned(), plain + 1)),
        b'\\' => read_escaped(json, plain),
        _ => None,
    }
}

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

/// Appends `text` escaped, as it stands between the quotes of a JSON string.
pub(crate) fn push_escaped(out: &mut BytesMut, text: &str) {
    let mut rest = text.as_bytes();
    let mut plain_words = 0;
    while let Some(word) = rest.first_chunk() {
        let plain = plain_len(*word);
        // A copy of a fixed length is cheaper than one of the right length.
        out.extend_from_slice(word);
        if plain < WORD {
            out.truncate(out.len() - (WORD - plain));
            push_escape(out, word[plain]);
            rest = &rest[plain + 1..];
            plain_words = 0;
            continue;
        }
        rest = &rest[WORD..];
        plain_words += 1;
        if plain_words == LONG_RUN {
            let (run, after) = rest.split_at(plain_vectors(rest));
            out.extend_from_slice(run);
            rest = after;
            plain_words = 0;
        }
    }
    for &byte in rest {
        if needs_escape(byte) { push_escape(out, byte) } else { out.extend_from_slice(&[byte]) }
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

/// The number of words without an escape after which more of them are likely.
const LONG_RUN: usize = 8;

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
    const fn every(byte: u8) -> u64 {
        u64::from_le_bytes([byte; WORD])
    }
    let word = u64::from_le_bytes(word);
    let low = word & !HIGHEST;
    let differs = |byte: u8| (low ^ every(byte)) + every(0x7F);
    let is_plain = (low + every(0x80 - 0x20)) & differs(b'"') & differs(b'\\') | word;
    (!is_plain & HIGHEST).trailing_zeros() as usize / 8
}

/// Returns the length of the part of `bytes` that certainly needs no escape. It looks at as many bytes at a
/// time as one vector instruction compares on any processor.
fn plain_vectors(bytes: &[u8]) -> usize {
    let vectors = bytes.chunks_exact(16);
    16 * vectors
        .take_while(|bytes| !bytes.iter().fold(false, |found, &byte| found | needs_escape(byte)))
        .count()
}

fn needs_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}
