//! The secrets of a call, which a server may echo, and their removal from what it sends.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::credentials::Prepared;
use super::headers;
use crate::json::end_of_string;
use crate::types::ErrorResponse;

/// Shorter secrets are not redacted: they would match ordinary text.
const MIN_BYTES: usize = 8;

/// How many times a text is unescaped in search of a secret. JSON that quotes JSON escapes
/// its strings twice.
const MAX_UNESCAPES: usize = 3;

const REDACTED: &str = "…";

/// The credentials in the headers of a request.
#[derive(Clone, Default)]
pub(super) struct Secrets {
    /// That of the client, in whichever header.
    credential: Option<Arc<Prepared>>,
    /// Those in headers that the user has set.
    of_headers: Vec<String>,
}

impl Secrets {
    /// Collects the values of the headers that carry credentials.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let values = headers.iter().filter(|(name, value)| value.is_sensitive() && is_credential(name));
        let secret = |(name, value): (&HeaderName, &HeaderValue)| {
            let text = value.to_str().ok()?.trim();
            let parts = if *name == AUTHORIZATION { text.split_once(' ') } else { None };
            let secret = parts.map_or(text, |(_scheme, secret)| secret.trim());
            (secret.len() >= MIN_BYTES).then(|| secret.to_owned())
        };
        Self { credential: None, of_headers: values.filter_map(secret).collect() }
    }

    /// Adds the credential of the client, if that is sent.
    pub(super) fn add(&mut self, credential: Option<Arc<Prepared>>) {
        self.credential = credential.filter(|credential| credential.secret().len() >= MIN_BYTES);
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        let credential = self.credential.as_ref().map(|credential| credential.secret());
        credential.into_iter().chain(self.of_headers.iter().map(String::as_str))
    }

    /// Redacts the headers of an HTTP response.
    pub(super) fn redact_headers(&self, headers: &mut HeaderMap) {
        // A secret takes at least as many bytes as it has, however it is escaped.
        let Some(shortest) = self.all().map(str::len).min() else { return };
        for value in headers.values_mut().filter(|value| value.len() >= shortest) {
            if self.redacted(&String::from_utf8_lossy(value.as_bytes())).is_some() {
                *value = HeaderValue::from_static("redacted");
            }
        }
    }

    /// Redacts every string in an error, fields of unknown names included.
    pub(super) fn redact_error(&self, error: ErrorResponse) -> ErrorResponse {
        if self.all().next().is_none() {
            return error;
        }
        let json = serde_json::to_string(&error).ok();
        let redacted = json.and_then(|json| self.redacted_json(&json));
        redacted.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or(error)
    }

    /// Redacts a text of any form.
    pub(super) fn redact_text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        // In JSON, only the strings that contain a secret are replaced, even if they are escaped.
        let strings = self.redacted_json(text).map_or(Cow::Borrowed(text), Cow::Owned);
        self.redacted(&strings).map_or(strings, Cow::Owned)
    }

    /// Returns the JSON text with every string redacted, or `None` if there is nothing to redact.
    ///
    /// Strings are compared once they are decoded, because a server can write any character of a
    /// secret as an escape.
    fn redacted_json(&self, json: &str) -> Option<String> {
        let (mut redacted, mut copied) = (String::new(), 0);
        let mut at = 0;
        while let Some(quote) = json[at..].find('"').map(|found| at + found) {
            let end = end_of_string(json.as_bytes(), quote + 1);
            let body = json[quote + 1..end].strip_suffix('"').unwrap_or(&json[quote + 1..end]);
            if let Some(text) = self.redacted(&unescaped(body)) {
                redacted.push_str(&json[copied..quote]);
                redacted.push_str(&Value::from(text).to_string());
                copied = end;
            }
            at = end;
        }
        (copied > 0).then(|| redacted + &json[copied..])
    }

    /// Returns the text without secrets, or `None` if it contains none.
    fn redacted(&self, text: &str) -> Option<String> {
        self.all().next()?;
        let mut found: Vec<&str> = self.all().filter(|secret| text.contains(secret)).collect();
        // What contains another secret must not be broken up by that.
        found.sort_by_key(|secret| Reverse(secret.len()));
        let replaced = found.into_iter().fold(None, |text_so_far: Option<String>, secret| {
            Some(text_so_far.as_deref().unwrap_or(text).replace(secret, REDACTED))
        });
        let mut inner = Cow::Borrowed(replaced.as_deref().unwrap_or(text));
        for _ in 0..MAX_UNESCAPES {
            if !inner.contains('\\') {
                break;
            }
            inner = unescaped(&inner).into();
            if self.all().any(|secret| inner.contains(secret)) {
                return Some(REDACTED.to_owned());
            }
        }
        replaced
    }
}

