//! How this crate creates its errors.

use std::error::Error as StdError;
use std::sync::Arc;

use http::HeaderMap;
#[cfg(feature = "client")]
use http::StatusCode;

#[cfg(all(feature = "client", feature = "openai"))]
use super::ApiError;
#[cfg(feature = "client")]
use super::Forwarding;
use super::{Error, ErrorKind, GivenUp, Inner};
use crate::types::Message;

impl Error {
    /// Creates an error. `message` must not contain a secret.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            source: None,
            is_transient: false,
            api_error: None,
            partial: None,
            from_upstream: false,
            has_document: false,
            quotes_nothing: false,
            has_content: false,
            forwarding: None,
            headers: HeaderMap::new(),
            #[cfg(feature = "client")]
            http_status: None,
            body: None,
            attempts: 0,
            given_up: None,
        }))
    }

    /// Sets the source error.
    pub(crate) fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.with_shared_source(source.into().into())
    }

    /// Sets the source error, which other errors have as well.
    pub(crate) fn with_shared_source(mut self, source: Arc<dyn StdError + Send + Sync>) -> Self {
        self.0.source = Some(source);
        self
    }

    /// Sets whether the call may succeed later, for a kind that leaves this open.
    #[cfg(feature = "client")]
    pub(crate) fn with_transience(mut self, is_transient: bool) -> Self {
        self.0.is_transient = is_transient;
        self
    }

    /// Returns an error of the same kind, with the same text and the same advice on retrying.
    #[cfg(feature = "client")]
    pub(crate) fn like(&self) -> Self {
        let mut like = Self::new(self.0.kind, self.0.message.clone());
        like.0.is_transient = self.0.is_transient;
        like.0.api_error.clone_from(&self.0.api_error);
        like.0.headers.clone_from(&self.0.headers);
        like
    }

    /// Sets the part of the message that was received.
    pub(crate) fn with_partial(mut self, partial: Option<Message>) -> Self {
        self.0.partial = partial;
        self
    }

    /// Marks the error as one whose text quotes nothing that was received, so that a log may show it.
    pub(crate) fn mark_quoting_nothing(mut self) -> Self {
        self.0.quotes_nothing = true;
        self
    }

    /// Marks the error as received by a client from its server.
    #[cfg(any(feature = "client", test))]
    pub(crate) fn mark_from_upstream(self) -> Self {
        self.mark_from_upstream_if(true)
    }

    /// Marks the error as received by a client from its server, if it was.
    pub(crate) fn mark_from_upstream_if(mut self, is_from_upstream: bool) -> Self {
        self.0.from_upstream |= is_from_upstream;
        self
    }

    /// Marks the error as one that the server described in an error document.
    #[cfg(feature = "client")]
    pub(crate) fn mark_document(mut self) -> Self {
        self.0.has_document = true;
        self
    }

    /// Sets the status of the HTTP response in which the error came.
    #[cfg(feature = "client")]
    pub(crate) fn with_http_status(mut self, status: StatusCode) -> Self {
        self.0.http_status = Some(status);
        self
    }

    /// Returns the status of the HTTP response in which the error came, if it was a whole one.
    #[cfg(all(feature = "client", feature = "openai"))]
    pub(crate) fn http_status(&self) -> Option<StatusCode> {
        self.0.http_status
    }

    /// Replaces the document that the server sent by what `map` makes of it.
    #[cfg(feature = "client")]
    pub(crate) fn map_response(
        mut self,
        map: impl FnOnce(crate::types::ErrorResponse) -> crate::types::ErrorResponse,
    ) -> Self {
        self.0.api_error = self.0.api_error.take().map(|error| error.map_response(map));
        self
    }

    /// Replaces the error that the server sent by another form of it.
    #[cfg(all(feature = "client", feature = "openai"))]
    pub(crate) fn with_api_error(mut self, error: ApiError) -> Self {
        (self.0.api_error, self.0.has_document) = (Some(error), true);
        self
    }

    /// Marks the error as one that followed content of a message.
    pub(crate) fn mark_content_received(mut self) -> Self {
        self.0.has_content = true;
        self
    }

    /// Sets what of the error a gateway passes on to its caller.
    #[cfg(feature = "client")]
    pub(crate) fn with_forwarding(mut self, forwarding: &Forwarding) -> Self {
        self.0.forwarding = Some(forwarding.clone());
        self
    }

    /// Sets the headers of the HTTP response.
    pub(crate) fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.0.headers = headers;
        self
    }

    /// Sets the body of an error response. It must not contain a secret.
    #[cfg(feature = "client")]
    pub(crate) fn with_body(mut self, body: &str) -> Self {
        self.0.body = Some(body.into());
        self
    }

    /// Sets how often the request was sent, and why not once more.
    pub(crate) fn with_attempts(mut self, attempts: u32, given_up: Option<GivenUp>) -> Self {
        (self.0.attempts, self.0.given_up) = (attempts, given_up);
        self
    }
}
