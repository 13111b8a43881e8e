//! The credential of a call: a fixed one, or the one that a provider returned last.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::Entry;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::credential_fetch::{Fetch, Provider};
use super::credential_provider::ProvidedCredential;
use super::headers;
use crate::auth::Credential;
use crate::error::{Error, ErrorKind};
use crate::types::Beta;

/// How long before its end a credential is replaced, unless its life is short.
const MARGIN: Duration = Duration::from_secs(60);

/// Where a client takes the credential of a call from.
#[derive(Clone, Debug, Default)]
pub(super) enum Source {
    #[default]
    None,
    Fixed(Arc<Prepared>),
    Provided(Provider),
}

impl Source {
    pub(super) fn fixed(credential: Credential) -> Result<Self, Error> {
        let invalid = |reason| Error::new(ErrorKind::Config, format!("credential: {reason}"));
        Prepared::new(credential.into()).map(|prepared| Self::Fixed(Arc::new(prepared))).map_err(invalid)
    }

    /// Returns `true` if it is sent in the header `name`, or if that is not known.
    pub(super) fn may_use(&self, name: &HeaderName) -> bool {
        match self {
            Self::None => false,
            Self::Fixed(prepared) => prepared.header_name() == name,
            Self::Provided(_) => headers::is_credential(name),
        }
    }

    /// Returns the credential for a request that is sent now.
    pub(super) async fn current(&self) -> Result<Option<Current>, Error> {
        match self {
            Self::None => Ok(None),
            Self::Fixed(prepared) => Ok(Some(prepared.clone().into())),
            // In a box, so that other calls have no room for it.
            Self::Provided(provider) => Box::pin(provider.current()).await.map(Some),
        }
    }

    /// Makes sure that a credential is not used again once the server has rejected it. Returns `false` if
    /// there is no reason to expect another one.
    pub(super) fn reject(&self, rejected: Current) -> bool {
        match self {
            Self::Provided(provider) => {
                provider.reject(rejected.credential);
                !rejected.is_repeated
            }
            _ => false,
        }
    }
}

/// The credential of a request.
pub(super) struct Current {
    pub(super) credential: Arc<Prepared>,
    /// Whether the provider has returned it for this request although the server had rejected it before.
    pub(super) is_repeated: bool,
    /// The fetch of the next one, if it is under way.
    pub(super) next: Option<Fetch>,
}

impl From<Arc<Prepared>> for Current {
    fn from(credential: Arc<Prepared>) -> Self {
        Self { credential, is_repeated: false, next: None }
    }
}

/// A credential that is ready to be sent.
pub(super) struct Prepared {
    credential: Credential,
    header: (HeaderName, HeaderValue),
    /// When it should be replaced, and when it cannot be used any more.
    expiry: Option<(Instant, Instant)>,
}

impl Prepared {
    /// Prepares a credential, or says why it cannot be sent.
    pub(super) fn new(provided: ProvidedCredential) -> Result<Self, &'static str> {
        let ProvidedCredential { credential, expires_in } = provided;
        if credential.expose().trim().is_empty() {
            return Err("is empty");
        }
        let header = credential.to_header().map_err(|_| "contains a character that a header cannot carry")?;
        let expiry = expires_in.and_then(|time| {
            let now = Instant::now();
            Some((now.checked_add(time - MARGIN.min(time / 10))?, now.checked_add(time)?))
        });
        Ok(Self { credential, header, expiry })
    }

    pub(super) fn header_name(&self) -> &HeaderName {
        &self.header.0
    }

    /// Adds the credential to the headers of a request. Returns `false` if it is not sent, because the user has
    /// set a header of the same name.
    pub(super) fn apply(&self, headers: &mut HeaderMap) -> Result<bool, Error> {
        let (name, value) = self.header.clone();
        let is_sent = insert_new(headers, name, value);
        if is_sent && self.credential.is_oauth() {
            headers::add_betas(headers, Beta::Oauth2025_04_20.into())?;
        }
        Ok(is_sent)
    }

    /// The same for a request of another protocol, in which a credential is a bearer token, whatever it is.
    pub(super) fn apply_as_bearer(&self, headers: &mut HeaderMap) -> Result<bool, Error> {
        let header = Credential::bearer(self.credential.expose()).to_header();
        let (name, value) = header.map_err(|error| headers::invalid_value("credential", error))?;
        Ok(!headers.contains_key(self.header_name()) && insert_new(headers, name, value))
    }

    /// Returns what must not be repeated anywhere.
    pub(super) fn secret(&self) -> &str {
        self.credential.expose().trim_ascii()
    }

    /// Returns `true` if it is sent as `other` is.
    pub(super) fn has_header_of(&self, other: &Self) -> bool {
        self.header == other.header
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.expiry.is_none_or(|(replace_at, _)| Instant::now() < replace_at)
    }

    pub(super) fn is_usable(&self) -> bool {
        self.expiry.is_none_or(|(_, end)| Instant::now() < end)
    }
}

/// Inserts a header unless there is one of the same name.
fn insert_new(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) -> bool {
    match headers.entry(name) {
        Entry::Occupied(_) => false,
        Entry::Vacant(vacant) => {
            vacant.insert(value);
            true
        }
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.credential.fmt(f)
    }
}
