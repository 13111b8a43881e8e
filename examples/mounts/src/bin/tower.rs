//! The service below a stack of tower's layers: HTTP/1.1 and HTTP/2.

use std::convert::Infallible;

use http::Request;
use hyper::body::Incoming;
use messages_api::server::serve;
use messages_api::{ApiError, ErrorType};
use messages_api_mounts::{listen, service};
use tower::{ServiceBuilder, ServiceExt};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    // It counts a request until the head of its HTTP response, which is the end of a whole message.
    let stack = ServiceBuilder::new().load_shed().concurrency_limit(8).service(service());
    // The error of a layer is none of the API.
    let messages = tower::service_fn(move |request: Request<Incoming>| {
        let response = stack.clone().oneshot(request);
        async {
            Ok::<_, Infallible>(response.await.unwrap_or_else(|error| {
                ApiError::new(ErrorType::Overloaded, "Too many callers").with_cause(error).into_response(None)
            }))
        }
    });

    serve(listen().await?, messages).shutdown(tokio::signal::ctrl_c()).await;
    Ok(())
}
