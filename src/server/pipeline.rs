//! The steps from a request to its HTTP response.

use std::error::Error as StdError;
use std::sync::Arc;

use http::{Request, Response};
use http_body::Body;

use super::body::MessagesBody;
use super::config::Config;
use super::draining;
use super::messages;
use super::request::{decode, read};
use super::request_id::RequestId;
use super::respond;
use super::route::Route;
use crate::error::ApiError;
use crate::guard::{Guarded, guarded};
use crate::handler::{Handler, RequestContext};

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
    let route = Route::find(&parts.method, parts.uri.path())?;
    draining::check(&config.drain, &parts.extensions)?;
    if let Some(authenticator) = &config.authenticator {
        guarded(|| authenticator.authenticate(&mut parts)).await??;
    }
    let body = read(&parts.headers, body, config.max_body_bytes, config.body_idle_timeout).await?;
    let context = RequestContext::new(request_id.as_str(), parts);
    match route {
        Route::CreateMessage => messages::create(&config, decode(body)?, context, request_id).await,
        Route::CountTokens => {
            let request = decode(body)?;
            let reply = guarded(|| config.handler.count_tokens(request, context)).await??;
            let (count, headers) = reply.into_parts();
            Ok(respond::json(&count, headers, &request_id))
        }
    }
}
