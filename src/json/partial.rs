//! Reading JSON text that is cut off.

use super::value::Json;

/// How [`Json::parse_partial`] treats a string that is cut off.
///
/// ```
/// use messages_api::Json;
/// use messages_api::json::PartialMode;
///
/// let text = r#"{"city":"Oslo","note":"bring an umbr"#;
/// let complete = Json::parse_partial(text, PartialMode::Complete).unwrap();
/// assert_eq!(complete.as_raw_str(), r#"{"city":"Oslo"}"#);
/// let trailing = Json::parse_partial(text, PartialMode::TrailingStrings).unwrap();
/// assert_eq!(trailing.as_raw_str(), r#"{"city":"Oslo","note":"bring an umbr"}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartialMode {
    /// Drops the string together with its key, so that every value in the result is complete.
    Complete,
    /// Keeps the part of the string that has arrived, to show long texts while they stream. A key that is cut
    /// off is still dropped.
    TrailingStrings,
}

impl Json {
    /// Reads the beginning of a JSON value and closes the arrays and objects that are still open.
    ///
    /// This is for a tool input that is still streaming, whose text
    /// [`MessageStream::partial_input`](crate::stream::MessageStream::partial_input) returns. `mode` decides
    /// about a string that is cut off. A literal that is cut off, or a number that lacks its last digit, is
    /// dropped together with its key; a number that merely could go on is kept as it stands.
    ///
    /// Returns `None` if nothing would be left, or if `text` is not the beginning of a JSON value. The
    /// content of a string that is dropped is not checked.
    ///
    /// The call takes time linear in the length of `text`. Calling it after each small piece of a long input
    /// is therefore quadratic in total.
    pub fn parse_partial(text: &str, mode: PartialMode) -> Option<Self> {
        let mut scanner =
            Scanner { text, at: 0, open: Vec::new(), expect: Expect::Value, end: 0, in_value: false };
        scanner.scan()?;
        let mut whole = if scanner.in_value && mode == PartialMode::TrailingStrings {
            format!("{}\"", &text[..scanner.at])
        } else {
            text[..scanner.end].to_owned()
        };
        whole.extend(scanner.open.iter().rev().map(|&closer| char::from(closer)));
        // The scanner checks only what it needs to find the end; the parser checks the rest.
        Self::parse(&whole).ok()
    }

    /// Returns `true` if `text` is a JSON value or the beginning of one.
    pub(crate) fn may_begin_with(text: &str) -> bool {
        let may_go_on = |text: &str| Self::parse(text).map_or_else(|error| error.is_eof(), |_| true);
        // To the parser, a number that lacks its last digit is a syntax error rather than an early end.
        may_go_on(text) || may_go_on(&format!("{text}0"))
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The closing bracket of each array and object that is open.
    open: Vec<u8>,
    expect: Expect,
    /// Where the text can be cut and closed: after the last complete value, or after the bracket that opened
    /// the last array or object.
    end: usize,
    /// Whether the text is cut off in a string that is a value. `at` is then the end of its last complete
    /// character.
    in_value: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

impl Scanner<'_> {
    /// Scans to the end of the text. Returns `None` if it is not the beginning of a JSON value.
    fn scan(&mut self) -> Option<()> {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            let whole = match (byte, self.expect) {
                (b' ' | b'\t' | b'\n' | b'\r', _) => {
                    self.at += 1;
                    true
                }
                (b'"', Expect::Key | Expect::KeyOrEnd) => self.string(Expect::Colon),
                (b'"', Expect::Value | Expect::ValueOrEnd) => {
                    self.in_value = !self.string(Expect::CommaOrEnd);
                    self.mark(!self.in_value)
                }
                (b'{', Expect::Value | Expect::ValueOrEnd) => self.open(b'}', Expect::KeyOrEnd),
                (b'[', Expect::Value | Expect::ValueOrEnd) => self.open(b']', Expect::ValueOrEnd),
                (b'}', Expect::KeyOrEnd | Expect::CommaOrEnd) => self.close(b'}')?,
                (b']', Expect::ValueOrEnd | Expect::CommaOrEnd) => self.close(b']')?,
                (b',', Expect::CommaOrEnd) => {
                    let next = if *self.open.last()? == b'}' { Expect::Key } else { Expect::Value };
                    self.step(next)
                }
                (b':', Expect::Colon) => self.step(Expect::Value),
                (_, Expect::Value | Expect::ValueOrEnd) => {
                    let whole = self.word()?;
                    self.mark(whole)
                }
                _ => return None,
            };
            if !whole {
                break;
            }
        }
        Some(())
    }

    fn step(&mut self, expect: Expect) -> bool {
        self.at += 1;
        self.expect = expect;
        true
    }

    /// Records the end of a value, if the value is `whole`.
    fn mark(&mut self, whole: bool) -> bool {
        if whole {
            self.expect = Expect::CommaOrEnd;
            self.end = self.at;
        }
        whole
    }

    fn open(&mut self, closer: u8, expect: Expect) -> bool {
        self.open.push(closer);
        self.step(expect);
        self.end = self.at;
        true
    }

    fn close(&mut self, closer: u8) -> Option<bool> {
        if self.open.pop()? != closer {
            return None;
        }
        self.at += 1;
        Some(self.mark(true))
    }

    /// Skips a string. Returns `false` if it is cut off.
    fn string(&mut self, expect: Expect) -> bool {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(&byte) = bytes.get(self.at) {
            let end = match byte {
                b'"' => return self.step(expect),
                b'\\' => self.at + escape_len(&bytes[self.at..]),
                _ => self.at + 1,
            };
            if end > bytes.len() {
                break;
            }
            self.at = end;
        }
        false
    }

