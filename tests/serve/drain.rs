//! Shutting down.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use messages_api::handler::Drain;
use messages_api::server::serve;
use messages_api::{MessagesService, handler_fn};

use crate::common::{Count, Server, hello, late, pipes, request, service};

const DEADLINE: Duration = Duration::from_secs(20);

fn start(service: MessagesService) -> Server {
    Server::start(service, |serve| serve.drain(DEADLINE))
}

/// Lets the server notice what has happened.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_without_requests_ends_at_once() {
    let mut server = start(service(handler_fn(hello)));
    let (mut silent, mut idle) = (server.connect(), server.connect());
    idle.call().await;
    server.shut_down();
    assert_eq!(silent.closed().await, 0);
    assert_eq!(idle.closed().await, 0);
    assert!(server.has_stopped_accepting());
    assert_eq!(server.ended().await, 0);
}

#[tokio::test(start_paused = true)]
async fn requests_in_flight_have_their_time() {
    let waiting = Count::default();
    let mut server = start(service(late(DEADLINE - Duration::from_secs(1), &waiting)));
    let mut caller = server.connect();
    caller.ask(false).await;
    settle().await;
    server.shut_down();
    let response = caller.read_all().await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("connection: close\r\n") && response.contains("msg_01"), "{response}");
    assert_eq!(server.ended().await, 0);
}

#[tokio::test(start_paused = true)]
async fn requests_that_take_longer_fail_at_the_deadline() {
    let waiting = Count::default();
    let messages = service(late(2 * DEADLINE, &waiting));
    let (connections, listener) = pipes();
    // The service is drained wherever it is.
    let app = Router::new().nest_service("/api/v1", messages.clone()).fallback_service(messages);
    let mut server = Server::run(connections, serve(listener, app).drain(DEADLINE));
    let (mut caller, mut nested) = (server.connect(), server.connect());
    caller.ask(false).await;
    nested.send(&request(true).replace("/v1", "/api/v1")).await;
    settle().await;
    assert_eq!(waiting.get(), 2);
    server.shut_down();
    let response = caller.read_all().await;
    assert!(response.starts_with("HTTP/1.1 529 "), "{response}");
    assert!(response.contains("retry-after: 1\r\n") && response.contains("overloaded_error"), "{response}");
    // By then, a stream has begun with a ping.
    let stream = nested.read_all().await;
    assert!(stream.starts_with("HTTP/1.1 200 ") && stream.contains("event: ping\n"), "{stream}");
    assert!(stream.contains("event: error\n") && stream.contains("overloaded_error"), "{stream}");
    assert_eq!(waiting.get(), 0);
    assert_eq!(server.ended().await, 0);
}

#[tokio::test(start_paused = true)]
async fn new_requests_are_rejected() {
    let waiting = Count::default();
    let mut server = start(service(late(Duration::ZERO, &waiting)));
    let (mut caller, text) = (server.connect(), request(false));
    let (start, end) = text.split_at(20);
    caller.send(start).await;
    settle().await;
    server.shut_down();
    settle().await;
    caller.send(end).await;
    let response = caller.read_all().await;
    assert!(response.starts_with("HTTP/1.1 529 ") && response.contains("overloaded_error"), "{response}");
    assert!(response.contains("connection: close\r\n"), "{response}");
    assert_eq!(server.ended().await, 0);
}

#[tokio::test(start_paused = true)]
async fn the_rest_is_cut_off_one_second_after_the_deadline() {
    let (connections, listener) = pipes();
    let open = || async { Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>()) };
    let mut server =
        Server::run(connections, serve(listener, Router::new().route("/", get(open))).drain(DEADLINE));
    let mut caller = server.connect();
    caller.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    caller.read_to("\r\n\r\n").await;
    server.shut_down();
    assert_eq!(server.ended().await / 10, (DEADLINE.as_millis() + 1000) / 10);
    assert_eq!(caller.read_all().await, "");
}

#[tokio::test(start_paused = true)]
async fn other_services_find_the_drain_in_the_request() {
    let (connections, listener) = pipes();
    let probe = |axum::Extension(drain): axum::Extension<Drain>| async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drain.is_started().to_string()
    };
    let mut server = Server::run(connections, serve(listener, Router::new().route("/", get(probe))));
    let mut caller = server.connect();
    for expected in ["false", "true"] {
        caller.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        settle().await;
        if expected == "true" {
            server.shut_down();
        }
        caller.read_to(expected).await;
    }
    assert_eq!(server.ended().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_service_in_another_server_is_drained_by_its_own_handle() {
    use tower::ServiceExt;

    let waiting = Count::default();
    let service = service(late(2 * DEADLINE, &waiting));
    let call = || {
        let body = request(false).split("\r\n\r\n").nth(1).unwrap().to_owned();
        service.clone().oneshot(http::Request::post("/v1/messages").body(body).unwrap())
    };
    let start = tokio::time::Instant::now();
    let in_flight = tokio::spawn(call());
    settle().await;
    let drain = service.drain();
    drain.start(DEADLINE);
    assert_eq!(call().await.unwrap().status(), 529);
    assert_eq!(start.elapsed().as_secs(), 0);
    assert_eq!(in_flight.await.unwrap().unwrap().status(), 529);
    assert_eq!(start.elapsed().as_secs(), DEADLINE.as_secs());
}
