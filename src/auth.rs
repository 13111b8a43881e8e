//! Credentials: read from headers, written to headers, shown nowhere.

use std::fmt;

use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Every header that [`Credential::from_headers`] reads and [`Credential::to_header`] writes. A
/// [`RequestContext`](crate::handler::RequestContext) drops them all.
pub(crate) const CREDENTIAL_HEADERS: [HeaderName; 2] = [X_API_KEY, AUTHORIZATION];

/// A secret that names its bearer: an API key, which travels as `x-api-key`,
/// or a token, which travels as `authorization: Bearer …`. `Debug` does not
/// show it.
///
/// ```
/// use messages_api::Credential;
///
/// let key = Credential::api_key("sk-secret");
/// assert_eq!(format!("{key:?}"), "ApiKey(…)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    ApiKey(String),
    Bearer(String),
}

impl Credential {
    /// A key that travels as `x-api-key`.
    pub fn api_key(key: impl Into<String>) -> Self {
        Self(Kind::ApiKey(key.into()))
    }

    /// A token that travels as `authorization: Bearer …`.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self(Kind::Bearer(token.into()))
    }

    /// The credentials that `headers` carry, `x-api-key` first. Some clients
    /// send both; newer official SDKs send an API key as a bearer token.
    pub fn from_headers(headers: &HeaderMap) -> impl Iterator<Item = Self> {
        let keys = headers.get_all(X_API_KEY).iter().filter_map(|value| value.to_str().ok());
        let tokens = headers.get_all(AUTHORIZATION).iter().filter_map(bearer_token);
        let keys = keys.map(str::trim).filter(|key| !key.is_empty()).map(Self::api_key);
        keys.chain(tokens.map(Self::bearer))
    }

    /// The secret itself. Keep it out of logs.
    pub fn expose(&self) -> &str {
        match &self.0 {
            Kind::ApiKey(secret) | Kind::Bearer(secret) => secret,
        }
    }

    /// The header that carries it, marked sensitive.
    ///
    /// # Errors
    ///
    /// When the secret holds what a header cannot, such as a line break.
    pub fn to_header(&self) -> Result<(HeaderName, HeaderValue), http::header::InvalidHeaderValue> {
        let (name, value) = match &self.0 {
            Kind::ApiKey(key) => (X_API_KEY, HeaderValue::from_str(key)),
            Kind::Bearer(token) => (AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}"))),
        };
        let mut value = value?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

/// RFC 6750, section 2.1; the scheme's case is free (RFC 9110, section 11.1).
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
        })
    }
}
