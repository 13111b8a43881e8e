//! Request ids.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The maximum length in bytes of an id that comes with the request.
const MAX_BYTES: usize = 128;

/// The id of a request: one that came with it, or else `req_` and 24 random letters and digits.
#[derive(Clone, Debug)]
pub(super) struct RequestId(HeaderValue);

/// The digits of random ids: five bits each.
const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl RequestId {
    /// Returns the id in the header `name`, if it is a sensible one, or a random one.
    pub(super) fn of(headers: &HeaderMap, name: Option<&HeaderName>) -> Self {
        let mut lines = name.into_iter().flat_map(|name| headers.get_all(name));
        match (lines.next(), lines.next()) {
            (Some(id), None) if is_id(id) => Self(id.clone()),
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
        Self(HeaderValue::from_bytes(&id).expect("letters, digits and `_` make a header value"))
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(super) fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// Returns `true` for what can stand in logs and URLs without quotes.
fn is_id(value: &HeaderValue) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
    (1..=MAX_BYTES).contains(&value.len()) && value.as_bytes().iter().all(is_allowed)
}
