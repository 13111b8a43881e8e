//! A JSON reader that shares nothing with the crate. It keeps the spelling of
//! strings and numbers, the order of keys, and duplicate keys.

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// `null`, `true`, `false` or a number, as it is spelled.
    Plain(String),
    /// As it is spelled, quotes included.
    Text(String),
    List(Vec<Node>),
    /// Keys as they are spelled, quotes included.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// Reads `json`; panics if it is not exactly one value.
    #[track_caller]
    pub(crate) fn parse(json: &str) -> Self {
        let mut reader = Reader { json, at: 0 };
        let node = reader.value();
        assert_eq!(reader.peek(), None, "more than one value: {json}");
        node
    }

    /// Writes the value without white space.
    pub(crate) fn write(&self) -> String {
        let mut out = String::new();
        self.write_with(&mut out, &mut |_| {});
        out
    }

    /// Writes the value and calls `space` between the tokens.
    pub(crate) fn write_with(&self, out: &mut String, space: &mut impl FnMut(&mut String)) {
        space(out);
        match self {
            Self::Plain(text) | Self::Text(text) => out.push_str(text),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    item.write_with(out, space);
                }
                space(out);
                out.push(']');
            }
            Self::Object(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    space(out);
                    out.push_str(key);
                    space(out);
                    out.push(':');
                    value.write_with(out, space);
                }
                space(out);
                out.push('}');
            }
        }
        space(out);
    }

    /// Returns the text if the value is a string.
    pub(crate) fn as_string(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(decoded(text)),
            _ => None,
        }
    }

    /// Returns the `type` if the value is an object that has one.
    pub(crate) fn type_name(&self) -> Option<String> {
        let Self::Object(entries) = self else { return None };
        entries.iter().find(|(key, _)| decoded(key) == "type").and_then(|(_, value)| value.as_string())
    }
}

/// Returns the text of the string that is spelled as `quoted`. An unpaired
/// surrogate stays as it is spelled.
pub(crate) fn decoded(quoted: &str) -> String {
    let mut rest = &quoted[1..quoted.len() - 1];
    let mut out = String::new();
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let hex = |text: &str| u16::from_str_radix(text.get(2..6)?, 16).ok();
        let mut len = 2;
        match rest.as_bytes()[at + 1] {
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let first = hex(&rest[at..]).unwrap();
                let second = rest[at + 6..].starts_with("\\u").then(|| hex(&rest[at + 6..])).flatten();
                let units = [first, second.unwrap_or_default()];
                let pair = char::decode_utf16(units).next().unwrap();
                len = if (0xD800..0xDC00).contains(&first) && pair.is_ok() { 12 } else { 6 };
                match pair {
                    Ok(c) => out.push(c),
                    Err(_) => out.push_str(&rest[at..at + 6]),
                }
            }
            other => out.push(char::from(other)),
        }
        rest = &rest[at + len..];
    }
    out + rest
}

struct Reader<'a> {
    json: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// Skips white space and returns the next byte.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.json.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Skips `byte` if it is the next one.
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Node {
        match self.peek() {
            Some(b'"') => Node::Text(self.string()),
            Some(b'[') => Node::List(self.items(b']', Self::value)),
            Some(b'{') => Node::Object(self.items(b'}', |reader| {
                reader.peek();
                let key = reader.string();
                assert!(reader.eat(b':'), "no colon at {}: {}", reader.at, reader.json);
                (key, reader.value())
            })),
            _ => {
                let rest = &self.json[self.at..];
                let len = rest.find([' ', '\t', '\n', '\r', ',', ']', '}']).unwrap_or(rest.len());
                self.at += len;
                let text = &rest[..len];
                let is_number = text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
                assert!(is_number || ["null", "true", "false"].contains(&text), "`{text}` is not JSON");
                Node::Plain(text.to_owned())
            }
        }
    }

    fn items<T>(&mut self, end: u8, read: impl Fn(&mut Self) -> T) -> Vec<T> {
        self.at += 1;
        let mut items = Vec::new();
        if self.eat(end) {
            return items;
        }
        loop {
            items.push(read(self));
            if self.eat(end) {
                return items;
            }
            assert!(self.eat(b','), "no comma at {}: {}", self.at, self.json);
        }
    }

    fn string(&mut self) -> String {
        let start = self.at;
        assert_eq!(self.json.as_bytes()[start], b'"', "no string at {start}: {}", self.json);
        self.at += 1;
        loop {
            match self.json.as_bytes()[self.at] {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.json[start..self.at].to_owned()
    }
}

#[test]
fn the_reader_keeps_spelling_and_rejects_invalid_json() {
    let json = r#"{"b" : [1.0,-2e5 , "a\"\\",null], "a":{},"b":[] }"#;
    assert_eq!(Node::parse(json).write(), json.replace(' ', ""));
    assert_eq!(decoded(r#""\u00e9\n\/\ud83d\ude00\"é""#), "é\n/😀\"é");
    assert_eq!(decoded(r#""\ud83dx\udE00\u0041""#), r"\ud83dx\udE00A");
    for bad in ["", "[1", "[1 2]", "{\"a\"}", "nul", "1 2"] {
        assert!(std::panic::catch_unwind(|| Node::parse(bad)).is_err(), "{bad}");
    }
}
