//! Shows what hostile peers cost, as ratios to work of the same size in the same process.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench hostile            # all sections
//! cargo bench --manifest-path benches/Cargo.toml --bench hostile -- merging  # one section
//! ```
//!
//! Sections: bodies, nesting, merging, pending, panics, response. The memory of the same shapes is counted by
//! `cargo test --test memory -- --nocapture`.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Instant;

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use http::Request;
use messages_api::stream::{Accumulator, EventDecoder};
use messages_api::types::events::PingEvent;
use messages_api::{
    ApiError, Client, ContentBlock, CreateMessageRequest, Credential, Message, MessageStream,
    MessagesService, Reply, StreamEvent, Usage, handler_fn,
};
use serde_json::Value;
use support::{Comparison, filtered};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

fn main() {
    if filtered("bodies") {
        bodies();
    }
    if filtered("nesting") {
        nesting();
    }
    if filtered("merging") {
        merging();
    }
    if filtered("pending") {
        pending();
    }
    if filtered("panics") {
        panics();
    }
    if filtered("response") {
        response();
    }
}

// ---- bodies of a request --------------------------------------------------------

/// The bodies have 2 MiB and are made of tiny parts. The service decodes or rejects them.
fn bodies() {
    let list = |item: &str| vec![item; (2 << 20) / (item.len() + 1)].join(",");
    let tool = |field: &str, item: &str| {
        format!(r#""messages":[],"tools":[{{"name":"f","input_schema":{{}},"{field}":[{}]}}]"#, list(item))
    };
    let blocks = |blocks: &str| format!(r#""messages":[{{"role":"user","content":[{blocks}]}}]"#);
    let mut nested = list(r#"{"text":"","type":"text"}"#);
    for _ in 1..10 {
        nested = format!(r#"{{"content":[{nested}],"tool_use_id":"","type":"tool_result"}}"#);
    }
    let configs: Vec<_> = (0..150_000).map(|n| format!(r#""{n:x}":{{}}"#)).collect();
    for (name, rest) in [
        ("input examples", tool("input_examples", "0")),
        ("allowed callers", tool("allowed_callers", r#""a""#)),
        ("unknown keys", format!(r#""messages":[],{}"#, list(r#""a":0"#))),
        (
            "unknown keys before a late type",
            blocks(&format!(r#"{{{},"type":"text","text":""}}"#, list(r#""a":0"#))),
        ),
        ("late types, ten levels deep", blocks(&nested)),
        (
            "configs of a toolset",
            format!(
                r#""messages":[],"tools":[{{"type":"mcp_toolset","mcp_server_name":"s","configs":{{{}}}}}]"#,
                configs.join(",")
            ),
        ),
        ("small blocks", blocks(&list(r#"{"type":"x"}"#))),
        ("empty stop sequences", format!(r#""messages":[],"stop_sequences":[{}]"#, list(r#""""#))),
    ] {
        let body = Bytes::from(format!(r#"{{"model":"m","max_tokens":1,{rest}}}"#));
        let runtime = runtime(1);
        let service = service(|| async { Err::<Reply, _>(ApiError::not_found("it was decoded")) });
        let status = runtime.block_on(call(&service, body.clone()));
        assert!(matches!(status, 404 | 413), "{name}: {status}");
        Comparison::new(
            format!("bodies, {name}, {} bytes, status {status}: times Value's", body.len()),
            "serde_json::from_slice::<Value>",
            || black_box(serde_json::from_slice::<Value>(&body)).is_ok().into(),
        )
        .goal("the service", 4.0, || runtime.block_on(call(&service, body.clone())).into())
        .run();
    }
}

// ---- nesting --------------------------------------------------------------------

/// The bodies are nested so deeply that the service rejects them.
fn nesting() {
    println!("\nnesting: milliseconds until a body is rejected, at the median");
    let runtime = runtime(1);
    let service = service(hello);
    for depth in [100_000, 1_000_000] {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            for field in ["messages", "metadata", "x"] {
                let nested = format!("{}0{}", open.repeat(depth), close.repeat(depth));
                let body = format!(r#"{{"model":"m","max_tokens":1,"{field}":{nested},"messages":[]}}"#);
                let body = Bytes::from(body);
                let timed = || {
                    let start = Instant::now();
                    assert_eq!(runtime.block_on(call(&service, body.clone())), 400);
                    start.elapsed().as_secs_f64() * 1000.0
                };
                let (median, _) = percentiles(&mut [(); 20].map(|()| timed()));
                let verdict = if median < 50.0 { "goal" } else { "MISSES its goal" };
                let name = format!("{depth} times {open} in {field}");
                println!("  {name:<44} {median:>7.3}    ({verdict}: less than 50)");
            }
        }
    }
}

// ---- merging --------------------------------------------------------------------

fn merging() {
    let fields =
        |range: std::ops::Range<usize>| range.map(|at| format!(r#","k{at}":{at}"#)).collect::<String>();
    for place in ["the message", "the usage"] {
        // A start with `count` keys, and `deltas` deltas that change one and add one.
        let stream = |count: usize, deltas: usize| {
            let within = |fields: String| match place {
                "the message" => (fields, String::new()),
                _ => (String::new(), fields),
            };
            let (outer, inner) = within(fields(0..count));
            let mut body = format!(
                "data: {{\"type\":\"message_start\",\"message\":{{\"id\":\"m\"{outer},\
                 \"usage\":{{\"input_tokens\":1{inner}}}}}}}\n\n"
            );
            for at in 0..deltas {
                let (outer, inner) = within(fields(count + at - 1..count + at + 1));
                body += &format!(
                    "data: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":null{outer}}},\
                     \"usage\":{{\"output_tokens\":1{inner}}}}}\n\n"
                );
            }
            Bytes::from(body)
        };
        let (small, large) = (stream(10_000, 1_000), stream(40_000, 4_000));
        Comparison::new(
            format!("merging, unknown keys in {place}: time(4n) / time(n)"),
            "10,000 keys, 1,000 deltas",
            || added_up(&small),
        )
        .goal("40,000 keys, 4,000 deltas", 5.0, || added_up(&large))
        .run();
        Comparison::new(
            format!("merging, unknown keys in {place}, {} bytes: times decoding", large.len()),
            "EventDecoder alone",
            || decoded(&large).count(),
        )
        .goal("and Accumulator", 3.0, || added_up(&large))
        .run();
    }
}

fn decoded(body: &Bytes) -> impl Iterator<Item = StreamEvent> {
    let mut decoder = EventDecoder::new();
    decoder.push(body.clone());
    std::iter::from_fn(move || decoder.next().expect("the stream is legal"))
}

fn added_up(body: &Bytes) -> usize {
    let mut accumulator = Accumulator::new();
    decoded(body).map(|event| accumulator.push(&event).expect("the stream is legal")).count()
}

// ---- streams that are always ready ------------------------------------------------

/// Four callers want a whole message from streams of nothing but pings, on two workers. Another
/// caller asks for a small message all the while.
fn pending() {
    let runtime = runtime(2);
    let endless = service(|| async {
        let pings = futures::stream::repeat_with(|| Ok(PingEvent::new().into()));
        Ok(MessageStream::new(pings).into())
    });
    let mut unloaded = runtime.block_on(spawned(bystander(|count| count < 2_000)));
    let is_over = Arc::new(AtomicBool::new(false));
    let (mut loaded, end) = runtime.block_on(async {
        let start = Instant::now();
        let until = is_over.clone();
        let bystander = tokio::spawn(bystander(move |_| !until.load(Ordering::Relaxed)));
        let calls = [(); 4].map(|()| {
            let endless = endless.clone();
            spawned(async move { assert_eq!(call(&endless, body()).await, 500) })
        });
        futures::future::join_all(calls).await;
        let end = start.elapsed();
        is_over.store(true, Ordering::Relaxed);
        (bystander.await.expect("no panic"), end)
    });
    let count = loaded.len();
    let (unit, _) = percentiles(&mut unloaded);
    let (median, slow) = percentiles(&mut loaded);
    println!("\npending, 4 endless streams of pings on 2 workers, collected: times an unloaded request");
    for (name, time) in [
        (format!("a bystander's request, median of {count}"), median),
        ("a bystander's request, 99th percentile".into(), slow),
        ("until all four are given up".into(), end.as_secs_f64()),
    ] {
        println!("  {name:<44} {:>7.2} x", time / unit);
    }
}

/// Runs `future` on a worker.
async fn spawned<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    tokio::spawn(future).await.expect("no panic")
}

/// Asks for small messages, one after the other, as long as `goes_on` allows with their number.
/// Returns the seconds that each took.
async fn bystander(goes_on: impl Fn(usize) -> bool + Send) -> Vec<f64> {
    let small = service(hello);
    let mut times = Vec::new();
    while goes_on(times.len()) {
        let start = Instant::now();
        assert_eq!(call(&small, body()).await, 200);
        times.push(start.elapsed().as_secs_f64());
        tokio::task::yield_now().await;
    }
    times
}

/// Returns the median and the 99th percentile.
fn percentiles(times: &mut [f64]) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    assert!(!times.is_empty(), "the bystander was served");
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

// ---- panics ---------------------------------------------------------------------

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

/// The stream of a handler panics when it is polled and again when it is dropped.
fn panics() {
    std::panic::set_hook(Box::new(|_| {}));
    let runtime = runtime(1);
    let fails = service(|| async {
        let events = futures::stream::iter([Err(ApiError::internal().into())]);
        Ok(MessageStream::new(events).into())
    });
    let explodes = service(|| async {
        let bomb = Bomb;
        let events = futures::stream::poll_fn(move |_cx| -> Poll<Option<Result<StreamEvent, _>>> {
            let _held = &bomb;
            panic!("polled")
        });
        Ok(MessageStream::new(events).into())
    });
    Comparison::new(
        "panics, a stream that is collected: times an error's",
        "its first item is an error",
        || runtime.block_on(call(&fails, body())).into(),
    )
    .goal("it panics when polled and when dropped", f64::INFINITY, || {
        runtime.block_on(call(&explodes, body())).into()
    })
    .run();
    drop(std::panic::take_hook());
}

// ---- the response of an upstream ----------------------------------------------------

/// The client receives 8 MiB over loopback, as one long text and as tiny parts.
fn response() {
    let runtime = runtime(1);
    let size = 8 << 20;
    let list = |item: &str| vec![item; size / (item.len() + 1)].join(",");
    let message = |blocks: String| Bytes::from(format!(r#"{{"id":"m","content":[{blocks}]}}"#));
    let plain = message(format!(r#"{{"type":"text","text":"{}"}}"#, "a".repeat(size)));
    let blocks = message(list(r#"{"type":"x"}"#));
    let keys = message(format!(r#"{{"type":"text",{}}}"#, list(r#""a":0"#)));
    let [at_plain, at_blocks, at_keys] = [plain, blocks.clone(), keys.clone()].map(|body| {
        let url = runtime.block_on(serve(body));
        let client = Client::builder().base_url(&url).credential(Credential::api_key("k")).build();
        client.expect("the settings are valid")
    });
    let request = CreateMessageRequest::new("m", 1).user("Hi");
    let received = |client: &Client| runtime.block_on(client.create_message(&request));
    assert!(received(&at_plain).is_ok() && received(&at_blocks).is_ok());
    assert!(received(&at_keys).is_err_and(|error| error.to_string().contains("memory")));
    for (name, client, body) in [("small blocks", &at_blocks, &blocks), ("unknown keys", &at_keys, &keys)] {
        Comparison::new(
            format!("response, {name}, 8 MiB: times receiving a long text and Value's"),
            "both",
            || {
                let received = usize::from(received(&at_plain).is_ok());
                received + usize::from(black_box(serde_json::from_slice::<Value>(body)).is_ok())
            },
        )
        .goal("the client", 2.0, || 1 + usize::from(received(client).is_ok()))
        .run();
    }
}

/// Starts a server that sends `body` for every request. Returns its address.
async fn serve(body: Bytes) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let body = body.clone();
            tokio::spawn(async move {
                let mut request = Vec::new();
                while socket.read_buf(&mut request).await.is_ok_and(|read| read > 0) {
                    if !request.ends_with(b"}") {
                        continue;
                    }
                    request.clear();
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                    if socket.write_all(head.as_bytes()).await.is_err()
                        || socket.write_all(&body).await.is_err()
                    {
                        return;
                    }
                }
            });
        }
    });
    url
}

// ---- helpers --------------------------------------------------------------------

fn runtime(workers: usize) -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    runtime.expect("the runtime starts")
}

/// Creates a service that accepts every caller.
fn service<F, Fut>(reply: F) -> MessagesService
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, ApiError>> + Send,
{
    let handler = handler_fn(move |_request, _context| reply.clone()());
    MessagesService::builder(handler).unauthenticated().build()
}

async fn hello() -> Result<Reply, ApiError> {
    Ok(Message::new("m", "m", vec![ContentBlock::text("Hello")], Usage::new(1, 1)).into())
}

/// Returns a small request for a whole message.
fn body() -> Bytes {
    Bytes::from_static(br#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#)
}

/// Sends `body`, and returns the status once the response has been read.
async fn call(service: &MessagesService, body: Bytes) -> u16 {
    let request = Request::post("/v1/messages").body(Body::from(body)).expect("the request is valid");
    let Ok(response) = service.clone().oneshot(request).await;
    let status = response.status().as_u16();
    let mut body = pin!(Body::new(response.into_body()).into_data_stream());
    while let Some(chunk) = body.next().await {
        black_box(chunk.expect("the body is whole"));
    }
    status
}
