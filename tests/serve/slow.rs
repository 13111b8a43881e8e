//! Callers that read slowly, and bodies that come slowly.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures::{Stream, StreamExt};
use messages_api::handler_fn;
use messages_api::server::serve;
use tokio::io::AsyncReadExt;

use crate::common::{END, PIPE, Server, endless, event_bytes, message, pipes, service};

/// The most bytes of an HTTP response that may wait for a slow reader.
const MOST: usize = 64 * 1024;

/// Lets the server run on until nothing happens any more.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_read_holds_its_handler_back() {
    for size in [1, 1000, 20_000] {
        let written = Arc::new(AtomicUsize::new(0));
        let server = Server::start(service(endless("x".repeat(size), &written)), |serve| serve);
        let mut caller = server.connect();
        caller.ask(true).await;
        settle().await;
        let count = written.load(Ordering::SeqCst);
        let parked = count * event_bytes(size);
        println!("{count} events with {size} bytes of text: {parked} bytes for a caller that does not read");
        assert!(parked < MOST);
        settle().await;
        assert_eq!(written.load(Ordering::SeqCst), count);

        // What is read makes room for as much again, over and over.
        let mut read = 0;
        let mut buffer = vec![0; PIPE];
        while read < 1 << 20 {
            read += caller.pipe.read(&mut buffer).await.unwrap();
        }
        settle().await;
        let count = written.load(Ordering::SeqCst);
        let made = count * event_bytes(size);
        assert!(made < read + MOST, "{count} pieces of {size} bytes, {read} bytes read");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_always_ready_is_held_back_too() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = taken.clone();
    let download = move || async move {
        let chunks = std::iter::repeat_with(move || {
            counter.fetch_add(1000, Ordering::SeqCst);
            Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 1000]))
        });
        Body::from_stream(futures::stream::iter(chunks.take(1000)))
    };
    let (connections, listener) = pipes();
    let server = Server::run(connections, serve(listener, Router::new().route("/", get(download))));
    let mut caller = server.connect();
    caller.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    settle().await;
    assert!(taken.load(Ordering::SeqCst) < 20_000);
    assert!(caller.read_all().await.len() > 1_000_000);
}

/// hyper polls a body once more after it has written.
#[tokio::test(start_paused = true)]
async fn a_body_is_not_polled_twice_for_a_chunk_that_is_not_ready() {
    const CHUNKS: usize = 10;
    let polls = Arc::new(AtomicUsize::new(0));
    let counter = polls.clone();
    let download = move || async move {
        let chunks = futures::stream::iter(0..CHUNKS).then(|_| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, std::io::Error>(Bytes::from_static(b"x"))
        });
        let mut chunks = Box::pin(chunks);
        Body::from_stream(futures::stream::poll_fn(move |cx| {
            counter.fetch_add(1, Ordering::SeqCst);
            chunks.as_mut().poll_next(cx)
        }))
    };
    let (connections, listener) = pipes();
    let server = Server::run(connections, serve(listener, Router::new().route("/", get(download))));
    let mut caller = server.connect();
    caller.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(caller.read_all().await.ends_with("\r\n0\r\n\r\n"));
    // One in vain before each chunk, one for each, and one for the end.
    assert_eq!(polls.load(Ordering::SeqCst), 2 * CHUNKS + 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_read_slowly_is_not_cut_off() {
    let long = handler_fn(|_request, _context| async { Ok(message(&"x".repeat(100 * PIPE)).into()) });
    let server = Server::start(service(long), |serve| serve);
    let mut caller = server.connect();
    caller.ask(false).await;
    let mut text = String::new();
    let mut buffer = vec![0; PIPE];
    // Over 800 seconds, and the connection counts as idle after 10.
    while !text.ends_with(END) {
        tokio::time::sleep(Duration::from_secs(8)).await;
        let count = caller.pipe.read(&mut buffer).await.unwrap();
        assert_ne!(count, 0, "cut off after {} bytes", text.len());
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    assert!(text.len() > 100 * PIPE);
}
