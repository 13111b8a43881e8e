//! The best reading of JSON text that was cut off.

use super::Json;

/// What [`Json::parse_partial`] makes of a string that is cut off.
///
/// ```
/// use messages_api::Json;
/// use messages_api::json::PartialMode;
///
/// let text = r#"{"city":"Oslo","note":"bring an umbr"#;
/// let whole = Json::parse_partial(text, PartialMode::Complete).unwrap();
/// assert_eq!(whole.as_raw_str(), r#"{"city":"Oslo"}"#);
/// let all = Json::parse_partial(text, PartialMode::TrailingStrings).unwrap();
/// assert_eq!(all.as_raw_str(), r#"{"city":"Oslo","note":"bring an umbr"}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartialMode {
    /// Drops it, and with it its key: what is left is complete.
    Complete,
    /// Keeps it as far as it came; a key that is cut off is dropped.
    TrailingStrings,
}

impl Json {
    /// What the beginning `text` of a JSON value says, with the arrays and
    /// objects closed that are still open: for the input of a tool that is
    /// still streaming, such as
    /// [`Accumulator::partial_input`](crate::stream::Accumulator::partial_input).
    ///
    /// A literal or a number without its last digit is dropped where it is cut
    /// off, and with it its key; a number that could go on counts as it stands.
    /// `None` when nothing is left, or when `text` is not the beginning of a
    /// JSON value at all; a string that is dropped is not looked into. Takes
    /// time linear in the text, so a caller that asks after each of many small
    /// pieces pays for all of the text each time.
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
        // What was scanned over lightly is read strictly now.
        Self::parse(&whole).ok()
    }

    /// Whether `text` is the beginning of a JSON value, or all of it.
    pub(crate) fn may_begin_with(text: &str) -> bool {
        let may_go_on = |text: &str| Self::parse(text).map_or_else(|error| error.is_eof(), |_| true);
        // A number that lacks its last digit is to the parser no number at all.
        may_go_on(text) || may_go_on(&format!("{text}0"))
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// What closes each array and object that is open.
    open: Vec<u8>,
    expect: Expect,
    /// The end of the last value that is whole, or of the last array or
    /// object that was opened: here the text can be cut and closed.
    end: usize,
    /// The text is cut off in a string that is a value; `at` is the end of the
    /// last character that is whole.
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
    /// Scans to the end of the text; `None` when it is no JSON.
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

    /// Notes, if a value is `whole`, that it ends here.
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

    /// Passes a string; `false` when it is cut off.
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

    /// Passes a number or a literal; `false` when it is cut off.
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

/// How long the escape is that `text` begins with, or would be if it were all
/// there; two halves of a code point count as one escape.
fn escape_len(text: &[u8]) -> usize {
    match text {
        [_, b'u', b'd' | b'D', b'8' | b'9' | b'a' | b'A' | b'b' | b'B', ..] => {
            // A half may also stand alone, before an escape of another kind.
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
