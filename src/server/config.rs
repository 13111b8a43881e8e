//! The settings of a service.

use std::fmt;
use std::time::Duration;

use super::auth::DynAuthenticator;
use crate::handler::{BoxHandler, Drain};

/// The handler of a service and all of its settings, as collected by its builder.
pub(super) struct Config {
    pub(super) handler: BoxHandler,
    /// `None` lets everyone call, which the builder allows only as an explicit
    /// choice.
    pub(super) authenticator: Option<Box<dyn DynAuthenticator>>,
    pub(super) max_body_bytes: usize,
    pub(super) body_idle_timeout: Duration,
    pub(super) ping_interval: Duration,
    pub(super) threads: bool,
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
            ping_interval: Duration::from_secs(10),
            threads: false,
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
            ping_interval,
            threads,
            drain,
        } = self;
        f.debug_struct("Config")
            .field("authenticated", &authenticator.is_some())
            .field("max_body_bytes", max_body_bytes)
            .field("body_idle_timeout", body_idle_timeout)
            .field("ping_interval", ping_interval)
            .field("threads", threads)
            .field("drain", drain)
            .finish_non_exhaustive()
    }
}
