//! Halves of surrogate pairs in JSON text.
//!
//! JSON can write half a pair as an escape, such as `\ud83d`, but no Rust string can hold it, so serde rejects
//! the text. Servers that cut text by UTF-16 units write such halves.

/// A half of a surrogate pair that stands alone.
pub(crate) struct Half {
    /// The position of its backslash in the text.
    pub(crate) at: usize,
    pub(crate) code: u16,
}

impl Half {
    /// The length of the escape.
    pub(crate) const LEN: usize = 6;

    /// Returns `true` if this is the first half of a pair.
    pub(crate) fn is_high(&self) -> bool {
        is_high(self.code)
    }
}

/// Iterates over the halves in `json` that stand alone.
pub(crate) fn lone_halves(json: &str) -> impl Iterator<Item = Half> + '_ {
    let bytes = json.as_bytes();
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + memchr::memchr(b'\\', bytes.get(from..)?)?;
            let Some(code) = half_at(bytes, at) else {
                from = at + 2;
                continue;
            };
            from = at + Half::LEN;
            if is_high(code) && half_at(bytes, from).is_some_and(|next| !is_high(next)) {
                from += Half::LEN;
            } else {
                return Some(Half { at, code });
            }
        }
    })
}

/// Returns `json` with U+FFFD in place of every half that stands alone; `None` if there is none.
pub(crate) fn replace_lone_halves(json: &str) -> Option<String> {
    let mut out = String::new();
    let mut plain = 0;
    for half in lone_halves(json) {
        out.push_str(&json[plain..half.at]);
        out.push_str("\\ufffd");
        plain = half.at + Half::LEN;
    }
    (plain > 0).then(|| out + &json[plain..])
}

fn half_at(bytes: &[u8], at: usize) -> Option<u16> {
    let [b'\\', b'u', digits @ ..] = bytes.get(at..at + Half::LEN)? else { return None };
    let code = digits.iter().try_fold(0, |code, &digit| Some(code << 4 | char::from(digit).to_digit(16)?))?;
    u16::try_from(code).ok().filter(|code| (0xD800..0xE000).contains(code))
}

fn is_high(code: u16) -> bool {
    code < 0xDC00
}

#[cfg(test)]
mod tests {
    use super::replace_lone_halves;

    #[test]
    fn halves_that_stand_alone_are_replaced() {
        for (json, expected) in [
            (r#""\ud83d""#, Some(r#""\ufffd""#)),
            (r#""a\uDE00b""#, Some(r#""a\ufffdb""#)),
            (r#""\ud83d\ud83d\ude00\ude00""#, Some(r#""\ufffd\ud83d\ude00\ufffd""#)),
            (r#""\ud83d\n""#, Some(r#""\ufffd\n""#)),
            (r#""\ud83d\ude00""#, None),
            (r#""\\ud83d""#, None),
            (r#""\u00e9\ud8""#, None),
            (r#""\u+d83d""#, None),
            ("\\", None),
            ("", None),
        ] {
            assert_eq!(replace_lone_halves(json).as_deref(), expected, "{json}");
        }
    }
}
