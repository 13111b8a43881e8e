//! Serves `POST …/messages`: calls the handler and gives the caller the form it asked for.

use std::sync::Arc;

use super::collect::collect;
use super::config::Config;
use super::draining::Draining;
use super::end::RequestEnd;
use super::endpoints::Performed;
use super::events::{Events, ReplyFuture};
use super::exclusive::Exclusive;
use super::pipeline::PipelineResult;
use super::protocol::WriteMessage;
use super::request_id::RequestId;
use super::respond;
use super::schedule::Schedule;
use crate::error::ApiError;
use crate::guard::guarded;
use crate::handler::{Handler, Reply, RequestContext};
use crate::json::Json;
use crate::types::CreateMessageRequest;
use crate::wire::{Field, to_json};

/// Calls the handler and turns its reply into an HTTP response of the form that the caller asked for,
/// whichever form the handler replies with. `writer` writes it in a protocol other than this API's.
pub(super) fn create<'a>(
    config: &'a Arc<Config>,
    request: Box<CreateMessageRequest>,
    writer: Option<Box<dyn WriteMessage>>,
    context: RequestContext,
    end: &'a mut RequestEnd,
) -> Result<Performed<'a>, ApiError> {
    end.set_model(&request.model);
    check_thread(config, &request)?;
    if request.stream == Some(true) {
        let draining = Draining::new(&config.drain, context.extensions());
        let (request_id, fate) = (end.request_id().clone(), end.fate().clone());
        let reply: ReplyFuture = Box::pin(reply(Arc::clone(config), request, context, end.hand_over()));
        let schedule = Schedule::of_stream(config.timing);
        let events = Events::new(reply, writer, schedule, request_id.clone(), draining, fate);
        return Ok(Box::pin(streamed(Box::new(Exclusive::new(events)), request_id)));
    }
    let schedule = Schedule::of_whole(config.timing);
    let reply = guarded(|| config.handler.create_message(*request, context));
    Ok(Box::pin(whole(reply, writer, schedule, end)))
}

// This and `whole` would hold each argument twice as an `async fn`.
#[allow(clippy::manual_async_fn)]
fn reply(
    config: Arc<Config>,
    request: Box<CreateMessageRequest>,
    context: RequestContext,
    mut end: RequestEnd,
) -> impl Future<Output = Result<Reply, ApiError>> + Send {
    async move {
        let result = guarded(|| config.handler.create_message(*request, context)).await;
        end.attach(result.and_then(|result| result))
    }
}

async fn streamed(mut events: Box<Exclusive<Events>>, request_id: RequestId) -> PipelineResult {
    let headers = events.get_mut().start().await?;
    Ok(respond::stream(events, headers, &request_id))
}

#[allow(clippy::manual_async_fn)]
fn whole<'a>(
    reply: impl Future<Output = Result<Result<Reply, ApiError>, ApiError>> + Send + Unpin + 'a,
    writer: Option<Box<dyn WriteMessage>>,
    mut schedule: Schedule,
    end: &'a mut RequestEnd,
) -> impl Future<Output = PipelineResult> + Send + 'a {
    async move {
        let (message, headers, hooks) = collect(reply, &mut schedule, end).await?;
        let body = writer.map_or_else(|| to_json(message.view()), |writer| writer.message(&message));
        let mut response = respond::json(body, headers, end.request_id());
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
