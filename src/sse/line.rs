//! The meaning of one line of a stream.

/// A field with a meaning. Other fields and comments are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Data,
    Event,
    Id,
    Retry,
}

/// Returns the field of `line` and the index at which its value starts: after the colon and at most one
/// space, or at the end if there is no colon (WHATWG HTML, section 9.2.6).
pub(super) fn field(line: &[u8]) -> Option<(Field, usize)> {
    let (field, rest) = match line.first()? {
        b'd' => (Field::Data, line.strip_prefix(b"data")?),
        b'e' => (Field::Event, line.strip_prefix(b"event")?),
        b'i' => (Field::Id, line.strip_prefix(b"id")?),
        b'r' => (Field::Retry, line.strip_prefix(b"retry")?),
        _ => return None,
    };
    let value = match rest {
        [] => rest,
        [b':', b' ', value @ ..] | [b':', value @ ..] => value,
        _ => return None,
    };
    Some((field, line.len() - value.len()))
}

/// Parses the milliseconds of a `retry` field. Returns `None` unless `value` consists of ASCII digits and
/// fits in 64 bits.
pub(super) fn millis(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}
