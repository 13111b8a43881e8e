//! How many connections there are, and where they come from.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use messages_api::handler_fn;
use messages_api::server::{Listener, serve};
use tokio::net::{TcpListener, TcpStream};

use crate::common::{Count, Server, hello, late, pipes, service};

#[tokio::test(start_paused = true)]
async fn a_new_connection_replaces_one_without_a_request() {
    let server = Server::start(service(handler_fn(hello)), |serve| serve.max_connections(2));
    let mut used = server.connect();
    used.call().await;
    let mut silent = server.connect();
    assert!(silent.is_open_for(1).await);
    let mut third = server.connect();
    third.call().await;
    // The oldest one is idle, but it has been of use.
    assert_eq!(silent.closed().await, 1000);
    assert!(used.is_open_for(1).await);
    server.connect().call().await;
    assert_eq!(used.read_all().await, "");
    third.call().await;
}

#[tokio::test(start_paused = true)]
async fn a_new_connection_has_time_for_its_first_request() {
    let server = Server::start(service(handler_fn(hello)), |serve| serve.max_connections(1));
    let (mut first, mut second) = (server.connect(), server.connect());
    tokio::time::sleep(Duration::from_millis(50)).await;
    first.call().await;
    second.call().await;
    assert_eq!(first.read_all().await, "");
    let mut third = server.connect();
    third.call().await;
}

#[tokio::test(start_paused = true)]
async fn accepting_waits_while_all_connections_have_requests() {
    let waiting = Count::default();
    let service = service(late(Duration::from_secs(5), &waiting));
    let server = Server::start(service, |serve| serve.max_connections(2));
    let mut callers = Vec::new();
    for _ in 0..4 {
        let mut caller = server.connect();
        caller.ask(false).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        callers.push(caller);
    }
    assert_eq!(waiting.get(), 2);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(waiting.get(), 2); // the next two
    for mut caller in callers {
        assert!(caller.read_all().await.starts_with("HTTP/1.1 200 OK"));
    }
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_listener_are_waited_out() {
    let server = Server::start(service(handler_fn(hello)), |serve| serve);
    let mut silent = server.connect();
    for kind in [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset, io::ErrorKind::Other] {
        server.fail(kind.into());
    }
    server.connect().call().await;
    assert!(silent.is_open_for(1).await);
    if cfg!(unix) {
        server.fail(io::Error::from_raw_os_error(24)); // EMFILE
        server.connect().call().await;
        assert!(silent.closed().await < 9000);
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_ends_all_connections() {
    let waiting = Count::default();
    let server = Server::start(service(late(Duration::from_secs(5), &waiting)), |serve| serve);
    let mut callers = [(); 3].map(|()| server.connect());
    callers[0].ask(false).await;
    callers[1].ask(false).await;
    assert!(callers[2].is_open_for(1).await);
    assert_eq!(waiting.get(), 2);
    server.abort();
    for caller in &mut callers {
        assert_eq!(caller.closed().await, 1000);
    }
    assert_eq!(waiting.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_panic_closes_its_connection_only() {
    async fn panics() {
        panic!("expected by this test");
    }
    let (connections, listener) = pipes();
    let app = Router::new().route("/panic", get(panics)).nest_service("/v1", service(handler_fn(hello)));
    let server = Server::run(connections, serve(listener, app));
    let (mut first, mut second) = (server.connect(), server.connect());
    second.call().await;
    first.send("GET /panic HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(first.closed().await, 0);
    second.call().await;
}

/// An event would otherwise wait until the caller has confirmed the one before.
#[tokio::test]
async fn accepted_sockets_send_at_once() {
    let mut listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let caller = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    assert!(!caller.nodelay().unwrap(), "the system sets it by itself");
    let accepted = poll_fn(|cx| Listener::poll_accept(&mut listener, cx)).await.unwrap();
    assert!(accepted.nodelay().unwrap());
}