    /// Skips a number or a literal. Returns `false` if it is cut off.
    fn word(&mut self) -> Option<bool> {
        let rest = &self.text[self.at..];
        let len = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.'))
            .unwrap_or(rest.len());
        let word = &rest[..len];
        self.at += len;
        if Json::parse(word).is_ok() {
            return Some(true);
        }
        let is_start = ["true", "false", "null"].iter().any(|literal| literal.starts_with(word))
            || Json::parse(&format!("{word}0")).is_ok();
        (len == rest.len() && is_start).then_some(false)
    }
}

/// Returns the length that the escape at the start of `text` has when it is complete. A surrogate pair counts
/// as one escape.
fn escape_len(text: &[u8]) -> usize {
    match text {
        [_, b'u', b'd' | b'D', b'8' | b'9' | b'a' | b'A' | b'b' | b'B', ..] => {
            // A high surrogate may also stand alone, before something other than a `\u` escape.
            let goes_on = matches!(text.get(6..), None | Some([] | [b'\\'] | [b'\\', b'u', ..]));
            if goes_on { 12 } else { 6 }
        }
        [_, b'u', ..] => 6,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, PartialMode};

    #[track_caller]
    fn is(text: &str, expected: Option<&str>) {
        let found = Json::parse_partial(text, PartialMode::Complete);
        assert_eq!(found.as_ref().map(|json| json.as_raw_str()), expected, "{text}");
    }

    #[test]
    fn a_string_that_is_cut_off_may_be_kept() {
        for (text, expected) in [
            (r#"{"a":1,"b":"xy"#, Some(r#"{"a":1,"b":"xy"}"#)),
            (r#"{"a":1,"b":""#, Some(r#"{"a":1,"b":""}"#)),
            (r#"{"a":1,"b"#, Some(r#"{"a":1}"#)),
            (r#"{"a":1,"b":"#, Some(r#"{"a":1}"#)),
            (r#"["x","y\"#, Some(r#"["x","y"]"#)),
            (r#"["y\n"#, Some(r#"["y\n"]"#)),
            (r#"["y\u00e"#, Some(r#"["y"]"#)),
            (r#"["y\u00e9"#, Some(r#"["y\u00e9"]"#)),
            (r#"["y\ud83d\ude0"#, Some(r#"["y"]"#)),
            (r#"["y\ud83d"#, Some(r#"["y"]"#)),
            (r#"["y\uD83D\uDE00z"#, Some(r#"["y\uD83D\uDE00z"]"#)),
            (r#"["y\ud83d\"#, Some(r#"["y"]"#)),
            (r#"["y\ud83d\n",["z"#, Some(r#"["y\ud83d\n",["z"]]"#)),
            (r#"["y\ud83d\\",["z"#, Some(r#"["y\ud83d\\",["z"]]"#)),
            (r#"["é"#, Some(r#"["é"]"#)),
            (r#""ab"#, Some(r#""ab""#)),
            (r#"[tr"#, Some("[]")),
            ("[\"a\nb", None),
            ("[\"a\\x", None),
        ] {
            let found = Json::parse_partial(text, PartialMode::TrailingStrings);
            assert_eq!(found.as_ref().map(|json| json.as_raw_str()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_whole_is_kept() {
        is(r#"{"a":1,"b":"xy"#, Some(r#"{"a":1}"#));
        is(r#"{"a":1,"b":["x","y"#, Some(r#"{"a":1,"b":["x"]}"#));
        is(r#"{"a":12"#, Some(r#"{"a":12}"#));
        is(r#"{"a":"x}\""#, Some("{}"));
        is(r#"{"a":"x}\"","b"#, Some(r#"{"a":"x}\""}"#));
        is(r#" { "a" : [ 1 , tr"#, Some(r#" { "a" : [ 1]}"#.trim()));
        is(r#"{"a":1}"#, Some(r#"{"a":1}"#));
        is("[1,2", Some("[1,2]"));
        is("[1,-", Some("[1]"));
        is("[1,2.", Some("[1]"));
        is("[[", Some("[[]]"));
        is("{", Some("{}"));
    }

    #[test]
    fn nothing_is_made_up() {
        for text in [
            "",
            " ",
            "\"ab",
            "tr",
            "-",
            "{]",
            "[}",
            "}",
            "nope",
            "{\"a\": nope",
            "{a",
            "[1 2",
            "{\"a\",",
            "{,",
            "[,",
            "{} x",
            "[--",
        ] {
            is(text, None);
        }
    }

    #[test]
    fn a_beginning_may_go_on() {
        for text in ["", "{", "{\"a", "[1,", "tr", "-", "[1.", "{\"a\":1e", "1e-", "12", "{}", "\"\\u00"] {
            assert!(Json::may_begin_with(text), "{text}");
        }
        for text in ["nope", "]", "{}x", "[1 2", "- ", "01", "1..", "[--", "{\"a\",", "+"] {
            assert!(!Json::may_begin_with(text), "{text}");
        }
    }

    #[test]
    fn every_beginning_of_a_value_reads() {
        let text = r#"{"a":[1,-2.5e+3,"x\u00e9\"",{"b":null,"c":[true,false]}],"d":{"e":"é"},"f":[]}"#;
        for (end, _) in text.char_indices().skip(1) {
            assert!(Json::parse_partial(&text[..end], PartialMode::Complete).is_some(), "{}", &text[..end]);
        }
    }
}
