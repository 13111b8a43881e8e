//! The headers of a caller that a gateway forwards to its upstream.

use std::sync::Arc;

use http::HeaderName;

use super::calls::Client;
use crate::error::{ApiError, Error};
use crate::handler::RequestContext;
use crate::types::{ApiVersion, Beta, Betas};

/// The maximum length of a version in bytes. Today's have 10.
const MAX_VERSION_BYTES: usize = 64;

/// The maximum length of all betas together in bytes. Those of today have about 1,000.
const MAX_BETAS_BYTES: usize = 4096;

/// Headers that say on whose behalf a request is made.
const FORWARDED: [HeaderName; 2] =
    [HeaderName::from_static("anthropic-user-profile-id"), HeaderName::from_static("anthropic-workspace-id")];

type Predicate<T> = Arc<dyn Fn(&T) -> bool + Send + Sync>;

/// Decides which betas and versions of a caller are forwarded.
#[derive(Clone, Default)]
pub(super) struct Filter {
    pub(super) betas: Option<Predicate<Beta>>,
    pub(super) version: Option<Predicate<ApiVersion>>,
}

impl Filter {
    /// A beta whose name begins with `oauth-` changes how the upstream reads the credential, which
    /// is the gateway's own.
    fn allows_beta(&self, beta: &Beta) -> bool {
        self.betas.as_ref().map_or_else(|| !beta.as_str().starts_with("oauth-"), |allows| allows(beta))
    }

    fn allows_version(&self, version: &ApiVersion) -> bool {
        self.version.as_ref().is_none_or(|allows| allows(version))
    }
}

impl Client {
    /// Returns a client that also sends the forwarded headers of the caller's request.
    pub(super) fn on_behalf_of(&self, context: &RequestContext) -> Result<Self, Error> {
        let filter = &self.settings.filter;
        let mut client = self.clone();
        if let Some(version) = context.version() {
            if version.as_str().len() > MAX_VERSION_BYTES {
                return Err(too_long("anthropic-version", MAX_VERSION_BYTES));
            }
            if filter.allows_version(&version) {
                client = client.with_version(version)?;
            }
        }
        let betas = context.betas();
        if betas.iter().map(|beta| beta.as_str().len() + 1).sum::<usize>() > MAX_BETAS_BYTES {
            return Err(too_long("anthropic-beta", MAX_BETAS_BYTES));
        }
        let (betas, dropped): (Vec<Beta>, Vec<Beta>) =
            betas.into_iter().partition(|beta| filter.allows_beta(beta));
        if !dropped.is_empty() {
            #[cfg(feature = "tracing")]
            tracing::debug!(count = dropped.len(), "betas of the caller are not forwarded");
        }
        if !betas.is_empty() {
            client = client.with_beta(Betas::from(betas))?;
        }
        for name in FORWARDED {
            // A value of the gateway's own takes precedence.
            if let (Some(value), false) =
                (context.headers().get(&name), client.settings.headers.contains_key(&name))
            {
                client.headers_mut().insert(name, value.clone());
            }
        }
        Ok(client)
    }
}

fn too_long(header: &str, max: usize) -> Error {
    ApiError::invalid_request(format!("{header}: longer than {max} bytes")).into()
}