fn is_credential(name: &HeaderName) -> bool {
    let parts = ["key", "token", "secret", "auth"];
    // Nearly always it is one of the first, whose names need not be searched.
    headers::is_credential(name) || *name == COOKIE || parts.iter().any(|part| name.as_str().contains(part))
}

/// Decodes the escapes of JSON strings in `text`. What is not a valid escape stays as it is, and
/// half a surrogate pair becomes U+FFFD.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(escape) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        rest = &rest[escape.len_utf8()..];
        match escape {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\x08'),
            'f' => out.push('\x0C'),
            'u' => match code_unit(rest) {
                Some(unit) => {
                    rest = &rest[4..];
                    let low = rest.strip_prefix("\\u").and_then(code_unit);
                    let pair = low.and_then(|low| char::decode_utf16([unit, low]).next()?.ok());
                    if let Some(pair) = pair.filter(|pair| pair.len_utf16() == 2) {
                        rest = &rest[6..];
                        out.push(pair);
                    } else {
                        out.push(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                }
                None => out.push_str("\\u"),
            },
            other => out.push(other),
        }
    }
    out + rest
}

fn code_unit(text: &str) -> Option<u16> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("authorization", "Bearer sk-a/marker"), ("x-api-key", "short"), ("x-tenant", "tenant-seven")]
        {
            let mut value = HeaderValue::from_static(value);
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Secrets::of(&headers)
    }

    #[test]
    fn only_credentials_are_secrets() {
        assert_eq!(secrets().all().collect::<Vec<_>>(), ["sk-a/marker"]);
    }

    #[test]
    fn a_secret_within_another_one_leaves_nothing_of_it() {
        let mut secrets = secrets();
        secrets.of_headers.push("sk-a/marker-and-more".to_owned());
        let redacted = secrets.redact_text("got sk-a/marker-and-more, sk-a/marker");
        assert_eq!(redacted, "got …, …");
    }

    #[test]
    fn an_escaped_secret_is_found() {
        for text in [
            r"sk-a/marker",
            r"x sk-a\/marker y",
            r"\u0073k-a/marker",
            r"\u0073\u006b-a\/marke\u0072",
            r"\\u0073k-a/marker",
            r#"{\"key\":\"sk-a\\/marker\"}"#,
            r"\ud800 sk-a\/marker",
        ] {
            let json = format!(r#"{{"a":1.50,"b":["{text}"],"{text}":null}}"#);
            let redacted = secrets().redacted_json(&json).expect(text);
            assert!(redacted.starts_with(r#"{"a":1.50,"b":["#), "{redacted}");
            assert_eq!(redacted.matches('…').count(), 2, "{redacted}");
            assert!(!redacted.contains("marke"), "{redacted}");
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in [r"sk-a/marke", r"C:\\users", r"\ud800", r"\ud83d\ude00", r"\\u00", ""] {
            assert_eq!(secrets().redacted_json(&format!(r#"{{"{text}":"{text}"}}"#)), None);
        }
        assert_eq!(unescaped(r"\ud83d\ude00\ud83d\u0041\q\u12"), "😀\u{fffd}Aq\\u12");
    }
}
