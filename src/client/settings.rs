//! The settings of a client, which can differ between clones.

use http::HeaderMap;

use super::credentials::Source;
use super::endpoints::Endpoints;
use super::filter::Filter;
use super::limits::Limits;
use super::query::Query;
use super::retry::{RetryBudget, RetryPolicy};
use super::transport::Transport;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) transport: Transport,
    pub(super) endpoints: Endpoints,
    /// Sent with every request, in addition to those of [`set_content`](super::headers::set_content).
    pub(super) headers: HeaderMap,
    /// Sent with every request, unless there is a header of the same name.
    pub(super) credential: Source,
    /// Whether the credential is that of the caller on whose behalf requests are made.
    pub(super) is_callers_credential: bool,
    /// Whether the server speaks another protocol, in which a credential is always a bearer token.
    pub(super) is_foreign: bool,
    /// Whether requests say how many retries preceded them.
    pub(super) counts_retries: bool,
    pub(super) query: Query,
    pub(super) limits: Limits,
    pub(super) retry: RetryPolicy,
    /// On which retries draw unless the policy has a budget.
    pub(super) budget: RetryBudget,
    pub(super) filter: Filter,
}
