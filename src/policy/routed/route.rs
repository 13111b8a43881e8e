//! The upstreams of a model, and the order in which they are asked.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::breaker::{Attempt, Breaker};
use super::choice::{Key, order_of};
use crate::handler::{BoxHandler, Handler};

/// A handler among those that a [`Routed`](super::Routed) chooses from: a client of a service, a bridge, or a
/// model of your own.
///
/// Clones share the handler and the memory of its failures. So create an upstream once and clone it for each
/// of its models:
///
/// ```
/// use messages_api::policy::{Route, Routed, Upstream};
/// # let client = messages_api::handler_fn(|_request, _context| async { Err(messages_api::ApiError::internal()) });
///
/// let upstream = Upstream::new(client);
/// let routed = Routed::new()
///     .model("large", upstream.model("claude-opus-5"))
///     .model("small", upstream.model("claude-haiku-4-5"));
/// ```
#[derive(Clone)]
pub struct Upstream {
    handler: BoxHandler,
    breaker: Arc<Breaker>,
    model: Option<Arc<str>>,
    weight: f64,
}

impl Upstream {
    /// Creates an upstream that receives requests under the name by which the caller calls the model.
    pub fn new(handler: impl Handler) -> Self {
        let breaker = Arc::new(Breaker::new(5, Duration::from_secs(30)));
        Self { handler: BoxHandler::new(handler), breaker, model: None, weight: 1.0 }
    }

    /// Returns the same upstream for requests to its model `model`.
    #[must_use]
    pub fn model(&self, model: &str) -> Self {
        Self { model: Some(model.into()), ..self.clone() }
    }

    /// Sets the share of the sessions that the upstream serves, in proportion to the weights of the others
    /// that it is chosen [among](Route::or); 1 by default.
    ///
    /// With 0, the upstream is asked only after all of those.
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = f64::from(weight);
        self
    }

    /// Sets when the upstream is left out: after how many failures in a row, and for how long. By default 5
    /// and 30 seconds; with 0 failures never.
    ///
    /// Failures are those that lead to a [fallback](super::Routed#fallbacks). If an error says `retry-after`,
    /// the upstream is left out for that time at once, but for 5 minutes at most. Then one request goes to it,
    /// and if it succeeds, all others do. If all other upstreams of a route fail, those that are left out are
    /// asked all the same, since a request must not fail where it might have succeeded.
    ///
    /// A 429 that an upstream sends to the caller, whose own credential the request carries, leads to a fallback
    /// but is no failure of the upstream: other callers have other limits there. Errors that are final count as
    /// neither failure nor success.
    ///
    /// The clones of this upstream that exist already keep their own memory.
    #[must_use]
    pub fn breaker(mut self, failures: u32, pause: Duration) -> Self {
        self.breaker = Arc::new(Breaker::new(failures, pause));
        self
    }

    pub(super) fn handler(&self) -> &BoxHandler {
        &self.handler
    }

    /// Replaces the name of the model by that which the upstream knows. Returns the latter, and the former if it
    /// is another one.
    pub(super) fn rename(&self, name: &mut String) -> (Arc<str>, Option<String>) {
        match &self.model {
            Some(model) => (Arc::clone(model), Some(std::mem::replace(name, (**model).to_owned()))),
            None => (name.as_str().into(), None),
        }
    }

    pub(super) fn share(&self) -> f64 {
        self.weight
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream")
            .field("model", &self.model)
            .field("weight", &self.weight)
            .finish_non_exhaustive()
    }
}

/// The upstreams of a model: steps that are tried one after the other, with one or more upstreams in each.
///
/// An [`Upstream`] alone converts into a route.
///
/// ```
/// use messages_api::policy::{Route, Upstream};
/// # let handler = || messages_api::handler_fn(|_request, _context| async { Err(messages_api::ApiError::internal()) });
/// # let (east, west, other) = (Upstream::new(handler()), Upstream::new(handler()), Upstream::new(handler()));
///
/// // Three of four sessions go to `east`. If both fail, `other` is asked.
/// let route = Route::new(east.weight(3)).or(west).then(other.model("gpt-oss-120b"));
/// ```
#[derive(Clone, Debug)]
pub struct Route {
    steps: Vec<Vec<Upstream>>,
}

impl Route {
    /// Creates a route to one upstream.
    pub fn new(upstream: Upstream) -> Self {
        Self { steps: vec![vec![upstream]] }
    }

    /// Adds an upstream to the last step. Each session goes to one of those, according to their
    /// [weights](Upstream::weight), and to the others if that one fails.
    #[must_use]
    pub fn or(mut self, upstream: Upstream) -> Self {
        if let Some(step) = self.steps.last_mut() {
            step.push(upstream);
        }
        self
    }

    /// Adds a step, which is tried if all upstreams before it have failed.
    #[must_use]
    pub fn then(mut self, upstream: Upstream) -> Self {
        self.steps.push(vec![upstream]);
        self
    }

    /// Returns the upstreams in the order in which a request asks them. The session is asked for only where there
    /// is a choice.
    pub(super) fn upstreams(&self, session: impl FnOnce() -> Key) -> Upstreams<'_> {
        let has_choice = self.steps.iter().any(|step| step.len() > 1);
        let key = has_choice.then(session);
        let Some(key) = key else {
            let mut upstreams = self.steps.iter().flatten();
            return Upstreams {
                first: upstreams.next(),
                others: upstreams.collect(),
                ..Upstreams::default()
            };
        };
        let others = self.steps.iter().flat_map(|step| order_of(step, key)).collect();
        Upstreams { others, ..Upstreams::default() }
    }
}

/// The upstreams that a request has not asked yet: at first those that are not left out, and then the others,
/// since a request must not fail where it might succeed.
#[derive(Default)]
pub(super) struct Upstreams<'a> {
    /// The only one on most routes.
    first: Option<&'a Upstream>,
    /// Those that follow. They may turn out to be left out, and so may the first one.
    others: VecDeque<&'a Upstream>,
    left_out: VecDeque<&'a Upstream>,
}

impl<'a> Upstreams<'a> {
    /// Begins an attempt at the next one.
    pub(super) fn next(&mut self) -> Option<(&'a Upstream, Attempt)> {
        while let Some(upstream) = self.first.take().or_else(|| self.others.pop_front()) {
            match upstream.breaker.begin() {
                Some(attempt) => return Some((upstream, attempt)),
                None => self.left_out.push_back(upstream),
            }
        }
        let upstream = self.left_out.pop_front()?;
        Some((upstream, upstream.breaker.begin_anyway()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.others.is_empty() && self.left_out.is_empty()
    }
}

impl From<Upstream> for Route {
    fn from(upstream: Upstream) -> Self {
        Self::new(upstream)
    }
}
