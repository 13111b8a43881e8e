//! Sets the service up.

use std::fmt;
use std::time::Duration;

use super::auth::{Authenticator, DynAuthenticator};
use super::config::Config;
use super::service::MessagesService;
use crate::handler::{BoxHandler, Handler};

/// Sets up a [`MessagesService`]; made by [`MessagesService::builder`].
///
/// Who may call has to be said before it can be built: `DECIDED` is whether
/// it was, with [`authenticate`](Self::authenticate) or
/// [`unauthenticated`](Self::unauthenticated).
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
/// It cannot be built before it was said who may call:
///
/// ```compile_fail,E0599
/// # use messages_api::{ApiError, MessagesService, handler_fn};
/// # let handler = handler_fn(|_request, _context| async { Err(ApiError::internal()) });
/// let service = MessagesService::builder(handler).build();
/// ```
#[must_use]
pub struct MessagesServiceBuilder<const DECIDED: bool> {
    config: Config,
}

impl MessagesService {
    /// Starts to set up a service that `handler` answers for.
    pub fn builder(handler: impl Handler) -> MessagesServiceBuilder<false> {
        MessagesServiceBuilder { config: Config::new(BoxHandler::new(handler)) }
    }
}

impl MessagesServiceBuilder<false> {
    /// Lets those call whom `authenticator` lets pass, such as
    /// [`ApiKeys`](crate::server::ApiKeys).
    pub fn authenticate(mut self, authenticator: impl Authenticator) -> MessagesServiceBuilder<true> {
        let authenticator: Box<dyn DynAuthenticator> = Box::new(authenticator);
        self.config.authenticator = Some(authenticator);
        MessagesServiceBuilder { config: self.config }
    }

    /// Lets everybody call. Right where something in front of the service
    /// decides; on a port of your own machine, remember that other programs
    /// and the pages in its browser can call it as well.
    pub fn unauthenticated(self) -> MessagesServiceBuilder<true> {
        MessagesServiceBuilder { config: self.config }
    }
}

impl<const DECIDED: bool> MessagesServiceBuilder<DECIDED> {
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
}

impl MessagesServiceBuilder<true> {
    /// The service.
    #[must_use]
    pub fn build(self) -> MessagesService {
        MessagesService::new(self.config)
    }
}

impl<const DECIDED: bool> fmt::Debug for MessagesServiceBuilder<DECIDED> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MessagesServiceBuilder").field(&self.config).finish()
    }
}
