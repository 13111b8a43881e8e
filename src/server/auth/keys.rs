//! A fixed set of keys.

use std::fmt;

use http::request::Parts;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::authenticator::Authenticator;
use crate::auth::Credential;
use crate::error::ApiError;
use crate::types::ErrorType;

/// A fixed set of keys, any of which lets a caller in.
///
/// A key counts in either header, `x-api-key` or `authorization: Bearer …`;
/// where a request carries both, one valid key is enough. Keys are held as
/// SHA-256 hashes and compared in constant time, each with every one, so how
/// long a refusal takes tells nothing about them. `Debug` shows nothing of
/// them either.
///
/// A refusal is 401 `authentication_error` with `x-should-retry: false`, since
/// some clients retry even that.
///
/// ```
/// use messages_api::ApiKeys;
///
/// let keys = ApiKeys::new(["key-of-alice", "key-of-bob"]);
/// assert!(!format!("{keys:?}").contains("alice"));
/// ```
#[derive(Clone)]
pub struct ApiKeys {
    hashes: Box<[Hash]>,
}

type Hash = [u8; 32];

impl ApiKeys {
    /// The set of `keys`. White space around a key does not count, and an
    /// empty one lets nobody in.
    pub fn new<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self { hashes: keys.into_iter().map(|key| hash(key.as_ref().trim())).collect() }
    }

    fn holds(&self, key: &str) -> Choice {
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
            valid |= self.holds(credential.expose());
        }
        if valid.into() {
            return Ok(());
        }
        let message = match presented {
            0 => "A key is required, as `x-api-key` or `authorization: Bearer`",
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
