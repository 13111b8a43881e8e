//! The end of a request, for the hooks and the span of the service.

use std::mem;
use std::sync::Arc;

use super::config::Config;
use super::request_id::RequestId;
use super::route::Operation;
use super::span::Span;
use crate::clock::Moment;
use crate::ends::{Fate, Hooks, Origin, Outcome, Principal, model_name};
use crate::error::ApiError;
use crate::guard::contain;
use crate::handler::Reply;

/// A hook of the service.
pub(super) type ServiceHook = Box<dyn Fn(&Outcome) + Send + Sync>;

/// Tells the hooks of the service how a request ended: when it has failed or is dropped, or else through the
/// reply or the body of the HTTP response, which takes the hooks over.
pub(super) struct RequestEnd {
    request_id: RequestId,
    principal: Principal,
    model: String,
    start: Moment,
    fate: Fate,
    span: Span,
    /// Holds the hooks; `None` before the request was routed, and if there are none.
    config: Option<Arc<Config>>,
    /// Whether anyone wants to know.
    is_watched: bool,
}

impl RequestEnd {
    pub(super) fn new(request_id: RequestId, span: Span, fate: Fate) -> Self {
        Self {
            request_id,
            principal: Principal::anonymous(),
            model: String::new(),
            start: Moment::now(),
            fate,
            is_watched: span.wants_outcome(),
            span,
            config: None,
        }
    }

    /// Says that the request was routed. From now on the hooks of the service are called as well.
    pub(super) fn set_routed(&mut self, config: &Arc<Config>, operation: Operation) {
        self.span.record_operation(operation);
        if !config.on_end.is_empty() {
            self.config = Some(Arc::clone(config));
            self.is_watched = true;
        }
    }

    pub(super) fn set_principal(&mut self, principal: &Principal) {
        self.span.record_principal(principal);
        self.principal = principal.clone();
    }

    pub(super) fn set_model(&mut self, model: &str) {
        let model = model_name(model);
        self.span.record_model(model);
        model.clone_into(&mut self.model);
    }

    pub(super) fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// Returns what tells the hooks that the service gives the request up.
    pub(super) fn fate(&self) -> &Fate {
        &self.fate
    }

    /// Passes the hooks on to a guard that outlives this one.
    pub(super) fn hand_over(&mut self) -> Self {
        Self {
            request_id: self.request_id.clone(),
            principal: mem::take(&mut self.principal),
            model: mem::take(&mut self.model),
            start: self.start,
            fate: self.fate.clone(),
            span: self.span.clone(),
            config: self.config.take(),
            is_watched: mem::take(&mut self.is_watched),
        }
    }

    /// Passes the hooks on to the reply, or calls them if the request has failed.
    pub(super) fn attach(&mut self, result: Result<Reply, ApiError>) -> Result<Reply, ApiError> {
        match result {
            Ok(mut reply) => {
                reply.add_hooks(self.take_hooks());
                reply.set_origin(&self.fate, || self.origin());
                Ok(reply)
            }
            Err(error) => {
                self.fail(&error);
                Err(error)
            }
        }
    }

    fn origin(&self) -> Origin {
        Origin {
            request_id: self.request_id.as_str().into(),
            principal: self.principal.clone(),
            model: self.model.clone(),
            start: self.start,
            fate: self.fate.clone(),
        }
    }

    /// Calls the hooks, unless they have been passed on.
    pub(super) fn fail(&mut self, error: &ApiError) {
        if let Some(mut hooks) = self.take_hooks() {
            hooks.fail(error);
        }
    }

    /// Returns the hooks, unless they have been passed on.
    pub(super) fn take_hooks(&mut self) -> Option<Box<Hooks>> {
        let mut hooks = None;
        if mem::take(&mut self.is_watched) {
            let (span, config) = (self.span.clone(), self.config.take());
            let hook = move |outcome: &Outcome| {
                span.record_outcome(outcome);
                for hook in config.iter().flat_map(|config| &config.on_end) {
                    contain(|| hook(outcome));
                }
            };
            Hooks::add(&mut hooks, Some(self.origin()), Box::new(hook));
        }
        hooks
    }
}

impl Drop for RequestEnd {
    fn drop(&mut self) {
        drop(self.take_hooks());
    }
}
