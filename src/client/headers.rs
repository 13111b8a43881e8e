//! The headers that go out.

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{Error, ErrorKind};

pub(super) const VERSION: HeaderName = HeaderName::from_static("anthropic-version");
pub(super) const BETA: HeaderName = HeaderName::from_static("anthropic-beta");

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
    let mut value = self::value("header", value)?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// A header's value; an error names the `setter` it came through.
pub(super) fn value(setter: &str, value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(value).map_err(|error| {
        Error::new(ErrorKind::Config, format!("{setter}: cannot stand in a header")).with_source(error)
    })
}

/// Adds `betas`, each one value or several with commas between, to those that
/// `headers` holds: one line, each value once.
pub(super) fn add_betas<'a>(
    headers: &mut HeaderMap,
    betas: impl IntoIterator<Item = &'a str>,
) -> Result<(), Error> {
    let mut line = String::new();
    let mut add = |values: &str| {
        for beta in values.split(',').map(str::trim).filter(|beta| !beta.is_empty()) {
            if line.split(',').all(|known| known != beta) {
                line.push_str(if line.is_empty() { "" } else { "," });
                line.push_str(beta);
            }
        }
    };
    headers.get_all(BETA).iter().filter_map(|value| value.to_str().ok()).for_each(&mut add);
    betas.into_iter().for_each(add);
    if !line.is_empty() {
        headers.insert(BETA, value("beta", &line)?);
    }
    Ok(())
}
