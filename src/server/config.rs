//! The settings of a service.

use std::fmt;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use super::auth::DynAuthenticator;
use super::end::ServiceHook;
use super::schedule::Timing;
use crate::handler::{BoxHandler, Drain};

/// The handler of a service and all of its settings, as collected by its builder.
pub(super) struct Config {
    pub(super) handler: BoxHandler,
    /// `None` lets everyone call, which the builder allows only as an explicit
    /// choice.
    pub(super) authenticator: Option<Box<dyn DynAuthenticator>>,
    pub(super) max_body_bytes: usize,
    pub(super) body_idle_timeout: Duration,
    pub(super) timing: Timing,
    pub(super) threads: bool,
    pub(super) on_end: Vec<ServiceHook>,
    /// The header from which the id of a request is taken.
    pub(super) request_id_header: Option<HeaderName>,
    /// Sent with every HTTP response that has none of its own.
    pub(super) organization_id: Option<HeaderValue>,
    pub(super) drain: Drain,
}

impl Config {
    /// Creates the default settings around `handler`.
    pub(super) fn new(handler: BoxHandler) -> Self {
        Self {
            handler,
            authenticator: None,
            max_body_bytes: 32 * 1024 * 1024,
            body_idle_timeout: Duration::from_secs(30),
            timing: Timing::default(),
            threads: false,
            on_end: Vec::new(),
            request_id_header: None,
            organization_id: None,
            drain: Drain::new(),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            handler: _,
            authenticator,
            max_body_bytes,
            body_idle_timeout,
            timing,
            threads,
            on_end,
            request_id_header,
            organization_id,
            drain,
        } = self;
        f.debug_struct("Config")
            .field("authenticated", &authenticator.is_some())
            .field("max_body_bytes", max_body_bytes)
            .field("body_idle_timeout", body_idle_timeout)
            .field("timing", timing)
            .field("threads", threads)
            .field("on_end", &on_end.len())
            .field("request_id_header", request_id_header)
            .field("organization_id", organization_id)
            .field("drain", drain)
            .finish_non_exhaustive()
    }
}
