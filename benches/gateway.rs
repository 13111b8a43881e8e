//! Compares a gateway with a proxy that forwards the bytes unread, made of the same hyper and reqwest and running in
//! the same process. The upstream and the callers have threads of their own, so that the CPU time of this thread is
//! that of the gateways.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench gateway            # all sections
//! cargo bench --manifest-path benches/Cargo.toml --bench gateway -- memory  # one section
//! ```
//!
//! Sections: memory, events, bulk.

use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use messages_api::{Client, Credential, MessagesService};
use support::{Caller, Comparison, Script, filtered, serve, text_message};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The number of streams that are open when the measurement begins, and that it adds.
const STREAMS: usize = 200;

/// The most bytes that an open stream should take.
const MEMORY_GOAL: usize = 35_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // A process for the gateway alone, started by `memory`.
    for (name, mount) in [("--ours=", gateway as fn(&_, _) -> _), ("--proxy=", proxy)] {
        if let Some(upstream) =
            std::env::args().find_map(|argument| argument.strip_prefix(name)?.parse().ok())
        {
            println!("{}", mount(&runtime, upstream));
            runtime.block_on(std::future::pending::<()>());
        }
    }
    if filtered("memory") {
        memory();
    }
    if filtered("events") {
        let text = text_message(500);
        cpu(&runtime, "one write an event", Script::stream(text.frames()).in_step(), 1.1);
    }
    if filtered("bulk") {
        let text = text_message(20_000);
        let script = Script::stream(text.chunks(16 << 10));
        cpu(&runtime, "a stream in writes of 16 KiB", script, f64::INFINITY);
    }
}

// ---- CPU time -----------------------------------------------------------------

fn cpu(runtime: &Runtime, name: &str, script: Script, goal: f64) {
    let upstream = serve(script);
    let (mut proxy, mut gateway) =
        (Callers::new(proxy(runtime, upstream)), Callers::new(gateway(runtime, upstream)));
    let title = format!("{name}: times the CPU time of a proxy that forwards the bytes");
    Comparison::new(title, "proxy", || runtime.block_on(proxy.call()))
        .cpu_time()
        .goal("ours", goal, || runtime.block_on(gateway.call()))
        .run();
}

/// A caller on a thread of its own.
struct Callers {
    start: mpsc::Sender<()>,
    ended: UnboundedReceiver<usize>,
}

impl Callers {
    fn new(address: SocketAddr) -> Self {
        let (start, started) = mpsc::channel();
        let (end, ended) = unbounded_channel();
        thread::spawn(move || {
            let mut caller = Caller::connect(address);
            while started.recv().is_ok() && end.send(caller.call()).is_ok() {}
        });
        Self { start, ended }
    }

    async fn call(&mut self) -> usize {
        self.start.send(()).expect("a caller");
        self.ended.recv().await.expect("a caller")
    }
}

// ---- memory -------------------------------------------------------------------

/// Compares what open streams add to the resident memory of a process that holds nothing but the gateway.
fn memory() {
    let text = text_message(8);
    let upstream = serve(Script::open(text.frames().take(10)).in_step());
    let last = text.frames().nth(9).expect("the last delta");
    let per_stream = |name: &str| {
        let mut gateway = Command::new(std::env::current_exe().expect("a path"))
            .args([format!("--{name}={upstream}")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut address = String::new();
        BufReader::new(gateway.stdout.take().expect("a pipe")).read_line(&mut address).expect("an address");
        let address = address.trim().parse().expect("an address");
        let open = || {
            let mut caller = Caller::connect(address);
            caller.call_until(last);
            caller
        };
        // The first streams also pay for what the process needs once.
        let mut callers: Vec<_> = (0..STREAMS).map(|_| open()).collect();
        let before = resident_bytes(gateway.id());
        callers.extend((0..STREAMS).map(|_| open()));
        let bytes = (resident_bytes(gateway.id()) - before) / STREAMS;
        gateway.kill().and_then(|()| gateway.wait()).expect("the process ends");
        bytes
    };
    println!("\nresident bytes for each stream that waits for an event");
    println!("  {:<44} {:>7}", "proxy", per_stream("proxy"));
    let ours = per_stream("ours");
    let verdict = if ours <= MEMORY_GOAL { "goal" } else { "MISSES its goal" };
    println!("  {:<44} {ours:>7}    ({verdict}: at most {MEMORY_GOAL})", "ours");
}

fn resident_bytes(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the resident memory");
    let kib: usize = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib << 10
}

// ---- the gateways -------------------------------------------------------------

fn gateway(runtime: &Runtime, upstream: SocketAddr) -> SocketAddr {
    let client = Client::builder()
        .base_url(&format!("http://{upstream}"))
        .credential(Credential::api_key("sk-ant-0123456789"));
    let service = MessagesService::builder(client.build().expect("a client"));
    mount(runtime, TowerToHyperService::new(service.unauthenticated().build()))
}

fn proxy(runtime: &Runtime, upstream: SocketAddr) -> SocketAddr {
    let http = reqwest::Client::new();
    let forward = move |request: Request<Incoming>| {
        let (http, url) = (http.clone(), format!("http://{upstream}{}", request.uri().path()));
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.expect("a whole body").to_bytes();
            let request = http.request(parts.method, url).headers(parts.headers).body(body);
            let response: Response<reqwest::Body> = match request.send().await {
                Ok(response) => response.into(),
                Err(error) => {
                    let mut response = Response::new(error.to_string().into());
                    *response.status_mut() = StatusCode::BAD_GATEWAY;
                    response
                }
            };
            Ok::<_, Infallible>(response)
        }
    };
    mount(runtime, service_fn(forward))
}

/// Serves `service` on the thread of `runtime`.
fn mount<S, B>(runtime: &Runtime, service: S) -> SocketAddr
where
    S: HttpService<Incoming, ResBody = B> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let address = listener.local_addr().expect("an address");
    runtime.spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            connection.set_nodelay(true).expect("a socket");
            let io = TokioIo::new(connection);
            tokio::spawn(http1::Builder::new().serve_connection(io, service.clone()));
        }
    });
    address
}
