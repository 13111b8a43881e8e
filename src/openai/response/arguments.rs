//! The arguments of a call.

use crate::json::{Json, ObjectEnd, replace_lone_halves};
use crate::openai::content::raw_input;

/// The text of arguments: the content of a string, or JSON itself, as some servers send it.
pub(in crate::openai) fn text_of(arguments: &Json) -> String {
    let raw = arguments.as_raw_str();
    if arguments.is_null() {
        return String::new();
    }
    if !raw.starts_with('"') {
        return raw.to_owned();
    }
    let mended = || replace_lone_halves(raw).and_then(|raw| serde_json::from_str(&raw).ok());
    arguments.decode().ok().or_else(mended).unwrap_or_default()
}

/// What the text of arguments is worth.
#[derive(Debug, PartialEq)]
pub(in crate::openai) enum Input {
    /// An object, or nothing at all.
    Whole(Json),
    /// An object that was made from the text, and how.
    Repaired(Json, &'static str),
    /// The beginning of an object.
    Cut,
}

impl Input {
    /// Reads the whole text of arguments. If `is_cut`, an object without an end is one that a limit cut off,
    /// and not repaired.
    pub(in crate::openai) fn read(text: &str, is_cut: bool) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Whole(Json::empty_object());
        }
        match Json::parse(text) {
            Ok(json) => Self::of_json(json, true),
            Err(_) => match repair(text, is_cut) {
                Some(json) => Self::Repaired(json, MENDED),
                None if is_cut => Self::Cut,
                None => Self::Repaired(raw_input(text), NO_JSON),
            },
        }
    }

    fn of_json(json: Json, may_be_quoted: bool) -> Self {
        match json.as_raw_str().as_bytes()[0] {
            b'{' => Self::Whole(json),
            b'n' => Self::Whole(Json::empty_object()),
            b'"' if may_be_quoted => {
                let inner = json.decode::<String>().unwrap_or_default();
                match Json::parse(&inner) {
                    Ok(inner) => Self::of_json(inner, false),
                    Err(_) if inner.trim().is_empty() => Self::Whole(Json::empty_object()),
                    Err(_) => Self::Repaired(member("value", &json), NO_OBJECT),
                }
            }
            _ => Self::Repaired(member("value", &json), NO_OBJECT),
        }
    }
}

/// What a loss says of arguments that have been repaired, and of those that could not be.
pub(in crate::openai) const MENDED: &str = "the arguments were not JSON and have been repaired";
pub(in crate::openai) const NO_JSON: &str = "the arguments are not JSON";
const NO_OBJECT: &str = "the arguments are not an object";

/// Returns an object with one member.
fn member<T: serde::Serialize>(name: &str, value: &T) -> Json {
    let members = std::collections::BTreeMap::from([(name, value)]);
    Json::encode(&members).unwrap_or_else(|_| Json::empty_object())
}

/// Makes an object of a text that has a code fence around it, something after it, commas too many or, unless
/// it `is_cut`, closing brackets too few.
fn repair(text: &str, is_cut: bool) -> Option<Json> {
    let object = text.get(text.find('{')?..)?;
    let is_fenced = text.starts_with("```");
    if !is_fenced && object.len() != text.len() {
        return None;
    }
    let without_commas = without_last_commas(object);
    [object, &without_commas].into_iter().find_map(|text| {
        let mut end = ObjectEnd::default();
        let whole = match end.find(text) {
            Some(len) => text[..len].to_owned(),
            None if is_cut => return None,
            None => format!("{text}{}", end.closers()?),
        };
        Json::parse(&whole).ok()
    })
}

/// Removes the commas before closing brackets.
fn without_last_commas(text: &str) -> String {
    let (mut out, mut in_string, mut is_escaped) = (String::with_capacity(text.len()), false, false);
    for c in text.chars() {
        if in_string {
            in_string = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
        } else if c == '"' {
            in_string = true;
        } else if matches!(c, '}' | ']') && out.trim_end().ends_with(',') {
            out.truncate(out.trim_end().len() - 1);
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Input;

    #[test]
    fn arguments_become_an_object() {
        for (text, expected, is_repaired) in [
            ("", "{}", false),
            (" \n", "{}", false),
            ("null", "{}", false),
            (r#"{"b":1.0,"a":12345678901234567890}"#, r#"{"b":1.0,"a":12345678901234567890}"#, false),
            (r#" {"a": 1} "#, r#"{"a": 1}"#, false),
            (r#""{\"a\":1}""#, r#"{"a":1}"#, false),
            (r#""""#, "{}", false),
            (r#""text""#, r#"{"value":"text"}"#, true),
            ("[1]", r#"{"value":[1]}"#, true),
            ("7", r#"{"value":7}"#, true),
            (r#"{"a":1"#, r#"{"a":1}"#, true),
            (r#"{"a":true"#, r#"{"a":true}"#, true),
            (r#"{"a":[1,{"b":"x"#, r#"{"a":[1,{"b":"x"}]}"#, true),
            (r#"{"a":1,}"#, r#"{"a":1}"#, true),
            (r#"{"a":[1, ] , }"#, r#"{"a":[1] }"#, true),
            (r#"{"a":",}"}}"#, r#"{"a":",}"}"#, true),
            ("```json\n{\"a\":1}\n```", r#"{"a":1}"#, true),
            (r#"{"a":1} and more"#, r#"{"a":1}"#, true),
            (r#"{"a":tru"#, r#"{"_raw":"{\"a\":tru"}"#, true),
            ("run it", r#"{"_raw":"run it"}"#, true),
            (r#"run {"a":1}"#, r#"{"_raw":"run {\"a\":1}"}"#, true),
        ] {
            match Input::read(text, false) {
                Input::Whole(json) => {
                    assert_eq!((json.as_raw_str(), false), (expected, is_repaired), "{text}")
                }
                Input::Repaired(json, _) => {
                    assert_eq!((json.as_raw_str(), true), (expected, is_repaired), "{text}");
                }
                Input::Cut => panic!("{text}"),
            }
        }
        assert_eq!(Input::read(r#"{"a":1"#, true), Input::Cut);
        assert!(matches!(Input::read(r#"{"a":1}}"#, true), Input::Repaired(..)));
    }
}
