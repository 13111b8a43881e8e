//! HTTP/2 frame by frame, from callers that no client would be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use messages_api::{Message, MessageStream, Usage, handler_fn};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use crate::common::{
    Caller, Count, END, PIPE, Server, endless, event_bytes, hello, late, message, request, service,
};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// `:method: POST`, `:scheme: http`, `:path: /v1/messages`
const HEAD: &[u8] = b"\x83\x86\x04\x0c/v1/messages";
/// How the head of a response begins (RFC 7541, appendices A and B).
const STATUS_200: &[u8] = b"\x88";
const STATUS_408: &[u8] = b"\x48\x83\x68\x0f\x7f";
const STATUS_431: &[u8] = b"\x48\x83\x69\x90\xff";

/// The window of a stream, unless a caller says otherwise, and always that of a connection at first.
const WINDOW: u32 = 65_535;
const MAX_WINDOW: u32 = (1 << 31) - 1;

/// The most bytes of an HTTP response that may wait for a slow reader.
const MOST: usize = 64 * 1024;

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Opens a connection whose streams may each receive `window` bytes.
async fn connect(server: &Server, window: u32) -> Caller {
    let mut caller = server.connect();
    let mut start = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let initial_window_size = [&[0, 4], &window.to_be_bytes()[..]].concat();
    start.extend(frame(SETTINGS, 0, 0, &initial_window_size));
    caller.pipe.write_all(&start).await.unwrap();
    caller
}

async fn send(caller: &mut Caller, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    caller.pipe.write_all(&frame(kind, flags, stream, payload)).await.unwrap();
}

/// Asks for a message on `stream`.
async fn ask(caller: &mut Caller, stream: u32, streamed: bool) {
    send(caller, HEADERS, END_HEADERS, stream, HEAD).await;
    let request = request(streamed);
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    send(caller, DATA, END_STREAM, stream, body.as_bytes()).await;
}

/// Reads a frame, and acknowledges it if it is a ping: the end of a connection waits for that.
async fn read(caller: &mut Caller) -> Frame {
    let mut head = [0; 9];
    caller.pipe.read_exact(&mut head).await.unwrap();
    let [a, b, c, kind, flags, stream @ ..] = head;
    let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
    caller.pipe.read_exact(&mut payload).await.unwrap();
    if kind == PING {
        send(caller, PING, ACK, 0, &payload).await;
    }
    Frame { kind, flags, stream: u32::from_be_bytes(stream), payload }
}

/// Reads the head of the response on `stream`, and its body up to the end.
async fn read_response(caller: &mut Caller, stream: u32) -> (Vec<u8>, String) {
    let (mut head, mut body) = (Vec::new(), Vec::new());
    loop {
        let frame = read(caller).await;
        match frame.kind {
            HEADERS if frame.stream == stream => head = frame.payload,
            DATA if frame.stream == stream => body.extend(frame.payload),
            _ => continue,
        }
        if frame.flags & END_STREAM != 0 {
            return (head, String::from_utf8(body).unwrap());
        }
    }
}

