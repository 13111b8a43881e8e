//! The credential of a call: a fixed one, or the one that a provider returned last.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
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

/// A fetch of a credential. Every call that waits for it drives it whenever it is polled itself, so that
/// none depends on another one, which may have been dropped or may not be polled any more.
#[derive(Default)]
struct Flight {
    fetching: Mutex<Fetching>,
    waiting: Arc<Waiting>,
}

#[derive(Default)]
struct Fetching {
    future: Option<FetchFuture>,
    outcome: Option<Result<Arc<Prepared>, Failure>>,
}

/// The wakers of the calls that wait for a fetch. The fetch wakes all of them.
#[derive(Default)]
struct Waiting(Mutex<Vec<Waker>>);

impl Waiting {
    fn add(&self, waker: &Waker) {
        let mut wakers = lock(&self.0);
        if !wakers.iter().any(|other| other.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        // Not while the lock is held, for a waker may run whatever it likes.
        let wakers = std::mem::take(&mut *lock(&self.0));
        wakers.into_iter().for_each(Waker::wake);
    }
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
        match poll_fn(|cx| self.poll(&flight, cx)).await {
            Ok(fresh) => Ok(fresh),
            Err(failure) => {
                let old = self.state().cached.clone().filter(|old| old.is_usable());
                old.ok_or_else(|| failure.into_error())
            }
        }
    }

    /// Drives the fetch. If the provider panics, the next call that is polled starts it afresh.
    fn poll(&self, flight: &Flight, cx: &mut Context<'_>) -> Poll<Result<Arc<Prepared>, Failure>> {
        // First, so that no wake is missed.
        flight.waiting.add(cx.waker());
        let others = WakeOnDrop(&flight.waiting);
        let mut fetching = lock(&flight.fetching);
        if let Some(outcome) = &fetching.outcome {
            return Poll::Ready(outcome.clone());
        }
        let waker = Waker::from(flight.waiting.clone());
        let mut future = fetching.future.take().unwrap_or_else(|| self.0.provider.clone().fetch());
        let Poll::Ready(provided) = future.as_mut().poll(&mut Context::from_waker(&waker)) else {
            std::mem::forget(others);
            fetching.future = Some(future);
            return Poll::Pending;
        };
        let outcome = provided
            .map_err(Failure::of_provider)
            .and_then(|provided| Prepared::new(provided).map(Arc::new).map_err(Failure::of_credential));
        let mut state = self.state();
        state.flight = Weak::new();
        if let Ok(fresh) = &outcome {
            state.cached = Some(fresh.clone());
        }
        fetching.outcome = Some(outcome.clone());
        Poll::Ready(outcome)
    }

    fn reject(&self, rejected: &Prepared) {
        let mut state = self.state();
        if state.cached.as_ref().is_some_and(|cached| cached.header == rejected.header) {
            state.cached = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }
}

/// Wakes the calls that wait, also if the provider panics.
struct WakeOnDrop<'a>(&'a Arc<Waiting>);

impl Drop for WakeOnDrop<'_> {
    fn drop(&mut self) {
        self.0.clone().wake();
    }
}

/// Locks what stays intact if the provider panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
