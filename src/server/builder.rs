//! The builder of the service.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use tower_layer::Layer;

use super::auth::{Authenticator, DynAuthenticator};
use super::config::Config;
use super::schedule::Timing;
use super::service::MessagesService;
use crate::handler::{BoxHandler, Drain, Handler, Outcome};

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
/// | [`first_event_timeout`](Self::first_event_timeout) | off | `Duration::MAX` |
/// | [`event_timeout`](Self::event_timeout) | 10 min | `Duration::MAX` |
/// | [`total_timeout`](Self::total_timeout) | off | `Duration::MAX` |
/// | [`threads`](Self::threads) | off | |
/// | [`on_end`](Self::on_end) | no hook | |
/// | [`layer`](Self::layer) | none | |
/// | [`request_id_header`](Self::request_id_header) | random ids | |
/// | [`organization_id`](Self::organization_id) | no header | |
///
/// [`without_clock`](Self::without_clock) switches everything off that needs a clock.
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
    layers: Layers,
    authentication: PhantomData<A>,
}

/// The layers around the handler, the outermost first.
type Layers = Vec<Box<dyn FnOnce(BoxHandler) -> BoxHandler + Send + Sync>>;

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
        let config = Config::new(BoxHandler::new(handler));
        MessagesServiceBuilder { config, layers: Vec::new(), authentication: PhantomData }
    }
}

impl MessagesServiceBuilder {
    /// Accepts the requests that `authenticator` accepts and rejects all others before their body
    /// is read.
    ///
    /// [`ApiKeys`](crate::server::ApiKeys) is an authenticator for a list of keys.
    pub fn authenticate(
        mut self,
        authenticator: impl Authenticator,
    ) -> MessagesServiceBuilder<AuthenticationDecided> {
        let authenticator: Box<dyn DynAuthenticator> = Box::new(authenticator);
        self.config.authenticator = Some(authenticator);
        self.unauthenticated()
    }

    /// Accepts every request.
    ///
    /// Choose this where something in front of the service authenticates callers. A loopback
    /// address does not protect the service: other programs on the machine, and web pages in its
    /// browser, can call it.
    pub fn unauthenticated(self) -> MessagesServiceBuilder<AuthenticationDecided> {
        MessagesServiceBuilder { config: self.config, layers: self.layers, authentication: PhantomData }
    }
}

impl<A> MessagesServiceBuilder<A> {
    /// Wraps the handler in a layer. The layer that is added first is the outermost one.
    ///
    /// The handler that a layer makes receives the requests of callers that the authenticator has accepted.
    /// The policies of the module `policy` have layers, and one of your own is any
    /// [`Layer`] over a [`BoxHandler`] whose service is a [`Handler`]:
    ///
    /// ```
    /// use messages_api::{ApiError, CreateMessageRequest, Handler, MessagesService, Reply, RequestContext};
    /// use tower::layer::layer_fn;
    ///
    /// struct Brief<H>(H);
    ///
    /// impl<H: Handler> Handler for Brief<H> {
    ///     async fn create_message(
    ///         &self,
    ///         request: CreateMessageRequest,
    ///         context: RequestContext,
    ///     ) -> Result<Reply, ApiError> {
    ///         self.0.create_message(request.system("Be brief."), context).await
    ///     }
    /// }
    ///
    /// # let handler = messages_api::handler_fn(|_request, _context| async { Err(ApiError::internal()) });
    /// let service = MessagesService::builder(handler).layer(layer_fn(Brief)).unauthenticated().build();
    /// ```
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<BoxHandler> + Send + Sync + 'static,
        L::Service: Handler,
    {
        self.layers.push(Box::new(move |handler| BoxHandler::new(layer.layer(handler))));
        self
    }

