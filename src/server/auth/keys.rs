//! Authentication by a list of keys.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use http::request::Parts;
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use super::authenticator::Authenticator;
use crate::auth::Credential;
use crate::error::ApiError;
use crate::handler::Principal;
use crate::types::ErrorType;

/// An [`Authenticator`] that accepts a list of API keys, each of which belongs to a [`Principal`].
///
/// A caller may send its key as `x-api-key` or as `authorization: Bearer …`. If it sends both headers, one
/// valid key is enough; of two, the one in `x-api-key` says who the caller is. Other requests are rejected
/// with 401 `authentication_error` and the header `x-should-retry: false`, because some clients would retry
/// even a 401.
///
/// Keys are stored as SHA-256 hashes. Each key of a request is compared with all of them, in constant time,
/// so the time that a rejection takes reveals nothing about them: it depends only on how many they are, and on the
/// length of what the caller sent. `Debug` does not show them.
///
/// Clones share the keys, so a program can keep one and [replace](Self::replace) the keys while the service
/// runs:
///
/// ```
/// use messages_api::{ApiKeys, ContentBlock, Message, MessagesService, Usage, handler_fn};
///
/// let handler = handler_fn(|request, context| async move {
///     let content = vec![ContentBlock::text(format!("Hello, {}!", context.principal().id()))];
///     Ok(Message::new("msg_01", request.model, content, Usage::new(9, 3)).into())
/// });
/// let keys = ApiKeys::named([("alice", "key-of-alice"), ("bob", "key-of-bob")]);
/// let service = MessagesService::builder(handler).authenticate(keys.clone()).build();
///
/// // Later: Alice has a new key, and the old one is still valid for a while.
/// keys.replace(ApiKeys::named([("alice", "new-key"), ("alice", "key-of-alice"), ("bob", "key-of-bob")]));
/// ```
#[derive(Clone)]
pub struct ApiKeys(Arc<RwLock<Arc<[Entry]>>>);

struct Entry {
    hash: Hash,
    principal: Principal,
}

type Hash = [u8; 32];

impl ApiKeys {
    /// Creates an authenticator that accepts `keys`. White space around a key is ignored, and an
    /// empty key matches no caller.
    ///
    /// The ids of the callers are `key-1`, `key-2` and so on, by the position of their keys. Use
    /// [`named`](Self::named) for ids that stay the same when the list changes.
    pub fn new<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self::named((1..).zip(keys).map(|(number, key): (usize, K)| (format!("key-{number}"), key)))
    }

    /// Creates an authenticator from pairs of a name and a key. The name becomes the
    /// [id](Principal::id) of the caller; several keys may have the same one.
    ///
    /// White space around a key is ignored, and an empty key matches no caller. If a key occurs twice, its
    /// first name counts.
    pub fn named<N, K>(keys: impl IntoIterator<Item = (N, K)>) -> Self
    where
        N: Into<Arc<str>>,
        K: AsRef<str>,
    {
        let entry =
            |(name, key): (N, K)| Entry { hash: hash(key.as_ref().trim()), principal: Principal::new(name) };
        Self(Arc::new(RwLock::new(keys.into_iter().map(entry).collect())))
    }

    /// Replaces the keys of this authenticator and of its clones by those that `keys` has now.
    ///
    /// Requests that were accepted go on.
    pub fn replace(&self, keys: Self) {
        let entries = keys.entries();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = entries;
    }

    fn entries(&self) -> Arc<[Entry]> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Authenticator for ApiKeys {
    async fn authenticate(&self, request: &mut Parts) -> Result<Principal, ApiError> {
        let entries = self.entries();
        let credentials = Credential::from_headers(&request.headers);
        let presented: Vec<Hash> = credentials.map(|credential| hash(credential.expose())).collect();
        // The position of the entry that was found; `MAX` for none. Every pair is compared, from the last
        // one, so that the first match stays.
        let mut found = u64::MAX;
        for presented in presented.iter().rev() {
            for (position, entry) in entries.iter().enumerate().rev() {
                found.conditional_assign(&(position as u64), entry.hash.ct_eq(presented));
            }
        }
        let entry = usize::try_from(found).ok().and_then(|position| entries.get(position));
        entry.map(|entry| entry.principal.clone()).ok_or_else(|| rejection(presented.is_empty()))
    }
}

fn rejection(is_missing: bool) -> ApiError {
    let message = match is_missing {
        true => "An API key is required, as `x-api-key` or `authorization: Bearer`",
        false => "Invalid API key",
    };
    ApiError::new(ErrorType::Authentication, message).with_should_retry(false)
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").finish_non_exhaustive()
    }
}

fn hash(key: &str) -> Hash {
    Sha256::digest(key.as_bytes()).into()
}
