//! HTTP responses of 10 MB that are 10 GB once they are decompressed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use flate2::{Compress, Compression, FlushCompress};
use messages_api::client::{ReqwestTransport, RetryPolicy};
use messages_api::{Client, CreateMessageRequest, Error, ErrorKind};

const MIB: usize = 1 << 20;

/// Compresses `text`. What is returned does not depend on what was compressed before, so it can be repeated.
fn compressed(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 64);
    Compress::new(Compression::best(), false).compress_vec(text, &mut out, FlushCompress::Full).unwrap();
    out
}

/// A gzip member that begins with `start` and goes on with 10 GB of the letter x. It has no end, at which no
/// reader arrives.
fn bomb(start: &str) -> Vec<u8> {
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let piece = compressed(&vec![b'x'; 10 * MIB]);
    [&header[..], &compressed(start.as_bytes()), &piece.repeat(1000)].concat()
}

/// Starts a server that sends `head` and `body` to every request. Returns its address.
fn serve(head: String, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = Arc::new(body);
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let (head, body) = (head.clone(), body.clone());
            std::thread::spawn(move || respond(socket.unwrap(), &head, &body));
        }
    });
    url
}

fn respond(mut socket: TcpStream, head: &str, body: &[u8]) {
    let (mut request, mut length) = (BufReader::new(&socket), 0);
    for line in request.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    request.read_exact(&mut vec![0; length]).unwrap();
    let head = format!("HTTP/1.1 {head}\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
    // The client hangs up long before the end.
    let _ = socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(body));
}

/// Returns the most memory that the process has had since `forget_peak`, where the system tells it.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<usize>().ok()? * 1024)
}

fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

async fn call(client: &Client, is_streamed: bool) -> Error {
    let request = CreateMessageRequest::new("m", 1).user("Hi");
    match is_streamed {
        true => client.stream_message(&request).await.map(drop).unwrap_err(),
        false => client.create_message(&request).await.map(drop).unwrap_err(),
    }
}

/// One test, because the memory is that of the process.
#[tokio::test]
async fn a_bomb_is_an_error_within_the_limit_of_memory() {
    // The default transport asks for no compression, and does not decompress what is compressed all the same.
    // A client of the user's own may.
    let decompressing = reqwest::Client::builder().gzip(true).no_proxy().build().unwrap();
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(&bomb("{")[..]).take(3).read_to_end(&mut out).unwrap();
    assert_eq!(out, b"{xx");
    for (what, status, is_streamed, start, limit, kind) in [
        ("a whole message", "200 OK", false, "{\"id\":\"", 64, ErrorKind::TooLarge),
        ("a line of a stream", "200 OK", true, "data: {", 2 * 32, ErrorKind::TooLarge),
        ("an error", "503 Busy", false, "{\"type\":\"", 1, ErrorKind::Api),
    ] {
        let (content_type, body) =
            (if is_streamed { "text/event-stream" } else { "application/json" }, bomb(start));
        let length = body.len() / MIB;
        let url = serve(format!("{status}\r\ncontent-type: {content_type}"), body);
        for (transport, kind, limit) in [
            (None, if status.starts_with("200") { ErrorKind::Protocol } else { ErrorKind::Api }, 0),
            (Some(ReqwestTransport::new(decompressing.clone())), kind, limit),
        ] {
            let is_decompressed = transport.is_some();
            let builder = Client::builder().base_url(&url).retry(RetryPolicy::none());
            let client = match transport {
                Some(transport) => builder.transport(transport),
                None => builder,
            };
            let client = client.build().unwrap();
            forget_peak();
            let (before, start) = (peak(), Instant::now());
            let error = call(&client, is_streamed).await;
            let added = peak().zip(before).map(|(peak, before)| (peak - before) / MIB);
            println!(
                "{what} of {length} MiB, decompressed: {is_decompressed}; {:?} after {:.2?}, {added:?} MiB of memory",
                error.kind(),
                start.elapsed(),
            );
            assert_eq!(error.kind(), kind, "{error}");
            let text =
                error.api_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
            assert_eq!(text.starts_with("the response is compressed"), !is_decompressed, "{text}");
            assert!(added.is_none_or(|added| added <= limit + 16), "{what}: {added:?} MiB");
        }
    }
}
