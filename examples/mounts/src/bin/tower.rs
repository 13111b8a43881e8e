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
    // `concurrency_limit` does not limit streams: a place is free again as soon as the head of a response is there,
    // which for a whole message is its end.
    let stack = ServiceBuilder::new().load_shed().concurrency_limit(8).service(service());
    // A layer's error is not an API error, so it is turned into one.
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
