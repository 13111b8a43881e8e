//! What a client forwards for others.

use std::sync::Arc;

use http::HeaderName;

use super::builder::ClientBuilder;
use super::filter;
use crate::error::{Error, ErrorKind};
use crate::types::{ApiVersion, Beta};

/// Forwarding: what a client [as a handler](crate::client::Client#as-a-handler), and
/// [`Client::forward`](crate::client::Client::forward), pass on from the caller to the upstream and back.
impl ClientBuilder {
    /// Chooses the betas that a client [as a handler](crate::client::Client#as-a-handler) forwards from its
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

    /// Chooses the versions that a client [as a handler](crate::client::Client#as-a-handler) forwards from its
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

    /// Adds headers to those of a caller's request that are forwarded to the upstream.
    ///
    /// The caller's value replaces the client's own. A header of more than 4,096 bytes is an error for the
    /// caller. [`build`](Self::build) rejects names of headers that carry a credential, such as `cookie` or
    /// `x-api-key`, and of those that concern the connection or the body, such as `connection` or
    /// `content-type`, for these are never forwarded.
    ///
    /// ```
    /// # use messages_api::Client;
    /// let builder = Client::builder().forward_request_headers(["traceparent", "tracestate"]);
    /// ```
    pub fn forward_request_headers<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = self.forwardable("forward_request_headers", &mut names.into_iter());
        self.filter.request_headers.extend(names);
        self
    }

    /// Adds headers to those of the upstream's HTTP response that are forwarded to the caller, with
    /// messages, streams, counts of tokens and errors.
    ///
    /// A header of more than 4,096 bytes is left out. The same names are rejected as by
    /// [`forward_request_headers`](Self::forward_request_headers).
    ///
    /// ```
    /// # use messages_api::Client;
    /// let builder = Client::builder().forward_response_headers(["anthropic-organization-id", "x-region"]);
    /// ```
    pub fn forward_response_headers<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = self.forwardable("forward_response_headers", &mut names.into_iter());
        self.filter.response_headers = self.filter.response_headers.iter().cloned().chain(names).collect();
        self
    }

    /// Chooses the parameters of the query of a caller's request that are forwarded to the upstream: those
    /// for whose name `is_allowed` returns `true`; none by default.
    ///
    /// The name is decoded, and the parameter is forwarded as the caller has escaped it; one that is repeated
    /// is forwarded as often. A parameter of the client's own takes precedence. If the chosen ones have more
    /// than 1,024 bytes, that is an error for the caller. Some programs send a key in the query, so choose by
    /// name.
    ///
    /// ```
    /// # use messages_api::Client;
    /// // Claude Code and older official SDKs call `/v1/messages?beta=true`.
    /// let builder = Client::builder().forward_query_if(|name| name == "beta");
    /// ```
    pub fn forward_query_if(mut self, is_allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.filter.query = Some(Arc::new(is_allowed));
        self
    }

    fn forwardable(&mut self, setter: &str, names: &mut dyn Iterator<Item = &str>) -> Vec<HeaderName> {
        let mut valid = Vec::new();
        for name in names {
            match filter::forwardable(name) {
                Ok(name) => valid.push(name),
                Err(reason) => self.fail(Error::new(ErrorKind::Config, format!("{setter}: {reason}"))),
            }
        }
        valid
    }
}
