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
    let bytes = text.as_bytes();
    let mut plain = 0;
    while let Some(at) = next_escape(bytes, plain) {
        out.extend_from_slice(&bytes[plain..at]);
        plain = at + 1;
        let byte = bytes[at];
        let short = match byte {
            b'\n' => b'n',
            b'\t' => b't',
            b'\r' => b'r',
            0x08 => b'b',
            0x0C => b'f',
            b'"' | b'\\' => byte,
            _ => {
                let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 0xF)]);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
    }
    out.extend_from_slice(&bytes[plain..]);
}

/// Returns the position of the first byte from `at` on that needs an escape.
fn next_escape(bytes: &[u8], mut at: usize) -> Option<usize> {
    /// As many bytes as one vector instruction compares on any processor.
    const LANES: usize = 16;

    while let Some(chunk) = bytes.get(at..at + LANES) {
        if chunk.iter().fold(false, |found, &byte| found | needs_escape(byte)) {
            break;
        }
        at += LANES;
    }
    bytes[at..].iter().position(|&byte| needs_escape(byte)).map(|found| at + found)
}

fn needs_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}
