//! Compares a gateway with a proxy that forwards the bytes unread, made of the same hyper and reqwest and running in
//! the same process. The upstream and the callers have threads of their own, so that the CPU time of this thread is
//! that of the gateways.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench gateway            # all sections
//! cargo bench --manifest-path benches/Cargo.toml --bench gateway -- memory  # one section
//! ```
//!
//! Sections: memory, events, bulk, request, rate, first, vanish. Some of them start processes, and `memory` reads `/proc`.

use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use messages_api::{Client, Credential, MessagesService};
use support::{
    Call, Callers, Comparison, Gateway, Script, filtered, listen, proxy, serve, text_message,
    time_to_first_event,
};
use tokio::runtime::Runtime;

/// A message as an upstream sends it.
const MESSAGE: &str = r#"{"id":"msg_01","type":"message","role":"assistant","model":"claude-sonnet-5","content":[{"type":"text","text":"Hello!"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":2048,"output_tokens":3}}"#;

/// How many milliseconds later than without a gateway the first event should come at most.
const FIRST_EVENT_GOAL: f64 = 2.0;

/// The most bytes that an open stream should take.
const MEMORY_GOAL: usize = 35_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // A process for the gateway alone.
    Gateway::serve(&runtime, gateway);
    if filtered("memory") {
        memory();
    }
    if filtered("events") {
        let text = text_message(500);
        let script = Script::stream(text.frames()).in_step();
        cpu(&runtime, "one write an event", script, Call::Stream, 1.1);
    }
    if filtered("bulk") {
        let text = text_message(20_000);
        let script = Script::stream(text.chunks(16 << 10));
        cpu(&runtime, "a stream in writes of 16 KiB", script, Call::Stream, f64::INFINITY);
    }
    if filtered("request") {
        cpu(&runtime, "a small request", Script::whole(MESSAGE), Call::Whole(1), 1.3);
    }
    if filtered("rate") {
        rate(&runtime);
    }
    if filtered("first") {
        first_event();
    }
    if filtered("vanish") {
        vanish();
    }
}

// ---- CPU time -----------------------------------------------------------------

fn cpu(runtime: &Runtime, name: &str, script: Script, call: Call, goal: f64) {
    let upstream = serve(script);
    let callers = |address| Callers::new(address, call, 1);
    let (mut proxy, mut ours) = (callers(proxy(runtime, upstream)), callers(gateway(runtime, upstream)));
    let title = format!("{name}: times the CPU time of a proxy that forwards the bytes");
    Comparison::new(title, "proxy", || runtime.block_on(proxy.call()))
        .cpu_time()
        .goal("ours", goal, || runtime.block_on(ours.call()))
        .run();
}

// ---- rates --------------------------------------------------------------------

/// Compares the time in which streams pass whose upstream writes each event by itself, as fast as it can.
fn rate(runtime: &Runtime) {
    let upstream = serve(Script::stream(text_message(500).frames()));
    let callers = |address| Callers::new(address, Call::Stream, 20);
    let (mut proxy, mut ours) = (callers(proxy(runtime, upstream)), callers(gateway(runtime, upstream)));
    let title = "20 streams of 500 events: times the time that a proxy takes that forwards the bytes";
    Comparison::new(title, "proxy", || runtime.block_on(proxy.call()))
        .goal("ours", 1.0 / 0.9, || runtime.block_on(ours.call()))
        .run();
}

// ---- the first event ----------------------------------------------------------

/// Compares the time to the first event, with streams that have an event every ten milliseconds.
fn first_event() {
    let upstream = serve(Script::stream(text_message(20).frames()).paced(Duration::from_millis(10)));
    let median = |address: SocketAddr| {
        let callers = (0..20).map(|_| {
            thread::sleep(Duration::from_millis(7)); // so that their events do not come together
            thread::spawn(move || {
                let connection = TcpStream::connect(address).expect("a connection");
                (0..10).map(|_| time_to_first_event(&connection)).collect::<Vec<_>>()
            })
        });
        let callers: Vec<_> = callers.collect();
        let mut times: Vec<_> =
            callers.into_iter().flat_map(|caller| caller.join().expect("a caller")).collect();
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1000.0
    };
    println!("\nmilliseconds to the first event of a stream, the median with 20 paced streams");
    let direct = median(upstream);
    println!("  {:<44} {direct:>7.2}", "direct");
    for name in ["proxy", "ours"] {
        let gateway = Gateway::start(name, upstream);
        let more = median(gateway.address) - direct;
        let verdict = match more {
            _ if name == "proxy" => "",
            ..=FIRST_EVENT_GOAL => "  (goal: at most 2 ms later)",
            _ => "  (MISSES its goal: at most 2 ms later)",
        };
        println!("  {name:<44} {more:>+7.2}{verdict}");
    }
}

// ---- callers that leave -------------------------------------------------------

/// Counts the streams of the upstream that are left when many callers leave at once.
fn vanish() {
    let text = text_message(8);
    let upstream = serve(Script::open(text.frames().take(10)));
    support::vanish(upstream, text.frames().nth(9).expect("the last delta"));
}

// ---- memory -------------------------------------------------------------------

/// Compares what open streams add to the resident memory of a process that holds nothing but the gateway.
fn memory() {
    let text = text_message(8);
    let upstream = serve(Script::open(text.frames().take(10)).in_step());
    support::memory(upstream, text.frames().nth(9).expect("the last delta"), MEMORY_GOAL);
}

// ---- the gateways -------------------------------------------------------------

fn gateway(runtime: &Runtime, upstream: SocketAddr) -> SocketAddr {
    let client = Client::builder()
        .base_url(&format!("http://{upstream}"))
        .credential(Credential::api_key("sk-ant-0123456789"));
    let service = MessagesService::builder(client.build().expect("a client"));
    let service = service.unauthenticated().build();
    let (listener, address) = listen(runtime);
    runtime.spawn(messages_api::server::serve(listener, service).into_future());
    address
}
