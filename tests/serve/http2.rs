//! HTTP/2 with prior knowledge, called by reqwest.

use std::time::Duration;

use messages_api::reqwest::{Client, Version};
use messages_api::server::{Serve, serve};
use messages_api::{MessagesService, handler_fn};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::common::{Count, Server, hello, late, message, request, service};

async fn start(service: MessagesService, set: impl FnOnce(Serve) -> Serve) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/messages", listener.local_addr().unwrap());
    (url, tokio::spawn(set(serve(listener, service)).into_future()))
}

fn http2() -> Client {
    Client::builder().http2_prior_knowledge().build().unwrap()
}

fn body(streamed: bool) -> String {
    request(streamed).split("\r\n\r\n").nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn whole_and_streamed_messages_arrive() {
    let long = handler_fn(|_request, _context| async { Ok(message(&"x".repeat(200_000)).into()) });
    let (url, server) = start(service(long), |serve| serve).await;
    for client in [http2(), Client::new()] {
        for streamed in [false, true] {
            let response = client.post(&url).body(body(streamed)).send().await.unwrap();
            let text = response.text().await.unwrap();
            assert!(text.contains(&"x".repeat(200_000)), "{} bytes", text.len());
        }
    }
    assert_eq!(http2().post(&url).body(body(false)).send().await.unwrap().version(), Version::HTTP_2);
    server.abort();
}

#[tokio::test]
async fn dropping_the_future_ends_the_requests_of_a_connection() {
    let waiting = Count::default();
    let (url, server) = start(service(late(Duration::from_secs(600), &waiting)), |serve| serve).await;
    let client = http2();
    let calls = [(); 5].map(|()| tokio::spawn(client.post(&url).body(body(false)).send()));
    while waiting.get() < 5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.abort();
    for call in calls {
        assert!(call.await.unwrap().is_err());
    }
    while waiting.get() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_drain_ends_the_requests_of_a_connection() {
    let waiting = Count::default();
    let (shutdown, signal) = oneshot::channel::<()>();
    let (url, server) = start(service(late(Duration::from_secs(600), &waiting)), |serve| {
        serve.shutdown(signal).drain(Duration::from_millis(100))
    })
    .await;
    let call = tokio::spawn(http2().post(&url).body(body(false)).send());
    while waiting.get() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(shutdown);
    assert_eq!(call.await.unwrap().unwrap().status(), 529);
    server.await.unwrap();
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let (url, server) =
        start(service(handler_fn(hello)), |serve| serve.idle_timeout(Duration::from_millis(100))).await;
    let address = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let mut socket = TcpStream::connect(&address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut socket, &h2_request()).await.unwrap();
    let mut received = Vec::new();
    socket.read_to_end(&mut received).await.unwrap();
    assert!(received.len() > 9, "{received:?}");
    server.abort();
}

/// The preface of a connection, empty settings, and a request of `GET /`, which needs no dynamic table.
fn h2_request() -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]); // SETTINGS
    // HEADERS with END_STREAM and END_HEADERS on stream 1: `:method: GET`, `:scheme: http`, `:path: /`
    bytes.extend([0, 0, 3, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84]);
    bytes
}

#[tokio::test(start_paused = true)]
async fn a_preface_that_does_not_end_is_given_up() {
    let server = Server::start(service(handler_fn(hello)), |serve| serve);
    let mut caller = server.connect();
    caller.send("PRI * HTTP/2.0\r\n").await;
    assert_eq!(caller.closed().await / 10, 1000);
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_requests_is_given_up() {
    let server = Server::start(service(handler_fn(hello)), |serve| serve);
    let mut caller = server.connect();
    caller.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert!(!caller.is_open_for(9).await); // its settings
    let start = tokio::time::Instant::now();
    let mut rest = Vec::new();
    caller.pipe.read_to_end(&mut rest).await.unwrap();
    assert_eq!(start.elapsed().as_millis() / 10, 1000);
}
