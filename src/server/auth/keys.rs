//! Authentication by a fixed set of keys.

use std::fmt;

use http::request::Parts;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::authenticator::Authenticator;
use crate::auth::Credential;
use crate::error::ApiError;
use crate::types::ErrorType;

/// An [`Authenticator`] that accepts a fixed set of API keys.
///
/// A caller may send its key as `x-api-key` or as `authorization: Bearer …`; if it sends both
/// headers, one valid key is enough. Other requests are rejected with 401 `authentication_error`
/// and the header `x-should-retry: false`, because some clients would retry even a 401.
///
/// Keys are stored as SHA-256 hashes and compared in constant time, so the time that a rejection
/// takes reveals nothing about them. `Debug` does not show them.
///
/// ```
/// use messages_api::{ApiKeys, ContentBlock, Message, MessagesService, Usage, handler_fn};
///
/// let handler = handler_fn(|request, _context| async move {
///     let content = vec![ContentBlock::text("Hello!")];
///     Ok(Message::new("msg_01", request.model, content, Usage::new(9, 3)).into())
/// });
/// let keys = ApiKeys::new(["key-of-alice", "key-of-bob"]);
/// let service = MessagesService::builder(handler).authenticate(keys).build();
/// ```
#[derive(Clone)]
pub struct ApiKeys {
    hashes: Box<[Hash]>,
}

type Hash = [u8; 32];

impl ApiKeys {
    /// Creates an authenticator that accepts `keys`. White space around a key is ignored, and an
    /// empty key matches no caller.
    pub fn new<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self { hashes: keys.into_iter().map(|key| hash(key.as_ref().trim())).collect() }
    }

    /// Compares with every key, without stopping at the first that matches.
    fn contains(&self, key: &str) -> Choice {
        let presented = hash(key);
        self.hashes.iter().fold(Choice::from(0), |found, known| found | known.ct_eq(&presented))
    }
}

impl Authenticator for ApiKeys {
    async fn authenticate(&self, request: &mut Parts) -> Result<(), ApiError> {
        let mut presented = 0;
        let mut valid = Choice::from(0);
        for credential in Credential::from_headers(&request.headers) {
            presented += 1;
            valid |= self.contains(credential.expose());
        }
        if valid.into() {
            return Ok(());
        }
        let message = match presented {
            0 => "An API key is required, as `x-api-key` or `authorization: Bearer`",
            _ => "Invalid API key",
        };
        Err(ApiError::new(ErrorType::Authentication, message).with_should_retry(false))
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").finish_non_exhaustive()
    }
}

fn hash(key: &str) -> Hash {
    Sha256::digest(key.as_bytes()).into()
}
