//! The version of the API.

use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::wire::wire_string;

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");

wire_string! {
    /// A version of the API, sent in the `anthropic-version` header of every request.
    ///
    /// ```
    /// use messages_api::types::ApiVersion;
    ///
    /// assert_eq!(ApiVersion::from("2026-10-21"), ApiVersion::V2026_10_21);
    /// assert_eq!(ApiVersion::default().as_str(), "2023-06-01");
    /// ```
    pub enum ApiVersion {
        /// The first version, and the default.
        V2023_06_01 = "2023-06-01",
        /// The second version. It rejects `temperature`, `top_p` and `top_k`, document blocks directly in
        /// an assistant message, and citations in a user message.
        V2026_10_21 = "2026-10-21",
    }
}

impl ApiVersion {
    /// Returns the version that the `anthropic-version` header names; `None` if it is absent, empty or not
    /// readable as text.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let version = headers.get(ANTHROPIC_VERSION)?.to_str().ok()?.trim();
        (!version.is_empty()).then(|| version.into())
    }

    /// Returns the `anthropic-version` header for this version.
    ///
    /// # Errors
    ///
    /// Returns an error if the version is [`Unknown`](Self::Unknown) and holds a character that a header
    /// cannot, such as a line break.
    pub fn to_header(&self) -> Result<(HeaderName, HeaderValue), InvalidHeaderValue> {
        let value = match self {
            // What nearly all requests carry is not copied.
            Self::V2023_06_01 => HeaderValue::from_static("2023-06-01"),
            other => HeaderValue::from_str(other.as_str())?,
        };
        Ok((ANTHROPIC_VERSION, value))
    }
}

/// Returns the version `2023-06-01`.
impl Default for ApiVersion {
    fn default() -> Self {
        Self::V2023_06_01
    }
}
