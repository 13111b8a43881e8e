//! The end of a JSON object that arrives in pieces.

use super::depth::MAX_DEPTH;

/// A search for the end of a JSON object whose text arrives in pieces. Each byte is looked at once, and text
/// that is not JSON has no end.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObjectEnd {
    /// The closing bracket of each array and object that is open.
    open: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    /// In a string, which is a key or a value.
    String {
        is_key: bool,
        escape: Escape,
    },
    Number(Number),
    /// In a literal, of which this is still missing.
    Literal(&'static [u8]),
    /// After the last bracket.
    End,
    /// The text is not JSON.
    Broken,
}

/// A place in a string.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Escape {
    None,
    Backslash,
    /// In the digits after `\u`, of which so many are missing.
    Digits(u8),
}

/// A place in a number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Minus,
    Zero,
    Digits,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl ObjectEnd {
    /// Returns `true` once the object is complete.
    pub(crate) fn is_found(&self) -> bool {
        self.state == State::End
    }

    /// Returns `true` once the object has begun, as long as text that follows can complete it.
    pub(crate) fn is_cut(&self) -> bool {
        !self.open.is_empty() && !self.is_broken()
    }

    /// Returns `true` if no text that follows can complete the object.
    pub(crate) fn is_broken(&self) -> bool {
        self.state == State::Broken
    }

    /// Looks at the next piece of the text. Returns the length of the part up to the end, if it is there.
    pub(crate) fn find(&mut self, text: &str) -> Option<usize> {
        let mut rest = text.as_bytes();
        loop {
            // Nearly all bytes are of strings, and few of them mean anything.
            if let State::String { escape: Escape::None, .. } = self.state {
                let at = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
                rest = &rest[at..];
            }
            let (&byte, after) = rest.split_first()?;
            rest = after;
            self.state = self.next(byte);
            match self.state {
                State::End => return Some(text.len() - rest.len()),
                State::Broken => return None,
                _ => {}
            }
        }
    }

    /// Returns what makes the text so far a whole object, if anything that is appended does.
    #[cfg(feature = "openai")]
    pub(crate) fn closers(&self) -> Option<String> {
        let is_closable = match self.state {
            State::KeyOrEnd | State::ValueOrEnd | State::CommaOrEnd => true,
            State::String { is_key, escape } => !is_key && escape == Escape::None,
            State::Number(number) => number.is_whole(),
            State::Literal(_) | State::Value | State::Key | State::Colon | State::End | State::Broken => {
                false
            }
        };
        if !is_closable {
            return None;
        }
        let quote = matches!(self.state, State::String { .. }).then_some('"');
        Some(quote.into_iter().chain(self.open.iter().rev().map(|&byte| char::from(byte))).collect())
    }

    fn next(&mut self, byte: u8) -> State {
        match (self.state, byte) {
            (State::End | State::Broken, _) => self.state,
            (State::String { is_key, escape }, _) => string(is_key, escape, byte),
            (State::Literal([first]), _) if *first == byte => State::CommaOrEnd,
            (State::Literal([first, rest @ ..]), _) if *first == byte => State::Literal(rest),
            (State::Literal(_), _) => State::Broken,
            (State::Number(number), _) => match number.next(byte) {
                Some(number) => State::Number(number),
                None if number.is_whole() => {
                    self.state = State::CommaOrEnd;
                    self.next(byte)
                }
                None => State::Broken,
            },
            (state, b' ' | b'\t' | b'\n' | b'\r') => state,
            (State::Key | State::KeyOrEnd, b'"') => State::String { is_key: true, escape: Escape::None },
            (State::Value, b'{') if self.open.is_empty() => self.open(b'}', State::KeyOrEnd),
            (State::Value, _) if self.open.is_empty() => State::Broken,
            (State::Value | State::ValueOrEnd, b'"') => State::String { is_key: false, escape: Escape::None },
            (State::Value | State::ValueOrEnd, b'{') => self.open(b'}', State::KeyOrEnd),
            (State::Value | State::ValueOrEnd, b'[') => self.open(b']', State::ValueOrEnd),
            (State::KeyOrEnd | State::CommaOrEnd, b'}') | (State::ValueOrEnd | State::CommaOrEnd, b']') => {
                match self.open.pop() {
                    Some(open) if open != byte => State::Broken,
                    _ if self.open.is_empty() => State::End,
                    _ => State::CommaOrEnd,
                }
            }
            (State::CommaOrEnd, b',') if self.open.last() == Some(&b'}') => State::Key,
            (State::CommaOrEnd, b',') => State::Value,
            (State::Colon, b':') => State::Value,
            (State::Value | State::ValueOrEnd, b'-') => State::Number(Number::Minus),
            (State::Value | State::ValueOrEnd, b'0') => State::Number(Number::Zero),
            (State::Value | State::ValueOrEnd, b'1'..=b'9') => State::Number(Number::Digits),
            (State::Value | State::ValueOrEnd, b't') => State::Literal(b"rue"),
            (State::Value | State::ValueOrEnd, b'f') => State::Literal(b"alse"),
            (State::Value | State::ValueOrEnd, b'n') => State::Literal(b"ull"),
            _ => State::Broken,
        }
    }

    fn open(&mut self, closer: u8, state: State) -> State {
        if self.open.len() == MAX_DEPTH {
            return State::Broken;
        }
        self.open.push(closer);
        state
    }
}

