//! Gateways in processes of their own, beside a proxy that forwards the bytes unread.

use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::cores::Core;
use crate::peer::{Caller, open_connections};
use crate::processes::{cpu_time, resident_bytes};

/// The number of callers that leave at once.
const VANISHING: usize = 1000;

/// The number of streams that are open when the measurement begins, and that it adds.
const STREAMS: usize = 200;

/// A gateway in a process of its own.
pub struct Gateway {
    process: Child,
    pub address: SocketAddr,
}

impl Gateway {
    /// Starts this program again as a gateway alone: `proxy` or `ours`.
    pub fn start(name: &str, upstream: SocketAddr) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("a path"))
            .args([format!("--{name}={upstream}")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut address = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut address).expect("an address");
        Self { process, address: address.trim().parse().expect("an address") }
    }

    /// Starts another program, and waits until it accepts connections at `address`.
    pub fn of(command: &mut Command, address: SocketAddr) -> Self {
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process");
        while TcpStream::connect(address).is_err() {
            thread::sleep(Duration::from_millis(100));
            assert!(matches!(process.try_wait(), Ok(None)), "the gateway has ended: {command:?}");
        }
        Self { process, address }
    }

    /// Returns the CPU time that the process has spent, in steps of 10 ms.
    pub fn cpu_time(&self) -> Duration {
        cpu_time(self.process.id())
    }

    /// Serves for ever if the program was started as a gateway, for which `ours` mounts the one that is
    /// measured.
    pub fn serve(runtime: &Runtime, ours: fn(&Runtime, SocketAddr) -> SocketAddr) {
        for (name, mount) in [("--ours=", ours), ("--proxy=", proxy)] {
            if let Some(upstream) =
                std::env::args().find_map(|argument| argument.strip_prefix(name)?.parse().ok())
            {
                Core::Peers.bind(); // beside a thread that is itself a caller
                println!("{}", mount(runtime, upstream));
                runtime.block_on(std::future::pending::<()>());
            }
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

/// Prints how many streams of the upstream are left when many callers leave at once that have read up to
/// `last`.
pub fn vanish(upstream: SocketAddr, last: &[u8]) {
    println!("\nstreams of the upstream that are left, of {VANISHING} whose callers leave at once");
    for name in ["proxy", "ours"] {
        let gateway = Gateway::start(name, upstream);
        // Other sections have left connections open.
        let before = open_connections();
        let left = || open_connections().saturating_sub(before);
        let callers: Vec<_> = (0..VANISHING).map(|_| open(gateway.address, last)).collect();
        assert_eq!(left(), VANISHING);
        let start = Instant::now();
        drop(callers);
        while left() > 0 && start.elapsed() < Duration::from_secs(1) {
            thread::sleep(Duration::from_millis(1));
        }
        println!("  {name:<44} {:>7}    after {} ms", left(), start.elapsed().as_millis());
        drop(gateway);
        while left() > 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Prints the resident bytes that each stream takes that waits for an event after `last`.
pub fn memory(upstream: SocketAddr, last: &[u8], goal: usize) {
    let per_stream = |name: &str| {
        let gateway = Gateway::start(name, upstream);
        // The first streams also pay for what the process needs once.
        let mut callers: Vec<_> = (0..STREAMS).map(|_| open(gateway.address, last)).collect();
        let before = resident_bytes(gateway.process.id());
        callers.extend((0..STREAMS).map(|_| open(gateway.address, last)));
        (resident_bytes(gateway.process.id()) - before) / STREAMS
    };
    println!("\nresident bytes for each stream that waits for an event");
    println!("  {:<44} {:>7}", "proxy", per_stream("proxy"));
    let ours = per_stream("ours");
    let verdict = if ours <= goal { "goal" } else { "MISSES its goal" };
    println!("  {:<44} {ours:>7}    ({verdict}: at most {goal})", "ours");
}

/// Opens a stream and reads it up to `last`.
fn open(address: SocketAddr, last: &[u8]) -> Caller {
    let mut caller = Caller::connect(address);
    caller.call_until(last);
    caller
}

/// Mounts a proxy that forwards the bytes unread.
pub fn proxy(runtime: &Runtime, upstream: SocketAddr) -> SocketAddr {
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
    let (listener, address) = listen(runtime);
    runtime.spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            connection.set_nodelay(true).expect("a socket");
            let io = TokioIo::new(connection);
            tokio::spawn(http1::Builder::new().serve_connection(io, service_fn(forward.clone())));
        }
    });
    address
}

/// Returns a listener on a free port.
pub fn listen(runtime: &Runtime) -> (TcpListener, SocketAddr) {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}
