//! The steps from a request to its HTTP response.

use std::error::Error as StdError;
use std::sync::Arc;

use http::{Request, Response};
use http_body::Body;

use super::body::MessagesBody;
use super::config::Config;
use super::endpoints::perform;
use super::request::read;
use super::request_id::RequestId;
use super::respond;
use super::route::Route;
use crate::error::ApiError;
use crate::guard::{Guarded, guarded};
use crate::handler::RequestContext;

/// The HTTP response to a request, or the error that the caller receives instead.
pub(super) type PipelineResult = Result<Response<MessagesBody>, ApiError>;

/// Routes and authenticates the request, reads its body, calls the handler and turns its reply into
/// an HTTP response.
///
/// The order matters: no byte of the body is read before the caller is authenticated, and the
/// handler is not called before the whole request has been read.
pub(super) async fn run<B>(config: Arc<Config>, request: Request<B>, request_id: RequestId) -> PipelineResult
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let (mut parts, body) = request.into_parts();
    let body = Guarded::new(Box::pin(body));
    let (operation, id) = match Route::find(&parts.method, parts.uri.path())? {
        Route::Operation(operation, id) => (operation, id),
        Route::Methods(allow) => return Ok(respond::methods(allow, &request_id)),
    };
    if let Some(authenticator) = &config.authenticator {
        guarded(|| authenticator.authenticate(&mut parts)).await??;
    }
    let body = if operation.has_body() {
        read(&parts.headers, body, config.max_body_bytes, config.body_idle_timeout).await?
    } else {
        Vec::new()
    };
    let context = RequestContext::new(request_id.as_str(), parts);
    perform(config, operation, id, body, context, request_id).await
}
