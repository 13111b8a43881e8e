//! Cutting text to a length, never within a character, and finding words in it.

/// Returns the longest beginning of `text` that has at most `max_bytes` bytes.
pub(crate) fn start(text: &str, max_bytes: usize) -> &str {
    let end = (0..=max_bytes.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}

/// Returns the longest end of `text` that has at most `max_bytes` bytes.
pub(crate) fn end(text: &str, max_bytes: usize) -> &str {
    let first = text.len().saturating_sub(max_bytes);
    let start = (first..=text.len()).find(|&at| text.is_char_boundary(at));
    &text[start.unwrap_or(text.len())..]
}

/// Returns `true` if `text` contains `word` as a whole word of letters and digits, in any case.
#[cfg(any(all(feature = "client", feature = "openai"), feature = "policy"))]
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    text.split(|it: char| !it.is_ascii_alphanumeric()).any(|part| part.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use crate::text::{end, start};

    #[test]
    fn characters_stay_whole() {
        assert_eq!((start("aé", 2), end("éa", 2)), ("a", "a"));
        assert_eq!((start("aé", 3), end("éa", 3)), ("aé", "éa"));
        assert_eq!((start("aé", 9), end("éa", 9)), ("aé", "éa"));
        assert_eq!((start("é", 1), end("é", 1), start("", 0), end("", 0)), ("", "", "", ""));
    }
}
