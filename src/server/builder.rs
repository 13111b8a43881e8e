//! Sets the service up.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::auth::{Authenticator, DynAuthenticator};
use super::config::Config;
use super::service::MessagesService;
use crate::handler::{BoxHandler, Handler};

/// Sets up a [`MessagesService`]; made by [`MessagesService::builder`].
///
/// Who may call must be decided before the service can be built, with
/// [`authenticate`](Self::authenticate) or [`unauthenticated`](Self::unauthenticated). The type
/// parameter `A` records that decision, as [`AuthenticationUndecided`] or [`AuthenticationDecided`].
///
/// | limit | default | off |
/// |---|---|---|
/// | [`max_body_bytes`](Self::max_body_bytes) | 32 MiB | `usize::MAX` |
/// | [`body_idle_timeout`](Self::body_idle_timeout) | 30 s | `Duration::MAX` |
/// | [`ping_interval`](Self::ping_interval) | 10 s | `Duration::MAX` |
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
/// Without that decision, the program does not compile:
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

/// The state of a [`MessagesServiceBuilder`] before it is decided who may call: the service cannot be built.
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
    /// Bounds [`build`](super::MessagesServiceBuilder::build). A method of the decided builder alone would
    /// be missing from the undecided one, and the compiler could not explain why.
    #[diagnostic::on_unimplemented(
        message = "it is not decided who may call this `MessagesService`",
        label = "authentication is undecided",
        note = "call `.authenticate(..)` or `.unauthenticated()` first"
    )]
    pub trait Decided {}

    impl Decided for super::AuthenticationDecided {}
}

impl MessagesService {
    /// Starts to set up a service that `handler` answers for.
    pub fn builder(handler: impl Handler) -> MessagesServiceBuilder {
        MessagesServiceBuilder { config: Config::new(BoxHandler::new(handler)), authentication: PhantomData }
    }
}

impl MessagesServiceBuilder {
    /// Lets those call whom `authenticator` lets pass, such as
    /// [`ApiKeys`](crate::server::ApiKeys).
    pub fn authenticate(
        mut self,
        authenticator: impl Authenticator,
    ) -> MessagesServiceBuilder<AuthenticationDecided> {
        let authenticator: Box<dyn DynAuthenticator> = Box::new(authenticator);
        self.config.authenticator = Some(authenticator);
        MessagesServiceBuilder { config: self.config, authentication: PhantomData }
    }

    /// Lets everybody call. Right where something in front of the service
    /// decides; on a port of your own machine, remember that other programs
    /// and the pages in its browser can call it as well.
    pub fn unauthenticated(self) -> MessagesServiceBuilder<AuthenticationDecided> {
        MessagesServiceBuilder { config: self.config, authentication: PhantomData }
    }
}

impl<A> MessagesServiceBuilder<A> {
    /// The largest request body; 32 MiB unless set, as the API has it.
    ///
    /// A larger one is 413 `request_too_large`: before anything is read where
    /// `content-length` says so, else as soon as the limit is passed.
    /// `usize::MAX` switches it off.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.config.max_body_bytes = bytes;
        self
    }

    /// How long to wait for more of a request body; 30 seconds unless set.
    ///
    /// Within this time 16 KiB must arrive, or all that is left: a caller
    /// that sends a byte now and then does not go on forever. Otherwise the
    /// answer is 408, and the handler is not called. `Duration::MAX` switches
    /// it off.
    ///
    /// The time before the body, in which the head arrives, belongs to the
    /// HTTP server that the service is mounted in: set its limit too.
    pub fn body_idle_timeout(mut self, timeout: Duration) -> Self {
        self.config.body_idle_timeout = timeout;
        self
    }

    /// How long a streamed answer may be silent before a `ping` event is sent;
    /// 10 seconds unless set.
    ///
    /// Pings keep proxies and clients from giving up. They begin after the
    /// first event of the handler. `Duration::MAX` switches them off.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.config.ping_interval = interval;
        self
    }

    /// Passes requests that carry `thread` on to the handler.
    ///
    /// A thread is a conversation that the server keeps, and a request that
    /// continues one holds only its last turn. A handler that ignores `thread`
    /// therefore loses the rest unnoticed. Unless this is said, such requests
    /// are refused with 400 and `details.error_code =
    /// "thread_unsupported_request"`, upon which the official SDKs send the
    /// whole conversation instead.
    pub fn threads(mut self) -> Self {
        self.config.threads = true;
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
