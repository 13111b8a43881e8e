//! Settings of single calls.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

use super::calls::Client;
use super::headers;
use super::retry::RetryPolicy;
use super::settings::Settings;
use crate::auth::Credential;
use crate::error::Error;
use crate::types::{ApiVersion, Betas};

/// Settings of single calls. They change a clone of the client, which is cheap and shares the
/// connections, the layers and the budget for retries.
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
    /// the connections.
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
        let (name, value) = headers::custom(name, value)?;
        self.headers_mut().insert(name, value);
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
    /// A header that describes the body, `content-type` for example, is sent all the same.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers_mut().remove(name);
        self
    }

    /// Replaces the credential, whichever header the client's own one is sent in.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`](crate::error::ErrorKind::Config) if a header
    /// cannot carry the credential.
    pub fn with_credential(mut self, credential: Credential) -> Result<Self, Error> {
        let settings = Arc::make_mut(&mut self.settings);
        headers::set_credential(&mut settings.headers, &credential)?;
        settings.credential = Some(credential);
        Ok(self)
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

    fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }
}
