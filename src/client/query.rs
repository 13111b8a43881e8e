//! The query of the URLs that a client calls.

use std::borrow::Cow;

use http::Uri;
use http::uri::PathAndQuery;

use super::endpoints::Escaped;
use crate::error::{Error, ErrorKind};

/// The parameters that are added to every URL.
#[derive(Clone, Default)]
pub(super) struct Query(Vec<Parameter>);

#[derive(Clone)]
struct Parameter {
    name: String,
    /// Name and value as they are sent.
    escaped: String,
}

impl Query {
    /// Sets a parameter in place of all of the same name.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|other| other.name != name);
        self.add(name.to_owned(), format!("{}={}", Escaped(name), Escaped(value)));
    }

    /// Adds a parameter, which may have been given before. `escaped` is its name and its value.
    pub(super) fn add(&mut self, name: String, escaped: String) {
        self.0.push(Parameter { name, escaped });
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|other| other.name == name)
    }

    /// Returns `uri` with the parameters after those that it has itself, of which it replaces those of the
    /// same name.
    pub(super) fn added_to(&self, uri: &Uri) -> Result<Uri, Error> {
        if self.0.is_empty() {
            return Ok(uri.clone());
        }
        let own = parameters(uri.query().unwrap_or_default());
        let own = own.filter(|(name, _)| !self.contains(name)).map(|(_, escaped)| escaped);
        let mut text = uri.path().to_owned();
        let path = text.len();
        for escaped in own.chain(self.0.iter().map(|parameter| &*parameter.escaped)) {
            text.push(if text.len() == path { '?' } else { '&' });
            text.push_str(escaped);
        }
        let invalid = || Error::new(ErrorKind::Config, "with_query: the URL is too long");
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(text.parse::<PathAndQuery>().map_err(|_| invalid())?);
        Uri::from_parts(parts).map_err(|_| invalid())
    }
}

/// Returns the name of each parameter of a query, and the parameter as it is escaped there.
pub(super) fn parameters(query: &str) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    parameters
        .map(|parameter| (decoded(parameter.split_once('=').map_or(parameter, |(name, _)| name)), parameter))
}

/// Decodes a text of a query: `+` is a space, and two hexadecimal digits after `%` are a byte. What is not
/// UTF-8 then is replaced by U+FFFD.
fn decoded(escaped: &str) -> Cow<'_, str> {
    if !escaped.contains(['%', '+']) {
        return escaped.into();
    }
    let (mut bytes, mut rest) = (Vec::with_capacity(escaped.len()), escaped.as_bytes());
    while let [first, after @ ..] = rest {
        let hex = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        let (byte, length) = match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => ((high << 4 | low) as u8, 2),
            (b'+', ..) => (b' ', 0),
            _ => (*first, 0),
        };
        bytes.push(byte);
        rest = &after[length..];
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_escaped_and_added() {
        let mut query = Query::default();
        let uri = |text: &str| Uri::try_from(text).expect("a URL");
        assert_eq!(query.added_to(&uri("http://h/v1/messages")).expect("a URL"), "http://h/v1/messages");
        query.set("a b", "1");
        query.set("beta", "false");
        query.set("a b", "&=\u{e9}+#?/~");
        query.set("beta", "true");
        for (before, after) in [
            ("http://h/v1/messages", "http://h/v1/messages?a%20b=%26%3D%C3%A9%2B%23%3F%2F~&beta=true"),
            ("http://h/m?limit=5", "http://h/m?limit=5&a%20b=%26%3D%C3%A9%2B%23%3F%2F~&beta=true"),
            ("http://h/m?b%65ta=1&a+b&c=", "http://h/m?c=&a%20b=%26%3D%C3%A9%2B%23%3F%2F~&beta=true"),
        ] {
            assert_eq!(query.added_to(&uri(before)).expect("a URL"), after);
        }
        query.set("long", &"x".repeat(70_000));
        assert_eq!(query.added_to(&uri("http://h/")).expect_err("too long").kind(), ErrorKind::Config);
    }

    #[test]
    fn names_are_decoded_and_parameters_are_not() {
        let query = "a=1&&b%65ta=%41&a+b&%zz=&%4&%C3%A9=%&%FF=x&=y";
        let expected = [
            ("a", "a=1"),
            ("beta", "b%65ta=%41"),
            ("a b", "a+b"),
            ("%zz", "%zz="),
            ("%4", "%4"),
            ("\u{e9}", "%C3%A9=%"),
            ("\u{fffd}", "%FF=x"),
            ("", "=y"),
        ];
        let found: Vec<_> = parameters(query).collect();
        assert_eq!(found, expected.map(|(name, parameter)| (Cow::from(name), parameter)));
    }
}
