//! Compares `serve` with a bare axum handler that sends the same bytes, served by `axum::serve` in the same process.
//! The callers have threads of their own, so that the CPU time of this thread is that of the servers.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench serve            # all sections
//! cargo bench --manifest-path benches/Cargo.toml --bench serve -- memory  # one section
//! ```
//!
//! Sections: whole, events, bulk, requests, streams, memory, stalled, leaving, slow. The last four start processes and
//! read `/proc`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use axum::serve::ListenerExt;
use futures::{Stream, StreamExt, stream};
use messages_api::{ApiError, Message, MessageStream, MessagesService, StreamEvent, handler_fn};
use support::{
    Call, Caller, Callers, Comparison, Core, call_whole, cpu_time, filtered, max_open_files, request,
    resident_bytes, text_message,
};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The numbers of streams that are open in the end. The memory is first measured when one half of them is.
const STREAMS: [usize; 2] = [5_000, 10_000];

/// The same of callers that do not read, for each of which the kernel keeps megabytes.
const STALLED: usize = 200;

const LEAVING: usize = 1000;

const SLOW_HEADS: usize = 5000;

/// What a server sends for each request.
#[derive(Clone, Copy, PartialEq)]
enum Load {
    Whole,
    /// Events one by one.
    Events,
    /// Events that are ready together.
    Bulk,
    /// Some events, and then none.
    Open,
    /// Events without end.
    Endless,
}

const LOADS: [(&str, Load); 5] = [
    ("whole", Load::Whole),
    ("events", Load::Events),
    ("bulk", Load::Bulk),
    ("open", Load::Open),
    ("endless", Load::Endless),
];

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // A process for a server alone.
    let arguments: Vec<_> = std::env::args().collect();
    if let [_, flag, server, load, ..] = &*arguments
        && flag == "--server"
    {
        let load = LOADS.iter().find(|(name, _)| name == load).expect("a load").1;
        Core::Peers.bind(); // beside a thread that is itself a caller
        println!("{}", start(&runtime, server, load));
        runtime.block_on(std::future::pending::<()>());
    }
    Core::Measured.bind();
    if filtered("whole") {
        cpu(&runtime, "100 whole messages", Load::Whole, 1.4);
    }
    if filtered("events") {
        cpu(&runtime, "500 events, one by one", Load::Events, 1.3);
    }
    if filtered("bulk") {
        cpu(&runtime, "5,000 events that are ready together", Load::Bulk, f64::INFINITY);
    }
    if filtered("requests") {
        let call = Call::Whole(100);
        rate(&runtime, "16 callers with 100 requests for a whole message", Load::Whole, call, 16, 0.8);
    }
    if filtered("streams") {
        rate(&runtime, "16 callers, 500 events one by one", Load::Events, Call::Stream, 16, 0.9);
    }
    if filtered("memory") {
        for streams in STREAMS {
            if streams + 100 > max_open_files() {
                println!("\nskipped: {streams} open streams, which are more than `ulimit -n` allows");
                continue;
            }
            let title = format!("resident bytes for each of {streams} streams that wait for an event");
            memory(&title, "open", streams, 1.2, |address| {
                let mut caller = Caller::connect(address);
                caller.call_until(frames(Load::Open).last().expect("a frame"));
                caller
            });
        }
    }
    if filtered("stalled") {
        let title = "resident bytes for each caller that does not read";
        memory(title, "endless", STALLED, f64::INFINITY, |address| {
            let caller = TcpStream::connect(address).expect("a connection");
            (&caller).write_all(request(true).as_bytes()).expect("a request");
            caller
        });
    }
    if filtered("leaving") {
        leaving();
    }
    if filtered("slow") {
        slow();
    }
}

// ---- the servers --------------------------------------------------------------

fn start(runtime: &Runtime, server: &str, load: Load) -> SocketAddr {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let address = listener.local_addr().expect("an address");
    if server == "ours" {
        let most = if load == Load::Whole { 4096 } else { 100_000 };
        runtime.spawn(messages_api::server::serve(listener, ours(load)).max_connections(most).into_future());
    } else {
        let listener = listener.tap_io(|socket| socket.set_nodelay(true).expect("a socket"));
        let app = Router::new().route("/v1/messages", post(async move |_: Bytes| bare(load)));
        runtime.spawn(async move { axum::serve(listener, app).await });
    }
    address
}

