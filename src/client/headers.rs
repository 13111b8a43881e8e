//! Headers of requests.

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, InvalidHeaderValue,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::auth::CREDENTIAL_HEADERS;
use crate::error::{Error, ErrorKind};
use crate::types::{ApiVersion, Betas};

/// Headers that users cannot set: those of [`set_content`], and those that frame or encode
/// a body.
const RESERVED: [HeaderName; 7] =
    [ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING];

pub(super) static JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Checks a header that the user sets with `setter`. Its value is marked sensitive, because it may be a
/// secret.
pub(super) fn custom(setter: &str, name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    // The error does not repeat the name, which may be a secret passed in the wrong place.
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| {
        Error::new(ErrorKind::Config, format!("{setter}: invalid name")).with_source(error)
    })?;
    if RESERVED.contains(&name) {
        return Err(Error::new(ErrorKind::Config, format!("{setter}: {name} is set by the client")));
    }
    let mut value = HeaderValue::from_str(value).map_err(|error| invalid_value(setter, error))?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// Sets the header `anthropic-version`.
pub(super) fn set_version(headers: &mut HeaderMap, version: &ApiVersion) -> Result<(), Error> {
    let (name, value) = version.to_header().map_err(|error| invalid_value("version", error))?;
    headers.insert(name, value);
    Ok(())
}

/// Adds `betas` to the header `anthropic-beta`, which lists each value once.
pub(super) fn add_betas(headers: &mut HeaderMap, betas: Betas) -> Result<(), Error> {
    if betas.is_empty() {
        return Ok(());
    }
    let mut all = Betas::from_headers(headers);
    all.extend(betas);
    let (name, value) = all.to_header().map_err(|error| invalid_value("beta", error))?;
    headers.insert(name, value);
    Ok(())
}

/// Removes the headers of the Messages protocol.
#[cfg(feature = "openai")]
pub(super) fn remove_own(headers: &mut HeaderMap) {
    headers.remove("anthropic-version");
    headers.remove("anthropic-beta");
}

/// Returns `true` for the headers that carry a [`Credential`](crate::auth::Credential).
pub(super) fn is_credential(name: &HeaderName) -> bool {
    CREDENTIAL_HEADERS.contains(name)
}

/// Returns `true` if one of the headers carries a credential.
pub(super) fn have_credential(headers: &HeaderMap) -> bool {
    CREDENTIAL_HEADERS.iter().any(|name| headers.contains_key(name))
}

/// Removes every header that carries a credential of the client.
pub(super) fn remove_credentials(headers: &mut HeaderMap) {
    for name in CREDENTIAL_HEADERS {
        headers.remove(name);
    }
}

/// Returns a copy with room for the headers that a call adds, so that it need not grow with each of them.
pub(super) fn with_room(headers: &HeaderMap) -> HeaderMap {
    const ADDED: usize = 5;
    let mut copy = HeaderMap::try_with_capacity(headers.keys_len() + ADDED).unwrap_or_default();
    headers.iter().for_each(|(name, value)| _ = copy.append(name, value.clone()));
    copy
}

/// Sets the headers that describe the content of the request, and the format of the HTTP response.
pub(super) fn set_content(headers: &mut HeaderMap, method: &Method, has_body: bool, accept: HeaderValue) {
    if has_body {
        headers.insert(CONTENT_TYPE, JSON.clone());
    } else if method == Method::POST {
        // Servers may insist on a length (RFC 9110, section 8.6), and HTTP stacks do not send that of nothing.
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    headers.insert(ACCEPT, accept);
}

/// Returns the error for a value, passed to `setter`, that no header can carry.
pub(super) fn invalid_value(setter: &str, error: InvalidHeaderValue) -> Error {
    Error::new(ErrorKind::Config, format!("{setter}: contains a character that a header cannot carry"))
        .with_source(error)
}
