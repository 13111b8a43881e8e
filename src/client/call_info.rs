//! What a transport and its layers learn about the call behind a request.

use std::sync::Arc;

/// The call to which a request belongs.
///
/// It is in the [extensions](http::Request::extensions) of the requests that a
/// [`Transport`](super::Transport) receives, so that a layer need not parse the path or the body. It
/// is also in the extensions of the [`http::Response`] that [`Call::response`](super::Call::response),
/// [`Pages::response`](super::Pages::response), [`Items::response`](super::Items::response) and
/// [`ToolRun::response`](crate::tools::ToolRun::response) return, and tells how many attempts the call took.
///
/// ```
/// use messages_api::client::{CallInfo, RequestBody};
///
/// /// Returns what a metric is labelled with.
/// fn label(request: &http::Request<RequestBody>) -> String {
///     match request.extensions().get::<CallInfo>() {
///         Some(call) => format!("{:?} {}", call.endpoint(), call.model().unwrap_or("-")),
///         None => "unknown".to_owned(),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallInfo {
    pub(super) endpoint: Endpoint,
    pub(super) model: Option<Arc<str>>,
    pub(super) is_streamed: bool,
    pub(super) attempt: u32,
}

impl CallInfo {
    /// Returns what is called; by a bridge to another protocol, the endpoint in whose place it calls another.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Returns the model that the request names; `None` if the endpoint takes none.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Returns `true` if the HTTP response is asked to be an event stream.
    pub fn is_streamed(&self) -> bool {
        self.is_streamed
    }

    /// Returns the number of the attempt: 1 for the first, 2 for the first retry.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }
}

/// An endpoint of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// `POST /v1/messages`
    Messages,
    /// `POST /v1/messages/count_tokens`
    CountTokens,
    /// `GET /v1/models` and below
    Models,
    /// `/v1/messages/batches` and below
    Batches,
}
