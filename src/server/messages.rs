//! Serves `POST …/messages`: calls the handler and gives the caller the form it asked for.

use std::sync::Arc;

use super::collect::collect;
use super::config::Config;
use super::events::{Events, ReplyFuture};
use super::pipeline::PipelineResult;
use super::request_id::RequestId;
use super::respond;
use super::schedule::Schedule;
use crate::error::ApiError;
use crate::guard::guarded;
use crate::handler::{Handler, RequestContext};
use crate::json::Json;
use crate::types::CreateMessageRequest;

/// Calls the handler and turns its reply into an HTTP response of the form that the caller asked for,
/// whichever form the handler replies with.
pub(super) async fn create(
    config: Arc<Config>,
    request: CreateMessageRequest,
    context: RequestContext,
    request_id: RequestId,
) -> PipelineResult {
    if request.thread.is_some() && !config.threads {
        return Err(threads_unsupported());
    }
    let timing = config.timing;
    let is_streamed = request.stream == Some(true);
    let reply: ReplyFuture =
        Box::pin(async move { guarded(|| config.handler.create_message(request, context)).await? });
    if is_streamed {
        let mut events = Events::new(reply, Schedule::of_stream(timing), request_id.clone());
        let headers = events.start().await?;
        Ok(respond::stream(events, headers, &request_id))
    } else {
        let (message, headers) = collect(reply, Schedule::of_whole(timing), &request_id).await?;
        Ok(respond::json(&message, headers, &request_id))
    }
}

/// Returns the error that makes the official SDKs send the whole conversation instead.
fn threads_unsupported() -> ApiError {
    let details = serde_json::json!({ "error_code": "thread_unsupported_request" });
    let message = "thread: not supported by this server; send the whole conversation without `thread`";
    ApiError::invalid_request(message).with_details(Json::from(details))
}
