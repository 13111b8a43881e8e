//! The steps from a request to its HTTP response.

use std::error::Error as StdError;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response};
use http_body::Body;

use super::body::MessagesBody;
use super::config::Config;
use super::draining;
use super::end::RequestEnd;
use super::endpoints::perform;
use super::respond;
use super::route::{Operation, Route};
use super::upload::Upload;
use crate::error::ApiError;
use crate::guard::guarded;
use crate::handler::{Principal, RequestContext};

/// The HTTP response to a request, or the error that the caller receives instead.
pub(super) type PipelineResult = Result<Response<MessagesBody>, ApiError>;

/// Routes and authenticates the request, reads its body, calls the handler and turns its reply into
/// an HTTP response.
///
/// If the request is rejected before that, what is left of its body is read all the same, since the
/// caller might not see the error otherwise.
// An `async fn` would hold each argument twice.
#[allow(clippy::manual_async_fn)]
pub(super) fn run<B>(
    config: Arc<Config>,
    mut parts: Parts,
    mut upload: Upload<B>,
    mut end: RequestEnd,
) -> impl Future<Output = PipelineResult>
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    async move {
        let result = match admit(&config, &mut parts, &mut upload, &mut end).await {
            Ok(Admitted::Operation { operation, id, body, principal }) => {
                let (request_id, fate) = (end.request_id().as_str(), end.fate().clone());
                let context = RequestContext::of_request(request_id, principal, fate, parts);
                match perform(&config, operation, id, body, context, &mut end) {
                    Ok(performed) => performed.await,
                    Err(error) => Err(error),
                }
            }
            Ok(Admitted::Methods(allow)) => {
                upload.discard(&parts.headers, &config).await;
                Ok(respond::methods(allow, end.request_id()))
            }
            Err(error) => {
                upload.discard(&parts.headers, &config).await;
                Err(error)
            }
        };
        match result {
            Ok(mut response) => {
                response.body_mut().add_hooks(end.take_hooks());
                Ok(response)
            }
            Err(error) => {
                end.fail(&error);
                Err(error)
            }
        }
    }
}

/// What is done for a request.
enum Admitted {
    /// Tells the caller which methods there are.
    Methods(HeaderValue),
    Operation {
        operation: Operation,
        id: String,
        body: Bytes,
        principal: Principal,
    },
}

/// Decides what is done for a request, or rejects it.
///
/// The order matters: no byte of the body is kept before the caller is authenticated, and the
/// handler is not called before the whole request has been read.
async fn admit<B>(
    config: &Arc<Config>,
    parts: &mut Parts,
    upload: &mut Upload<B>,
    end: &mut RequestEnd,
) -> Result<Admitted, ApiError>
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let (operation, id) = match Route::find(&parts.method, parts.uri.path())? {
        Route::Operation(operation, id) => (operation, id),
        Route::Methods(allow) => return Ok(Admitted::Methods(allow)),
    };
    end.set_routed(config, operation);
    draining::check(&config.drain, &parts.extensions)?;
    let principal = match &config.authenticator {
        Some(authenticator) => guarded(|| authenticator.authenticate(parts)).await??,
        None => Principal::anonymous(),
    };
    end.set_principal(&principal);
    let body = if operation.has_body() { upload.read(&parts.headers, config).await? } else { Bytes::new() };
    Ok(Admitted::Operation { operation, id, body, principal })
}
