//! The fetching of credentials by the calls that need them, without a task.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::call_future::CallFuture;
use super::credential_provider::{CredentialError, CredentialProvider, ProvidedCredential};
use super::credentials::{Current, Prepared};
use crate::error::{Error, ErrorKind};

/// How long a provider that has failed is left alone while the old credential can still be used.
const PAUSE: Duration = Duration::from_secs(1);

/// A provider, and the credential that it returned last. Clones share both.
#[derive(Clone)]
pub(super) struct Provider(Arc<Shared>);

struct Shared {
    provider: Arc<dyn Provide>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cached: Option<Arc<Prepared>>,
    /// What a server has rejected last.
    rejected: Option<Arc<Prepared>>,
    /// The fetch that is under way. It belongs to the calls that take part in it, and ends with the last of
    /// them.
    flight: Weak<Flight>,
    /// The same fetch while the old credential can still be used. No call waits for it then, so it goes on
    /// with the next call.
    kept: Option<Arc<Flight>>,
    /// When the provider may be asked again, although the old credential can still be used.
    ask_at: Option<Instant>,
}

impl Provider {
    pub(super) fn new(provider: impl CredentialProvider) -> Self {
        Self(Arc::new(Shared { provider: Arc::new(provider), state: Mutex::default() }))
    }

    /// Returns the credential for a request that is sent now. A call waits for a fetch only if there is none
    /// that can be used; otherwise it drives the fetch on.
    pub(super) async fn current(&self) -> Result<Current, Error> {
        // Dropped after the lock has been released, for it drops a future of the provider.
        let mut _abandoned = None;
        let (old, mut fetch) = {
            let mut state = self.state();
            let old = match &state.cached {
                Some(cached) if cached.is_fresh() => return Ok(cached.clone().into()),
                Some(cached) if cached.is_usable() => Some(cached.clone()),
                _ => None,
            };
            match &old {
                Some(old) if state.ask_at.is_some_and(|at| Instant::now() < at) => {
                    return Ok(old.clone().into());
                }
                Some(_) => {}
                None => {
                    // One that no call takes part in may have stood still for long.
                    _abandoned = state.kept.take().filter(|kept| Arc::strong_count(kept) == 1);
                    if _abandoned.is_some() {
                        state.flight = Weak::new();
                    }
                }
            }
            let flight = state.flight.upgrade().unwrap_or_default();
            state.flight = Arc::downgrade(&flight);
            state.kept = old.is_some().then(|| flight.clone());
            (old, Fetch::new(self.clone(), flight))
        };
        let Some(old) = old else {
            let new = poll_fn(|cx| fetch.poll(cx)).await.map_err(Failure::into_error)?;
            let is_repeated = self.state().rejected.as_ref().is_some_and(|other| new.has_header_of(other));
            return Ok(Current { is_repeated, ..new.into() });
        };
        // It may be ready at once.
        Ok(match poll_fn(|cx| Poll::Ready(fetch.poll(cx))).await {
            Poll::Ready(Ok(new)) => new.into(),
            Poll::Ready(Err(_)) => old.into(),
            Poll::Pending => Current { next: Some(fetch), ..old.into() },
        })
    }

    pub(super) fn reject(&self, rejected: Arc<Prepared>) {
        let mut state = self.state();
        if state.cached.as_ref().is_some_and(|cached| cached.has_header_of(&rejected)) {
            state.cached = None;
        }
        state.rejected = Some(rejected);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialProvider").finish_non_exhaustive()
    }
}

/// The part of a call in the fetch of a credential. Every call that takes part drives the fetch whenever it
/// is polled itself, so that none depends on another one, which may have been dropped or may not be polled
/// any more.
pub(super) struct Fetch {
    provider: Provider,
    flight: Arc<Flight>,
    /// The number of its waker.
    number: u64,
}

impl Fetch {
    fn new(provider: Provider, flight: Arc<Flight>) -> Self {
        let number = flight.waiting.next_number();
        Self { provider, flight, number }
    }

    /// Waits for `future`, and drives the fetch meanwhile.
    pub(super) fn beside<'a, T: 'a>(mut self, mut future: CallFuture<'a, T>) -> CallFuture<'a, T> {
        let mut is_over = false;
        Box::pin(poll_fn(move |cx| {
            is_over = is_over || self.poll(cx).is_ready();
            future.as_mut().poll(cx)
        }))
    }

    /// Drives the fetch. If the provider panics, the next call that is polled starts it afresh.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Arc<Prepared>, Failure>> {
        let flight = &*self.flight;
        // First, so that no wake is missed.
        flight.waiting.add(self.number, cx.waker());
        let others = WakeOnDrop(&flight.waiting);
        let mut fetching = lock(&flight.fetching);
        if let Some(outcome) = &fetching.outcome {
            return Poll::Ready(outcome.clone());
        }
        let waker = Waker::from(flight.waiting.clone());
        let provider = &self.provider.0.provider;
        let mut future = fetching.future.take().unwrap_or_else(|| provider.clone().provide());
        let Poll::Ready(provided) = future.as_mut().poll(&mut Context::from_waker(&waker)) else {
            std::mem::forget(others);
            fetching.future = Some(future);
            return Poll::Pending;
        };
        let outcome = provided
            .map_err(Failure::of_provider)
            .and_then(|provided| Prepared::new(provided).map(Arc::new).map_err(Failure::of_credential));
        let mut state = self.provider.state();
        (state.flight, state.kept) = (Weak::new(), None);
        match &outcome {
            Ok(new) => (state.cached, state.ask_at) = (Some(new.clone()), None),
            // Without an old credential, the clock is not read, for there may be none.
            Err(_) => state.ask_at = state.cached.as_ref().map(|_| Instant::now() + PAUSE),
        }
        fetching.outcome = Some(outcome.clone());
        Poll::Ready(outcome)
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        self.flight.waiting.remove(self.number);
    }
}

/// A fetch of a credential.
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

/// The wakers of the calls that take part in a fetch. The fetch wakes all of them.
#[derive(Default)]
struct Waiting(Mutex<Wakers>);

#[derive(Default)]
struct Wakers {
    next_number: u64,
    wakers: Vec<(u64, Waker)>,
}

impl Waiting {
    fn next_number(&self) -> u64 {
        let mut wakers = lock(&self.0);
        wakers.next_number += 1;
        wakers.next_number
    }

    fn add(&self, number: u64, waker: &Waker) {
        let wakers = &mut lock(&self.0).wakers;
        match wakers.iter_mut().find(|(other, _)| *other == number) {
            Some((_, old)) => old.clone_from(waker),
            None => wakers.push((number, waker.clone())),
        }
    }

    fn remove(&self, number: u64) {
        lock(&self.0).wakers.retain(|(other, _)| *other != number);
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        // Not while the lock is held, for a waker may run whatever it likes.
        let wakers = std::mem::take(&mut lock(&self.0).wakers);
        wakers.into_iter().for_each(|(_, waker)| waker.wake());
    }
}

/// Wakes the calls that take part, also if the provider panics.
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
trait Provide: Send + Sync {
    fn provide(self: Arc<Self>) -> FetchFuture;
}

impl<P: CredentialProvider> Provide for P {
    fn provide(self: Arc<Self>) -> FetchFuture {
        Box::pin(async move { self.credential().await })
    }
}
