//! Configuration from environment variables.

use super::builder::ClientBuilder;
#[cfg(feature = "reqwest")]
use super::calls::Client;
use crate::auth::Credential;
use crate::error::{Error, ErrorKind};

const API_KEY: &str = "ANTHROPIC_API_KEY";
const AUTH_TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";
const BASE_URL: &str = "ANTHROPIC_BASE_URL";

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
    ///
    /// An empty variable counts as absent. Other variables of the official SDKs
    /// (`ANTHROPIC_CUSTOM_HEADERS`, profiles, identity federation) are ignored.
    ///
    /// Nothing else in this crate reads the environment. However, reqwest takes
    /// proxies from it (`HTTPS_PROXY`, `NO_PROXY` and others), unless the server runs
    /// on this machine.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`] if the environment contains neither an API key
    /// nor a token, or if a value cannot be used.
    ///
    /// # Panics
    ///
    /// Panics in the same case as [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }
}

impl ClientBuilder {
    /// Creates a builder with the credential and the base URL from the environment.
    ///
    /// The variables are those of `Client::from_env`. Use this function instead of that one to
    /// set more than the environment does.
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
    /// Returns [`ErrorKind::Config`] if the environment contains neither an API key
    /// nor a token.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let variable = |name| {
            let value = variable(name)?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let key = variable(API_KEY).map(Credential::api_key);
        let credential = key.or_else(|| variable(AUTH_TOKEN).map(Credential::bearer)).ok_or_else(|| {
            Error::new(
                ErrorKind::Config,
                format!("no credential in the environment: set {API_KEY} or {AUTH_TOKEN}"),
            )
        })?;
        let builder = Self::new().credential(credential);
        Ok(match variable(BASE_URL) {
            Some(base_url) => builder.base_url(&base_url),
            None => builder,
        })
    }
}

#[cfg(all(test, feature = "reqwest"))]
mod tests {
    use super::*;

    fn client(variables: &[(&str, &str)]) -> Result<Client, Error> {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name);
        ClientBuilder::from_variables(|name| find(name).map(|(_, value)| (*value).to_owned()))?.build()
    }

    fn header(client: &Client, name: &str) -> Option<String> {
        client.settings.headers.get(name).map(|value| value.to_str().expect("text").to_owned())
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
        let client = client(&[(API_KEY, "k1"), (BASE_URL, "")]).expect("client");
        assert_eq!(client.settings.endpoints.base_url(), "https://api.anthropic.com/v1");
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
}