fn frames(load: Load) -> Vec<Bytes> {
    let (deltas, frames) = match load {
        Load::Whole => (20, usize::MAX),
        Load::Events | Load::Endless => (500, usize::MAX),
        Load::Bulk => (5000, usize::MAX),
        Load::Open => (500, 10),
    };
    text_message(deltas).frames().take(frames).map(Bytes::copy_from_slice).collect()
}

/// Gives the items one by one, or all at once.
fn paced<T: Clone + Send + Sync + 'static>(load: Load, items: Arc<[T]>) -> impl Stream<Item = T> + Send {
    let count = items.len();
    let paced = stream::unfold(0, move |at| {
        let item = match load {
            // The start of the message once, and its deltas over and over.
            Load::Endless => items.get(if at < 3 { at } else { 3 + (at - 3) % (count - 6) }).cloned(),
            _ => items.get(at).cloned(),
        };
        async move {
            if load == Load::Events {
                tokio::task::yield_now().await;
            }
            item.map(|item| (item, at + 1))
        }
    });
    paced.chain(stream::once(std::future::pending()).take(usize::from(load == Load::Open)))
}

fn ours(load: Load) -> MessagesService {
    let events: Vec<StreamEvent> = frames(load).iter().map(|frame| event(frame)).collect();
    let message: Option<Message> = (load == Load::Whole).then(|| {
        let stream = MessageStream::new(stream::iter(events.clone().into_iter().map(Ok)));
        futures::executor::block_on(stream.final_message()).expect("a message")
    });
    let events: Arc<[StreamEvent]> = events.into();
    let handler = handler_fn(move |_request, _context| {
        let reply = match &message {
            Some(message) => message.clone().into(),
            None => MessageStream::new(paced(load, events.clone()).map(Ok)).into(),
        };
        async move { Ok::<_, ApiError>(reply) }
    });
    MessagesService::builder(handler).unauthenticated().build()
}

fn event(frame: &[u8]) -> StreamEvent {
    let text = std::str::from_utf8(frame).expect("text");
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
    serde_json::from_str(data).expect("an event")
}

fn bare(load: Load) -> axum::http::Response<Body> {
    let (content_type, body) = if load == Load::Whole {
        ("application/json", Body::from(WHOLE.clone()))
    } else {
        let frames = paced(load, frames_of(load)).map(Ok::<_, std::io::Error>);
        ("text/event-stream", Body::from_stream(frames))
    };
    axum::http::Response::builder().header(CONTENT_TYPE, content_type).body(body).expect("a response")
}

/// The frames of a load, which are prepared once.
fn frames_of(load: Load) -> Arc<[Bytes]> {
    static FRAMES: std::sync::OnceLock<(usize, Arc<[Bytes]>)> = std::sync::OnceLock::new();
    let (kept, kept_frames) = FRAMES.get_or_init(|| (load as usize, frames(load).into()));
    if *kept == load as usize { kept_frames.clone() } else { frames(load).into() }
}

static WHOLE: std::sync::LazyLock<Bytes> = std::sync::LazyLock::new(|| {
    let events: Vec<_> = frames(Load::Whole).iter().map(|frame| Ok(event(frame))).collect();
    let message = futures::executor::block_on(MessageStream::new(stream::iter(events)).final_message());
    serde_json::to_vec(&message.expect("a message")).expect("JSON").into()
});

// ---- CPU time -----------------------------------------------------------------

fn cpu(runtime: &Runtime, name: &str, load: Load, goal: f64) {
    let (call, core) = match load {
        Load::Whole => (Call::Whole(100), Core::Measured),
        _ => (Call::Stream, Core::Peers),
    };
    let callers = |server| Callers::new(start(runtime, server, load), call, 1, core);
    let (mut bare, mut ours) = (callers("axum"), callers("ours"));
    let title = format!("{name}: times the CPU time of a bare axum handler");
    Comparison::new(title, "axum", || runtime.block_on(bare.call()))
        .cpu_time()
        .goal("ours", goal, || runtime.block_on(ours.call()))
        .run();
}

// ---- rates --------------------------------------------------------------------

/// Compares the time in which many callers are served. The goal is a part of the rate.
fn rate(runtime: &Runtime, name: &str, load: Load, call: Call, callers: usize, goal: f64) {
    let callers = |server| Callers::new(start(runtime, server, load), call, callers, Core::Peers);
    let (mut bare, mut ours) = (callers("axum"), callers("ours"));
    let title = format!("{name}: times the time that a bare axum handler takes");
    Comparison::new(title, "axum", || runtime.block_on(bare.call()))
        .goal("ours", 1.0 / goal, || runtime.block_on(ours.call()))
        .run();
}

