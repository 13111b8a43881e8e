//! Compares a bridge to Chat Completions with a proxy that forwards the bytes unread, made of the same hyper
//! and reqwest. The upstream and the callers have threads of their own, so that the CPU time of this thread
//! is that of the bridge or the proxy.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench bridge            # all sections
//! cargo bench --manifest-path benches/Cargo.toml --bench bridge -- memory  # one section
//! ```
//!
//! Sections: memory, events, request, vanish, scale. Some of them start processes, and `memory` and `scale` read
//! `/proc`. The last one runs only if `LITELLM` is the path of litellm, another bridge.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use messages_api::openai::{Bridge, UpstreamProfile};
use messages_api::{Client, Credential, MessagesService};
use support::{
    Call, Callers, Comparison, Core, Gateway, Script, Stream, completion, filtered, listen, proxy, serve,
};
use tokio::runtime::Runtime;

/// A completion as a server sends it.
const COMPLETION: &str = r#"{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion","created":1741569952,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"Hello!","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},"service_tier":"default"}"#;

/// The most CPU time that an event should take, and that a request should take, as times the proxy's.
const EVENT_GOAL: f64 = 2.0;
const REQUEST_GOAL: f64 = 3.0;

/// The most bytes that an open stream should take.
const MEMORY_GOAL: usize = 40_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // A process for the bridge alone.
    Gateway::serve(&runtime, bridge);
    Core::Measured.bind();
    if filtered("memory") {
        let text = completion(8);
        let upstream = serve(Script::open(text.frames().take(9)).in_step(), Core::Peers);
        support::memory(upstream, LAST, MEMORY_GOAL);
    }
    if filtered("events") {
        let script = Script::stream(pieces(&completion(500)).into_iter()).in_step();
        cpu(&runtime, "one write an event", script, Call::Stream, Core::Peers, EVENT_GOAL);
    }
    if filtered("request") {
        cpu(
            &runtime,
            "50 small requests",
            Script::whole(COMPLETION),
            Call::Whole(50),
            Core::Measured,
            REQUEST_GOAL,
        );
    }
    if filtered("vanish") {
        let text = completion(8);
        support::vanish(serve(Script::open(text.frames().take(9)), Core::Peers), LAST);
    }
    if let (true, Ok(litellm)) = (filtered("scale"), std::env::var("LITELLM")) {
        scale(&litellm);
    }
}

/// What the eighth delta has alone, in both protocols.
const LAST: &[u8] = b" counts";

/// Cuts a completion into its chunks. What comes after the text stays together, since a bridge translates it
/// once all of it is there.
fn pieces(completion: &Stream) -> Vec<&[u8]> {
    let mut pieces: Vec<_> = completion.frames().collect();
    let rest: usize = pieces.drain(pieces.len() - 3..).map(<[u8]>::len).sum();
    pieces.push(&completion.body[completion.body.len() - rest..]);
    pieces
}

fn cpu(runtime: &Runtime, name: &str, script: Script, call: Call, core: Core, goal: f64) {
    let upstream = serve(script, core);
    let callers = |address| Callers::new(address, call, 1, core);
    let (mut proxy, mut ours) = (callers(proxy(runtime, upstream)), callers(bridge(runtime, upstream)));
    let title = format!("{name}: times the CPU time of a proxy that forwards the bytes");
    Comparison::new(title, "proxy", || runtime.block_on(proxy.call()))
        .cpu_time()
        .goal("ours", goal, || runtime.block_on(ours.call()))
        .run();
}

/// Prints the CPU time of a process for each small request.
fn scale(litellm: &str) {
    let upstream = serve(Script::whole(COMPLETION), Core::Peers);
    println!("\nmilliseconds of CPU time for a small request on a new connection");
    let row = |name: &str, gateway: Gateway, count: u32| {
        (0..10).for_each(|_| call(gateway.address));
        let before = gateway.cpu_time();
        (0..count).for_each(|_| call(gateway.address));
        let millis = (gateway.cpu_time() - before).as_secs_f64() * 1000.0 / f64::from(count);
        println!("  {name:<44} {millis:>7.2}");
    };
    row("proxy", Gateway::start("proxy", upstream), 2000);
    row("ours", Gateway::start("ours", upstream), 2000);
    let config = std::env::temp_dir().join(format!("bridge-{}.yaml", std::process::id()));
    let model = format!(
        "model_list:\n- model_name: m\n  litellm_params: {{model: hosted_vllm/m, api_base: \"http://{upstream}/v1\", \
         api_key: none}}\n"
    );
    std::fs::write(&config, model).expect("a file");
    let free =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let mut command = Command::new(litellm);
    // It starts without a key, and loads no list of prices.
    command.env("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "true");
    command.env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
    command.arg("--config").arg(&config).args(["--host", "127.0.0.1", "--port", &free.port().to_string()]);
    row("litellm", Gateway::of(&mut command, free), 100);
    std::fs::remove_file(&config).expect("the file");
}

/// Asks for a whole message on a connection of its own.
fn call(address: SocketAddr) {
    let mut connection = TcpStream::connect(address).expect("a connection");
    let request = support::request(false).replacen("\r\nhost", "\r\nconnection: close\r\nhost", 1);
    connection.write_all(request.as_bytes()).expect("a request");
    let mut response = String::new();
    connection.read_to_string(&mut response).expect("a response");
    assert!(response.starts_with("HTTP/1.1 200") && response.contains("Hello!"), "{response}");
}

fn bridge(runtime: &Runtime, upstream: SocketAddr) -> SocketAddr {
    let client = Client::builder()
        .base_url(&format!("http://{upstream}/v1"))
        .credential(Credential::bearer("sk-0123456789"));
    let bridge = Bridge::new(client.build().expect("a client"), UpstreamProfile::default());
    let service = MessagesService::builder(bridge).unauthenticated().build();
    let (listener, address) = listen(runtime);
    runtime.spawn(messages_api::server::serve(listener, service).into_future());
    address
}