    /// Sets the maximum size of a request body in bytes; 32 MiB by default, and `usize::MAX` for no
    /// limit.
    ///
    /// A larger body is rejected with 413 `request_too_large`. No more of it than the limit is kept in
    /// memory, and nothing if its `content-length` exceeds the limit.
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
    /// Pings keep proxies and clients from giving up on a slow model. The first interval begins when
    /// the request has been read. If the handler has produced no event by its end, the HTTP response
    /// begins all the same, with the status 200 and a ping. So the interval is also how long a failure
    /// of a streamed call can still have a status of its own; see
    /// [`MessagesService`](crate::server::MessagesService#streams). Without pings, the HTTP response
    /// always waits for the first event.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.config.timing.ping_interval = interval;
        self
    }

    /// Limits the time until the handler's stream has its first event that is not a ping; unlimited by
    /// default, and with `Duration::MAX`.
    ///
    /// If the caller asked for a stream, the time begins when the request has been read, and includes
    /// the time that the handler takes to reply; otherwise it begins with the handler's reply. A stream
    /// that is too late fails with a `timeout_error`.
    ///
    /// A policy may hold the first events back: until the content begins, if another upstream can still take
    /// over from the one that replies.
    pub fn first_event_timeout(mut self, timeout: Duration) -> Self {
        self.config.timing.first_event_timeout = timeout;
        self
    }

    /// Limits the time between two events of the handler's stream, and until the first; 10 minutes by
    /// default, and `Duration::MAX` for no limit.
    ///
    /// A ping that the handler sends counts as an event, as with `ClientBuilder::event_timeout`; those
    /// that the service adds do not. Time during which the caller does not read does not count either.
    /// A stream that is too slow fails with a `timeout_error`. Without a limit, a handler that hangs is
    /// waited for until the caller leaves, since the pings go on.
    ///
    /// Events that a policy holds back until the content begins, as at
    /// [`first_event_timeout`](Self::first_event_timeout), do not count before.
    pub fn event_timeout(mut self, timeout: Duration) -> Self {
        self.config.timing.event_timeout = timeout;
        self
    }

    /// Limits the time from the end of the request to the end of the message, whole or streamed;
    /// unlimited by default, and with `Duration::MAX`.
    ///
    /// A handler that takes longer is dropped, and its caller receives a `timeout_error`. While the
    /// caller does not read, a stream is not ended.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.config.timing.total_timeout = timeout;
        self
    }

    /// Removes all limits of time and the pings, so that the service needs no clock.
    ///
    /// Use it where tokio's timer does not work: outside a tokio runtime, or on
    /// `wasm32-unknown-unknown`, for which the standard library has no clock. A limit that is set
    /// afterwards takes effect.
    pub fn without_clock(mut self) -> Self {
        self.config.timing = Timing::OFF;
        self.body_idle_timeout(Duration::MAX)
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

    /// Adds a hook that is called once for each request, when it has ended, however that came about.
    ///
    /// It is called for every request to an endpoint of the service: also for those that were rejected with
    /// 401 or 413, and for those of callers that left before the HTTP response began. The rules are those of
    /// [`OnEnd`](crate::handler::OnEnd), which a handler uses that wraps another one: the hook must be quick,
    /// and a panic in it is caught. Hooks of the service are called after those of handlers, in the order in
    /// which they were added.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// use messages_api::{ApiKeys, MessagesService};
    /// # use messages_api::{ApiError, handler_fn};
    ///
    /// # let handler = handler_fn(|_request, _context| async { Err(ApiError::internal()) });
    /// let tokens = Arc::new(AtomicU64::new(0));
    /// let counted = tokens.clone();
    /// let service = MessagesService::builder(handler)
    ///     .authenticate(ApiKeys::named([("alice", "key-of-alice")]))
    ///     .on_end(move |outcome| {
    ///         println!("{}: {}", outcome.principal.id(), outcome.end.as_str());
    ///         let output = outcome.usage.as_ref().map_or(0, |usage| usage.output_tokens);
    ///         counted.fetch_add(output, Ordering::Relaxed);
    ///     })
    ///     .build();
    /// ```
    pub fn on_end(mut self, hook: impl Fn(&Outcome) + Send + Sync + 'static) -> Self {
        self.config.on_end.push(Box::new(hook));
        self
    }

    /// Takes the id of a request from this header, where a proxy in front of the service has set one. Without
    /// this setting every id is random.
    ///
    /// The id is sent back as `request-id`, is part of every error, and is what handlers and hooks see. One
    /// that is longer than 128 bytes, or has other characters than ASCII letters, digits and `-_.:/+=@`, is
    /// replaced by a random one, and so is one that occurs more than once. The proxy should overwrite the
    /// header, since callers could otherwise choose their ids.
    ///
    /// ```
    /// # use messages_api::{ApiError, MessagesService, handler_fn};
    /// use http::HeaderName;
    ///
    /// # let handler = handler_fn(|_request, _context| async { Err(ApiError::internal()) });
    /// let service = MessagesService::builder(handler)
    ///     .request_id_header(HeaderName::from_static("x-request-id"))
    ///     .unauthenticated()
    ///     .build();
    /// ```
    pub fn request_id_header(mut self, name: HeaderName) -> Self {
        self.config.request_id_header = Some(name);
        self
    }

    /// Sets the header `anthropic-organization-id` of every HTTP response, errors included. Without this
    /// setting it is absent.
    ///
    /// A reply or an error of the handler that has the header keeps its own, for a service of several
    /// organizations.
    pub fn organization_id(mut self, id: HeaderValue) -> Self {
        self.config.organization_id = Some(id);
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
    pub fn build(mut self) -> MessagesService
    where
        A: sealed::Decided,
    {
        for layer in self.layers.into_iter().rev() {
            self.config.handler = layer(self.config.handler);
        }
        MessagesService::new(self.config)
    }
}

impl<A> fmt::Debug for MessagesServiceBuilder<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MessagesServiceBuilder").field(&self.config).finish()
    }
}
