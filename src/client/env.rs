//! Configuration from environment variables.

use http::HeaderMap;

use super::builder::ClientBuilder;
#[cfg(feature = "reqwest")]
use super::calls::Client;
use super::headers;
use crate::auth::Credential;
use crate::error::{Error, ErrorKind};

const API_KEY: &str = "ANTHROPIC_API_KEY";
const AUTH_TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";
const BASE_URL: &str = "ANTHROPIC_BASE_URL";
const CUSTOM_HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";

#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
impl Client {
    /// Creates a client from environment variables.
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `ANTHROPIC_API_KEY` | the API key, sent as `x-api-key` |
    /// | `ANTHROPIC_AUTH_TOKEN` | if there is no API key: the token, sent as `authorization: Bearer …` |
    /// | `ANTHROPIC_BASE_URL` | the URL of the server; `https://api.anthropic.com` if absent |
    /// | `ANTHROPIC_CUSTOM_HEADERS` | headers of every request, as lines of the form `Name: value` |
    ///
    /// An empty variable counts as absent. Other variables of the official SDKs are ignored: those of
    /// profiles and of identity federation, for which there is a
    /// [`CredentialProvider`](crate::client::CredentialProvider); `ANTHROPIC_LOG` and those of
    /// `ANTHROPIC_OPEN_TELEMETRY`, because with the feature `tracing` it is the program's subscriber that
    /// decides what is logged and exported; and `ANTHROPIC_WEBHOOK_SIGNING_KEY`, because this crate
    /// receives no webhooks.
    ///
    /// Nothing else in this crate reads the environment. However, reqwest takes
    /// proxies from it (`HTTPS_PROXY`, `NO_PROXY` and others), unless the server runs
    /// on this machine.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`] if the environment contains neither an API key
    /// nor a token, or if a value cannot be used. The error never repeats the value.
    ///
    /// # Panics
    ///
    /// Panics in the same case as [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }
}

impl ClientBuilder {
    /// Creates a builder with the credential, the base URL and the headers from the environment.
    ///
    /// The variables are those of `Client::from_env`. Use this function instead of that one to
    /// set more than the environment does. Whatever is set takes precedence over the environment: a
    /// [`credential`](Self::credential) also over headers that carry one. Without one in either,
    /// [`build`](Self::build) fails.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use messages_api::ClientBuilder;
    ///
    /// let client = ClientBuilder::from_env()?.idle_timeout(Duration::from_secs(60)).build()?;
    /// # Ok::<(), messages_api::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`] for a line of `ANTHROPIC_CUSTOM_HEADERS` that is not a header, and for
    /// one that [`header`](Self::header) would reject. The error has the number of the line.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let trimmed = |name| {
            let value = variable(name)?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let key = trimmed(API_KEY).map(Credential::api_key);
        let mut builder = Self::new();
        builder.environment = Some(Box::new(Environment {
            credential: key.or_else(|| trimmed(AUTH_TOKEN).map(Credential::bearer)),
            headers: custom_headers(&variable(CUSTOM_HEADERS).unwrap_or_default())?,
        }));
        Ok(match trimmed(BASE_URL) {
            Some(base_url) => builder.base_url(&base_url),
            None => builder,
        })
    }
}

/// What the environment says, which counts unless the program says otherwise.
pub(super) struct Environment {
    pub(super) credential: Option<Credential>,
    pub(super) headers: HeaderMap,
}

/// Returns the error for an environment without a credential.
pub(super) fn no_credential() -> Error {
    let message = format!("no credential in the environment: set {API_KEY} or {AUTH_TOKEN}");
    Error::new(ErrorKind::Config, message)
}

/// Reads lines of the form `Name: value`; blank ones are skipped.
fn custom_headers(lines: &str) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::new();
    for (number, line) in (1..).zip(lines.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let place = format!("{CUSTOM_HEADERS}: line {number}");
        let Some((name, value)) = line.split_once(':') else {
            return Err(Error::new(ErrorKind::Config, format!("{place}: has no colon")));
        };
        let (name, value) = headers::custom(&place, name.trim(), value.trim())?;
        map.insert(name, value);
    }
    Ok(map)
}

#[cfg(all(test, feature = "reqwest"))]
mod tests {
    use super::*;
    use crate::client::credentials::Source;

