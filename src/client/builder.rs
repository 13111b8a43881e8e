//! Sets a client up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect;

use super::endpoints::Endpoints;
use super::{Client, Shared, headers};
use crate::auth::Credential;
use crate::error::{Error, ErrorKind};
use crate::types::{ApiVersion, Betas};

const BASE_URL: &str = "https://api.anthropic.com";
const AGENT: &str = concat!("messages-api/", env!("CARGO_PKG_VERSION"));

/// How long to wait for a connection: long enough for the second repetition
/// of a lost SYN.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Sets up a [`Client`].
///
/// A value that cannot be used is reported by [`build`](Self::build).
///
/// ```
/// use std::time::Duration;
///
/// use messages_api::{Client, Credential};
///
/// # #[cfg(any(feature = "rustls", not(feature = "rustls-no-provider")))] {
/// let client = Client::builder()
///     .credential(Credential::api_key("secret"))
///     .base_url("https://cloud.milady.ai/api")
///     .idle_timeout(Duration::from_secs(60))
///     .build()?;
/// # }
/// # Ok::<(), messages_api::Error>(())
/// ```
#[must_use]
pub struct ClientBuilder {
    credential: Option<Credential>,
    base_url: Option<String>,
    version: ApiVersion,
    betas: Betas,
    headers: Vec<(HeaderName, HeaderValue)>,
    http: Option<reqwest::Client>,
    connect_timeout: Option<Option<Duration>>,
    limits: Limits,
    /// The first that went wrong.
    error: Option<Error>,
}

