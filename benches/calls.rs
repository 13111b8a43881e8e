//! Compares the client with reqwest alone, in the same process and against the same server. What is compared is the
//! CPU time of the thread that calls; the server has threads of its own.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench calls            # all sections
//! cargo bench --manifest-path benches/Cargo.toml --bench calls -- stream  # one section
//! ```
//!
//! Sections: stream, events, request, small, first.

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use messages_api::{Client, CreateMessageRequest, Credential, Message};
use reqwest::redirect::Policy;
use reqwest::retry::never;
use support::{
    Comparison, Core, Script, Splitter, filtered, received, reference, requests, serve, text_message,
};
use tokio::runtime::Runtime;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    Core::Measured.bind();
    if filtered("stream") {
        let text = text_message(20_000);
        let title = "a stream in writes of 16 KiB: times the CPU time of reqwest that drops the bytes";
        stream(&runtime, title, 3.6, Script::stream(text.chunks(16 << 10)), |_| {});
    }
    if filtered("events") {
        let text = text_message(500);
        let title = "one write an event: times the CPU time of reqwest that drops the bytes";
        stream(&runtime, title, 1.25, Script::stream(text.frames()).in_step(), received);
    }
    if filtered("request") {
        request(&runtime);
    }
    if filtered("small") {
        small(&runtime);
    }
    if filtered("first") {
        first(&runtime);
    }
}

// ---- streams ------------------------------------------------------------------

/// `received` tells the server of events, if it holds the next ones back until then.
fn stream(runtime: &Runtime, title: &str, goal: f64, script: Script, received: impl Fn(usize)) {
    let address = serve(script, Core::Peers);
    let (http, client, request) =
        (reqwest::Client::new(), client(address), CreateMessageRequest::new("m", 99));
    let post = || http.post(url(address)).body("{}").send();
    let dropped = async || {
        let mut response = post().await.expect("a response");
        let mut count = 0;
        while let Some(chunk) = response.chunk().await.expect("a whole body") {
            count += black_box(chunk).len();
            received(1);
        }
        count
    };
    let ours = async |accumulates: bool| {
        let mut stream = client.stream_message(&request).await.expect("a stream");
        if !accumulates {
            stream = stream.without_accumulation();
        }
        let mut count = 0;
        while let Some(event) = stream.next().await {
            black_box(event.expect("an event"));
            count += 1;
            received(1);
        }
        count
    };
    let parsed = async || {
        let mut response = post().await.expect("a response");
        let (mut splitter, mut count) = (Splitter::default(), 0);
        while let Some(chunk) = response.chunk().await.expect("a whole body") {
            splitter.push(&chunk, &mut |_, data| {
                black_box(serde_json::from_str::<reference::Event>(data).expect("an event"));
                count += 1;
                received(1);
            });
        }
        count
    };
    Comparison::new(title, "reqwest that drops the bytes", || runtime.block_on(dropped()))
        .cpu_time()
        .goal("ours", goal, || runtime.block_on(ours(true)))
        .than("ours, without accumulation", || runtime.block_on(ours(false)))
        .than("reqwest, splitter + serde's tagged enum", || runtime.block_on(parsed()))
        .run();
}

// ---- requests -----------------------------------------------------------------

const MESSAGE: &str = r#"{"id":"msg_01","type":"message","role":"assistant","model":"claude-sonnet-5","content":[{"type":"text","text":"Hello!"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":2048,"output_tokens":3}}"#;

fn request(runtime: &Runtime) {
    let address = serve(Script::whole(MESSAGE), Core::Measured);
    let (http, client) = (reqwest::Client::new(), client(address));
    let send = async |body: Bytes| {
        let response = http.post(url(address)).body(body).send().await.expect("a response");
        response.bytes().await.expect("a whole body")
    };
    for body in requests(200_000) {
        let request: CreateMessageRequest = serde_json::from_slice(&body.json).expect("a request");
        let bytes = Bytes::from(body.json);
        let goal = if ["history", "prose"].contains(&body.name) { 2.2 } else { f64::INFINITY };
        let title =
            format!("a request of 200 kB, {}: times the CPU time of reqwest with its bytes", body.name);
        Comparison::new(title, "reqwest", || runtime.block_on(send(bytes.clone())).len())
            .cpu_time()
            .goal("ours", goal, || {
                runtime.block_on(client.create_message(&request)).expect("a message").content.len()
            })
            .than("reqwest + serde_json with our types", || {
                let body = serde_json::to_vec(&request).expect("a request");
                let bytes = runtime.block_on(send(body.into()));
                serde_json::from_slice::<Message>(&bytes).expect("a message").content.len()
            })
            .run();
    }
}

// ---- small calls --------------------------------------------------------------

/// A whole call with a short request and a short message.
fn small(runtime: &Runtime) {
    let address = serve(Script::whole(MESSAGE), Core::Measured);
    let (http, client) = (reqwest::Client::new(), client(address));
    let request = CreateMessageRequest::new("claude-sonnet-5", 99).user("Hello!");
    Comparison::new(
        "a small call: times the CPU time of reqwest with serde_json",
        "reqwest + serde_json",
        || runtime.block_on(posted(&http, address, &request)),
    )
    .cpu_time()
    .than("ours", || runtime.block_on(client.create_message(&request)).expect("a message").content.len())
    .run();
}

/// A client that is made for one small call, which opens a connection.
fn first(runtime: &Runtime) {
    let address = serve(Script::whole(MESSAGE), Core::Measured);
    let request = CreateMessageRequest::new("claude-sonnet-5", 99).user("Hello!");
    let title = "a new client and a small call: times the CPU time of reqwest with serde_json";
    Comparison::new(title, "reqwest with the same settings + serde_json", || {
        let http = reqwest::Client::builder().redirect(Policy::none()).connect_timeout(CONNECT_TIMEOUT);
        // The client looks for no proxy either, since the address is one of this machine, and keeps no copies of
        // requests, since no server of HTTP/1.1 refuses one.
        let http = http.no_proxy().retry(never().max_retries_per_request(0)).build().expect("a client");
        runtime.block_on(posted(&http, address, &request))
    })
    .cpu_time()
    .goal("ours", 1.1, || {
        let client = client(address);
        runtime.block_on(async { client.create_message(&request).await.expect("a message").content.len() })
    })
    .than("reqwest with its defaults + serde_json", || {
        runtime.block_on(posted(&reqwest::Client::new(), address, &request))
    })
    .run();
}

/// The limit of the client's default transport.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes a call as a program does that has no client of this API.
async fn posted(http: &reqwest::Client, address: SocketAddr, request: &CreateMessageRequest) -> usize {
    let body = serde_json::to_vec(request).expect("a request");
    let post = http.post(url(address)).header("x-api-key", "sk-ant-0123456789");
    let post = post.header("anthropic-version", "2023-06-01").header("content-type", "application/json");
    let response = post.body(body).send().await.expect("a response");
    let bytes = response.bytes().await.expect("a whole body");
    serde_json::from_slice::<Message>(&bytes).expect("a message").content.len()
}

fn client(address: SocketAddr) -> Client {
    let builder = Client::builder()
        .base_url(&format!("http://{address}"))
        .credential(Credential::api_key("sk-ant-0123456789"))
        // The requests ask for long messages.
        .response_timeout(None);
    builder.build().expect("a client")
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/v1/messages")
}
