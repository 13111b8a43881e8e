//! Configuration of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect;

use super::calls::Client;
use super::endpoints::Endpoints;
use super::filter::Filter;
use super::headers;
use super::limits::Limits;
use super::transport::Transport;
use crate::auth::Credential;
use crate::error::{Error, ErrorKind};
use crate::types::{ApiVersion, Beta, Betas};

const DEFAULT_BASE_URL: &str = "https://api.anthropic.com";
const DEFAULT_USER_AGENT: &str = concat!("messages-api/", env!("CARGO_PKG_VERSION"));

/// Long enough for a lost SYN to be retransmitted twice.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"));

/// A builder for a [`Client`].
///
/// Start from [`Client::builder`], or from [`ClientBuilder::from_env`] to keep
/// what the environment sets. Setters never fail: the first value that cannot be
/// used is reported by [`build`](Self::build). The module's documentation has a
/// [table of timeouts and limits](crate::client#timeouts-and-limits).
///
/// ```
/// use std::time::Duration;
///
/// use messages_api::{Client, Credential};
///
/// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
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
    /// `Some(None)` if the user has switched the timeout off.
    connect_timeout: Option<Option<Duration>>,
    limits: Limits,
    filter: Filter,
    /// The first error of a setter.
    error: Option<Error>,
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
            filter: Filter::default(),
            error: None,
        }
    }

    /// Sets the API key or token that is sent with every request.
    ///
    /// Without this call, no credential is sent, which suits servers that require
    /// none.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Sets the URL of the server; `https://api.anthropic.com` by default.
    ///
    /// The URL may have a path, and may end in `/v1` or not: with
    /// `https://cloud.milady.ai/api` as with `https://cloud.milady.ai/api/v1/`, the
    /// client requests messages from `https://cloud.milady.ai/api/v1/messages`. A
    /// URL with a query, a fragment or a user name is rejected.
    pub fn base_url(mut self, base_url: &str) -> Self {
        self.base_url = Some(base_url.to_owned());
        self
    }

    /// Sets the version of the API, the header `anthropic-version`; `2023-06-01` by
    /// default.
    pub fn version(mut self, version: impl Into<ApiVersion>) -> Self {
        self.version = version.into();
        self
    }

    /// Adds one or more betas to the header `anthropic-beta` of every request.
    pub fn beta(mut self, beta: impl Into<Betas>) -> Self {
        self.betas.extend(beta.into());
        self
    }

    /// Sets a header that is sent with every request, replacing one of the same
    /// name.
    ///
    /// This also overrides the headers that the client sets by default, `user-agent`
    /// for example. Headers that the client must control are rejected: `accept`,
    /// `accept-encoding`, `connection`, `transfer-encoding`, `content-type`,
    /// `content-encoding` and `content-length`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match headers::custom(name, value) {
            Ok(header) => self.headers.push(header),
            Err(error) => self.fail(error),
        }
        self
    }

    /// Limits the time to establish a connection; 10 s by default. With `None`, the
    /// operating system's limit applies.
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        let timeout = self.timeout("connect_timeout", timeout.into());
        self.connect_timeout = Some(timeout);
        self
    }

    /// Limits the time from the call to the head of the HTTP response; 600 s by
    /// default, unlimited with `None`.
    ///
    /// A server sends the head of a whole message only once the message is
    /// complete, so this has to cover the time that the model takes to write it.
    pub fn response_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.response_timeout = self.timeout("response_timeout", timeout.into());
        self
    }

    /// Limits the time between two chunks of the body of the HTTP response; 300 s by
    /// default, unlimited with `None`.
    ///
    /// Any byte counts, including those of comments; [`event_timeout`](Self::event_timeout)
    /// limits the time without an event.
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.idle_timeout = self.timeout("idle_timeout", timeout.into());
        self
    }

    /// Sets whether every fault of a stream is an error; `false` by default.
    ///
    /// Without it, a stream that violates the protocol goes on where nothing is lost, as with
    /// the official SDKs, and
    /// [`MessageStream::deviations`](crate::stream::MessageStream::deviations) lists the faults.
    pub fn strict(mut self, strict: bool) -> Self {
        self.limits.is_strict = strict;
        self
    }

    /// Limits the time between two events of a stream; 600 s by default, unlimited with
    /// `None`.
    ///
    /// A `ping` event counts, a comment does not. For a whole message, this limits the time
    /// from the head of the HTTP response to the end of its body.
    pub fn event_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.event_timeout = self.timeout("event_timeout", timeout.into());
        self
    }

    /// Limits the time from the call to the end of the body, however much arrives
    /// meanwhile; unlimited by default, and with `None`.
    pub fn total_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.total_timeout = self.timeout("total_timeout", timeout.into());
        self
    }

    /// Limits the time from `message_stop` to the end of the body, for which a stream waits if it is
    /// read on; 250 ms by default, unlimited with `None`.
    ///
    /// A connection can be used again only after the end of the body. If the end does not arrive in
    /// time, the stream ends all the same, without an error, and its connection is closed. See
    /// [`MessageStream`](crate::stream::MessageStream#the-end-of-the-http-response) for who waits.
    pub fn end_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.end_timeout = self.timeout("end_timeout", timeout.into());
        self
    }

    /// Chooses the betas that a client [as a handler](Client#as-a-handler) forwards from its
    /// callers: those for which `is_allowed` returns `true`.
    ///
    /// By default these are all betas except those that begin with `oauth-`, which belong to the
    /// credential of the caller and not to the one of the client. A function that is set here
    /// replaces this rule. Some programs send a beta together with a field of the body that needs
    /// it; whoever drops the beta has to drop that field as well.
    ///
    /// ```
    /// use messages_api::Client;
    /// use messages_api::types::Beta;
    ///
    /// let builder = Client::builder().forward_betas_if(|beta| matches!(beta, Beta::Context1m2025_08_07));
    /// ```
    pub fn forward_betas_if(mut self, is_allowed: impl Fn(&Beta) -> bool + Send + Sync + 'static) -> Self {
        self.filter.betas = Some(Arc::new(is_allowed));
        self
    }

    /// Chooses the versions that a client [as a handler](Client#as-a-handler) forwards from its
    /// callers: those for which `is_allowed` returns `true`; all by default.
    ///
    /// In place of other versions, the client sends its own.
    pub fn forward_version_if(
        mut self,
        is_allowed: impl Fn(&ApiVersion) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.filter.version = Some(Arc::new(is_allowed));
        self
    }

    /// Limits the size of a message in bytes of JSON, whether it arrives as a whole
    /// or adds up from a stream; 64 MiB by default.
    ///
    /// A stream that is forwarded
    /// [without accumulation](crate::stream::MessageStream::without_accumulation) is
    /// not limited.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_response_bytes = bytes;
        self
    }

    /// Limits the size of one event of a stream in bytes; 32 MiB by default.
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_event_bytes = bytes;
        self
    }

    /// Sets the `reqwest::Client` that sends the requests, for a proxy, for
    /// certificates or for a TLS provider of your own.
    ///
    /// Build it with `redirect(reqwest::redirect::Policy::none())`: by default
    /// reqwest follows redirects and sends `x-api-key` to the host that a redirect
    /// names. Avoid its total `timeout`, which would cut off long streams. The
    /// connect timeout has to be set on it too, as
    /// [`connect_timeout`](Self::connect_timeout) is then rejected.
    ///
    /// With the feature `rustls-no-provider`, either use this function or install a
    /// default provider for the process: see [`build`](Self::build).
    ///
    /// ```no_run
    /// use messages_api::{Client, reqwest};
    ///
    /// let http = reqwest::Client::builder()
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .proxy(reqwest::Proxy::all("http://proxy.internal:3128")?)
    ///     .build()?;
    /// let client = Client::builder().http_client(http).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`] for the first value that cannot be used. The
    /// text of the error starts with the name of its setter. A base URL with `https` cannot
    /// be used without a TLS feature, unless [`http_client`](Self::http_client) is set.
    ///
    /// # Panics
    ///
    /// With the feature `rustls-no-provider`, reqwest panics if no default provider
    /// is installed for the process. Install one first, or use
    /// [`http_client`](Self::http_client).
    pub fn build(mut self) -> Result<Client, Error> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let headers = self.default_headers()?;
        let endpoints = Endpoints::new(self.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL))?;
        let http = match (self.http, self.connect_timeout) {
            (Some(_), Some(_)) => {
                let message = "connect_timeout: has no effect on http_client; set it there";
                return Err(Error::new(ErrorKind::Config, message));
            }
            (Some(http), None) => http,
            (None, _) if endpoints.needs_tls() && !HAS_TLS => {
                let message = "base_url: https needs one of the features rustls, rustls-no-provider and \
                               native-tls, or an http_client that supports it";
                return Err(Error::new(ErrorKind::Config, message));
            }
            (None, timeout) => {
                http_client(timeout.unwrap_or(Some(DEFAULT_CONNECT_TIMEOUT)), endpoints.is_loopback())?
            }
        };
        let transport = Transport {
            http,
            endpoints,
            limits: self.limits,
            credential: self.credential,
            filter: self.filter,
        };
        Ok(Client { transport: Arc::new(transport), headers: Arc::new(headers) })
    }

    fn default_headers(&mut self) -> Result<HeaderMap, Error> {
        let mut map = HeaderMap::new();
        map.insert(USER_AGENT, HeaderValue::from_static(DEFAULT_USER_AGENT));
        headers::set_version(&mut map, &self.version)?;
        if let Some(credential) = &self.credential {
            let header = credential.to_header();
            let (name, value) = header.map_err(|error| headers::invalid_value("credential", error))?;
            map.insert(name, value);
        }
        // Not `extend`, which would keep the default beside the user's value.
        for (name, value) in self.headers.drain(..) {
            map.insert(name, value);
        }
        headers::add_betas(&mut map, std::mem::take(&mut self.betas))?;
        Ok(map)
    }

    fn timeout(&mut self, setter: &str, timeout: Option<Duration>) -> Option<Duration> {
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            self.fail(Error::new(ErrorKind::Config, format!("{setter}: must not be zero")));
        }
        timeout
    }

    fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the base URL, which has not been checked for a password yet.
        f.debug_struct("ClientBuilder")
            .field("credential", &self.credential)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Creates a client for `https://api.anthropic.com` with the default settings.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`] if a header cannot carry the credential, for
    /// example because it contains a line break.
    ///
    /// # Panics
    ///
    /// Panics in the same case as [`ClientBuilder::build`].
    pub fn new(credential: Credential) -> Result<Self, Error> {
        Self::builder().credential(credential).build()
    }

    /// Creates a builder with the default settings and without a credential.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }
}

/// Builds the HTTP client.
///
/// Decompression is switched off even if another crate enables it in reqwest: it
/// would hold events back.
fn http_client(connect_timeout: Option<Duration>, is_loopback: bool) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder().redirect(redirect::Policy::none()).referer(false);
    let builder = builder.no_gzip().no_brotli().no_zstd().no_deflate();
    // A proxy cannot reach a loopback address of this machine, and must not see its credential.
    let builder = if is_loopback { builder.no_proxy() } else { builder };
    let builder = match connect_timeout {
        Some(timeout) => builder.connect_timeout(timeout),
        None => builder,
    };
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Config, "reqwest cannot build an HTTP client").with_source(error.without_url())
    })
}
