//! The search for halves of surrogate pairs in raw JSON.
//!
//! JSON escapes a character beyond U+FFFF as two code units, `\ud83d\ude00`. Raw JSON may contain
//! one without the other, for example where a stream was cut, and this crate keeps it unchanged. It
//! stands for no character, so the API rejects a body that contains it.

/// Returns the first escape in `json` that is half of a surrogate pair.
pub(super) fn first_lone(json: &str) -> Option<&str> {
    let mut at = 0;
    // A backslash occurs only within strings, where it starts an escape.
    while let Some(start) = json.get(at..)?.find('\\').map(|distance| at + distance) {
        at = match code_unit(json, start) {
            // An escape of two characters, the second of which is ASCII too.
            None => start + 2,
            Some(0xd800..=0xdbff) if matches!(code_unit(json, start + 6), Some(0xdc00..=0xdfff)) => {
                start + 12
            }
            Some(0xd800..=0xdfff) => return json.get(start..start + 6),
            Some(_) => start + 6,
        };
    }
    None
}

/// Returns the code unit that is escaped as `\uXXXX` at `start`, if any is.
fn code_unit(json: &str, start: usize) -> Option<u16> {
    let digits = json.get(start..start + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}
