//! The service in actix-web 4.

use actix_web::web::{self, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode};
use futures::TryStreamExt;
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use messages_api::MessagesService;
use messages_api_mounts::{address, service};
use send_wrapper::SendWrapper;
use tower::ServiceExt;

async fn messages(service: web::Data<MessagesService>, http: HttpRequest, body: Payload) -> HttpResponse {
    let mut head = Request::builder().method(http.method().as_str()).uri(http.uri().to_string());
    for (name, value) in http.headers() {
        head = head.header(name.as_str(), value.as_bytes());
    }
    let body = StreamBody::new(SendWrapper::new(body.map_ok(Frame::data))); // it stays on this thread
    let Ok(request) = head.body(body) else { return HttpResponse::BadRequest().finish() };
    let Ok(response) = service.get_ref().clone().oneshot(request).await;
    let (head, body) = response.into_parts();
    let mut response = HttpResponse::build(StatusCode::from_u16(head.status.as_u16()).unwrap());
    for (name, value) in &head.headers {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    // actix-web ends even the body of a 204 that is streamed by a chunk, which HTTP forbids.
    match head.status {
        http::StatusCode::NO_CONTENT => response.finish(),
        _ => response.streaming(body.into_data_stream()),
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let service = web::Data::new(service());
    let server = HttpServer::new(move || {
        App::new().app_data(service.clone()).service(web::scope("/v1").default_service(web::to(messages)))
    });
    let server = server.tcp_nodelay(true).bind(address())?;
    println!("listening on http://{}", server.addrs()[0]);
    server.run().await
}
