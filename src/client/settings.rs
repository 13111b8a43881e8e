//! The settings of a client, which a clone can have otherwise.

use std::sync::Arc;

use http::HeaderMap;

use super::endpoints::Endpoints;
use super::filter::Filter;
use super::limits::Limits;
use super::retry::{RetryBudget, RetryPolicy};
use super::transport::Transport;
use crate::auth::Credential;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) transport: Transport,
    pub(super) endpoints: Arc<Endpoints>,
    /// Sent with every request, in addition to those of [`set_content`](super::headers::set_content).
    pub(super) headers: HeaderMap,
    /// For `Debug`; it is sent as one of the headers.
    pub(super) credential: Option<Credential>,
    pub(super) limits: Limits,
    pub(super) retry: RetryPolicy,
    /// On which retries draw unless the policy has a budget.
    pub(super) budget: RetryBudget,
    pub(super) filter: Filter,
}
