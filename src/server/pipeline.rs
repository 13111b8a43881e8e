//! The steps from a request to its HTTP response.

use std::error::Error as StdError;
use std::sync::Arc;

use http::{Request, Response};
use http_body::Body;

use super::body::MessagesBody;
use super::collect::collect;
use super::config::Config;
use super::events::Events;
use super::request::{decode, read};
use super::request_id::RequestId;
use super::respond;
use super::route::Route;
use crate::error::ApiError;
use crate::guard::{Guarded, guarded};
use crate::handler::{Handler, Reply, ReplyBody, RequestContext};
use crate::json::Json;
use crate::stream::MessageStream;
use crate::types::CreateMessageRequest;

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
    if let Some(authenticator) = &config.authenticator {
        guarded(|| authenticator.authenticate(&mut parts)).await??;
    }
    let body = read(&parts.headers, body, config.max_body_bytes, config.body_idle_timeout).await?;
    let context = RequestContext::new(request_id.as_str(), parts);
    match route {
        Route::CreateMessage => {
            let request = decode::<CreateMessageRequest>(body)?;
            if request.thread.is_some() && !config.threads {
                return Err(threads_unsupported());
            }
            let streamed = request.stream == Some(true);
            let reply = guarded(|| config.handler.create_message(request, context)).await??;
            respond_with(reply, streamed, &config, request_id).await
        }
        Route::CountTokens => {
            let request = decode(body)?;
            let reply = guarded(|| config.handler.count_tokens(request, context)).await??;
            let (count, headers) = reply.into_parts();
            Ok(respond::json(&count, headers, &request_id))
        }
    }
}

/// Gives the caller the form it asked for, whichever form the handler replied with.
async fn respond_with(
    reply: Reply,
    streamed: bool,
    config: &Config,
    request_id: RequestId,
) -> PipelineResult {
    let (body, headers) = reply.into_parts();
    if streamed {
        let stream = match body {
            ReplyBody::Stream(stream) => *stream,
            ReplyBody::Message(message) => MessageStream::from(*message),
        };
        let events = Events::start(stream, config.ping_interval, request_id.clone()).await?;
        Ok(respond::stream(events, headers, &request_id))
    } else {
        let message = match body {
            ReplyBody::Stream(stream) => collect(*stream).await?,
            ReplyBody::Message(message) => *message,
        };
        Ok(respond::json(&message, headers, &request_id))
    }
}

/// Returns the error that makes the official SDKs send the whole conversation instead.
fn threads_unsupported() -> ApiError {
    let details = serde_json::json!({ "error_code": "thread_unsupported_request" });
    let message = "thread: not supported by this server; send the whole conversation without `thread`";
    ApiError::invalid_request(message).with_details(Json::from(details))
}
