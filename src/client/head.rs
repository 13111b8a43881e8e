//! The head of an HTTP response.

use std::fmt::Display;

use http::{HeaderMap, Response, StatusCode};

use super::call_info::{CallInfo, Endpoint};
use super::content::trimmed;
use super::document::{self, Document};
use super::secrets::Secrets;
use super::{error_document, error_response};
use crate::error::Error;
use crate::stream::MessageStream;

/// The head of an HTTP response, with what it takes to interpret the body.
#[derive(Clone)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    /// Redacted.
    pub(super) headers: HeaderMap,
    pub(super) secrets: Secrets,
    /// The call, with the number of this attempt.
    pub(super) info: CallInfo,
}

impl Head {
    /// Reads a document of the body, or the error that the server sent in its place. The text of an
    /// error begins with the name of what is read.
    pub(super) fn read<T: Document>(&self, bytes: &[u8], name: &dyn Display) -> Result<Box<T>, Error> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => trimmed(text),
            Err(error) => return Err(self.annotated(document::not_text::<T>(error, name))),
        };
        let document = document::from_text::<T>(text, name);
        let is_certain = document.as_ref().is_ok_and(|document| document.is_certain());
        if !is_certain && text.len() <= error_response::MAX_BODY_BYTES && error_document::is_error(text) {
            let headers = self.headers.clone();
            let error = error_response::from_body(self.status, headers, bytes, true, &self.secrets);
            return Err(error.with_attempts(self.info.attempt, None));
        }
        document.map_err(|error| self.annotated(error))
    }

    /// Returns the error as one of this HTTP response.
    pub(super) fn annotated(&self, error: Error) -> Error {
        let error = error.map_response(|document| self.secrets.redact_error(document));
        let error = error.mark_from_upstream().with_headers(self.headers.clone());
        error.with_attempts(self.info.attempt, None)
    }

    /// Adds the body.
    pub(super) fn with_body<T>(self, body: T) -> Response<T> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response.extensions_mut().insert(self.info);
        response
    }
}

/// Returns the head of the HTTP response that a stream came with, given the model that was asked for.
pub(crate) fn head_of_stream(stream: &MessageStream, model: &str) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = stream.status().unwrap_or_default();
    response.headers_mut().clone_from(stream.headers());
    response.extensions_mut().insert(CallInfo {
        endpoint: Endpoint::Messages,
        model: Some(model.into()),
        is_streamed: true,
        attempt: stream.attempts(),
    });
    response
}
