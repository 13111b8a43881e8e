//! The query of the URLs that a client calls.

use http::Uri;
use http::uri::PathAndQuery;

use super::endpoints::Escaped;
use crate::error::{Error, ErrorKind};

/// The parameters that are added to every URL, escaped.
#[derive(Clone, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Sets a parameter in place of one of the same name.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.set_escaped(Escaped(name).to_string(), Escaped(value).to_string());
    }

    /// The same for a parameter that is escaped already.
    pub(super) fn set_escaped(&mut self, name: String, value: String) {
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, value));
    }

    pub(super) fn contains_escaped(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
    }

    /// Returns `uri` with the parameters after those that it has itself.
    pub(super) fn added_to(&self, uri: &Uri) -> Result<Uri, Error> {
        if self.0.is_empty() {
            return Ok(uri.clone());
        }
        let mut text = uri.path_and_query().map_or("/", PathAndQuery::as_str).to_owned();
        for (name, value) in &self.0 {
            text.push(if text.contains('?') { '&' } else { '?' });
            text.extend([name, "=", value]);
        }
        let invalid = || Error::new(ErrorKind::Config, "with_query: the URL is too long");
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(text.parse().map_err(|_| invalid())?);
        Uri::from_parts(parts).map_err(|_| invalid())
    }
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
        ] {
            assert_eq!(query.added_to(&uri(before)).expect("a URL"), after);
        }
        query.set("long", &"x".repeat(70_000));
        assert_eq!(query.added_to(&uri("http://h/")).expect_err("too long").kind(), ErrorKind::Config);
    }
}
