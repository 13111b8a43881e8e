//! Runs each program, and calls the service through its framework.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use messages_api::client::{ReqwestTransport, RetryPolicy};
use messages_api::reqwest::{self, Method, StatusCode, Version};
use messages_api::types::ErrorResponse;
use messages_api::{Client, CreateMessageRequest, Credential, StreamEvent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// More than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program that runs, and is killed when the test ends.
struct Program {
    process: Child,
    url: String,
}

impl Program {
    fn start(program: &str) -> Self {
        let mut process =
            Command::new(program).env("ADDR", "127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = lines.by_ref().find(|line| line.contains("listening on ")).expect("the address");
        thread::spawn(|| lines.for_each(drop)); // some print on
        // What frameworks print around it differs.
        let port = line.rsplit(':').next().unwrap().trim_matches(|c: char| !c.is_ascii_digit());
        Self { process, url: format!("http://127.0.0.1:{port}") }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.url["http://".len()..]).await.unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Checks that the HTTP response is an error of the API.
async fn error(response: reqwest::Response, status: u16, error_type: &str) {
    let (got, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await.unwrap();
    assert_eq!(got, StatusCode::from_u16(status).unwrap(), "{body:?}");
    assert!(headers.contains_key("request-id"), "{headers:?}");
    assert_eq!(headers["content-type"], "application/json");
    let error: ErrorResponse = serde_json::from_slice(&body).unwrap();
    assert_eq!(error.error.r#type.as_str(), error_type, "{body:?}");
}

fn client(program: &Program, http: reqwest::Client) -> Client {
    Client::builder()
        .base_url(&program.url)
        .credential(Credential::api_key("secret"))
        .transport(ReqwestTransport::new(http))
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

/// Checks all that a caller sees of a mount.
async fn check(program: &str, version: Version) {
    let program = Program::start(program);
    let http = reqwest::Client::builder();
    let http = if version == Version::HTTP_2 { http.http2_prior_knowledge() } else { http }.build().unwrap();
    let client = client(&program, http.clone());

    let request = CreateMessageRequest::new("echo", 99).user("one two three");
    assert_eq!(client.create_message(&request).await.unwrap().text(), "one two three");
    let mut stream = client.stream_message(&request).await.unwrap();
    let mut deltas = 0;
    while let Some(event) = stream.next().await {
        deltas += usize::from(matches!(event.unwrap(), StreamEvent::ContentBlockDelta(_)));
    }
    assert_eq!(deltas, 3);

    let post = |path: &str, body: Vec<u8>| http.post(format!("{}{path}", program.url)).body(body);
    let body = || serde_json::to_vec(&request).unwrap();
    let response = post("/v1/messages?beta=true", body()).header("x-api-key", "secret").send().await.unwrap();
    assert_eq!((response.status(), response.version()), (StatusCode::OK, version));
    error(post("/v1/complete?a=b", body()).send().await.unwrap(), 404, "not_found_error").await;
    error(post("/v1/messages", body()).send().await.unwrap(), 401, "authentication_error").await;
    let large = post("/v1/messages", vec![b' '; (32 << 20) + 1]).header("x-api-key", "secret");
    error(large.send().await.unwrap(), 413, "request_too_large").await;
    for method in [Method::DELETE, Method::PUT, Method::PATCH] {
        let response = http.request(method, format!("{}/v1/messages", program.url)).send().await.unwrap();
        assert_eq!(response.headers()["allow"], "POST, HEAD, OPTIONS");
        error(response, 405, "invalid_request_error").await;
    }
    if version == Version::HTTP_11 {
        check_bytes(&program).await;
    }
}

/// Checks what no HTTP client shows.
async fn check_bytes(program: &Program) {
    // A response without a body is followed by the next one at once.
    for method in ["OPTIONS", "HEAD"] {
        let mut socket = program.connect().await;
        let first = format!("{method} /v1/messages HTTP/1.1\r\nhost: a\r\n\r\n");
        socket.write_all(first.as_bytes()).await.unwrap();
        let head = read_head(&mut socket).await;
        assert!(head.starts_with("HTTP/1.1 204") && !head.contains("content-length"), "{head}");
        socket.write_all(b"GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let head = read_head(&mut socket).await;
        assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    }
    // A request whose body breaks off, although what is there of it is whole.
    let mut socket = program.connect().await;
    let body = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#;
    let head =
        "POST /v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: secret\r\ntransfer-encoding: chunked\r\n\r\n";
    let request = format!("{head}{:x}\r\n{body}\r\nno chunk\r\n", body.len());
    socket.write_all(request.as_bytes()).await.unwrap();
    let head = read_head(&mut socket).await;
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
}

/// Reads up to the end of the head of an HTTP response.
async fn read_head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = timeout(PATIENCE, socket.read_u8()).await.expect("a response comes");
        head.push(byte.unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&head))));
    }
    String::from_utf8(head).unwrap()
}

macro_rules! mounts {
    ($($test:ident: $program:literal, $version:ident;)*) => {$(
        #[tokio::test]
        async fn $test() {
            check(env!(concat!("CARGO_BIN_EXE_", $program)), Version::$version).await;
        }
    )*};
}

mounts! {
    axum_serves_http1: "axum", HTTP_11;
    axum_serves_http2: "axum", HTTP_2;
    tower_serves_http1: "tower", HTTP_11;
    tower_serves_http2: "tower", HTTP_2;
    hyper_serves: "hyper", HTTP_11;
    poem_serves: "poem", HTTP_11;
    salvo_serves: "salvo", HTTP_11;
    warp_serves: "warp", HTTP_11;
    actix_web_serves: "actix", HTTP_11;
    rocket_serves: "rocket", HTTP_11;
}

/// A caller that sends nothing, and one whose head does not end.
#[tokio::test]
async fn slow_heads_are_given_up() {
    let programs = [
        env!("CARGO_BIN_EXE_axum"),
        env!("CARGO_BIN_EXE_tower"),
        env!("CARGO_BIN_EXE_hyper"),
        env!("CARGO_BIN_EXE_poem"),
        env!("CARGO_BIN_EXE_salvo"),
        env!("CARGO_BIN_EXE_warp"),
        env!("CARGO_BIN_EXE_actix"),
    ];
    let programs = programs.map(Program::start);
    let mut connections = Vec::new();
    for program in &programs {
        for head in ["", "POST /v1/messages HTTP/1.1\r\nho"] {
            let mut socket = program.connect().await;
            socket.write_all(head.as_bytes()).await.unwrap();
            connections.push(socket);
        }
    }
    for mut socket in connections {
        let end = timeout(PATIENCE, socket.read_to_end(&mut Vec::new())).await;
        let _ = end.expect("it is given up"); // a reset is as good as an end
    }
}

/// A stream that is open goes on to its end, and then the program ends.
#[cfg(unix)]
#[tokio::test]
async fn a_signal_lets_open_streams_end() {
    let programs = [
        env!("CARGO_BIN_EXE_axum"),
        env!("CARGO_BIN_EXE_tower"),
        env!("CARGO_BIN_EXE_hyper"),
        env!("CARGO_BIN_EXE_poem"),
        env!("CARGO_BIN_EXE_warp"),
    ];
    for name in programs {
        let mut program = Program::start(name);
        let client = client(&program, reqwest::Client::new());
        let text = "word ".repeat(50);
        let request = CreateMessageRequest::new("echo", 99).user(&*text);
        let mut stream = client.stream_message(&request).await.unwrap();
        assert!(matches!(stream.next().await, Some(Ok(StreamEvent::MessageStart(_)))));
        let id = program.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert_eq!(stream.final_message().await.unwrap().text(), text, "{name}");
        assert!(program.process.wait().unwrap().success(), "{name}");
    }
}

/// A route of its own, beside the service.
#[tokio::test]
async fn axum_serves_another_route() {
    let program = Program::start(env!("CARGO_BIN_EXE_axum"));
    let response = reqwest::get(format!("{}/health", program.url)).await.unwrap();
    assert_eq!(response.text().await.unwrap(), "ok");
}

/// It is rejected by a layer, and the error is one of the API.
#[tokio::test]
async fn tower_rejects_the_ninth_caller() {
    let program = Program::start(env!("CARGO_BIN_EXE_tower"));
    let client = client(&program, reqwest::Client::new());
    let long = CreateMessageRequest::new("echo", 99).user("word ".repeat(100_000));
    // The one that is rejected may be any of them.
    let calls = (0..9).map(|_| {
        let (client, long) = (client.clone(), long.clone());
        async move { client.create_message(&long).await.unwrap_err() }
    });
    let mut calls: tokio::task::JoinSet<_> = calls.collect();
    let error = calls.join_next().await.unwrap().unwrap();
    assert_eq!((error.status().unwrap().as_u16(), calls.len()), (529, 8));
}
