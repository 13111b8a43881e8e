//! The URLs that a client calls.

use std::fmt::{self, Write as _};

use http::Uri;
use http::uri::PathAndQuery;

use super::call_info::Endpoint;
#[cfg(feature = "openai")]
use super::foreign::Route;
use crate::error::{Error, ErrorKind};

/// The base URL of a client and the URLs of the routes below it.
#[derive(Clone)]
pub(super) struct Endpoints {
    /// Where messages are requested. The other URLs are made of it when they are called.
    pub(super) messages: Uri,
    /// The length of the path of the base URL as it was given, without a slash at its end.
    #[cfg(feature = "openai")]
    given: usize,
}

impl Endpoints {
    /// Creates the URLs below `base_url`, which may end in `/v1` or not.
    ///
    /// The text of an error does not repeat the base URL, which may contain a password.
    pub(super) fn new(base_url: &str) -> Result<Self, Error> {
        let Some(rest) = without_scheme(base_url) else {
            return Err(invalid("must start with http:// or https://"));
        };
        if rest.contains(['?', '#']) {
            return Err(invalid("must not contain a query or fragment"));
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(invalid("must not contain a user name or password; set a credential instead"));
        }
        if authority.is_empty() || authority.starts_with(':') {
            return Err(invalid("names no host"));
        }
        let path = path.trim_end_matches('/');
        if path.ends_with("/v1/messages") {
            return Err(invalid("must not include /v1/messages, which the client adds"));
        }
        let version = if path.ends_with("/v1") { "" } else { "/v1" };
        let messages = [base_url.trim_end_matches('/'), version, MESSAGES].concat();
        Ok(Self {
            messages: Uri::try_from(messages).map_err(|error| invalid("is not a URL").with_source(error))?,
            #[cfg(feature = "openai")]
            given: path.len(),
        })
    }

    /// Returns the URL of the counts of tokens.
    pub(super) fn count_tokens(&self) -> Result<Uri, Error> {
        with_path(&self.messages, [self.path(), route(Endpoint::CountTokens)].concat())
    }

    /// Returns the path that precedes `/messages`.
    fn path(&self) -> &str {
        let path = self.messages.path();
        path.strip_suffix(MESSAGES).unwrap_or(path)
    }

    /// Returns the URL of the item with the given id below an endpoint, or of the route `rest` below
    /// the item. `argument` is the name of the id.
    pub(super) fn item(
        &self,
        endpoint: Endpoint,
        argument: &str,
        id: &str,
        rest: &str,
    ) -> Result<Uri, Error> {
        let invalid = |reason| Err(Error::new(ErrorKind::Config, format!("{argument}: {reason}")));
        match id {
            "" => return invalid("must not be empty"),
            // Would name the list, or what is above it.
            "." | ".." => return invalid("must not be a dot segment of a path"),
            _ => {}
        }
        let path = format!("{}{}/{}{rest}", self.path(), route(endpoint), Escaped(id));
        with_path(&self.messages, path).or_else(|_| invalid("is too long for a URL"))
    }

    /// Returns the URL of the items of a list that `query` selects.
    pub(super) fn list(&self, endpoint: Endpoint, query: &[(&str, &str)]) -> Result<Uri, Error> {
        let mut path = [self.path(), route(endpoint)].concat();
        for (at, (name, value)) in query.iter().enumerate() {
            let separator = if at == 0 { '?' } else { '&' };
            path += &format!("{separator}{name}={}", Escaped(value));
        }
        with_path(&self.messages, path)
            .map_err(|_| Error::new(ErrorKind::Config, "the query of the list is too long for a URL"))
    }

    /// Returns the URL of a route of another protocol.
    #[cfg(feature = "openai")]
    pub(super) fn foreign(&self, route: Route) -> Result<Uri, Error> {
        let given = &self.messages.path()[..self.given];
        let path = match route {
            Route::Api(route) if given.is_empty() => format!("/v1{route}"),
            Route::Api(route) => format!("{given}{route}"),
            Route::Root(route) => format!("{}{route}", given.trim_end_matches("/v1")),
        };
        with_path(&self.messages, path)
    }

    /// Returns the host of the base URL.
    #[cfg(feature = "openai")]
    pub(super) fn host(&self) -> &str {
        self.messages.host().unwrap_or_default()
    }

    /// Returns the URL that precedes `/messages`.
    pub(super) fn base_url(&self) -> String {
        let url = self.messages.to_string();
        url.strip_suffix(MESSAGES).unwrap_or(&url).to_owned()
    }
}

const MESSAGES: &str = "/messages";

/// Returns what follows `https://` or `http://`, in whatever case.
fn without_scheme(url: &str) -> Option<&str> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

/// Returns what an endpoint adds to the base URL.
fn route(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Messages => MESSAGES,
        Endpoint::CountTokens => "/messages/count_tokens",
        Endpoint::Models => "/models",
        Endpoint::Batches => "/messages/batches",
    }
}

/// Returns `base` with another path, which is valid if it is one with a valid end added.
fn with_path(base: &Uri, path: String) -> Result<Uri, Error> {
    let path = PathAndQuery::try_from(path).map_err(|_| invalid("has a path that cannot be used"))?;
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|_| invalid("is not a URL"))
}

/// Writes a text as part of a path or a query: all bytes but those that are unreserved are escaped
/// (RFC 3986, sections 2.1 and 2.3).
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().try_for_each(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => f.write_char(byte.into()),
            _ => write!(f, "%{byte:02X}"),
        })
    }
}

