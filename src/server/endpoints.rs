//! Calls the method of the handler that an operation names.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::config::Config;
use super::draining::Draining;
use super::end::RequestEnd;
use super::lines::Lines;
use super::messages;
use super::pipeline::PipelineResult;
use super::protocol::Spoken;
use super::query::{model_query, page_query};
use super::request::decode;
use super::request_id::RequestId;
use super::respond;
use super::route::Operation;
use crate::error::ApiError;
use crate::guard::guarded;
use crate::handler::{Handler, Reply, RequestContext};
use crate::types::batches::CreateBatchRequest;
use crate::wire::{Field, to_json};

/// The future of an operation.
pub(super) type Performed<'a> = Pin<Box<dyn Future<Output = PipelineResult> + Send + 'a>>;

/// Performs an operation. `body` is that of the request, unless the operation has none.
///
/// The future is boxed, because the caller is generic over the body of the request: whoever mounts the
/// service would compile all of this once more. Each operation has one of its own, which is no larger than it
/// needs.
pub(super) fn perform<'a>(
    config: &'a Arc<Config>,
    operation: Operation,
    id: String,
    body: Bytes,
    mut context: RequestContext,
    end: &'a mut RequestEnd,
) -> Result<Performed<'a>, ApiError> {
    let handler = &config.handler;
    let request_id = end.request_id().clone();
    let performed: Performed<'a> = match operation {
        Operation::CreateMessage => {
            let (request, writer) = match context.extensions().get::<Spoken>().cloned() {
                Some(Spoken(protocol)) => {
                    let (request, writer) = protocol.read(body, &mut context)?;
                    (request, Some(writer))
                }
                None => (decode(body)?, None),
            };
            messages::create(config, request, writer, context, end)?
        }
        Operation::CountTokens => {
            let request = decode(body)?;
            Box::pin(async move {
                document(guarded(|| handler.count_tokens(*request, context)).await, &request_id)
            })
        }
        Operation::ListModels => {
            let query = model_query(query(&context))?;
            Box::pin(
                async move { document(guarded(|| handler.list_models(query, context)).await, &request_id) },
            )
        }
        Operation::GetModel => {
            Box::pin(async move { document(guarded(|| handler.get_model(id, context)).await, &request_id) })
        }
        Operation::CreateBatch => {
            let request: Box<CreateBatchRequest> = decode(body)?;
            for request in &request.requests {
                messages::check_thread(config, &request.params)?;
            }
            Box::pin(async move {
                document(guarded(|| handler.create_batch(*request, context)).await, &request_id)
            })
        }
        Operation::ListBatches => {
            let query = page_query(query(&context))?;
            Box::pin(
                async move { document(guarded(|| handler.list_batches(query, context)).await, &request_id) },
            )
        }
        Operation::GetBatch => {
            Box::pin(async move { document(guarded(|| handler.get_batch(id, context)).await, &request_id) })
        }
        Operation::CancelBatch => {
            Box::pin(
                async move { document(guarded(|| handler.cancel_batch(id, context)).await, &request_id) },
            )
        }
        Operation::DeleteBatch => {
            Box::pin(
                async move { document(guarded(|| handler.delete_batch(id, context)).await, &request_id) },
            )
        }
        Operation::BatchResults => Box::pin(async move {
            let draining = Draining::new(&config.drain, context.extensions());
            let reply = guarded(|| handler.batch_results(id, context)).await??;
            let (results, headers) = reply.into_parts();
            let lines = Lines::new(results, request_id.clone(), draining, end.fate().clone());
            Ok(respond::lines(lines, headers, &request_id))
        }),
    };
    Ok(performed)
}

fn query(context: &RequestContext) -> &str {
    context.uri().query().unwrap_or_default()
}

/// Returns the HTTP response to a call whose reply is a document.
fn document<T: Field>(
    reply: Result<Result<Reply<T>, ApiError>, ApiError>,
    request_id: &RequestId,
) -> PipelineResult {
    let (document, headers) = reply??.into_parts();
    Ok(respond::json(to_json(document.view()), headers, request_id))
}
