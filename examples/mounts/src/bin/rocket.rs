//! The service in rocket 0.5, whose server does not limit the time of a head, so that it needs a proxy in front.

use std::io;

use futures::{TryStreamExt, stream};
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use messages_api::{MessagesService, bytes::Bytes};
use messages_api_mounts::{address, service};
use rocket::data::{Data, ToByteUnit};
use rocket::fairing::AdHoc;
use rocket::http::Method::{Delete, Get, Head, Options, Patch, Post, Put};
use rocket::http::Status;
use rocket::route::{Handler, Outcome, Route};
use tokio_util::io::StreamReader;
use tower::ServiceExt;

#[derive(Clone)]
struct Messages(MessagesService);

#[rocket::async_trait]
impl Handler for Messages {
    async fn handle<'r>(&self, http: &'r rocket::Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let mut head = Request::builder().method(http.method().as_str()).uri(http.uri().to_string());
        for header in http.headers().iter() {
            head = head.header(header.name().as_str(), header.value());
        }
        // More than the service accepts, so that it rejects what is larger.
        let body = data.open(33.mebibytes()).into_bytes().await; // or the error upon which it broke off
        let body = body.map(|body| Frame::data(Bytes::from(body.into_inner())));
        let request = head.body(StreamBody::new(stream::iter([body])));
        let Ok(request) = request else { return Outcome::Error(Status::BadRequest) };
        let Ok(response) = self.0.clone().oneshot(request).await;
        let (head, body) = response.into_parts();
        let mut response = rocket::Response::build();
        response.status(Status::new(head.status.as_u16()));
        for (name, value) in &head.headers {
            response.raw_header(name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
        let body = body.into_data_stream().map_err(|never| -> io::Error { match never {} });
        Outcome::Success(response.streamed_body(StreamReader::new(body)).finalize())
    }
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let service = service();
    // The service rejects the last two, by an error of the API in place of a page of rocket's.
    let routes: Vec<Route> = [Get, Post, Delete, Head, Options, Put, Patch]
        .map(|method| Route::new(method, "/<path..>", Messages(service.clone())))
        .into();

    let address = address();
    let config = rocket::Config { address: address.ip(), port: address.port(), ..Default::default() };
    let liftoff = AdHoc::on_liftoff("address", |rocket| {
        Box::pin(async move {
            let config = rocket.config();
            println!("listening on http://{}:{}", config.address, config.port);
        })
    });
    rocket::custom(config).attach(liftoff).mount("/v1", routes).launch().await?;
    Ok(())
}
