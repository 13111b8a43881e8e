//! What is sent once more because the connection broke, and what a gateway sends only once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use messages_api::{CreateMessageRequest, Error, ErrorKind, RequestContext};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::common::*;
use crate::raw::{End, Raw, Script, read_request};

/// Forwards a request to a server that writes `start` and ends the connection, the first time only. Returns the
/// number of requests, and the error.
async fn forwarded(start: &str, end: End, request: &CreateMessageRequest) -> (usize, Option<Error>) {
    let (start, is_first) = (start.to_owned(), AtomicBool::new(true));
    let message = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{MESSAGE}", MESSAGE.len());
    let server = Raw::start_with(move |_request| match is_first.swap(false, Ordering::SeqCst) {
        true => Script::new([&start], end.clone()),
        false => Script::new([&message], End::Close),
    })
    .await;
    let reply = client(&server.url()).forward(request, &RequestContext::default()).await;
    (server.requests().len(), reply.err())
}

#[tokio::test]
async fn a_gateway_sends_a_request_again_if_the_connection_broke_before_the_head_was_there() {
    for request in [request(), request().stream(true)] {
        for end in [End::Close, End::Reset] {
            // HTTP stacks do not tell whether a part of the head has arrived.
            for start in ["", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\n"] {
                let (requests, error) = forwarded(start, end.clone(), &request).await;
                assert!(error.is_none(), "{start:?} {end:?}: {error:?}");
                assert_eq!(requests, 2, "{start:?} {end:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_gateway_sends_a_request_once_if_there_was_a_head_or_what_came_is_no_http_response() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n";
    for request in [request(), request().stream(true)] {
        for end in [End::Close, End::Reset] {
            for (start, kind) in [
                (HEAD.to_owned(), ErrorKind::Transport),
                (format!("{HEAD}{}", &MESSAGE[..40]), ErrorKind::Transport),
                ("220 mail.example.com ESMTP\r\n".to_owned(), ErrorKind::Transport),
                ("HTTP/1.1 200 OK\r\nno header\r\n\r\n".to_owned(), ErrorKind::Transport),
            ] {
                let (requests, error) = forwarded(&start, end.clone(), &request).await;
                let error = error.expect("it is not sent again");
                assert_eq!((requests, error.attempts()), (1, 1), "{start:?} {end:?}: {error:?}");
                assert_eq!(error.kind(), kind, "{start:?} {end:?}: {error:?}");
            }
        }
    }
}

#[tokio::test]
async fn no_call_fails_because_the_upstream_closes_connections_that_were_used() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let cut = Arc::new(AtomicUsize::new(0));
    let count = cut.clone();
    let server = tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let count = count.clone();
            tokio::spawn(async move {
                // Answers one request of a connection, and closes it on the next.
                if read_request(&mut socket).await.is_some() {
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", MESSAGE.len());
                    socket
                        .write_all([head.as_bytes(), MESSAGE.as_bytes()].concat().as_slice())
                        .await
                        .unwrap();
                    if read_request(&mut socket).await.is_some() {
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    let client = client(&url);
    for _ in 0..20 {
        client.forward(&request(), &RequestContext::default()).await.unwrap();
    }
    assert!(cut.load(Ordering::SeqCst) > 0, "a connection was used again");
    server.abort();
}