// ---- processes ----------------------------------------------------------------

fn process(server: &str, load: &str) -> (Child, SocketAddr) {
    let mut child = Command::new(std::env::current_exe().expect("a path"))
        .args(["--server", server, load])
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut address = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut address).expect("an address");
    (child, address.trim().parse().expect("an address"))
}

fn memory<T>(title: &str, load: &str, count: usize, goal: f64, open: impl Fn(SocketAddr) -> T) {
    println!("\n{title}");
    let mut yardstick = 0.0;
    for server in ["axum", "ours"] {
        let (mut child, address) = process(server, load);
        let settled = |callers: &mut Vec<T>| {
            callers.extend((0..count / 2).map(|_| open(address)));
            thread::sleep(Duration::from_secs(2));
            resident_bytes(child.id())
        };
        // The first streams also pay for what the process needs once.
        let mut callers = Vec::new();
        let before = settled(&mut callers);
        let bytes = settled(&mut callers).saturating_sub(before) / (count / 2);
        let cpu_time = cpu_time(child.id()).as_millis();
        child.kill().and_then(|()| child.wait()).expect("the process ends");
        if server == "axum" {
            yardstick = bytes as f64;
        }
        let ratio = bytes as f64 / yardstick;
        println!("  {server:<44} {bytes:>7}    ({ratio:.2} x{}), {cpu_time} ms of CPU", verdict(ratio, goal));
    }
}

fn verdict(value: f64, goal: f64) -> String {
    match goal {
        f64::INFINITY => String::new(),
        _ if value <= goal => format!("; goal: at most {goal}"),
        _ => format!("; MISSES its goal: at most {goal}"),
    }
}

/// Compares the memory after many callers have left in the middle of a stream with that after as many more.
fn leaving() {
    println!("\nresident bytes after callers that left at any point of a stream");
    let (mut child, address) = process("ours", "endless");
    let leave = || {
        for number in 0..LEAVING {
            let mut caller = TcpStream::connect(address).expect("a connection");
            caller.write_all(request(true).as_bytes()).expect("a request");
            let point = number * 7919 % 2000;
            caller.read_exact(&mut vec![0; point]).expect("a stream without end");
        }
        thread::sleep(Duration::from_secs(1));
        resident_bytes(child.id())
    };
    let (before, after) = (leave(), leave());
    let ratio = after as f64 / before as f64;
    println!("  {:<44} {before:>7}", format!("{LEAVING} callers"));
    println!("  {:<44} {after:>7}    ({ratio:.3} x{})", "as many more", verdict(ratio, 1.05));
    child.kill().and_then(|()| child.wait()).expect("the process ends");
}

/// Calls a server with its default limits while heads drip on more connections than it allows.
fn slow() {
    println!("\nmilliseconds for a request on a new connection, beside {SLOW_HEADS} heads that do not end");
    let (mut child, address) = process("ours", "whole");
    let times = |name: &str, goal: f64| {
        let mut times: Vec<_> = (0..500).map(|_| timed_call(address).as_secs_f64() * 1000.0).collect();
        times.sort_by(f64::total_cmp);
        let (median, p99, most) = (times[250], times[495], times[499]);
        println!("  {name:<44} p50 {median:.2}, most {most:.2}, p99 {p99:.2}{}", verdict(p99, goal));
    };
    times("without them", f64::INFINITY);
    let start = Instant::now();
    let slow: Vec<_> = (0..SLOW_HEADS)
        .map(|_| {
            let socket = TcpStream::connect(address).expect("a connection");
            (&socket).write_all(b"POST /v1/messages HT").expect("a head");
            socket
        })
        .collect();
    times("with them", 250.0);
    for mut socket in &slow {
        let _ = socket.read(&mut [0; 1]); // an end or a reset
    }
    println!("  all of them closed {:.1} s after the first was opened", start.elapsed().as_secs_f64());
    child.kill().and_then(|()| child.wait()).expect("the process ends");
}

fn timed_call(address: SocketAddr) -> Duration {
    let start = Instant::now();
    call_whole(&TcpStream::connect(address).expect("a connection"));
    start.elapsed()
}
