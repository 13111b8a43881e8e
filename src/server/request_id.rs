//! Request ids.

use http::HeaderValue;

/// The id that the server gives a request: `req_` and 24 random letters and digits.
#[derive(Clone, Debug)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    pub(super) fn random() -> Self {
        let mut text = String::from("req_");
        text.extend(std::iter::repeat_with(fastrand::alphanumeric).take(24));
        Self(HeaderValue::try_from(text).expect("letters, digits and `_` make a header value"))
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(super) fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }
}
