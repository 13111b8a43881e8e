//! The builder of the service.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::auth::{Authenticator, DynAuthenticator};
use super::config::Config;
use super::service::MessagesService;
use crate::handler::{BoxHandler, Drain, Handler};

/// A builder of a [`MessagesService`]; created by [`MessagesService::builder`].
///
/// Who may call must be decided before the service can be built, with
/// [`authenticate`](Self::authenticate) or [`unauthenticated`](Self::unauthenticated). The type
/// parameter `A` records the state of that decision, [`AuthenticationUndecided`] or
/// [`AuthenticationDecided`]. Every other setting has a default:
///
/// | setting | default | switched off by |
/// |---|---|---|
/// | [`max_body_bytes`](Self::max_body_bytes) | 32 MiB | `usize::MAX` |
/// | [`body_idle_timeout`](Self::body_idle_timeout) | 30 s | `Duration::MAX` |
/// | [`ping_interval`](Self::ping_interval) | 10 s | `Duration::MAX` |
/// | [`threads`](Self::threads) | off | |
///
/// ```
/// use std::time::Duration;
///
/// use messages_api::{ApiError, ApiKeys, MessagesService, handler_fn};
///
/// let handler = handler_fn(|_request, _context| async { Err(ApiError::internal()) });
/// let service = MessagesService::builder(handler)
///     .authenticate(ApiKeys::new(["secret"]))
///     .max_body_bytes(1024 * 1024)
///     .ping_interval(Duration::from_secs(5))
///     .build();
/// ```
///
/// A program that does not decide who may call does not compile:
///
/// ```compile_fail,E0277
/// # use messages_api::{ApiError, MessagesService, handler_fn};
/// # let handler = handler_fn(|_request, _context| async { Err(ApiError::internal()) });
/// let service = MessagesService::builder(handler).build();
/// ```
#[must_use = "a builder does nothing until the service is built"]
pub struct MessagesServiceBuilder<A = AuthenticationUndecided> {
    config: Config,
    authentication: PhantomData<A>,
}

/// The initial state of a [`MessagesServiceBuilder`]: it is undecided who may call, and the service
/// cannot be built yet.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthenticationUndecided {}

/// The state of a [`MessagesServiceBuilder`] after
/// [`authenticate`](MessagesServiceBuilder::authenticate) or
/// [`unauthenticated`](MessagesServiceBuilder::unauthenticated).
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthenticationDecided {}

mod sealed {
    /// The bound of [`build`](super::MessagesServiceBuilder::build). If `build` were a method of
    /// the decided builder only, the compiler would report it missing from the undecided one
    /// without a reason.
    #[diagnostic::on_unimplemented(
        message = "it is not decided who may call this `MessagesService`",
        label = "authentication is undecided",
        note = "call `.authenticate(..)` or `.unauthenticated()` first"
    )]
    pub trait Decided {}

    impl Decided for super::AuthenticationDecided {}
}

impl MessagesService {
    /// Creates a builder of a service around `handler`.
    pub fn builder(handler: impl Handler) -> MessagesServiceBuilder {
        MessagesServiceBuilder { config: Config::new(BoxHandler::new(handler)), authentication: PhantomData }
    }
}

impl MessagesServiceBuilder {
    /// Accepts the requests that `authenticator` accepts and rejects all others before their body
    /// is read.
    ///
    /// [`ApiKeys`](crate::server::ApiKeys) is an authenticator for a fixed set of keys.
    pub fn authenticate(
        mut self,
        authenticator: impl Authenticator,
    ) -> MessagesServiceBuilder<AuthenticationDecided> {
        let authenticator: Box<dyn DynAuthenticator> = Box::new(authenticator);
        self.config.authenticator = Some(authenticator);
        MessagesServiceBuilder { config: self.config, authentication: PhantomData }
    }

    /// Accepts every request.
    ///
    /// Choose this where something in front of the service authenticates callers. A loopback
    /// address does not protect the service: other programs on the machine, and web pages in its
    /// browser, can call it.
    pub fn unauthenticated(self) -> MessagesServiceBuilder<AuthenticationDecided> {
        MessagesServiceBuilder { config: self.config, authentication: PhantomData }
    }
}

impl<A> MessagesServiceBuilder<A> {
    /// Sets the maximum size of a request body in bytes; 32 MiB by default, and `usize::MAX` for no
    /// limit.
    ///
    /// A larger body is rejected with 413 `request_too_large`: unread if its `content-length`
    /// exceeds the limit, otherwise as soon as more bytes than that have arrived.
    ///
    /// The decoded request takes at most about twelve times as much memory as its body. One that
    /// would take more, because it consists of very many tiny parts, is rejected with 413 as well.
    /// Requests of ordinary clients take two or three times their size.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.config.max_body_bytes = bytes;
        self
    }

    /// Sets the time within which a request body must make progress; 30 seconds by default, and
    /// `Duration::MAX` for no limit.
    ///
    /// Progress is 16 KiB, or the rest of the body if that is less, so a caller that sends a byte
    /// now and then cannot hold the request open. A body that is too slow is rejected with 408.
    ///
    /// This does not cover the head of the request, which the HTTP server around the service reads.
    /// Set its timeout too.
    pub fn body_idle_timeout(mut self, timeout: Duration) -> Self {
        self.config.body_idle_timeout = timeout;
        self
    }

    /// Sets how long a stream may be silent before the service sends a `ping` event; 10 seconds by
    /// default, and `Duration::MAX` for no pings.
    ///
    /// Pings keep proxies and clients from giving up on a slow model. They start after the
    /// handler's first event.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.config.ping_interval = interval;
        self
    }

    /// Accepts requests with a `thread`, for a handler that keeps threads.
    ///
    /// A thread is a conversation that the server stores: a request that continues one has only the
    /// new turn. A handler that ignored `thread` would lose the rest of the conversation without
    /// noticing. By default, such requests are therefore rejected with 400 and the `error_code`
    /// `thread_unsupported_request`, after which the official SDKs send the whole conversation
    /// instead.
    pub fn threads(mut self) -> Self {
        self.config.threads = true;
        self
    }

    /// Uses `drain`, which several services may share, in place of a drain of this service alone.
    ///
    /// [`MessagesService::drain`] returns it.
    pub fn drain(mut self, drain: Drain) -> Self {
        self.config.drain = drain;
        self
    }

    /// Builds the service, once it is decided who may call.
    #[must_use]
    pub fn build(self) -> MessagesService
    where
        A: sealed::Decided,
    {
        MessagesService::new(self.config)
    }
}

impl<A> fmt::Debug for MessagesServiceBuilder<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MessagesServiceBuilder").field(&self.config).finish()
    }
}
