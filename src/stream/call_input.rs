//! How much of the input of a tool call has been streamed.

/// The brackets of an input that comes in pieces, which tell whether the object is complete.
#[derive(Clone, Debug, Default)]
pub(super) struct CallInput {
    depth: usize,
    has_begun: bool,
    is_in_string: bool,
    is_escaped: bool,
}

impl CallInput {
    /// Takes note of the next piece.
    pub(super) fn push(&mut self, json: &str) {
        for byte in json.bytes() {
            if self.is_escaped {
                self.is_escaped = false;
                continue;
            }
            match byte {
                b'"' => self.is_in_string = !self.is_in_string,
                b'\\' => self.is_escaped = self.is_in_string,
                b'{' | b'[' if !self.is_in_string => {
                    self.depth += 1;
                    self.has_begun = true;
                }
                b'}' | b']' if !self.is_in_string => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// Returns `true` once an object has begun and ended.
    pub(super) fn is_complete(&self) -> bool {
        self.has_begun && !self.is_cut()
    }

    /// Returns `true` while an object or a string has begun and not ended.
    pub(super) fn is_cut(&self) -> bool {
        self.depth > 0 || self.is_in_string
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_complete_once_its_last_bracket_has_come() {
        for json in [r#"{}"#, r#" {"a": [1, {"}": "\"]}\\"}], "é": "{"} "#] {
            let last = json.trim_end().len();
            let mut input = CallInput::default();
            for (at, char) in json.char_indices() {
                assert_eq!(input.is_complete(), at >= last, "{}", &json[..at]);
                input.push(char.encode_utf8(&mut [0; 4]));
            }
            assert!(input.is_complete(), "{json}");
        }
        let mut input = CallInput::default();
        input.push("null");
        assert!(!input.is_complete());
    }
}
