//! The headers that go out.

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, InvalidHeaderValue,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{Error, ErrorKind};
use crate::types::{ApiVersion, Betas};

/// How a body travels is up to the client.
const RESERVED: [HeaderName; 7] =
    [ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING];

/// A header of the user's own. It may hold a secret, so its value is marked
/// sensitive.
pub(super) fn custom(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    // A bad name is not repeated: it may be a value in the wrong place.
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|error| Error::new(ErrorKind::Config, "header: not a header name").with_source(error))?;
    if RESERVED.contains(&name) {
        return Err(Error::new(ErrorKind::Config, format!("header: {name} is set by the client")));
    }
    let mut value = HeaderValue::from_str(value).map_err(|error| unsendable("header", error))?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// Sets the version in `headers`.
pub(super) fn set_version(headers: &mut HeaderMap, version: &ApiVersion) -> Result<(), Error> {
    let (name, value) = version.to_header().map_err(|error| unsendable("version", error))?;
    headers.insert(name, value);
    Ok(())
}

/// Adds `betas` to those that `headers` hold: one line, each value once.
pub(super) fn add_betas(headers: &mut HeaderMap, betas: Betas) -> Result<(), Error> {
    let mut all = Betas::from_headers(headers);
    all.extend(betas);
    if !all.is_empty() {
        let (name, value) = all.to_header().map_err(|error| unsendable("beta", error))?;
        headers.insert(name, value);
    }
    Ok(())
}

/// A value that cannot stand in a header; `setter` is what it came through.
fn unsendable(setter: &str, error: InvalidHeaderValue) -> Error {
    Error::new(ErrorKind::Config, format!("{setter}: cannot stand in a header")).with_source(error)
}
