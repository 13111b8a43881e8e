//! Serves `POST …/messages`: calls the handler and gives the caller the form it asked for.

use super::collect::collect;
use super::config::Config;
use super::events::Events;
use super::pipeline::PipelineResult;
use super::request_id::RequestId;
use super::respond;
use crate::error::ApiError;
use crate::guard::guarded;
use crate::handler::{Handler, Reply, ReplyBody, RequestContext};
use crate::json::Json;
use crate::stream::MessageStream;
use crate::types::CreateMessageRequest;

/// Calls the handler and turns its reply into an HTTP response.
pub(super) async fn create(
    config: &Config,
    request: CreateMessageRequest,
    context: RequestContext,
    request_id: RequestId,
) -> PipelineResult {
    check_thread(config, &request)?;
    let streamed = request.stream == Some(true);
    let reply = guarded(|| config.handler.create_message(request, context)).await??;
    respond_with(reply, streamed, config, request_id).await
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

/// Rejects a request with a `thread` if the handler keeps none. The error makes the official SDKs send
/// the whole conversation instead.
pub(super) fn check_thread(config: &Config, request: &CreateMessageRequest) -> Result<(), ApiError> {
    if request.thread.is_none() || config.threads {
        return Ok(());
    }
    let details = serde_json::json!({ "error_code": "thread_unsupported_request" });
    let message = "thread: not supported by this server; send the whole conversation without `thread`";
    Err(ApiError::invalid_request(message).with_details(Json::from(details)))
}
