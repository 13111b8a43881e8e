//! Credentials: read from headers, written to headers and redacted everywhere else.
//!
//! A client is built with a [`Credential`] and sends it with every request. A server reads the
//! credentials of a request with [`Credential::from_headers`], usually in an `Authenticator` of the
//! `server` module; for a list of keys, `ApiKeys` from there is all it needs.
//!
//! Clients disagree on the header: older official SDKs send an API key as `x-api-key`, newer ones
//! as a bearer token, and some send both headers. So a server should look at the secret and not at
//! the header that carried it.
//!
//! ```
//! use http::{HeaderMap, HeaderValue};
//! use messages_api::Credential;
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("authorization", HeaderValue::from_static("Bearer sk-of-alice"));
//! headers.insert("x-api-key", HeaderValue::from_static("sk-of-bob"));
//!
//! let secrets: Vec<_> =
//!     Credential::from_headers(&headers).map(|credential| credential.expose().to_owned()).collect();
//! assert_eq!(secrets, ["sk-of-bob", "sk-of-alice"]);
//! ```

use std::fmt;

use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Every header that [`Credential::from_headers`] reads and [`Credential::to_header`] writes. A
/// [`RequestContext`](crate::handler::RequestContext) drops them all.
pub(crate) const CREDENTIAL_HEADERS: [HeaderName; 2] = [X_API_KEY, AUTHORIZATION];

/// A secret that identifies a caller: an API key, sent as `x-api-key`, or a token, sent as
/// `authorization: Bearer …`.
///
/// `Debug` prints the kind of the credential and not the secret. `==` compares in variable time, so
/// a server should not use it to check a secret; `ApiKeys` in the `server` module compares in
/// constant time.
///
/// ```
/// use messages_api::Credential;
///
/// let key = Credential::api_key("sk-secret");
/// assert_eq!(format!("{key:?}"), "ApiKey(…)");
///
/// let (name, value) = key.to_header()?;
/// assert_eq!((name.as_str(), value.as_bytes()), ("x-api-key", &b"sk-secret"[..]));
/// assert!(value.is_sensitive());
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    ApiKey(String),
    Bearer(String),
    OAuth(String),
}

impl Credential {
    /// Creates an API key, sent as `x-api-key`.
    pub fn api_key(key: impl Into<String>) -> Self {
        Self(Kind::ApiKey(key.into()))
    }

    /// Creates a token, sent as `authorization: Bearer …`.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self(Kind::Bearer(token.into()))
    }

    /// Creates a token that was issued by an OAuth login, sent as `authorization: Bearer …`.
    ///
    /// Anthropic's API takes such a token only together with the beta `oauth-2025-04-20`, which a client adds
    /// to the requests that carry this credential.
    pub fn oauth(token: impl Into<String>) -> Self {
        Self(Kind::OAuth(token.into()))
    }

    /// Returns `true` for a token that needs the beta `oauth-2025-04-20`.
    #[cfg(feature = "client")]
    pub(crate) fn is_oauth(&self) -> bool {
        matches!(self.0, Kind::OAuth(_))
    }

    /// Iterates over the credentials in `headers`: first those in `x-api-key`, then the bearer
    /// tokens in `authorization`. Empty values and other schemes are skipped.
    pub fn from_headers(headers: &HeaderMap) -> impl Iterator<Item = Self> {
        let keys = headers.get_all(X_API_KEY).iter().filter_map(|value| value.to_str().ok());
        let tokens = headers.get_all(AUTHORIZATION).iter().filter_map(bearer_token);
        let keys = keys.map(str::trim).filter(|key| !key.is_empty()).map(Self::api_key);
        keys.chain(tokens.map(Self::bearer))
    }

    /// Returns the secret itself. Keep it out of logs.
    pub fn expose(&self) -> &str {
        match &self.0 {
            Kind::ApiKey(secret) | Kind::Bearer(secret) | Kind::OAuth(secret) => secret,
        }
    }

    /// Returns the header that carries this credential, its value marked sensitive.
    ///
    /// # Errors
    ///
    /// [`InvalidHeaderValue`](http::header::InvalidHeaderValue) if the secret contains a character
    /// that a header cannot carry, such as a line break.
    pub fn to_header(&self) -> Result<(HeaderName, HeaderValue), http::header::InvalidHeaderValue> {
        let (name, value) = match &self.0 {
            Kind::ApiKey(key) => (X_API_KEY, HeaderValue::from_str(key)),
            Kind::Bearer(token) | Kind::OAuth(token) => {
                (AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")))
            }
        };
        let mut value = value?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

/// Returns the token of `Bearer <token>` (RFC 6750, section 2.1). The scheme is case-insensitive
/// (RFC 9110, section 11.1).
fn bearer_token(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::ApiKey(_) => "ApiKey(…)",
            Kind::Bearer(_) => "Bearer(…)",
            Kind::OAuth(_) => "OAuth(…)",
        })
    }
}
