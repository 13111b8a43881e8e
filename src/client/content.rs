//! The content type and encoding that the headers of an HTTP response declare
//! for its body.

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use crate::error::{Error, ErrorKind};

/// The kind of content that the header `content-type` declares.
pub(super) enum Content {
    EventStream,
    Json,
    Html,
    /// Anything else, or nothing.
    Other,
}

impl Content {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "text/event-stream" => Self::EventStream,
            "application/json" => Self::Json,
            "text/html" | "application/xhtml+xml" => Self::Html,
            _ => Self::Other,
        }
    }
}

/// Rejects a compressed body. The client never asks for one and cannot read one.
pub(super) fn check_encoding(headers: &HeaderMap) -> Result<(), Error> {
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            let message = "the response is compressed, although the client did not ask for that";
            Err(Error::new(ErrorKind::Protocol, message).with_headers(headers.clone()))
        }
        _ => Ok(()),
    }
}
