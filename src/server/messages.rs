//! Serves `POST …/messages`: calls the handler and gives the caller the form it asked for.

use std::sync::Arc;

use super::collect::collect;
use super::config::Config;
use super::draining::Draining;
use super::end::RequestEnd;
use super::events::{Events, ReplyFuture};
use super::pipeline::PipelineResult;
use super::protocol::WriteMessage;
use super::request_id::RequestId;
use super::respond;
use super::schedule::Schedule;
use crate::error::ApiError;
use crate::guard::guarded;
use crate::handler::{Handler, RequestContext};
use crate::json::Json;
use crate::types::CreateMessageRequest;
use crate::wire::{Field, to_json};

/// Calls the handler and turns its reply into an HTTP response of the form that the caller asked for,
/// whichever form the handler replies with. `writer` writes it in a protocol other than this API's.
pub(super) async fn create(
    config: Arc<Config>,
    request: CreateMessageRequest,
    writer: Option<Box<dyn WriteMessage>>,
    context: RequestContext,
    request_id: RequestId,
    end: &mut RequestEnd,
) -> PipelineResult {
    end.set_model(&request.model);
    check_thread(&config, &request)?;
    let timing = config.timing;
    let is_streamed = request.stream == Some(true);
    let (fate, draining) = (end.fate().clone(), Draining::new(&config.drain, context.extensions()));
    let mut end = end.hand_over();
    let reply: ReplyFuture = Box::pin(async move {
        let result = guarded(|| config.handler.create_message(request, context)).await;
        end.attach(result.and_then(|result| result))
    });
    if is_streamed {
        let schedule = Schedule::of_stream(timing);
        let mut events = Events::new(reply, writer, schedule, request_id.clone(), draining, fate);
        let headers = events.start().await?;
        Ok(respond::stream(events, headers, &request_id))
    } else {
        let (message, headers, hooks) = collect(reply, Schedule::of_whole(timing), &fate).await?;
        let body = writer.map_or_else(|| to_json(message.view()), |writer| writer.message(&message));
        let mut response = respond::json(body, headers, &request_id);
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
