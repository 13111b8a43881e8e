//! What a gateway forwards of the head of a request to its upstream.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName};

use super::calls::Client;
use super::query;
use crate::error::{ApiError, Error};
use crate::handler::RequestContext;
use crate::types::{ApiVersion, Beta, Betas};

/// The maximum length of a version in bytes. Today's have 10.
const MAX_VERSION_BYTES: usize = 64;

/// The maximum length of all betas together in bytes. Those of today have about 1,000.
const MAX_BETAS_BYTES: usize = 4096;

/// The maximum length of any other header in bytes.
const MAX_HEADER_BYTES: usize = 4096;

/// The maximum length of the forwarded part of the query in bytes.
const MAX_QUERY_BYTES: usize = 1024;

/// Headers that say on whose behalf a request is made, and to which conversation it belongs: upstreams route
/// by the latter, so that the cache of a prompt is found again.
static FORWARDED: [HeaderName; 6] = [
    HeaderName::from_static("anthropic-user-profile-id"),
    HeaderName::from_static("anthropic-workspace-id"),
    HeaderName::from_static("x-claude-code-agent-id"),
    HeaderName::from_static("x-claude-code-session-id"),
    HeaderName::from_static("x-client-request-id"),
    HeaderName::from_static("x-session-affinity"),
];

/// Headers that concern the connection or the body, or that have a rule of their own.
const NOT_FORWARDABLE: [HeaderName; 16] = [
    ACCEPT,
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    EXPECT,
    HOST,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("anthropic-beta"),
    HeaderName::from_static("anthropic-version"),
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

type Predicate<T> = Arc<dyn Fn(&T) -> bool + Send + Sync>;

/// Decides what of a caller's request is forwarded.
#[derive(Clone, Default)]
pub(super) struct Filter {
    pub(super) betas: Option<Predicate<Beta>>,
    pub(super) version: Option<Predicate<ApiVersion>>,
    pub(super) query: Option<Predicate<str>>,
    /// In addition to [`FORWARDED`].
    pub(super) request_headers: Vec<HeaderName>,
    /// From the upstream to the caller.
    pub(super) response_headers: Arc<[HeaderName]>,
}

impl Filter {
    /// A beta whose name begins with `oauth-` changes how the upstream reads the credential, which
    /// is the gateway's own unless it is the caller's.
    fn allows_beta(&self, beta: &Beta, is_callers_credential: bool) -> bool {
        match &self.betas {
            Some(allows) => allows(beta),
            None => is_callers_credential || !beta.as_str().starts_with("oauth-"),
        }
    }

    fn allows_version(&self, version: &ApiVersion) -> bool {
        self.version.as_ref().is_none_or(|allows| allows(version))
    }

    /// Returns the names of the allowed parameters of a query, and the parameters as they are escaped in it.
    fn parameters<'a>(&self, query: &'a str) -> Vec<(Cow<'a, str>, &'a str)> {
        let Some(allows) = &self.query else { return Vec::new() };
        query::parameters(query).filter(|(name, _)| !name.is_empty() && allows(name)).collect()
    }
}

/// Returns the name of a header that may be forwarded, or why it may not.
pub(super) fn forwardable(name: &str) -> Result<HeaderName, String> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "invalid name".to_owned())?;
    let is_credential = |part| {
        ["auth", "authenticate", "authentication", "authorization", "cookie", "secret", "token"]
            .contains(&part)
    };
    if name.as_str().split('-').any(is_credential) || name.as_str().contains("api-key") {
        Err(format!("{name} carries a credential"))
    } else if NOT_FORWARDABLE.contains(&name) {
        Err(format!("{name} is set by the client"))
    } else {
        Ok(name)
    }
}

impl Client {
    /// Returns a client that also sends the forwarded parts of the head of the caller's request.
    pub(super) fn on_behalf_of(&self, context: &RequestContext) -> Result<Self, Error> {
        let (filter, own) = (&self.settings.filter, &self.settings.headers);
        let mut client = self.clone();
        if let Some(version) = context.version() {
            if version.as_str().len() > MAX_VERSION_BYTES {
                return Err(too_long("anthropic-version", MAX_VERSION_BYTES));
            }
            // To send another one takes settings of this call's own.
            let is_own = ApiVersion::from_headers(own).as_ref() == Some(&version);
            if !is_own && filter.allows_version(&version) {
                client = client.with_version(version)?;
            }
        }
        let betas = context.betas();
        if betas.iter().map(|beta| beta.as_str().len() + 1).sum::<usize>() > MAX_BETAS_BYTES {
            return Err(too_long("anthropic-beta", MAX_BETAS_BYTES));
        }
        let is_callers_credential = self.settings.is_callers_credential;
        let (betas, dropped): (Vec<Beta>, Vec<Beta>) =
            betas.into_iter().partition(|beta| filter.allows_beta(beta, is_callers_credential));
        if !dropped.is_empty() {
            #[cfg(feature = "tracing")]
            tracing::debug!(count = dropped.len(), "betas of the caller are not forwarded");
        }
        if !betas.is_empty() {
            client = client.with_beta(Betas::from(betas))?;
        }
        let is_forwarded = |name: &&HeaderName| {
            // A value of the gateway's own takes precedence over those that are forwarded by default.
            filter.request_headers.contains(name) || FORWARDED.contains(name) && !own.contains_key(*name)
        };
        for name in context.headers().keys().filter(is_forwarded) {
            forward(name, context.headers(), client.headers_mut())?;
        }
        let parameters = filter.parameters(context.uri().query().unwrap_or_default());
        if parameters.iter().map(|(_, escaped)| escaped.len() + 1).sum::<usize>() > MAX_QUERY_BYTES {
            return Err(too_long("query", MAX_QUERY_BYTES));
        }
        for (name, escaped) in parameters {
            if !self.settings.query.contains(&name) {
                client.query_mut().add(name.into_owned(), escaped.to_owned());
            }
        }
        Ok(client)
    }
}

/// Forwards all lines of a header.
fn forward(name: &HeaderName, from: &HeaderMap, to: &mut HeaderMap) -> Result<(), Error> {
    let values = from.get_all(name);
    if values.iter().map(|value| value.len()).sum::<usize>() > MAX_HEADER_BYTES {
        return Err(too_long(name.as_str(), MAX_HEADER_BYTES));
    }
    to.remove(name);
    for value in values {
        to.append(name, value.clone());
    }
    Ok(())
}

fn too_long(part: &str, max: usize) -> Error {
    ApiError::invalid_request(format!("{part}: longer than {max} bytes")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_the_connection_are_not_forwardable() {
        for name in [
            "Authorization",
            "proxy-authorization",
            "cookie",
            "set-cookie",
            "X-API-Key",
            "api-key",
            "x-goog-api-key",
            "x-amz-security-token",
            "x-auth-token",
            "www-authenticate",
            "x-client-secret",
            "connection",
            "te",
            "keep-alive",
            "transfer-encoding",
            "upgrade",
            "host",
            "content-length",
            "content-type",
            "anthropic-beta",
            "a b",
            "",
        ] {
            assert!(forwardable(name).is_err(), "{name}");
        }
        for name in
            ["traceparent", "idempotency-key", "anthropic-ratelimit-tokens-limit", "x-author", "user-agent"]
        {
            assert!(forwardable(name).is_ok(), "{name}");
        }
    }
}
