//! Configuration of a client.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::calls::Client;
use super::credential_fetch::Provider;
use super::credential_provider::CredentialProvider;
use super::endpoints::Endpoints;
use super::env::Environment;
use super::filter::Filter;
use super::foreign_error::BoxError;
use super::headers;
use super::limits::Limits;
use super::request_body::RequestBody;
use super::retry::RetryPolicy;
use super::transport::Transport;
use crate::auth::Credential;
use crate::error::Error;
use crate::types::{ApiVersion, Betas};

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
    pub(super) credential: Option<Credential>,
    pub(super) provider: Option<Provider>,
    /// In a box, because every setter moves the builder.
    pub(super) environment: Option<Box<Environment>>,
    /// The URLs, or why the last base URL cannot be used.
    pub(super) endpoints: Option<Result<Endpoints, Error>>,
    pub(super) version: Option<ApiVersion>,
    pub(super) betas: Betas,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) transport: Option<Transport>,
    pub(super) layers: Vec<AnyLayer>,
    /// `Some(None)` if the user has switched the timeout off.
    pub(super) connect_timeout: Option<Option<Duration>>,
    pub(super) limits: Limits,
    pub(super) retry: RetryPolicy,
    pub(super) filter: Filter,
    /// The first error of a setter.
    pub(super) error: Option<Error>,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            credential: None,
            provider: None,
            environment: None,
            endpoints: None,
            version: None,
            betas: Betas::new(),
            headers: Vec::new(),
            transport: None,
            layers: Vec::new(),
            connect_timeout: None,
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            filter: Filter::default(),
            error: None,
        }
    }

    /// Sets the API key or token that is sent with every request.
    ///
    /// Without this call, no credential is sent, which suits servers that require
    /// none. The last call of this setter and of
    /// [`credential_provider`](Self::credential_provider) counts.
    pub fn credential(mut self, credential: Credential) -> Self {
        (self.credential, self.provider) = (Some(credential), None);
        self
    }

    /// Sets what provides the credential that is sent with every request, in place of a fixed one.
    ///
    /// [`CredentialProvider`] describes when a credential is fetched and shows an example.
    pub fn credential_provider(mut self, provider: impl CredentialProvider) -> Self {
        (self.credential, self.provider) = (None, Some(Provider::new(provider)));
        self
    }

    /// Sets the URL of the server; `https://api.anthropic.com` by default.
    ///
    /// The URL may have a path, and may end in `/v1` or not: with
    /// `https://cloud.milady.ai/api` as with `https://cloud.milady.ai/api/v1/`, the
    /// client requests messages from `https://cloud.milady.ai/api/v1/messages`. A
    /// URL with a query, a fragment or a user name is rejected, and without a
    /// [`transport`](Self::transport) also one that reqwest cannot use, such as `http://256.1.1.1`.
    /// The last call counts.
    pub fn base_url(mut self, base_url: &str) -> Self {
        self.endpoints = Some(Endpoints::new(base_url));
        self
    }

    /// Sets the version of the API, the header `anthropic-version`; `2023-06-01` by
    /// default.
    pub fn version(mut self, version: impl Into<ApiVersion>) -> Self {
        self.version = Some(version.into());
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
    /// This also overrides the headers that the client sets by default: `user-agent`, and
    /// `x-stainless-retry-count`, which says how many retries preceded a request. The other
    /// `x-stainless-*` headers of the official SDKs describe the caller's machine to every server; no
    /// server needs them, so they are only sent if they are set here. Headers that the client must
    /// control are rejected: `accept`, `accept-encoding`, `connection`, `transfer-encoding`,
    /// `content-type`, `content-encoding` and `content-length`.
    ///
    /// A header `x-api-key` or `authorization` replaces the client's credential, be it fixed or provided, if
    /// that is sent in the same header. Otherwise both are sent, as a proxy that has a credential of its own
    /// may need it.
    ///
    /// Each attempt of a call sends the same value, so an idempotency key belongs here, or into
    /// [`Client::with_header`] for a single call.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match headers::custom("header", name, value) {
            Ok(header) => self.headers.push(header),
            Err(error) => self.fail(error),
        }
        self
    }

    /// Sets how often a call is retried, and on which budget retries draw; 2 times by default.
    ///
    /// [`Client::with_retry`] sets it for single calls.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the service that carries the requests to the server.
    ///
    /// This may be another HTTP stack, a `ReqwestTransport` with
    /// a proxy, or a mock. It may also be a server in the same process, so that calls need no socket:
    ///
    /// ```
    /// # #[cfg(feature = "server")] {
    /// use messages_api::handler::handler_fn;
    /// use messages_api::server::MessagesService;
    /// use messages_api::{Client, ContentBlock, CreateMessageRequest, Message, Usage};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), messages_api::Error> {
    /// let handler = handler_fn(async |request: CreateMessageRequest, _context| {
    ///     let content = vec![ContentBlock::text("Hello")];
    ///     Ok(Message::new("msg_01", request.model, content, Usage::new(9, 1)).into())
    /// });
    /// let service = MessagesService::builder(handler).unauthenticated().build();
    /// let client = Client::builder().transport(service).build()?;
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("Hi");
    /// assert_eq!(client.create_message(&request).await?.text(), "Hello");
    /// # Ok(())
    /// # }
    /// # main().unwrap();
    /// # }
    /// ```
    ///
    /// Or it is hyper's client, for a program that sets up its connections itself. This one calls `http` URLs; for
    /// `https` ones, `build` takes a connector with TLS, such as that of the crate hyper-rustls:
    ///
    /// ```
    /// # #[cfg(feature = "serve")] {
    /// use std::time::Duration;
    ///
    /// use hyper_util::client::legacy::{Client as HyperClient, connect::HttpConnector};
    /// use hyper_util::rt::{TokioExecutor, TokioTimer};
    /// use messages_api::{Client, CreateMessageRequest};
    /// # use messages_api::{ContentBlock, Message, MessagesService, Usage, handler_fn, server::serve};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let handler = handler_fn(async |request: CreateMessageRequest, _context| {
    /// #     let content = vec![ContentBlock::text("Hello")];
    /// #     Ok(Message::new("msg_01", request.model, content, Usage::new(9, 1)).into())
    /// # });
    /// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let url = format!("http://{}", listener.local_addr()?);
    /// # let service = MessagesService::builder(handler).unauthenticated().build();
    /// # tokio::spawn(serve(listener, service).into_future());
    /// let mut connector = HttpConnector::new();
    /// connector.set_connect_timeout(Some(Duration::from_secs(10)));
    /// connector.set_nodelay(true); // so that no request waits for the last one to be acknowledged
    /// let hyper = HyperClient::builder(TokioExecutor::new())
    ///     .pool_idle_timeout(Duration::from_secs(30))
    ///     .pool_timer(TokioTimer::new()) // without which idle connections stay open
    ///     .build(connector);
    /// let client = Client::builder().base_url(&url).transport(hyper).build()?;
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("Hi");
    /// assert_eq!(client.create_message(&request).await?.text(), "Hello");
    /// # Ok(())
    /// # }
    /// # main().unwrap();
    /// # }
    /// ```
    ///
    /// The service is polled for readiness, and called, once for each attempt, on a clone of its own. Its errors
    /// count as failed connections: see [`Transport::new`]. Without this call, a client needs the feature
    /// `reqwest`.
    pub fn transport<S, B>(mut self, service: S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.transport = Some(Transport::new(service));
        self
    }

    /// Adds a layer around the transport, which sees every attempt of every call. The layer that is
    /// added first sees a request first.
    ///
    /// A layer sees the headers as they are sent, the credential included, so it can sign a request or
    /// replace the credential. It can read a [`CallInfo`](crate::client::CallInfo) from the extensions
    /// of the request. What should see a call once, however often it is retried, is better written as
    /// a [`Handler`](crate::handler::Handler) around the client.
    ///
    /// This layer signs each request, as some clouds require it in place of a credential:
    ///
    /// ```
    /// use http::{HeaderValue, Request};
    /// use messages_api::Client;
    /// use messages_api::client::RequestBody;
    /// use tower::util::MapRequestLayer;
    ///
    /// /// Signs a request with the key of the cloud's account.
    /// fn sign(mut request: Request<RequestBody>) -> Request<RequestBody> {
    ///     let signature = hmac(request.uri().path(), request.body().as_bytes());
    ///     request.headers_mut().insert("authorization", signature);
    ///     request
    /// }
    ///
    /// fn hmac(path: &str, body: &[u8]) -> HeaderValue {
    ///     // …
    ///     # let mut value = HeaderValue::try_from(format!("HMAC {:x}", path.len() * body.len())).unwrap();
    ///     # value.set_sensitive(true);
    ///     # value
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), messages_api::Error> {
    /// # let cloud = tower::service_fn(async |request: Request<RequestBody>| {
    /// #     let text = r#"{"id":"m","content":[{"type":"text","text":"Signed"}]}"#;
    /// #     let is_signed = request.headers()["authorization"].to_str().unwrap().starts_with("HMAC ");
    /// #     Ok::<_, std::io::Error>(http::Response::new(if is_signed { text } else { "{}" }.to_owned()))
    /// # });
    /// let client = Client::builder()
    ///     .base_url("https://models.cloud.internal/anthropic")
    ///     # .transport(cloud)
    ///     .layer(MapRequestLayer::new(sign))
    ///     .build()?;
    /// # let request = messages_api::CreateMessageRequest::new("claude-sonnet-5", 512).user("Hi");
    /// # assert_eq!(client.create_message(&request).await?.text(), "Signed");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A layer may also answer by itself, send other bytes, or look at those of the HTTP response while a stream
    /// is read.
    ///
    /// An error of the layer itself is [`ErrorKind::Layer`](crate::error::ErrorKind::Layer) and is not
    /// retried, unless it stems from an [`std::io::Error`] of the network, such as `ConnectionReset`. An
    /// [`Error`] that the layer received keeps its kind, also as the source of another error; a layer can
    /// create its own from an [`ApiError`](crate::error::ApiError).
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<Transport> + Send + Sync + 'static,
        L::Service: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<RequestBody>>>::Future: Send,
        <L::Service as Service<Request<RequestBody>>>::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.layers.push(Box::new(move |transport| transport.layered(layer)));
        self
    }

    pub(super) fn fail(&mut self, error: Error) {
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
    /// Creates a builder with the default settings and without a credential.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }
}

#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
impl Client {
    /// Creates a client for `https://api.anthropic.com` with the default settings.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`](crate::error::ErrorKind::Config) if a header cannot carry the
    /// credential, for example because it contains a line break.
    ///
    /// # Panics
    ///
    /// Panics in the same case as [`ClientBuilder::build`].
    pub fn new(credential: Credential) -> Result<Self, Error> {
        Self::builder().credential(credential).build()
    }
}

/// A layer without its type.
pub(super) type AnyLayer = Box<dyn FnOnce(Transport) -> Transport + Send + Sync>;
