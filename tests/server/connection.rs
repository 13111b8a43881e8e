//! Behavior over a real connection: callers that disconnect, read slowly or send slowly.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use messages_api::handler::{BoxHandler, OnEnd};
use messages_api::{ApiKeys, Handler, MessagesService, Reply, StreamEvent, handler_fn};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{always, body, events, events_of, hello, message, service, steps, types_of};
use crate::support::{Server, eventually};

/// Counts the instances that are alive.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn head(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

async fn ask(server: &Server, streamed: bool) -> TcpStream {
    let mut socket = server.connect().await;
    let body = body(streamed);
    socket.write_all(format!("{}{body}", head("/v1/messages", body.len())).as_bytes()).await.unwrap();
    socket
}

/// Reads until `mark` has arrived.
async fn read_to(socket: &mut TcpStream, mark: &str) -> String {
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains(mark) {
        let mut chunk = [0; 4096];
        let n = socket.read(&mut chunk).await.unwrap();
        assert_ne!(n, 0, "ended before {mark}: {}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&chunk[..n]);
    }
    String::from_utf8(text).unwrap()
}

async fn read_all(mut socket: TcpStream) -> String {
    let mut text = Vec::new();
    // A reset after the response has been sent does not matter.
    let _ = socket.read_to_end(&mut text).await;
    String::from_utf8(text).unwrap()
}

/// Disconnects with a FIN, or with an RST if `reset`.
fn disconnect(socket: TcpStream, reset: bool) {
    if reset {
        socket.set_zero_linger().unwrap();
    }
    drop(socket);
}

/// Creates a handler that never replies.
fn silent(alive: &Arc<AtomicUsize>) -> impl Handler {
    let alive = alive.clone();
    handler_fn(move |_request, _context| {
        let alive = Alive::new(&alive);
        async move {
            let _alive = alive;
            std::future::pending().await
        }
    })
}

/// Creates a handler that replies with a stream that stalls after `count` events.
fn stalling(count: usize, alive: &Arc<AtomicUsize>) -> impl Handler {
    let alive = alive.clone();
    always(move || {
        let alive = Alive::new(&alive);
        async move {
            let stream = steps(move |n| {
                let _alive = &alive;
                async move {
                    match events(&["partial"]).into_iter().nth(n) {
                        Some(event) if n < count => Some(Ok(event)),
                        _ => std::future::pending().await,
                    }
                }
            });
            Ok(stream.into())
        }
    })
}

/// The head of the HTTP response and pings reach the caller although the handler has not replied, or its stream
/// has no event.
#[tokio::test]
async fn a_stream_begins_before_the_handler_replies() {
    let alive = Arc::default();
    let handlers = [BoxHandler::new(silent(&alive)), BoxHandler::new(stalling(0, &alive))];
    for (handler, reset) in
        handlers.into_iter().flat_map(|handler| [(handler.clone(), false), (handler, true)])
    {
        let builder = MessagesService::builder(handler).unauthenticated();
        let server = Server::start(builder.ping_interval(Duration::from_millis(20)).build()).await;
        let mut socket = ask(&server, true).await;
        let response = read_to(&mut socket, "event: ping\ndata: {\"type\":\"ping\"}").await;
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        assert!(response.contains("content-type: text/event-stream"), "{response}");
        read_to(&mut socket, "event: ping").await;
        assert_eq!(alive.load(Ordering::SeqCst), 1);
        disconnect(socket, reset);
        eventually("the handler is dropped", || alive.load(Ordering::SeqCst) == 0).await;
    }
}

#[tokio::test]
async fn whole_and_streamed_responses_arrive_over_http() {
    let server = Server::start(service(hello())).await;
    let mut socket = ask(&server, false).await;
    let response = read_to(&mut socket, "\"msg_01\"").await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("content-length: ") && response.contains("request-id: req_"), "{response}");

    let mut socket = ask(&server, true).await;
    let response = read_to(&mut socket, "\r\n0\r\n\r\n").await;
    assert!(response.contains("transfer-encoding: chunked"), "{response}");
    assert!(response.contains("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"), "{response}");
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let server = Server::start(service(hello())).await;
    let mut socket = server.connect().await;
    for n in 0..20 {
        let body = body(n % 2 == 0);
        socket.write_all(format!("{}{body}", head("/v1/messages", body.len())).as_bytes()).await.unwrap();
        let end = if n % 2 == 0 { "\r\n0\r\n\r\n" } else { "\"output_tokens\":2" };
        read_to(&mut socket, end).await;
        if n % 2 == 1 {
            // The rest of the JSON document.
            tokio::time::sleep(Duration::from_millis(5)).await;
            let mut rest = [0; 4096];
            let _ = socket.try_read(&mut rest);
        }
    }
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_caller_that_disconnects_before_the_head_drops_the_handler() {
    for reset in [false, true] {
        for streamed in [false, true] {
            let alive = Arc::new(AtomicUsize::new(0));
            let server = Server::start(service(silent(&alive))).await;
            let socket = ask(&server, streamed).await;
            eventually("the handler is called", || alive.load(Ordering::SeqCst) == 1).await;
            disconnect(socket, reset);
            eventually("the handler is dropped", || alive.load(Ordering::SeqCst) == 0).await;
            eventually("the connection is closed", || server.open() == 0).await;
        }
    }
}

#[tokio::test]
async fn a_caller_that_disconnects_mid_stream_drops_the_stream() {
    for reset in [false, true] {
        let alive = Arc::new(AtomicUsize::new(0));
        let server = Server::start(service(stalling(3, &alive))).await;
        let mut socket = ask(&server, true).await;
        read_to(&mut socket, "partial").await;
        assert_eq!(alive.load(Ordering::SeqCst), 1);
        disconnect(socket, reset);
        eventually("the stream is dropped", || alive.load(Ordering::SeqCst) == 0).await;
    }
}

#[tokio::test]
async fn callers_that_disconnect_at_any_time_leave_nothing_behind() {
    let alive = Arc::new(AtomicUsize::new(0));
    let calls = Arc::new(AtomicUsize::new(0));
    let ends = Arc::new(AtomicUsize::new(0));
    let (counted, called, ended) = (alive.clone(), calls.clone(), ends.clone());
    let handler = handler_fn(move |request, context| {
        let alive = Alive::new(&counted);
        let n = called.fetch_add(1, Ordering::SeqCst);
        let ended = ended.clone();
        let end = OnEnd::new(&request, &context, move |_outcome| {
            ended.fetch_add(1, Ordering::SeqCst);
        });
        async move {
            let _alive = alive;
            end.attach(match n % 3 {
                0 => std::future::pending().await,
                1 => Ok(message("whole").into()),
                _ => Ok(steps(move |at| {
                    let _alive = &_alive;
                    async move {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        if at < 2 {
                            events(&[]).into_iter().nth(at).map(Ok)
                        } else {
                            events(&["x"]).into_iter().nth(2).map(Ok)
                        }
                    }
                })
                .into()),
            })
        }
    });
    let server = Server::start(service(handler)).await;
    for n in 0..300_u64 {
        let socket = ask(&server, n % 2 == 0).await;
        tokio::time::sleep(Duration::from_micros(n * 37 % 3000)).await;
        disconnect(socket, n % 4 < 2);
    }
    eventually("every handler is dropped", || alive.load(Ordering::SeqCst) == 0).await;
    eventually("every connection is closed", || server.open() == 0).await;
    assert_eq!(ends.load(Ordering::SeqCst), calls.load(Ordering::SeqCst), "one end for each call");
}

/// Creates a handler that streams text without an end and counts its events in `made`.
fn flooding(made: &Arc<AtomicUsize>) -> impl Handler {
    let made = made.clone();
    always(move || {
        let made = made.clone();
        async move {
            let text = "x".repeat(1000);
            let delta: StreamEvent = events(&[&text]).swap_remove(2);
            let stream = steps(move |n| {
                made.fetch_add(1, Ordering::SeqCst);
                let event = if n < 2 { events(&[]).swap_remove(n) } else { delta.clone() };
                async move { Some(Ok(event)) }
            });
            Ok(stream.into())
        }
    })
}

#[tokio::test]
async fn a_caller_that_does_not_read_pauses_the_handler() {
    let made = Arc::new(AtomicUsize::new(0));
    let server = Server::start(service(flooding(&made))).await;
    let mut socket = ask(&server, true).await;
    read_to(&mut socket, "message_start").await;
    // Wait until the buffers of the kernel are full.
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = made.load(Ordering::SeqCst);
        if now == before {
            break;
        }
        before = now;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(made.load(Ordering::SeqCst), before);
    // The handler goes on once the caller reads.
    let mut chunk = vec![0; 1 << 20];
    for _ in 0..20 {
        socket.read_exact(&mut chunk).await.unwrap();
    }
    eventually("the handler goes on", || made.load(Ordering::SeqCst) > before).await;
}

#[tokio::test]
async fn a_failure_mid_stream_is_sent_as_an_error_event() {
    let handler = always(|| async {
        let stream = steps(|n| async move {
            assert!(n < 3, "the payload of a panic is a secret");
            events(&["partial"]).into_iter().nth(n).map(Ok)
        });
        Ok(Reply::from(stream))
    });
    let server = Server::start(service(handler)).await;
    let mut socket = ask(&server, true).await;
    let response = read_to(&mut socket, "\r\n0\r\n\r\n").await;
    assert!(response.contains("event: error\n") && !response.contains("secret"), "{response}");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_408_and_the_connection_closes() {
    let service = MessagesService::builder(hello())
        .unauthenticated()
        .body_idle_timeout(Duration::from_millis(50))
        .build();
    let server = Server::start(service).await;
    let mut socket = server.connect().await;
    socket.write_all(head("/v1/messages", 100).as_bytes()).await.unwrap();
    socket.write_all(b"{").await.unwrap();
    let response = read_all(socket).await;
    assert!(response.starts_with("HTTP/1.1 408 ") && response.contains("\"type\":\"error\""), "{response}");
    eventually("the connection is closed", || server.open() == 0).await;
}

#[tokio::test]
async fn a_body_above_the_limit_is_413() {
    let service = MessagesService::builder(hello()).unauthenticated().max_body_bytes(1000).build();
    let server = Server::start(service).await;
    for head in [head("/v1/messages", 1001), head("/v1/messages", 1 << 40)] {
        let mut socket = server.connect().await;
        socket.write_all(head.as_bytes()).await.unwrap();
        let response = read_all(socket).await;
        assert!(
            response.starts_with("HTTP/1.1 413 ") && response.contains("request_too_large"),
            "{response}"
        );
    }
    let mut socket = server.connect().await;
    let chunk = format!("3e9\r\n{}\r\n", "x".repeat(1001));
    let head = "POST /messages HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    socket.write_all(format!("{head}{chunk}").as_bytes()).await.unwrap();
    let response = read_all(socket).await;
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
}

#[tokio::test]
async fn a_caller_without_a_key_is_rejected_instead_of_sent_100_continue() {
    let service = MessagesService::builder(hello()).authenticate(ApiKeys::new(["key"])).build();
    let server = Server::start(service).await;
    let mut socket = server.connect().await;
    let head = head("/v1/messages", 1000).replace("host: x\r\n", "host: x\r\nexpect: 100-continue\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    let response = read_to(&mut socket, "authentication_error").await;
    assert!(response.starts_with("HTTP/1.1 401 "), "{response}");
}

#[tokio::test]
async fn each_event_is_sent_before_the_next_is_made() {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
    let handler = always(move || {
        let receiver = receiver.clone();
        async move {
            let stream = steps(move |_n| {
                let receiver = receiver.clone();
                async move { receiver.lock().await.recv().await.map(Ok) }
            });
            Ok(stream.into())
        }
    });
    let server = Server::start(service(handler)).await;
    let mut socket = ask(&server, true).await;
    for event in events(&["one", "two"]) {
        let mark = format!("event: {}\n", event.type_name());
        // There must be exactly one `message_delta`, so it waits until it is clear that no other follows.
        let is_held = matches!(event, StreamEvent::MessageDelta(_));
        sender.send(event).unwrap();
        if !is_held {
            read_to(&mut socket, &mark).await;
        }
    }
}

#[tokio::test]
async fn a_head_request_gets_no_body() {
    let server = Server::start(service(hello())).await;
    let mut socket = server.connect().await;
    socket.write_all(b"HEAD /v1/messages HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let response = read_all(socket).await;
    assert!(response.starts_with("HTTP/1.1 204 ") && response.ends_with("\r\n\r\n"), "{response}");
    let mut socket = server.connect().await;
    socket.write_all(b"HEAD /v1/complete HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let response = read_all(socket).await;
    assert!(response.starts_with("HTTP/1.1 404 ") && response.ends_with("\r\n\r\n"), "{response}");
}

#[tokio::test]
async fn the_test_server_fails_a_test_whose_connection_panics() {
    let broken = tower::service_fn(|_request| async {
        if true {
            panic!("planted");
        }
        Ok::<http::Response<String>, std::convert::Infallible>(http::Response::default())
    });
    let server = Server::start(broken).await;
    let socket = ask(&server, false).await;
    assert_eq!(read_all(socket).await, "");
    eventually("the connection is closed", || server.open() == 0).await;
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || drop(server)));
    assert!(dropped.is_err());
}

#[tokio::test]
async fn http_chunks_add_up_to_the_whole_stream() {
    let server = Server::start(service(hello())).await;
    let mut socket = ask(&server, true).await;
    let response = read_to(&mut socket, "\r\n0\r\n\r\n").await;
    let (_, chunks) = response.split_once("\r\n\r\n").unwrap();
    let mut text = String::new();
    let mut rest = chunks;
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        text.push_str(&after[..size]);
        rest = &after[size + 2..];
    }
    assert_eq!(types_of(&events_of(&text)).last().unwrap(), "message_stop");
}