    fn builder(variables: &[(&str, &str)]) -> Result<ClientBuilder, Error> {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name);
        ClientBuilder::from_variables(|name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    fn client(variables: &[(&str, &str)]) -> Result<Client, Error> {
        builder(variables)?.build()
    }

    /// Returns a header of the requests that the client would send.
    fn header(client: &Client, name: &str) -> Option<String> {
        let mut headers = client.settings.headers.clone();
        if let Source::Fixed(credential) = &client.settings.credential {
            credential.apply(&mut headers).expect("a header");
        }
        headers.get(name).map(|value| value.to_str().expect("text").to_owned())
    }

    #[test]
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    fn the_key_is_preferred_to_the_token() {
        let client = client(&[(API_KEY, "k1"), (AUTH_TOKEN, "t1")]).expect("client");
        assert_eq!(header(&client, "x-api-key").as_deref(), Some("k1"));
        assert_eq!(header(&client, "authorization"), None);
        assert_eq!(client.settings.endpoints.base_url(), "https://api.anthropic.com/v1");
    }

    #[test]
    fn the_token_is_sent_as_a_bearer_token() {
        let client =
            client(&[(API_KEY, " "), (AUTH_TOKEN, "t1\n"), (BASE_URL, "http://host/api")]).expect("client");
        assert_eq!(header(&client, "authorization").as_deref(), Some("Bearer t1"));
        assert_eq!(header(&client, "x-api-key"), None);
        assert_eq!(client.settings.endpoints.base_url(), "http://host/api/v1");
    }

    #[test]
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    fn an_empty_base_url_counts_as_not_set() {
        for base_url in ["", "  "] {
            let client = client(&[(API_KEY, "k1"), (BASE_URL, base_url)]).expect("client");
            assert_eq!(client.settings.endpoints.base_url(), "https://api.anthropic.com/v1");
        }
    }

    #[test]
    fn without_a_credential_the_error_names_the_variables() {
        for variables in [&[][..], &[(API_KEY, ""), (AUTH_TOKEN, "  ")], &[(BASE_URL, "http://host")]] {
            let error = client(variables).expect_err("no credential");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains(API_KEY) && error.to_string().contains(AUTH_TOKEN), "{error}");
        }
    }

    #[test]
    fn the_error_for_an_unusable_value_does_not_show_it() {
        for variables in [&[(API_KEY, "mark\ner")][..], &[(API_KEY, "k1"), (BASE_URL, "http://marker@host")]]
        {
            let error = client(variables).expect_err("unusable");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!format!("{error} {error:?}").contains("marker"), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("mark\\ner"), "{error:?}");
        }
    }

    #[test]
    fn custom_headers_are_sent_and_what_is_set_takes_precedence() {
        let lines =
            " X-Tenant : a: b \r\n\nAnthropic-Beta: b-1\nanthropic-version: v-1\nauthorization: Basic x\n";
        let variables = [(API_KEY, "k1"), (BASE_URL, "http://host"), (CUSTOM_HEADERS, lines)];
        let sent = client(&variables).expect("client");
        for (name, value) in [
            ("x-tenant", "a: b"),
            ("anthropic-beta", "b-1"),
            ("anthropic-version", "v-1"),
            ("authorization", "Basic x"),
            ("x-api-key", "k1"),
        ] {
            assert_eq!(header(&sent, name).as_deref(), Some(value), "{name}");
        }
        let builder =
            builder(&variables).expect("builder").header("x-tenant", "own").version("v-2").beta("b-2");
        let own = builder.credential(Credential::api_key("k2")).build().expect("client");
        for (name, value) in [
            ("x-tenant", Some("own")),
            ("anthropic-beta", Some("b-1,b-2")),
            ("anthropic-version", Some("v-2")),
            ("authorization", None),
            ("x-api-key", Some("k2")),
        ] {
            assert_eq!(header(&own, name).as_deref(), value, "{name}");
        }
    }

    #[test]
    fn no_other_variable_is_read() {
        let names = std::cell::RefCell::new(Vec::new());
        let builder = ClientBuilder::from_variables(|name| {
            names.borrow_mut().push(name.to_owned());
            None
        });
        assert!(builder.is_ok());
        let mut names = names.into_inner();
        names.sort_unstable();
        assert_eq!(names, [API_KEY, AUTH_TOKEN, BASE_URL, CUSTOM_HEADERS]);
    }

    #[test]
    fn an_invalid_line_is_named_by_its_number_alone() {
        for (lines, number) in [
            ("marker", 1),
            ("\nx-a: 1\nmarker\n", 3),
            ("mark er: 1", 1),
            ("x-a: mark\u{1}er", 1),
            ("content-type: marker", 1),
            (": marker", 1),
        ] {
            let error = client(&[(API_KEY, "k1"), (CUSTOM_HEADERS, lines)]).expect_err(lines);
            assert_eq!(error.kind(), ErrorKind::Config);
            let text = format!("{error} {error:?}");
            assert!(text.contains(&format!("{CUSTOM_HEADERS}: line {number}: ")), "{text}");
            assert!(!text.contains("mark"), "{text}");
        }
    }

    #[test]
    fn a_credential_may_be_set_where_the_environment_has_none() {
        let url = (BASE_URL, "http://host");
        let own = builder(&[url]).expect("builder").credential(Credential::bearer("t1")).build();
        assert_eq!(header(&own.expect("client"), "authorization").as_deref(), Some("Bearer t1"));
        let custom = client(&[url, (CUSTOM_HEADERS, "x-api-key: k1")]).expect("client");
        assert_eq!(header(&custom, "x-api-key").as_deref(), Some("k1"));
    }
}
