//! Settings of single calls.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName};

use super::attempt::RETRY_COUNT;
use super::calls::Client;
use super::credential_fetch::Provider;
use super::credential_provider::CredentialProvider;
use super::credentials::Source;
use super::endpoints::Endpoints;
use super::headers;
use super::query::Query;
use super::retry::RetryPolicy;
use super::settings::Settings;
use crate::auth::Credential;
use crate::error::Error;
use crate::types::{ApiVersion, Betas};

/// Settings of single calls. They change a clone of the client, which is cheap and shares the
/// connections, the layers and the budget for retries. A time limit of zero is an error of the kind
/// [`Config`](crate::error::ErrorKind::Config) of each call.
///
/// ```no_run
/// use std::time::Duration;
///
/// # use messages_api::{Client, CreateMessageRequest, Error};
/// # async fn example(client: Client, request: CreateMessageRequest) -> Result<(), Error> {
/// let client = client.clone().with_total_timeout(Duration::from_secs(30)).with_header("x-tenant", "7")?;
/// let message = client.create_message(&request).await?;
/// # Ok(())
/// # }
/// ```
impl Client {
    /// Sets a header that is sent with every request, replacing one of the same name.
    ///
    /// To set a header for one call only, clone the client first: the clone shares
    /// the connections. Each attempt of a call sends the same value.
    ///
    /// A header `x-api-key` or `authorization` replaces the client's credential, whichever header that is
    /// sent in, as [`with_credential`](Self::with_credential) does.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`](crate::error::ErrorKind::Config) if the name or the
    /// value is not valid in a header, or if the header is one of those that
    /// [`ClientBuilder::header`](crate::client::ClientBuilder::header) rejects.
    ///
    /// ```no_run
    /// # use messages_api::{Client, CreateMessageRequest, Error};
    /// # async fn example(client: Client, request: CreateMessageRequest) -> Result<(), Error> {
    /// let client = client.clone().with_header("x-tenant", "tenant-7")?;
    /// let message = client.create_message(&request).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let (name, value) = headers::custom("with_header", name, value)?;
        if headers::is_credential(&name) {
            self.set_source(Source::None);
        }
        self.headers_mut().insert(name, value);
        Ok(self)
    }

    /// Sets a parameter in the query of every URL, replacing one of the same name, also if it is one of a
    /// [`List`](crate::client::List). Name and value are escaped.
    ///
    /// ```no_run
    /// # use messages_api::{Client, CreateMessageRequest, Error};
    /// # async fn example(client: Client, request: CreateMessageRequest) -> Result<(), Error> {
    /// // POST /v1/messages?api-version=2026-01-01
    /// let message = client.clone().with_query("api-version", "2026-01-01").create_message(&request).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        self.query_mut().set(name, value);
        self
    }

    /// Sets the URL of the server, like [`ClientBuilder::base_url`](crate::client::ClientBuilder::base_url).
    ///
    /// The credential stays the same, so it is sent to the new server: set the one that belongs there with
    /// [`with_credential`](Self::with_credential). Proxies stay the same too. A client that was built for `http`
    /// leaves it to its [retries](Self::with_retry) to send a request again that a server of HTTP/2 has refused.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`](crate::error::ErrorKind::Config) if the URL cannot be used. One that only
    /// reqwest refuses, such as `http://256.1.1.1`, is such an error of the call.
    pub fn with_base_url(mut self, base_url: &str) -> Result<Self, Error> {
        self.settings_mut().endpoints = Endpoints::new(base_url)?;
        Ok(self)
    }

    /// Sets the version of the API, the header `anthropic-version` of every request.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`](crate::error::ErrorKind::Config) if a header
    /// cannot carry the version.
    pub fn with_version(mut self, version: impl Into<ApiVersion>) -> Result<Self, Error> {
        headers::set_version(self.headers_mut(), &version.into())?;
        Ok(self)
    }

    /// Adds one or more betas to the header `anthropic-beta` of every request.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`](crate::error::ErrorKind::Config) if a header
    /// cannot carry the value.
    ///
    /// ```no_run
    /// use messages_api::types::Beta;
    ///
    /// # use messages_api::{Client, CreateMessageRequest, Error};
    /// # async fn example(client: Client, request: CreateMessageRequest) -> Result<(), Error> {
    /// // Only this call uses the beta.
    /// let message = client.clone().with_beta(Beta::Context1m2025_08_07)?.create_message(&request).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_beta(mut self, beta: impl Into<Betas>) -> Result<Self, Error> {
        headers::add_betas(self.headers_mut(), beta.into())?;
        Ok(self)
    }

    /// Removes a header that would be sent with every request, whether the client sets it by default
    /// or the builder was told to.
    ///
    /// This includes the header of the credential; a [credential
    /// provider](crate::client::CredentialProvider) is dropped with either of `x-api-key` and
    /// `authorization`. A header that describes the body, `content-type` for example, is sent all the same.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers_mut().remove(name);
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            let settings = self.settings_mut();
            settings.counts_retries &= name != RETRY_COUNT;
            if settings.credential.may_use(&name) {
                settings.credential = Source::None;
            }
        }
        self
    }

    /// Replaces the credential or its provider, whichever header the client's own one is sent in.
    ///
    /// ```
    /// use messages_api::{Client, Credential, Error};
    ///
    /// /// Returns a client that calls as a user; it shares the connections, but not the key.
    /// fn for_user(client: &Client, token: &str) -> Result<Client, Error> {
    ///     client.clone().with_credential(Credential::bearer(token))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`](crate::error::ErrorKind::Config) if the credential is empty, or if a
    /// header cannot carry it.
    pub fn with_credential(mut self, credential: Credential) -> Result<Self, Error> {
        self.set_source(Source::fixed(credential)?);
        Ok(self)
    }

    /// Replaces the credential or its provider by another provider. Clones share the credential that it
    /// provides.
    #[must_use]
    pub fn with_credential_provider(mut self, provider: impl CredentialProvider) -> Self {
        self.set_source(Source::Provided(Provider::new(provider)));
        self
    }

    /// Replaces the credential by that of the caller on whose behalf the next requests are
    /// [forwarded](Self::forward).
    ///
    /// Use this where the upstream knows the callers of a gateway. The caller then receives a 401 of the
    /// upstream as it is, which otherwise is about the gateway's own credential and hidden, and its `oauth-`
    /// betas are forwarded. The server removes credentials from the request before a handler sees it, so an
    /// `Authenticator` hands them on in the [`Principal`](crate::handler::Principal):
    ///
    /// ```
    /// # #[cfg(feature = "server")] {
    /// use http::request::Parts;
    /// use messages_api::handler::Principal;
    /// use messages_api::{ApiError, Authenticator, Client, CreateMessageRequest, Credential, ErrorType};
    /// use messages_api::{MessagesService, Reply, RequestContext, handler_fn};
    ///
    /// /// Lets every caller with a credential pass; the upstream checks it.
    /// struct PassOn;
    ///
    /// impl Authenticator for PassOn {
    ///     async fn authenticate(&self, request: &mut Parts) -> Result<Principal, ApiError> {
    ///         let credential = Credential::from_headers(&request.headers).next();
    ///         let missing = || ApiError::new(ErrorType::Authentication, "A credential is missing");
    ///         Ok(Principal::anonymous().with_credential(credential.ok_or_else(missing)?))
    ///     }
    /// }
    ///
    /// async fn forward(
    ///     upstream: Client,
    ///     request: CreateMessageRequest,
    ///     context: RequestContext,
    /// ) -> Result<Reply, ApiError> {
    ///     let credential = context.principal().credential().ok_or_else(ApiError::internal)?;
    ///     Ok(upstream.with_caller_credential(credential.clone())?.forward(&request, &context).await?)
    /// }
    ///
    /// # fn example(upstream: Client) {
    /// let handler = handler_fn(move |request, context| forward(upstream.clone(), request, context));
    /// let gateway = MessagesService::builder(handler).authenticate(PassOn).build();
    /// # }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`](crate::error::ErrorKind::Config) if the credential is empty, or if a
    /// header cannot carry it.
    pub fn with_caller_credential(self, credential: Credential) -> Result<Self, Error> {
        let mut client = self.with_credential(credential)?;
        client.settings_mut().is_callers_credential = true;
        Ok(client)
    }

    /// Sets how often a call is retried. A policy without a budget uses the one of the client.
    #[must_use]
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.settings_mut().retry = policy;
        self
    }

    /// Limits the time from the start of an attempt to the head of the HTTP response, like
    /// [`ClientBuilder::response_timeout`](crate::client::ClientBuilder::response_timeout).
    #[must_use]
    pub fn with_response_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings_mut().limits.set_response_timeout(timeout.into());
        self
    }

    /// Limits the time from the head of the HTTP response to the first event of a stream, like
    /// [`ClientBuilder::first_event_timeout`](crate::client::ClientBuilder::first_event_timeout).
    #[must_use]
    pub fn with_first_event_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings_mut().limits.first_event_timeout = timeout.into();
        self
    }

    /// Limits the time between two chunks of the body, like
    /// [`ClientBuilder::idle_timeout`](crate::client::ClientBuilder::idle_timeout).
    #[must_use]
    pub fn with_idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings_mut().limits.idle_timeout = timeout.into();
        self
    }

    /// Limits the time between two events of a stream, like
    /// [`ClientBuilder::event_timeout`](crate::client::ClientBuilder::event_timeout).
    #[must_use]
    pub fn with_event_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings_mut().limits.event_timeout = timeout.into();
        self
    }

    /// Limits the time from the call to the end of the body, like
    /// [`ClientBuilder::total_timeout`](crate::client::ClientBuilder::total_timeout). Retries, and the
    /// delays before them, have to fit into it as well.
    #[must_use]
    pub fn with_total_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings_mut().limits.set_total_timeout(timeout.into());
        self
    }

    pub(super) fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.settings_mut().headers
    }

    pub(super) fn query_mut(&mut self) -> &mut Query {
        &mut self.settings_mut().query
    }

    /// Sets where the credential comes from, in place of every other one.
    fn set_source(&mut self, source: Source) {
        let settings = self.settings_mut();
        headers::remove_credentials(&mut settings.headers);
        (settings.credential, settings.is_callers_credential) = (source, false);
    }

    pub(super) fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }
}