/// Returns the state after the next byte of a string.
fn string(is_key: bool, escape: Escape, byte: u8) -> State {
    let escape = match (escape, byte) {
        (Escape::None, b'"') if is_key => return State::Colon,
        (Escape::None, b'"') => return State::CommaOrEnd,
        (Escape::None, b'\\') => Escape::Backslash,
        (Escape::Backslash, b'u') => Escape::Digits(4),
        (Escape::Digits(missing @ 2..), _) if byte.is_ascii_hexdigit() => Escape::Digits(missing - 1),
        (Escape::None, 0x20..)
        | (Escape::Backslash, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Escape::None,
        (Escape::Digits(_), _) if byte.is_ascii_hexdigit() => Escape::None,
        _ => return State::Broken,
    };
    State::String { is_key, escape }
}

impl Number {
    /// Returns the place after a byte that continues the number.
    fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus | Self::Digits, b'0'..=b'9') => Self::Digits,
            (Self::Zero | Self::Digits, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Digits | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::ExponentSign,
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => Self::ExponentDigits,
            _ => return None,
        })
    }

    /// Returns `true` if the number may end here.
    fn is_whole(self) -> bool {
        matches!(self, Self::Zero | Self::Digits | Self::Fraction | Self::ExponentDigits)
    }
}

#[cfg(test)]
mod tests {
    use super::ObjectEnd;
    use crate::json::Json;

    #[test]
    fn the_end_is_found_wherever_the_text_is_cut() {
        let object = r#"{"a":[1,-2.5e+3,"x\"}",{"b":null,"c":[true,[]]}],"d":{"e":"é"},"f":{}}"#;
        let text = format!("{object} }}");
        for (at, _) in text.char_indices() {
            let mut end = ObjectEnd::default();
            let first = end.find(&text[..at]);
            let found = first.or_else(|| end.find(&text[at..]).map(|len| at + len));
            assert_eq!(found, Some(object.len()), "{at}");
            assert!(end.is_found());
        }
        for text in ["}", "[", "{]", "{1", "{\"a\" 1", "{\"a\":1]", "{\"a\":\n\"\n", "{,"] {
            let mut end = ObjectEnd::default();
            assert_eq!((end.find(text), end.is_broken()), (None, true), "{text}");
            #[cfg(feature = "openai")]
            assert_eq!(end.closers(), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_json_has_no_end() {
        let object =
            r#"{"a":[-0,10.25e+3,1E9,"\u00e9\n\/"],"b":{"c":true,"d":false,"e":null},"f":{} ,"g":[]}"#;
        let (mut whole, mut broken) = (0, 0);
        for at in 0..object.len() {
            // Each byte is left out, doubled, and replaced.
            for put in
                ["", &object[at..=at].repeat(2), "0", "1", ".", "e", "-", "\"", "\\", ",", "}", "u", " "]
            {
                let text = format!("{}{put}{}", &object[..at], &object[at + 1..]);
                let mut end = ObjectEnd::default();
                match end.find(&text) {
                    Some(len) => assert!(Json::parse(&text[..len]).is_ok(), "{text}"),
                    None => assert!(Json::parse(&text).is_err(), "{text}"),
                }
                *(if end.is_found() { &mut whole } else { &mut broken }) += 1;
            }
        }
        assert!(whole > 200 && broken > 600, "{whole} {broken}");
    }

    #[cfg(feature = "openai")]
    #[test]
    fn what_closers_make_is_json() {
        let object = r#"{"a":[1,-2.5,"x\"}",{"b":null,"c":[true,[]]}],"d":{"e":"é"},"f":{}}"#;
        let mut closed = 0;
        for (at, _) in object.char_indices().skip(1) {
            let mut end = ObjectEnd::default();
            end.find(&object[..at]);
            if let Some(closers) = end.closers() {
                let text = format!("{}{closers}", &object[..at]);
                assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
                closed += 1;
            }
        }
        assert!(closed > 25, "{closed}");
    }
}
