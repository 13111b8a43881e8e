//! The URLs that a client calls.

#[cfg(feature = "reqwest")]
use std::net::IpAddr;

use http::Uri;
use http::uri::PathAndQuery;

use crate::error::{Error, ErrorKind};

/// The base URL of a client and the URLs of the routes below it.
pub(super) struct Endpoints {
    base: Uri,
    pub(super) messages: Uri,
    pub(super) count_tokens: Uri,
}

impl Endpoints {
    /// Creates the URLs below `base_url`, which may end in `/v1` or not.
    ///
    /// The text of an error does not repeat the base URL, which may contain a password.
    pub(super) fn new(base_url: &str) -> Result<Self, Error> {
        let base = Uri::try_from(base_url).map_err(|error| invalid("is not a URL").with_source(error))?;
        if !matches!(base.scheme_str(), Some("http" | "https")) {
            return Err(invalid("must start with http:// or https://"));
        }
        if base.authority().is_none_or(|authority| authority.host().is_empty()) {
            return Err(invalid("names no host"));
        }
        if base.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(invalid("must not contain a user name or password; set a credential instead"));
        }
        // `Uri` drops a fragment.
        if base.query().is_some() || base_url.contains('#') {
            return Err(invalid("must not contain a query or fragment"));
        }
        let path = base.path().trim_end_matches('/').to_owned();
        if path.ends_with("/v1/messages") {
            return Err(invalid("must not include /v1/messages, which the client adds"));
        }
        let path = if path.ends_with("/v1") { path } else { path + "/v1" };
        let base = with_path(&base, &path)?;
        let messages = with_path(&base, &format!("{path}/messages"))?;
        let count_tokens = with_path(&base, &format!("{path}/messages/count_tokens"))?;
        Ok(Self { base, messages, count_tokens })
    }

    /// Returns `true` if the server runs on this machine.
    #[cfg(feature = "reqwest")]
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.base.host().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
    }

    /// Returns `true` if the URLs start with `https`.
    #[cfg(feature = "reqwest")]
    pub(super) fn needs_tls(&self) -> bool {
        self.base.scheme_str() == Some("https")
    }

    /// Returns the URL that precedes `/messages`.
    pub(super) fn base_url(&self) -> String {
        self.base.to_string()
    }
}

/// Returns `base` with another path, which is valid if it is one with a valid end added.
fn with_path(base: &Uri, path: &str) -> Result<Uri, Error> {
    let path: PathAndQuery = path.parse().map_err(|_| invalid("has a path that cannot be used"))?;
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|_| invalid("is not a URL"))
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
            assert_eq!(
                endpoints.count_tokens.to_string(),
                format!("{base}/messages/count_tokens"),
                "{base_url}"
            );
        }
    }

    #[test]
    #[cfg(feature = "reqwest")]
    fn only_loopback_addresses_count_as_loopback() {
        for (base_url, is_loopback) in [
            ("http://127.0.0.1:8080", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:8080/api", true),
            ("http://LOCALHOST", true),
            ("http://localhost.example", false),
            ("http://10.0.0.1", false),
            ("https://api.anthropic.com", false),
        ] {
            assert_eq!(Endpoints::new(base_url).expect(base_url).is_loopback(), is_loopback, "{base_url}");
        }
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
