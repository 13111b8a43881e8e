//! What becomes of the bodies of rejected requests: they are read on, so that the caller sees the error.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::Request;
use http_body_util::StreamBody;
use hyper::body::{Body, Frame};
use messages_api::{ApiKeys, MessagesService};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::common::{hello, send};
use crate::support::{Server, eventually};

const MIB: usize = 1024 * 1024;

fn guarded() -> MessagesService {
    MessagesService::builder(hello()).authenticate(ApiKeys::new(["key"])).max_body_bytes(4 * MIB).build()
}

/// Creates a body of `count` chunks, one every `pause`, and counts in `made` how many were polled.
fn chunks(
    count: usize,
    size: usize,
    pause: Duration,
    made: &Arc<AtomicUsize>,
) -> impl Body<Data = Bytes, Error = std::io::Error> + Send + 'static {
    let made = made.clone();
    StreamBody::new(stream::unfold(0, move |n| {
        let made = made.clone();
        async move {
            if n == count {
                return None;
            }
            if !pause.is_zero() {
                sleep(pause).await;
            }
            made.fetch_add(1, Ordering::SeqCst);
            Some((Ok(Frame::data(Bytes::from(vec![b' '; size]))), n + 1))
        }
    }))
}

/// A request that is rejected: its head, and the status and type of the error.
struct Rejected {
    path: &'static str,
    key: &'static str,
    header: (&'static str, &'static str),
    status: u16,
    error: &'static str,
}

const PLAIN: (&str, &str) = ("x-plain", "1");

fn rejected() -> [Rejected; 5] {
    let row = |path, key, header, status, error| Rejected { path, key, header, status, error };
    [
        row("/v1/messages", "", PLAIN, 401, "authentication_error"),
        row("/v1/mess", "key", PLAIN, 404, "not_found_error"),
        row("/v1/models", "key", PLAIN, 405, "invalid_request_error"),
        row("/v1/messages", "key", PLAIN, 413, "request_too_large"),
        row("/v1/messages", "key", ("content-encoding", "gzip"), 415, "invalid_request_error"),
    ]
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_the_body_is_read_before_the_error_is_returned() {
    for row in rejected() {
        let made = Arc::new(AtomicUsize::new(0));
        let start = Instant::now();
        let request = Request::post(row.path)
            .header("x-api-key", row.key)
            .header(row.header.0, row.header.1)
            .body(chunks(20, MIB, Duration::from_secs(1), &made))
            .unwrap();
        send(&guarded(), request).await.error(row.status, row.error);
        assert_eq!((made.load(Ordering::SeqCst), start.elapsed().as_secs()), (20, 20), "{}", row.status);
    }
}

#[tokio::test]
async fn the_rest_of_the_body_is_read_up_to_64_mib() {
    let made = Arc::new(AtomicUsize::new(0));
    let endless = || chunks(usize::MAX, MIB, Duration::ZERO, &made);
    send(&guarded(), Request::post("/messages").body(endless()).unwrap())
        .await
        .error(401, "authentication_error");
    assert_eq!(made.swap(0, Ordering::SeqCst), 65);

    let request = Request::post("/messages").header("x-api-key", "key").body(endless()).unwrap();
    send(&guarded(), request).await.error(413, "request_too_large");
    assert_eq!(made.swap(0, Ordering::SeqCst), 65);

    // Reading the first 64 MiB of this would not help the caller.
    let request = Request::post("/messages").header("content-length", 64 * MIB + 1).body(endless()).unwrap();
    send(&guarded(), request).await.error(401, "authentication_error");
    assert_eq!(made.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_or_stalls_does_not_hold_the_error_back_for_long() {
    let made = Arc::new(AtomicUsize::new(0));
    for (pause, limit) in [(1, 30), (1000, 2)] {
        let start = Instant::now();
        let body = chunks(usize::MAX, 1, Duration::from_secs(pause), &made);
        send(&guarded(), Request::post("/messages").body(body).unwrap())
            .await
            .error(401, "authentication_error");
        assert_eq!(start.elapsed().as_secs(), limit);
    }
}

#[tokio::test]
async fn a_caller_that_waits_for_100_continue_need_not_send_the_body() {
    let made = Arc::new(AtomicUsize::new(0));
    let body = chunks(1, 1, Duration::ZERO, &made);
    let request = Request::post("/messages").header("expect", "100-continue").body(body).unwrap();
    send(&guarded(), request).await.error(401, "authentication_error");
    assert_eq!(made.load(Ordering::SeqCst), 0);
}

/// Callers that send all of the body before they read, as many do.
#[tokio::test]
async fn a_caller_that_sends_8_mib_sees_every_error_and_keeps_its_connection() {
    let server = Server::start(guarded()).await;
    let body = vec![b' '; 8 * MIB];
    for row in rejected() {
        let mut socket = server.connect().await;
        for _ in 0..4 {
            let head = format!(
                "POST {} HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n{}: {}\r\ncontent-length: {}\r\n\r\n",
                row.path,
                row.key,
                row.header.0,
                row.header.1,
                body.len(),
            );
            socket.write_all(head.as_bytes()).await.unwrap();
            socket.write_all(&body).await.unwrap();
            let response = document(&mut socket).await;
            assert!(response.starts_with(&format!("HTTP/1.1 {} ", row.status)), "{response}");
            assert!(response.contains(row.error), "{response}");
        }
    }
    eventually("the connections are closed", || server.open() == 0).await;
    assert_eq!(server.accepted(), 5);
}

/// Reads up to the end of the JSON document.
async fn document(socket: &mut TcpStream) -> String {
    let mut text = String::new();
    while !text.ends_with('}') {
        let mut chunk = [0; 4096];
        let n = socket.read(&mut chunk).await.unwrap();
        assert_ne!(n, 0, "the connection ended: {text}");
        text.push_str(std::str::from_utf8(&chunk[..n]).unwrap());
    }
    text
}
