//! The program of `tests/interop`, unchanged, with servers of several kinds.
//!
//! | server | without | because |
//! |---|---|---|
//! | ours: in process, over TCP, behind a proxy that cuts the bytes elsewhere | | |
//! | Ollama's recorded answers | tools, tokens, models, batches | they are not recorded; it has no batches |
//! | llama-server's recorded answers | whole messages, tokens, models, batches | they are not recorded; it has no batches |
//!
//! `tests/interop/run` drives the program at the real llama-server, through a gateway, the bridge and litellm as
//! well (`published.py` says what these lack).

#[path = "../interop/model.rs"]
mod model;
#[path = "../interop/program.rs"]
mod program;

use std::net::SocketAddr;

use messages_api::{Client, MessagesService};
use model::Model;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::cases;
use crate::common::*;
use crate::random::Random;
use crate::raw::{End, Raw, SSE_HEAD, Script};
use crate::support::Server;

const JSON_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";

/// What our server can do, which is all that the program does.
const ALL: [&str; 6] = ["create", "stream", "count", "plain", "models", "batches"];

async fn assert_passes(client: &Client, modes: &[&str]) {
    for mode in modes {
        let text = program::run(client, "claude-sonnet-4-6", mode, "word-7").await;
        assert!(text.as_ref().is_ok_and(|text| text.ends_with("word-7")), "{mode}: {text:?}");
    }
}

fn service() -> MessagesService {
    MessagesService::builder(Model::default()).unauthenticated().build()
}

#[tokio::test]
async fn the_program_needs_no_socket() {
    let client = Client::builder().transport(service()).build().unwrap();
    let gateway = MessagesService::builder(client.clone()).unauthenticated().build();
    let behind = Client::builder().transport(gateway).build().unwrap();
    for client in [client, behind] {
        assert_passes(&client, &ALL).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_calls_a_server_over_tcp() {
    let server = Server::start(service()).await;
    assert_passes(&client(&server.url()), &ALL).await;
}

/// Passes the bytes on in pieces of random lengths.
async fn copy(mut source: impl AsyncRead + Unpin, mut sink: impl AsyncWrite + Unpin, mut random: Random) {
    let mut buffer = [0; 4096];
    loop {
        let limit = *random.pick(&[1, 2, 3, 7, 50, 4096]);
        let Ok(length @ 1..) = source.read(&mut buffer[..limit]).await else { break };
        if sink.write_all(&buffer[..length]).await.is_err() {
            break;
        }
        // So that the peer reads them one by one.
        tokio::task::yield_now().await;
    }
    let _ = sink.shutdown().await;
}

/// Starts a proxy in front of `upstream` that cuts the bytes of both directions elsewhere.
async fn cutting(upstream: SocketAddr, seed: u64) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut proxy = JoinSet::new();
    proxy.spawn(async move {
        let mut copying = JoinSet::new();
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(upstream).await.unwrap();
            near.set_nodelay(true).unwrap();
            far.set_nodelay(true).unwrap();
            let ((near, to_near), (far, to_far)) = (near.into_split(), far.into_split());
            copying.spawn(copy(near, to_far, Random::new(seed)));
            copying.spawn(copy(far, to_near, Random::new(seed + 1)));
        }
    });
    (url, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_works_through_a_proxy_that_cuts_the_bytes_elsewhere() {
    let server = Server::start(service()).await;
    for seed in 0..20 {
        let (url, _proxy) = cutting(server.address(), 2 * seed).await;
        assert_passes(&client(&url), &ALL).await;
    }
}

/// The lines of a recorded answer that are JSON or make up events.
fn recorded(name: &str) -> Vec<String> {
    let text = String::from_utf8(cases::file(&format!("deviations/{name}.http"))).unwrap();
    let (_head, body) = text.split_once("\r\n\r\n").unwrap();
    let is_content = |line: &&str| ["event: ", "data: ", "{"].iter().any(|start| line.starts_with(start));
    body.lines().filter(is_content).map(str::to_owned).collect()
}

/// Returns a script that sends these lines as a stream or as a document, each `(from, to)` replaced.
fn script(lines: &[String], words: &[(&str, &str)]) -> Script {
    let mut text: String = lines
        .iter()
        .map(|line| line.to_owned() + if line.starts_with("data:") { "\n\n" } else { "\n" })
        .collect();
    for (from, to) in words {
        assert!(text.contains(from), "no {from} in {text}");
        text = text.replace(from, to);
    }
    let head = if text.starts_with("event") { SSE_HEAD } else { JSON_HEAD };
    Script::new([head, &text], End::Close)
}

/// Ollama's thinking has no signature.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_reads_what_ollama_sends() {
    if cases::rows("deviations/cases.jsonl").is_none() {
        return;
    }
    let whole = script(&recorded("thinking-no-signature"), &[]);
    let streamed = script(&recorded("01-ollama-sglang-thinking"), &[("\"four\"", "\"Hello\"")]);
    let answer = move |request: &str| {
        let is_streamed = request.contains(r#""stream":true"#);
        if is_streamed { streamed.clone() } else { whole.clone() }
    };
    let server = Raw::start_with(answer).await;
    assert_passes(&client(&server.url()), &["plain"]).await;
}

/// llama-server opens calls without `input`, and its blocks overlap.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_runs_a_tool_for_what_llama_server_sends() {
    if cases::rows("deviations/cases.jsonl").is_none() {
        return;
    }
    let call = recorded("01-llama-server-thinking-tool");
    let frames = call.chunks(2).filter(|frame| !frame[1].contains(r#""index": 2"#));
    let last = frames.collect::<Vec<_>>().concat();
    let last = script(&last, &[("I look", "It is word-7"), ("\"tool_use\"", "\"end_turn\"")]);
    let topic = r#"{\"topic\":\"rivers\"}"#;
    for first in [
        script(&call, &[("\"read\"", "\"lookup\""), (r#"{\"p\":1}"#, topic)]),
        script(&recorded("tool-start-no-input"), &[("\"f\"", "\"lookup\""), (r#"{\"a\":1}"#, topic)]),
    ] {
        let last = last.clone();
        let answer = move |request: &str| {
            let has_result = request.contains("tool_result");
            if has_result { last.clone() } else { first.clone() }
        };
        let server = Raw::start_with(answer).await;
        assert_passes(&client(&server.url()), &["stream"]).await;
    }
}
