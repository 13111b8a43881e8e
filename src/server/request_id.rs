//! Request ids.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};

/// The maximum length in bytes of an id that comes with the request.
const MAX_BYTES: usize = 128;

/// The id of a request: one that came with it, or else `req_` and 24 random letters and digits.
#[derive(Clone)]
pub(super) enum RequestId {
    /// Kept in place, because it is cloned often.
    Random([u8; RANDOM_BYTES]),
    Given(HeaderValue),
}

/// The length in bytes of a random id.
const RANDOM_BYTES: usize = 28;

/// The digits of random ids: five bits each.
const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl RequestId {
    /// Returns the id in the header `name`, if it is a sensible one, or a random one.
    pub(super) fn of(headers: &HeaderMap, name: Option<&HeaderName>) -> Self {
        let Some(name) = name else { return Self::random() };
        let mut lines = headers.get_all(name).iter();
        match (lines.next(), lines.next()) {
            (Some(id), None) if is_id(id) => Self::Given(id.clone()),
            _ => Self::random(),
        }
    }

    fn random() -> Self {
        let mut bits = fastrand::u128(..);
        let mut id = *b"req_------------------------";
        for byte in &mut id[4..] {
            *byte = DIGITS[(bits % 32) as usize];
            bits /= 32;
        }
        Self::Random(id)
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Random(id) => std::str::from_utf8(id).unwrap_or_default(),
            Self::Given(id) => id.to_str().unwrap_or_default(),
        }
    }

    pub(super) fn to_header(&self) -> HeaderValue {
        match self {
            Self::Random(id) => {
                HeaderValue::from_bytes(id).expect("letters, digits and `_` make a header value")
            }
            Self::Given(id) => id.clone(),
        }
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// Returns `true` for what can stand in logs and URLs without quotes.
fn is_id(value: &HeaderValue) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
    (1..=MAX_BYTES).contains(&value.len()) && value.as_bytes().iter().all(is_allowed)
}
