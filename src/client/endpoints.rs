//! The URLs that a client calls.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::{Error, ErrorKind};

/// The base URL of a client and the URLs of the routes below it.
pub(super) struct Endpoints {
    base: Url,
    pub(super) messages: Url,
    pub(super) count_tokens: Url,
}

impl Endpoints {
    /// Creates the URLs below `base_url`, which may end in `/v1` or not.
    ///
    /// The text of an error does not repeat the base URL, which may contain a password.
    pub(super) fn new(base_url: &str) -> Result<Self, Error> {
        let mut base = Url::parse(base_url).map_err(|error| invalid("is not a URL").with_source(error))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(invalid("must start with http:// or https://"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(invalid("must not contain a user name or password; set a credential instead"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(invalid("must not contain a query or fragment"));
        }
        let path = base.path().trim_end_matches('/').to_owned();
        if path.ends_with("/v1/messages") {
            return Err(invalid("must not include /v1/messages, which the client adds"));
        }
        let path = if path.ends_with("/v1") { path } else { path + "/v1" };
        base.set_path(&path);
        let below = |rest: &str| {
            let mut url = base.clone();
            url.set_path(&format!("{path}/{rest}"));
            url
        };
        let (messages, count_tokens) = (below("messages"), below("messages/count_tokens"));
        Ok(Self { base, messages, count_tokens })
    }

    /// Returns `true` if the server runs on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.base.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Returns `true` if the URLs start with `https`.
    pub(super) fn needs_tls(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Returns the URL that precedes `/messages`.
    pub(super) fn base_url(&self) -> &str {
        self.base.as_str()
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
            ("HTTPS://Host", "https://host/v1"),
        ] {
            let endpoints = Endpoints::new(base_url).expect(base_url);
            assert_eq!(endpoints.base_url(), base, "{base_url}");
            assert_eq!(endpoints.messages.as_str(), format!("{base}/messages"), "{base_url}");
            assert_eq!(
                endpoints.count_tokens.as_str(),
                format!("{base}/messages/count_tokens"),
                "{base_url}"
            );
        }
    }

    #[test]
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