/// How long to wait and how much to take.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) response_timeout: Option<Duration>,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) max_response_bytes: usize,
    pub(super) max_event_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            response_timeout: Some(Duration::from_secs(600)),
            idle_timeout: Some(Duration::from_secs(300)),
            max_response_bytes: 64 << 20,
            max_event_bytes: 32 << 20,
        }
    }
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            credential: None,
            base_url: None,
            version: ApiVersion::default(),
            betas: Betas::new(),
            headers: Vec::new(),
            http: None,
            connect_timeout: None,
            limits: Limits::default(),
            error: None,
        }
    }

    /// Calls with `credential`. Without one the calls carry none, for servers
    /// that ask for none.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Calls the endpoint at `base_url` instead of `https://api.anthropic.com`.
    ///
    /// Its path is kept, and it may end in `/v1` or not:
    /// `https://cloud.milady.ai/api` and `https://cloud.milady.ai/api/v1/` both
    /// mean `https://cloud.milady.ai/api/v1/messages`. A query, a fragment or a
    /// user name in it is refused.
    pub fn base_url(mut self, base_url: &str) -> Self {
        self.base_url = Some(base_url.to_owned());
        self
    }

    /// Sends `anthropic-version: version` instead of `2023-06-01`.
    pub fn version(mut self, version: impl Into<ApiVersion>) -> Self {
        self.version = version.into();
        self
    }

    /// Adds a value, or several, to the header `anthropic-beta` of every call.
    pub fn beta(mut self, beta: impl Into<Betas>) -> Self {
        self.betas.extend(beta.into());
        self
    }

    /// Sends a header with every call, in place of one of the same name. Those
    /// that say how a body travels are refused.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match headers::custom(name, value) {
            Ok(header) => self.headers.push(header),
            Err(error) => self.refuse(error),
        }
        self
    }

    /// How long to wait for a connection; 10 s unless set, `None` for as long
    /// as the system does.
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        let timeout = self.timeout("connect_timeout", timeout.into());
        self.connect_timeout = Some(timeout);
        self
    }

    /// How long to wait for the head of an answer, from the call on; 600 s
    /// unless set, `None` for ever. A whole message is written before its
    /// head comes.
    pub fn response_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.response_timeout = self.timeout("response_timeout", timeout.into());
        self
    }

    /// How long the body of an answer may pause; 300 s unless set, `None` for
    /// ever. Every byte counts, those of pings included, so a stream may last
    /// as long as it moves.
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.idle_timeout = self.timeout("idle_timeout", timeout.into());
        self
    }

    /// The longest answer to take, and the longest message that a stream may
    /// add up to; 64 MiB unless set. A stream that is only passed on
    /// ([`MessageStream::without_accumulation`](crate::stream::MessageStream::without_accumulation)) may be longer.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_response_bytes = bytes;
        self
    }

    /// The longest event to take in a stream; 32 MiB unless set.
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_event_bytes = bytes;
        self
    }

    /// Calls through `client`, for a proxy, certificates or a TLS provider of
    /// one's own. What its builder can set is set there, the connect timeout
    /// included.
    ///
    /// Build it with `redirect(reqwest::redirect::Policy::none())`: reqwest
    /// follows redirects by default and takes `x-api-key` along to whatever
    /// host they name. A total `timeout(…)` would cut long streams.
    ///
    /// With the feature `rustls-no-provider` this is the way to go, unless a
    /// default provider is installed for the process: see
    /// [`build`](Self::build).
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config) when a value cannot be
    /// used; the text begins with the name of the setter.
    ///
    /// # Panics
    ///
    /// With the feature `rustls-no-provider` and no default provider installed
    /// for the process, reqwest panics when it builds a client. Give it one
    /// by [`http_client`](Self::http_client), or install a provider first.
    pub fn build(mut self) -> Result<Client, Error> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let headers = self.headers()?;
        let endpoints = Endpoints::new(self.base_url.as_deref().unwrap_or(BASE_URL))?;
        let http = match (self.http, self.connect_timeout) {
            (Some(_), Some(_)) => {
                let why = "connect_timeout: has no effect on http_client; set it there";
                return Err(Error::new(ErrorKind::Config, why));
            }
            (Some(http), None) => http,
            (None, timeout) => {
                http_client(timeout.unwrap_or(Some(CONNECT_TIMEOUT)), endpoints.is_loopback())?
            }
        };
        let shared = Shared { http, endpoints, limits: self.limits, credential: self.credential };
        Ok(Client { shared: Arc::new(shared), headers: Arc::new(headers) })
    }

    fn headers(&mut self) -> Result<HeaderMap, Error> {
        let mut map = HeaderMap::new();
        map.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers::set_version(&mut map, &self.version)?;
        if let Some(credential) = &self.credential {
            let (name, value) = credential.to_header().map_err(|error| {
                Error::new(ErrorKind::Config, "credential: cannot stand in a header").with_source(error)
            })?;
            map.insert(name, value);
        }
        // Not `extend`, which would keep ours beside theirs.
        for (name, value) in self.headers.drain(..) {
            map.insert(name, value);
        }
        headers::add_betas(&mut map, std::mem::take(&mut self.betas))?;
        Ok(map)
    }

    fn timeout(&mut self, setter: &str, timeout: Option<Duration>) -> Option<Duration> {
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            self.refuse(Error::new(ErrorKind::Config, format!("{setter}: must not be zero")));
        }
        timeout
    }

    fn refuse(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the base URL: nobody has looked yet whether it holds a password.
        f.debug_struct("ClientBuilder")
            .field("credential", &self.credential)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Bodies come as they were sent, whatever features of reqwest other crates
/// switch on: compression holds events back.
fn http_client(connect_timeout: Option<Duration>, is_loopback: bool) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder().redirect(redirect::Policy::none()).referer(false);
    let builder = builder.no_gzip().no_brotli().no_zstd().no_deflate();
    // A proxy cannot reach this machine's own servers, and need not see their keys.
    let builder = if is_loopback { builder.no_proxy() } else { builder };
    let builder = match connect_timeout {
        Some(timeout) => builder.connect_timeout(timeout),
        None => builder,
    };
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Config, "the HTTP client cannot be built").with_source(error.without_url())
    })
}
