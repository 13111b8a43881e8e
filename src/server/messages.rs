//! Serves `POST …/messages`: calls the handler and gives the caller the form it asked for.

use std::mem;

use super::collect::collect;
use super::config::Config;
use super::end::RequestEnd;
use super::events::Events;
use super::pipeline::PipelineResult;
use super::request_id::RequestId;
use super::respond;
use crate::error::ApiError;
use crate::guard::guarded;
use crate::handler::{Handler, Reply, ReplyBody, RequestContext};
use crate::json::Json;
use crate::types::CreateMessageRequest;

/// Calls the handler and turns its reply into an HTTP response.
pub(super) async fn create(
    config: &Config,
    request: CreateMessageRequest,
    context: RequestContext,
    request_id: RequestId,
    end: &mut RequestEnd,
) -> PipelineResult {
    end.set_model(&request.model);
    check_thread(config, &request)?;
    let streamed = request.stream == Some(true);
    let result = guarded(|| config.handler.create_message(request, context)).await;
    respond_with(end.attach(result.and_then(|result| result))?, streamed, config, request_id).await
}

/// Gives the caller the form it asked for, whichever form the handler replied with.
async fn respond_with(
    mut reply: Reply,
    streamed: bool,
    config: &Config,
    request_id: RequestId,
) -> PipelineResult {
    if streamed {
        let headers = mem::take(reply.headers_mut());
        let events = Events::start(reply.into_stream(), config.ping_interval, request_id.clone()).await?;
        Ok(respond::stream(events, headers, &request_id))
    } else {
        let (body, headers, hooks) = reply.into_parts_and_hooks();
        let (message, hooks) = match body {
            ReplyBody::Stream(stream) => collect(*stream).await?,
            ReplyBody::Message(message) => (*message, hooks),
        };
        let mut response = respond::json(&message, headers, &request_id);
        response.body_mut().add_hooks(hooks);
        Ok(response)
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
