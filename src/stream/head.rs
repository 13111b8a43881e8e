//! What the head of the HTTP response says that a stream came with.

use http::{HeaderMap, StatusCode};

use super::message_stream::MessageStream;
use crate::error::{header, request_id};
use crate::types::rate_limits::RateLimits;

impl MessageStream {
    /// Sets the status of the HTTP response that the stream came with.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// Returns the status of the HTTP response that the stream came with.
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// Returns the headers of the HTTP response that the stream came with; empty if there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the id that the API gave the request, from the header `request-id`.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// Returns how often a client attempted the call from which the stream comes: 1 if it was not retried, 0 if
    /// the stream comes from no call.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the id of the organization that the API attributed the request to, from the header
    /// `anthropic-organization-id`.
    pub fn organization_id(&self) -> Option<&str> {
        header(&self.headers, "anthropic-organization-id")
    }

    /// Returns the id of the workspace that the API attributed the request to, from the header
    /// `anthropic-workspace-id`.
    pub fn workspace_id(&self) -> Option<&str> {
        header(&self.headers, "anthropic-workspace-id")
    }

    /// Returns the rate limits that the server reported in the headers.
    pub fn rate_limits(&self) -> RateLimits {
        RateLimits::from_headers(&self.headers)
    }
}
