//! The credential of a call: a fixed one, or the one that a provider returned last.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::credential_provider::{CredentialError, CredentialProvider, ProvidedCredential};
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
    pub(super) async fn current(&self) -> Result<Option<Arc<Prepared>>, Error> {
        match self {
            Self::None => Ok(None),
            Self::Fixed(prepared) => Ok(Some(prepared.clone())),
            Self::Provided(provider) => provider.current().await.map(Some),
        }
    }

    /// Makes sure that a credential is not used again once the server has rejected it. Returns `false` if
    /// there can be no other one.
    pub(super) fn reject(&self, rejected: &Prepared) -> bool {
        match self {
            Self::Provided(provider) => {
                provider.reject(rejected);
                true
            }
            _ => false,
        }
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
    fn new(provided: ProvidedCredential) -> Result<Self, &'static str> {
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

    /// Adds the credential to the headers of a request.
    pub(super) fn apply(&self, headers: &mut HeaderMap) -> Result<(), Error> {
        headers.insert(self.header.0.clone(), self.header.1.clone());
        if self.credential.is_oauth() {
            headers::add_betas(headers, Beta::Oauth2025_04_20.into())?;
        }
        Ok(())
    }

    fn is_fresh(&self) -> bool {
        self.expiry.is_none_or(|(replace_at, _)| Instant::now() < replace_at)
    }

    fn is_usable(&self) -> bool {
        self.expiry.is_none_or(|(_, end)| Instant::now() < end)
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.credential.fmt(f)
    }
}

/// A provider, and the credential that it returned last. Clones share both.
#[derive(Clone)]
pub(super) struct Provider(Arc<Shared>);

struct Shared {
    provider: Arc<dyn Fetch>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cached: Option<Arc<Prepared>>,
    /// The fetch that is under way. It belongs to the calls that wait for it, and ends with the last of them.
    flight: Weak<Flight>,
}

/// A fetch of a credential, which the call that holds the lock drives on behalf of all. If that call is
/// dropped, the next one goes on where it was.
type Flight = tokio::sync::Mutex<Fetching>;

#[derive(Default)]
struct Fetching {
    future: Option<FetchFuture>,
    outcome: Option<Result<Arc<Prepared>, Failure>>,
}

impl Provider {
    pub(super) fn new(provider: impl CredentialProvider) -> Self {
        Self(Arc::new(Shared { provider: Arc::new(provider), state: Mutex::default() }))
    }

    async fn current(&self) -> Result<Arc<Prepared>, Error> {
        let flight = {
            let mut state = self.state();
            match &state.cached {
                Some(cached) if cached.is_fresh() => return Ok(cached.clone()),
                _ => {}
            }
            state.flight.upgrade().unwrap_or_else(|| {
                let flight = Arc::<Flight>::default();
                state.flight = Arc::downgrade(&flight);
                flight
            })
        };
        let mut fetching = flight.lock().await;
        if fetching.outcome.is_none() {
            let outcome = self.fetched(&mut fetching).await;
            let mut state = self.state();
            state.flight = Weak::new();
            if let Ok(fresh) = &outcome {
                state.cached = Some(fresh.clone());
            }
            fetching.outcome = Some(outcome);
        }
        match fetching.outcome.clone() {
            Some(Err(failure)) => {
                let old = self.state().cached.clone().filter(|old| old.is_usable());
                old.ok_or_else(|| failure.into_error())
            }
            Some(Ok(fresh)) => Ok(fresh),
            None => unreachable!("the outcome has just been set"),
        }
    }

    /// Drives the fetch to its end. If the provider panics, the next call starts afresh.
    async fn fetched(&self, fetching: &mut Fetching) -> Result<Arc<Prepared>, Failure> {
        let fetched = poll_fn(|cx| {
            let mut future = fetching.future.take().unwrap_or_else(|| self.0.provider.clone().fetch());
            let polled = future.as_mut().poll(cx);
            if polled.is_pending() {
                fetching.future = Some(future);
            }
            polled
        });
        let provided = fetched.await.map_err(Failure::of_provider)?;
        Prepared::new(provided).map(Arc::new).map_err(Failure::of_credential)
    }

    fn reject(&self, rejected: &Prepared) {
        let mut state = self.state();
        if state.cached.as_ref().is_some_and(|cached| cached.header == rejected.header) {
            state.cached = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialProvider").finish_non_exhaustive()
    }
}

/// Why there is no credential. All calls that have waited for it receive it.
#[derive(Clone)]
struct Failure {
    message: String,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    is_transient: bool,
}

impl Failure {
    fn of_provider(error: CredentialError) -> Self {
        let CredentialError { source, is_transient } = error;
        Self {
            message: "the credential provider failed".to_owned(),
            source: Some(source.into()),
            is_transient,
        }
    }

    fn of_credential(reason: &str) -> Self {
        let message = format!("the credential of the provider {reason}");
        Self { message, source: None, is_transient: false }
    }

    fn into_error(self) -> Error {
        let error = Error::new(ErrorKind::Credential, self.message).with_transience(self.is_transient);
        match self.source {
            Some(source) => error.with_shared_source(source),
            None => error,
        }
    }
}

type FetchFuture = Pin<Box<dyn Future<Output = Result<ProvidedCredential, CredentialError>> + Send>>;

/// A provider without its type.
trait Fetch: Send + Sync {
    fn fetch(self: Arc<Self>) -> FetchFuture;
}

impl<P: CredentialProvider> Fetch for P {
    fn fetch(self: Arc<Self>) -> FetchFuture {
        Box::pin(async move { self.credential().await })
    }
}
