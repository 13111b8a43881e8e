//! The version of the API.

use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::wire::wire_string;

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");

wire_string! {
    /// A version of the API, the value of the header `anthropic-version`.
    ///
    /// ```
    /// use messages_api::types::ApiVersion;
    ///
    /// assert_eq!(ApiVersion::from("2026-10-21"), ApiVersion::V2026_10_21);
    /// assert_eq!(ApiVersion::default().as_str(), "2023-06-01");
    /// ```
    pub enum ApiVersion {
        /// The first.
        V2023_06_01 = "2023-06-01",
        /// The second: without sampling parameters.
        V2026_10_21 = "2026-10-21",
    }
}

impl ApiVersion {
    /// The version that `headers` ask for.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let version = headers.get(ANTHROPIC_VERSION)?.to_str().ok()?.trim();
        (!version.is_empty()).then(|| version.into())
    }

    /// The header that asks for it.
    ///
    /// # Errors
    ///
    /// When it holds what a header cannot, such as a line break.
    pub fn to_header(&self) -> Result<(HeaderName, HeaderValue), InvalidHeaderValue> {
        Ok((ANTHROPIC_VERSION, HeaderValue::from_str(self.as_str())?))
    }
}

/// `2023-06-01`, which every server speaks.
impl Default for ApiVersion {
    fn default() -> Self {
        Self::V2023_06_01
    }
}