/// Lets the server run on until nothing happens any more.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_read_holds_its_handler_back() {
    for size in [1, 1000, 8000, 16_000, 30_000] {
        let written = Arc::new(AtomicUsize::new(0));
        let made = || written.load(Ordering::SeqCst) * event_bytes(size);
        let server = Server::start(service(endless("x".repeat(size), &written)), |serve| serve);

        // What its window allows for has been sent. Nothing of it is read, so the server holds all but one pipe.
        for window in [0, WINDOW, MAX_WINDOW] {
            written.store(0, Ordering::SeqCst);
            let mut caller = connect(&server, window).await;
            ask(&mut caller, 1, true).await;
            settle().await;
            let parked = made();
            println!("window {window}: {parked} bytes in events of {size} for a caller that does not read");
            assert!(parked < MOST, "window {window}: {parked} bytes in events of {size}");
            settle().await;
            assert_eq!(made(), parked);
            drop(caller);
            settle().await;
        }

        // What is read makes room for as much again, over and over.
        written.store(0, Ordering::SeqCst);
        let mut caller = connect(&server, MAX_WINDOW).await;
        send(&mut caller, WINDOW_UPDATE, 0, 0, &(MAX_WINDOW - WINDOW).to_be_bytes()).await;
        ask(&mut caller, 1, true).await;
        let mut read = 0;
        let mut buffer = vec![0; PIPE];
        while read < 1 << 20 {
            read += caller.pipe.read(&mut buffer).await.unwrap();
        }
        settle().await;
        assert!(made() < read + MOST, "{} bytes in events of {size}, {read} bytes read", made());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_read_holds_no_other_back() {
    let written = Arc::new(AtomicUsize::new(0));
    let server = Server::start(service(endless("x".repeat(1000), &written)), |serve| serve);
    let mut caller = connect(&server, 0).await;
    ask(&mut caller, 1, true).await;
    settle().await;
    ask(&mut caller, 3, true).await;
    send(&mut caller, WINDOW_UPDATE, 0, 3, &WINDOW.to_be_bytes()).await;
    let mut received = 0;
    while received < WINDOW as usize {
        let frame = timeout(Duration::from_secs(5), read(&mut caller)).await.expect("held back");
        if frame.kind == DATA {
            assert_eq!(frame.stream, 3);
            received += frame.payload.len();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_reset_drops_its_handler() {
    let waiting = Count::default();
    let silent = Server::start(service(late(Duration::from_secs(600), &waiting)), |serve| serve);
    let counter = waiting.clone();
    let endless = handler_fn(move |_request, _context| {
        let counted = counter.add();
        async move {
            let start = Message::new("msg_01", "m", vec![], Usage::new(3, 0));
            let stream = MessageStream::from_writer(start, |mut writer| async move {
                let _counted = counted;
                loop {
                    writer.text("x".repeat(1000)).await;
                }
            });
            Ok(stream.into())
        }
    });
    let endless = Server::start(service(endless), |serve| serve);
    for server in [silent, endless] {
        let mut caller = connect(&server, 0).await;
        ask(&mut caller, 1, true).await;
        ask(&mut caller, 3, true).await;
        settle().await;
        assert_eq!(waiting.get(), 2);
        send(&mut caller, RST_STREAM, 0, 1, &8_u32.to_be_bytes()).await; // CANCEL
        settle().await;
        assert_eq!(waiting.get(), 1);
        drop(caller);
        settle().await;
        assert_eq!(waiting.get(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_given_up() {
    let server = Server::start(service(handler_fn(hello)), |serve| serve);
    let mut caller = connect(&server, WINDOW).await;
    send(&mut caller, HEADERS, END_HEADERS, 1, HEAD).await;
    let start = Instant::now();
    let (head, body) = read_response(&mut caller, 1).await;
    assert_eq!(start.elapsed().as_secs(), 30);
    assert!(head.starts_with(STATUS_408), "{head:x?}");
    assert!(body.contains(r#""type":"error""#), "{body}");
    // The connection serves on.
    ask(&mut caller, 3, false).await;
    let (head, body) = read_response(&mut caller, 3).await;
    assert!(head.starts_with(STATUS_200) && body.ends_with(END), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_large_head_reaches_no_handler() {
    let calls = Count::default();
    let counter = calls.clone();
    let handler = handler_fn(move |_request, _context| {
        std::mem::forget(counter.add());
        async { Ok(message("Hello").into()) }
    });
    let server = Server::start(service(handler), |serve| serve);
    // `x: …`, not indexed, of 1,004 bytes each
    let header = [b"\x00\x01x\x7f\xe9\x06", &[b'x'; 1000][..]].concat();
    for (headers, is_accepted) in [(50, true), (75, false)] {
        let mut caller = connect(&server, WINDOW).await;
        send(&mut caller, HEADERS, 0, 1, HEAD).await;
        for _ in 1..headers / 15 {
            send(&mut caller, CONTINUATION, 0, 1, &header.repeat(15)).await;
        }
        send(&mut caller, CONTINUATION, END_HEADERS, 1, &header.repeat(15)).await;
        let request = request(false);
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        send(&mut caller, DATA, END_STREAM, 1, body.as_bytes()).await;
        let (head, _) = read_response(&mut caller, 1).await;
        assert!(head.starts_with(if is_accepted { STATUS_200 } else { STATUS_431 }), "{headers}: {head:x?}");
        assert_eq!(calls.get(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_end_is_given_up() {
    let server =
        Server::start(service(handler_fn(hello)), |serve| serve.idle_timeout(Duration::from_secs(60)));
    for (requests, limit) in [(0, 10), (1, 60)] {
        let mut caller = connect(&server, WINDOW).await;
        for _ in 0..requests {
            ask(&mut caller, 1, false).await;
            read_response(&mut caller, 1).await;
        }
        let start = Instant::now();
        send(&mut caller, HEADERS, 0, 3, HEAD).await;
        caller.pipe.read_to_end(&mut Vec::new()).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), limit);
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_stream_ends_with_an_error_at_the_deadline() {
    let open = handler_fn(|_request, _context| async {
        let start = Message::new("msg_01", "m", vec![], Usage::new(3, 0));
        let stream = MessageStream::from_writer(start, |mut writer| async move {
            writer.text("Hello").await;
            std::future::pending().await
        });
        Ok(stream.into())
    });
    let mut server = Server::start(service(open), |serve| serve.drain(Duration::from_secs(20)));
    let mut caller = connect(&server, WINDOW).await;
    ask(&mut caller, 1, true).await;
    settle().await;
    let start = Instant::now();
    server.shut_down();
    let (head, body) = read_response(&mut caller, 1).await;
    assert!(head.starts_with(STATUS_200) && body.contains("Hello"), "{body}");
    let last = body.trim_end().rsplit("\n\n").next().unwrap();
    assert!(last.starts_with("event: error\n") && last.contains("overloaded_error"), "{body}");
    assert_eq!(start.elapsed().as_secs(), 20);
    assert_eq!(server.ended().await, 0);
}
