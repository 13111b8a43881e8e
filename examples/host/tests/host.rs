//! Runs the host, calls it as a browser and as an SDK would, and stops it in the middle of a stream.
#![allow(clippy::unwrap_used, clippy::zombie_processes)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use flate2::{Compression, write::GzEncoder};
use messages_api::reqwest::{self, Method, Response};
use messages_api::{Client, CreateMessageRequest, Credential, ErrorKind, StreamEvent};
use serde_json::Value;

/// A host that runs, and is killed when the test fails.
struct Host {
    process: Child,
    log: Receiver<String>,
    url: String,
    http: reqwest::Client,
}

impl Host {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_host"))
            .envs([("TENANTS", "acme=key-1,globex=key-2"), ("ADDR", "127.0.0.1:0")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, log) = channel();
        let output = BufReader::new(process.stdout.take().unwrap());
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut host = Self { process, log, url: String::new(), http: reqwest::Client::new() };
        host.url = host.line("listening on ").split("listening on ").nth(1).unwrap().to_owned();
        host
    }

    /// Waits for a line of the log that contains `text`.
    fn line(&self, text: &str) -> String {
        loop {
            let line = self.log.recv_timeout(Duration::from_secs(20)).expect(text);
            if line.contains(text) {
                return line;
            }
        }
    }

    fn client(&self, key: &str) -> Client {
        let url = format!("{}/api", self.url);
        Client::builder().base_url(&url).credential(Credential::api_key(key)).build().unwrap()
    }

    /// Sends a request as a page of another origin does.
    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Response {
        let request = self.http.request(method, format!("{}/api{path}", self.url));
        let request = request.header("origin", "https://page.example").body(body);
        headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value))
            .send()
            .await
            .unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

fn body(text: &str) -> String {
    serde_json::to_string(&CreateMessageRequest::new("echo-1", 64).user(text)).unwrap()
}

/// Checks that a page can read the error, and returns its type.
async fn error_type(response: Response, status: u16) -> String {
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert!(response.headers().contains_key("request-id"));
    let error: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(error["type"], "error");
    error["error"]["type"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_may_send_the_headers_of_the_sdks() {
    let host = Host::start();
    let asked = "anthropic-version,anthropic-beta,x-api-key,authorization,content-type,\
                 anthropic-dangerous-direct-browser-access,x-stainless-lang,x-stainless-runtime-version";
    let headers = [("access-control-request-method", "POST"), ("access-control-request-headers", asked)];
    let preflight = host.send(Method::OPTIONS, "/v1/messages", &headers, vec![]).await;
    assert_eq!(preflight.status().as_u16(), 200);
    assert_eq!(preflight.headers()["access-control-allow-headers"], asked);
    assert_eq!(preflight.headers()["access-control-allow-methods"], "GET,POST,DELETE");

    let key = ("x-api-key", "key-1");
    let good = host.send(Method::POST, "/v1/messages", &[key], body("Hello").into()).await;
    assert_eq!(good.status().as_u16(), 200);
    assert_eq!(good.headers()["access-control-expose-headers"], "*");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_authentication_and_limits_are_in_the_envelope_and_readable_for_browsers() {
    let host = Host::start();
    let key = ("x-api-key", "key-1");
    let post = |headers: Vec<(&'static str, &'static str)>, body: Vec<u8>| {
        let host = &host;
        async move { host.send(Method::POST, "/v1/messages", &headers, body).await }
    };
    assert_eq!(error_type(post(vec![], body("Hi").into()).await, 401).await, "authentication_error");
    assert_eq!(error_type(post(vec![key], vec![b' '; 4 << 20 | 1]).await, 413).await, "request_too_large");
    let brotli = post(vec![key, ("content-encoding", "br")], vec![1, 2, 3]).await;
    assert_eq!(error_type(brotli, 415).await, "invalid_request_error");

    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body("Compressed").as_bytes()).unwrap();
    let response = post(vec![key, ("content-encoding", "gzip")], gzip.finish().unwrap()).await;
    assert!(response.text().await.unwrap().contains("Compressed"));
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b' '; 4 << 20 | 1]).unwrap();
    let response = post(vec![key, ("content-encoding", "gzip")], bomb.finish().unwrap()).await;
    assert_eq!(error_type(response, 413).await, "request_too_large");

    // The credit is used up by one large request, that of the other tenant is not.
    post(vec![key], body(&"x".repeat(60_000)).into()).await.bytes().await.unwrap();
    host.line("tenant=\"acme\"");
    assert_eq!(error_type(post(vec![key], body("Hi").into()).await, 402).await, "billing_error");
    assert_eq!(post(vec![("x-api-key", "key-2")], body("Hi").into()).await.status().as_u16(), 200);
}

/// The last one is rejected by the handler itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_can_read_that_there_are_too_many_callers() {
    let host = Host::start();
    let key = ("x-api-key", "key-1");
    let long = CreateMessageRequest::new("echo-1", 64).user("word ".repeat(100_000)).stream(true);
    let long = serde_json::to_vec(&long).unwrap();
    let mut streams = Vec::new();
    for _ in 0..100 {
        let response = host.send(Method::POST, "/v1/messages", &[key], long.clone()).await;
        assert_eq!(response.status().as_u16(), 200);
        streams.push(response);
    }
    let response = host.send(Method::POST, "/v1/messages", &[key], body("Hi").into()).await;
    assert_eq!(response.headers()["retry-after"], "2");
    assert_eq!(response.headers()["access-control-expose-headers"], "*");
    assert_eq!(error_type(response, 529).await, "overloaded_error");

    drop(streams.pop());
    host.line("end=\"cancelled\"");
    let response =
        host.send(Method::POST, "/v1/messages", &[("x-api-key", "key-2")], body("Hi").into()).await;
    assert_eq!(response.status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_listed() {
    let host = Host::start();
    let client = host.client("key-1");
    let mut models = client.models().items();
    assert_eq!(models.next().await.unwrap().unwrap().id, "echo-1");
    assert!(models.next().await.is_none());
    assert_eq!(client.model("echo-1").await.unwrap().display_name, "Echo");
    assert_eq!(client.model("none").await.unwrap_err().status().unwrap().as_u16(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_leaves_pays_for_what_it_was_sent() {
    let host = Host::start();
    let request = CreateMessageRequest::new("echo-1", 64).user("word ".repeat(100));
    let mut stream = host.client("key-1").stream_message(&request).await.unwrap();
    while stream.next().await.unwrap().unwrap().text_delta().is_none() {}
    drop(stream);
    let line = host.line("settled");
    assert!(line.contains("end=\"cancelled\"") && line.contains("tenant=\"acme\""), "{line}");
    let tokens: u64 = line.split("tokens=").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(tokens > request.estimate_tokens(), "{line}");
}

/// It has ended before its 20 seconds are over, since the stream is short.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_lets_open_streams_end() {
    let mut host = Host::start();
    let client = host.client("key-2");
    let request = CreateMessageRequest::new("echo-1", 64).user("one two three four five six");
    let mut stream = client.stream_message(&request).await.unwrap();
    assert!(matches!(stream.next().await, Some(Ok(StreamEvent::MessageStart(_)))));
    let id = host.process.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(stream.final_message().await.unwrap().text(), "one two three four five six");
    assert!(host.process.wait().unwrap().success());
    let error = client.create_message(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
}