fn invalid(reason: &str) -> Error {
    Error::new(ErrorKind::Config, format!("base_url: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_may_end_in_v1_or_not() {
        for (base_url, base) in [
            ("https://api.anthropic.com", "https://api.anthropic.com/v1"),
            ("https://api.anthropic.com/", "https://api.anthropic.com/v1"),
            ("https://api.anthropic.com/v1", "https://api.anthropic.com/v1"),
            ("https://api.anthropic.com/v1/", "https://api.anthropic.com/v1"),
            ("https://cloud.milady.ai/api", "https://cloud.milady.ai/api/v1"),
            ("https://cloud.milady.ai/api/", "https://cloud.milady.ai/api/v1"),
            ("https://cloud.milady.ai/api/v1", "https://cloud.milady.ai/api/v1"),
            ("https://cloud.milady.ai/api//", "https://cloud.milady.ai/api/v1"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
            ("http://[::1]:8080/a/b", "http://[::1]:8080/a/b/v1"),
            ("http://host/apiv1", "http://host/apiv1/v1"),
            ("http://host/v1/proxy", "http://host/v1/proxy/v1"),
            ("http://host/messages", "http://host/messages/v1"),
            ("http://host/a%2Fb%20c", "http://host/a%2Fb%20c/v1"),
            ("HTTPS://Host", "https://Host/v1"),
        ] {
            let endpoints = Endpoints::new(base_url).expect(base_url);
            assert_eq!(endpoints.base_url(), base, "{base_url}");
            assert_eq!(endpoints.messages.to_string(), format!("{base}/messages"), "{base_url}");
            let count_tokens = format!("{base}/messages/count_tokens");
            let url = endpoints.count_tokens().expect(base_url);
            assert_eq!(url.to_string(), count_tokens, "{base_url}");
            for (endpoint, route) in [
                (Endpoint::Messages, "/messages"),
                (Endpoint::CountTokens, "/messages/count_tokens"),
                (Endpoint::Models, "/models"),
                (Endpoint::Batches, "/messages/batches"),
            ] {
                let url = endpoints.list(endpoint, &[]).expect(base_url);
                assert_eq!(url.to_string(), format!("{base}{route}"), "{base_url}");
            }
        }
    }

    #[test]
    #[cfg(feature = "openai")]
    fn the_routes_of_another_protocol_are_below_the_base_url_as_it_is() {
        for (base_url, api, root) in [
            ("http://host:11434", "http://host:11434/v1/x", "http://host:11434/x"),
            ("http://host:11434/v1/", "http://host:11434/v1/x", "http://host:11434/x"),
            (
                "https://api.z.ai/api/paas/v4",
                "https://api.z.ai/api/paas/v4/x",
                "https://api.z.ai/api/paas/v4/x",
            ),
            ("https://host/a/v1", "https://host/a/v1/x", "https://host/a/x"),
        ] {
            let endpoints = Endpoints::new(base_url).expect(base_url);
            assert_eq!(endpoints.foreign(Route::Api("/x")).expect("a URL").to_string(), api);
            assert_eq!(endpoints.foreign(Route::Root("/x")).expect("a URL").to_string(), root);
        }
    }

    #[test]
    fn ids_and_values_are_escaped() {
        let endpoints = Endpoints::new("https://host/api").expect("a base URL");
        for (id, escaped) in [
            ("msgbatch_01-a.b~C", "msgbatch_01-a.b~C"),
            ("a/b", "a%2Fb"),
            ("../models", "..%2Fmodels"),
            ("a?b#c&d=e", "a%3Fb%23c%26d%3De"),
            ("100% é", "100%25%20%C3%A9"),
            ("%2e%2e", "%252e%252e"),
            ("...", "..."),
            ("a\r\n", "a%0D%0A"),
        ] {
            let item = endpoints.item(Endpoint::Models, "model_id", id, "").expect(id);
            assert_eq!(item.to_string(), format!("https://host/api/v1/models/{escaped}"));
            let list = endpoints.list(Endpoint::Batches, &[("limit", "2"), ("after_id", id)]).expect(id);
            assert_eq!(list.query(), Some(&*format!("limit=2&after_id={escaped}")));
        }
        let cancel = endpoints.item(Endpoint::Batches, "batch_id", "a b", "/cancel").expect("an id");
        assert_eq!(cancel.path(), "/api/v1/messages/batches/a%20b/cancel");
        let long = "x".repeat(70_000);
        for id in ["", ".", "..", &long] {
            let error = endpoints.item(Endpoint::Batches, "batch_id", id, "/results").expect_err("no id");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().starts_with("batch_id: "), "{error}");
        }
        assert!(endpoints.list(Endpoint::Models, &[("after_id", &long)]).is_err());
    }

    #[test]
    fn an_unusable_base_url_is_rejected_without_repeating_it() {
        for base_url in [
            "",
            "marker",
            "marker.com/api",
            "localhost:8080/marker",
            "ftp://marker",
            "file:///marker",
            "https://",
            "https:///marker",
            "https://:80/marker",
            "https://mar ker",
            "https://user:marker@host",
            "https://marker@host",
            "https://host/?marker=1",
            "https://host?",
            "https://host/#marker",
            "https://host/v1/messages",
            "https://host/marker/v1/messages/",
        ] {
            let error = Endpoints::new(base_url).err().expect(base_url);
            assert_eq!(error.kind(), ErrorKind::Config, "{base_url}");
            assert!(error.to_string().starts_with("base_url: "), "{error}");
            assert!(!format!("{error} {error:?}").contains("marker"), "{error:?}");
        }
    }
}
