//! The service in warp 0.4, on the server of this crate, because that of warp does not limit the time of a head.

use futures::TryStreamExt;
use http::{HeaderMap, Method, Request};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use messages_api::server::serve;
use messages_api_mounts::{listen, service};
use tower::ServiceExt;
use warp::{Filter, Reply, path::FullPath};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let service = service();
    let app = warp::path("v1")
        .and(warp::method())
        .and(warp::path::full())
        .and(warp::query::raw().or(warp::any().map(String::new)).unify())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |method: Method, path: FullPath, query: String, headers: HeaderMap, body| {
            let mut request = Request::new(StreamBody::new(TryStreamExt::map_ok(body, Frame::data)));
            (*request.method_mut(), *request.headers_mut()) = (method, headers);
            *request.uri_mut() = format!("{}?{query}", path.as_str()).parse().unwrap_or_default();
            let response = service.clone().oneshot(request);
            async move {
                let Ok(response) = response.await;
                let (head, body) = response.into_parts();
                let mut reply = warp::reply::stream(body.into_data_stream()).into_response();
                (*reply.status_mut(), *reply.headers_mut()) = (head.status, head.headers);
                reply
            }
        });

    serve(listen().await?, warp::service(app)).shutdown(tokio::signal::ctrl_c()).await;
    Ok(())
}
