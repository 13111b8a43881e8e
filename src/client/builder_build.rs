//! How a client is made of its settings.

use std::sync::Arc;
use std::time::Duration;

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};

use super::builder::ClientBuilder;
use super::calls::Client;
use super::credentials::Source;
use super::endpoints::Endpoints;
use super::limits::Limits;
use super::query::Query;
#[cfg(feature = "reqwest")]
use super::reqwest_transport::ReqwestTransport;
use super::retry::RetryBudget;
use super::settings::Settings;
use super::transport::Transport;
use super::{env, headers};
use crate::error::{Error, ErrorKind};
use crate::types::ApiVersion;

const DEFAULT_BASE_URL: &str = "https://api.anthropic.com";
const DEFAULT_USER_AGENT: &str = concat!("messages-api/", env!("CARGO_PKG_VERSION"));

/// Long enough for a lost SYN to be retransmitted twice.
#[cfg(feature = "reqwest")]
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(feature = "reqwest")]
const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"));

impl ClientBuilder {
    /// Builds the client.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`] for the first value that cannot be used. The
    /// text of the error starts with the name of its setter. A base URL with `https` cannot
    /// be used without a TLS feature, unless a [`transport`](Self::transport) is set.
    ///
    /// # Panics
    ///
    /// With the feature `rustls-no-provider`, reqwest panics if no default provider
    /// is installed for the process. Install one first, or use
    /// a [`transport`](Self::transport).
    pub fn build(mut self) -> Result<Client, Error> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.limits.check()?;
        Limits::check_one("connect_timeout", self.connect_timeout.flatten())?;
        let (headers, credential) = self.default_headers()?;
        let endpoints = self.endpoints.take().unwrap_or_else(|| Endpoints::new(DEFAULT_BASE_URL))?;
        let transport = match self.transport {
            Some(_) if self.connect_timeout.is_some() => {
                let message = "connect_timeout: has no effect on a transport of your own; set it there";
                return Err(Error::new(ErrorKind::Config, message));
            }
            Some(transport) => transport,
            None => default_transport(&endpoints, self.connect_timeout)?,
        };
        let transport = self.layers.into_iter().rev().fold(transport, |inner, layer| layer(inner));
        let settings = Settings {
            transport,
            endpoints,
            headers,
            credential,
            is_callers_credential: false,
            is_foreign: false,
            counts_retries: true,
            query: Query::default(),
            limits: self.limits,
            retry: self.retry,
            budget: RetryBudget::default(),
            filter: self.filter,
        };
        Ok(Client { settings: Arc::new(settings) })
    }

    /// Returns the headers of every request, and where the credential comes from.
    ///
    /// What the program sets takes precedence over the environment, and a header over what else is set.
    fn default_headers(&mut self) -> Result<(HeaderMap, Source), Error> {
        let mut map = HeaderMap::new();
        map.insert(USER_AGENT, HeaderValue::from_static(DEFAULT_USER_AGENT));
        headers::set_version(&mut map, &ApiVersion::default())?;
        let has_environment = self.environment.is_some();
        if let Some(environment) = self.environment.take() {
            map.extend(environment.headers);
            if self.provider.is_some() || self.credential.is_some() {
                headers::remove_credentials(&mut map);
            } else {
                self.credential = environment.credential;
            }
        }
        let source = match (self.provider.take(), self.credential.take()) {
            (Some(provider), _) => Source::Provided(provider),
            (None, Some(credential)) => Source::fixed(credential)?,
            (None, None) => Source::None,
        };
        if let Some(version) = &self.version {
            headers::set_version(&mut map, version)?;
        }
        // Not `extend`, which would keep the default beside the user's value.
        for (name, value) in self.headers.drain(..) {
            map.insert(name, value);
        }
        if has_environment && matches!(source, Source::None) && !headers::have_credential(&map) {
            return Err(env::no_credential());
        }
        headers::add_betas(&mut map, std::mem::take(&mut self.betas))?;
        Ok((map, source))
    }
}

/// Returns the transport of a client whose user has set none.
#[cfg(feature = "reqwest")]
fn default_transport(
    endpoints: &Endpoints,
    connect_timeout: Option<Option<Duration>>,
) -> Result<Transport, Error> {
    if endpoints.messages.scheme_str() == Some("https") && !HAS_TLS {
        let message = "base_url: https needs one of the features rustls, rustls-no-provider and \
                       native-tls, or a transport that supports it";
        return Err(Error::new(ErrorKind::Config, message));
    }
    let timeout = connect_timeout.unwrap_or(Some(DEFAULT_CONNECT_TIMEOUT));
    ReqwestTransport::with_defaults(timeout, &endpoints.messages).map(Transport::of_reqwest)
}

#[cfg(not(feature = "reqwest"))]
fn default_transport(_: &Endpoints, _: Option<Option<Duration>>) -> Result<Transport, Error> {
    let message = "transport: a client needs one, or the feature reqwest, which brings the default";
    Err(Error::new(ErrorKind::Config, message))
}
