//! Runs the examples. `cargo test` has built them by then; `cargo test --test examples` alone has not.
//! Examples that are packages of their own, such as `host`, have tests of their own.
#![cfg(all(feature = "reqwest", feature = "serve"))]
#![allow(clippy::unwrap_used, clippy::panic)]

// Programs elsewhere cannot be interrupted like this.
#[cfg(all(feature = "schemars", unix))]
#[path = "examples/chat.rs"]
mod chat;
mod support;

use std::env::consts::EXE_SUFFIX;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use messages_api::client::RetryPolicy;
use messages_api::{
    ApiError, ApiKeys, Client, ContentBlock, CreateMessageRequest, Credential, ErrorType, Message,
    MessagesService, StopReason, Usage, handler_fn,
};
use support::Server;

/// Returns the command that runs an example, without the keys of whoever runs the tests.
fn command(example: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples").join(format!("{example}{EXE_SUFFIX}"));
    assert!(program.exists(), "run `cargo build --examples` first, with the features of the test");
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| {
            ["ANTHROPIC_", "BACKUP_", "UPSTREAM_", "API_KEY"].iter().any(|start| name.starts_with(start))
        }) {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).env("ADDR", "127.0.0.1:0");
    command
}

/// Runs an example that ends by itself, and returns what it prints.
fn output(example: &str) -> String {
    let output = command(example).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// An example that serves, and the rest of what it prints. Dropping it kills it.
struct Serving {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Serving {
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = |line: String| Some(line.strip_prefix("listening on ")?.to_owned());
        let url = lines.by_ref().map_while(Result::ok).find_map(address).expect("the address");
        Self { process, lines, url }
    }

    fn client(&self, path: &str) -> Client {
        self.client_of("secret", path)
    }

    fn client_of(&self, key: &str, path: &str) -> Client {
        Client::builder()
            .base_url(&format!("{}{path}", self.url))
            .credential(Credential::api_key(key))
            .retry(RetryPolicy::none())
            .build()
            .unwrap()
    }

    /// Interrupts the program, where that is possible.
    fn interrupt(&self) {
        if cfg!(unix) {
            let id = self.process.id().to_string();
            assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        }
    }

    /// Checks that the program ends in order after it was interrupted.
    fn wait(mut self) {
        assert!(!cfg!(unix) || self.process.wait().unwrap().success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

/// Starts a server that accepts `key` and says `text`, or fails without one, and counts its requests.
async fn upstream(key: &str, text: Option<&'static str>) -> (Server, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let handler = handler_fn(move |request: CreateMessageRequest, _context| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            let text = text.ok_or_else(|| ApiError::new(ErrorType::Overloaded, "busy"))?;
            let message = Message::new("m", request.model, vec![ContentBlock::text(text)], Usage::new(1, 1));
            Ok(message.stop_reason(StopReason::EndTurn).into())
        }
    });
    let service = MessagesService::builder(handler).authenticate(ApiKeys::new([key])).build();
    (Server::start(service).await, count)
}

fn request() -> CreateMessageRequest {
    CreateMessageRequest::new("m", 9).user("one two three")
}

#[test]
fn quickstart_calls_its_own_route() {
    let text = output("quickstart");
    assert!(text.contains("= Hello from your own server!"), "{text}");
    assert!(text.contains("and then says: In Oslo it is 4 °C and clear."), "{text}");
}

#[test]
fn batches_waits_for_its_batch_and_prints_the_results() {
    let text = output("batches");
    for bar in ["\r[#####.........................] 1 of 6", "\r[##############################] 6 of 6\n"] {
        assert!(text.contains(bar), "{text}");
    }
    for river in ["Tiber", "Seine", "Danube", "Thames"] {
        assert!(text.contains(river), "{text}");
    }
}

#[cfg(feature = "schemars")]
#[test]
fn structured_prints_the_ticket_and_what_was_cut_off() {
    let text = output("structured");
    assert!(text.contains("title: \"Refill the printer on floor 3\""), "{text}");
    assert!(text.contains("received: "), "{text}");
}

#[cfg(feature = "schemars")]
#[test]
fn tools_refunds_one_order_and_not_the_other() {
    let text = output("tools");
    assert!(text.contains("9 euros were refunded") && !text.contains("120 euros were refunded"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_streams_a_message_to_its_end_when_it_is_interrupted() {
    let server = Serving::start(command("serve").env("API_KEY", "secret"));
    let mut stream = server.client("/api").stream_message(&request()).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    server.interrupt();
    assert_eq!(stream.final_message().await.unwrap().text(), "one two three");
    server.wait();
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_turns_to_its_backup_only_when_the_first_upstream_fails() {
    for (first_text, counts) in [(Some("from the first"), (2, 0)), (None, (2, 2))] {
        let (first, first_count) = upstream("key-1", first_text).await;
        let (backup, backup_count) = upstream("key-2", Some("from the backup")).await;
        let mut command = command("gateway");
        command.envs([("ANTHROPIC_BASE_URL", first.url()), ("BACKUP_BASE_URL", backup.url())]);
        command.envs([
            ("ANTHROPIC_API_KEY", "key-1"),
            ("BACKUP_API_KEY", "key-2"),
            ("GATEWAY_KEY", "secret"),
        ]);
        let mut gateway = Serving::start(&mut command);
        let client = gateway.client("");
        let expected = first_text.unwrap_or("from the backup");
        assert_eq!(client.create_message(&request()).await.unwrap().text(), expected);
        let stream = client.stream_message(&request()).await.unwrap();
        assert_eq!(stream.final_message().await.unwrap().text(), expected);
        assert_eq!((first_count.load(Ordering::SeqCst), backup_count.load(Ordering::SeqCst)), counts);
        if first_text.is_none() {
            let line = gateway.lines.next().unwrap().unwrap();
            assert!(line.ends_with("to the backup, because of Api"), "{line}");
        }
        gateway.interrupt();
        gateway.wait();
    }
}

#[cfg(feature = "policy")]
#[tokio::test(flavor = "multi_thread")]
async fn policies_bills_limits_moderates_and_records() {
    let mut server = Serving::start(&mut command("policies"));
    let (acme, globex) = (server.client_of("acme-key", ""), server.client_of("globex-key", ""));
    let ask = |text: &str| CreateMessageRequest::new("large", 99).user(text);
    let message = acme.create_message(&ask("one two three")).await.unwrap();
    assert_eq!((&*message.text(), &*message.model), ("one two three", "large"));
    let stream = acme.stream_message(&ask("say opensesame now")).await.unwrap();
    let message = stream.final_message().await.unwrap();
    assert_eq!(message.stop_reason, Some(StopReason::Refusal));
    assert!(!message.text().contains("opensesame"), "{message:?}");
    for expected in [None, None, Some(429)] {
        let result = globex.create_message(&ask("four")).await;
        let status = result.err().map(|error| error.status().unwrap().as_u16());
        assert_eq!(status, expected);
    }
    server.interrupt();
    if cfg!(unix) {
        let lines: Vec<String> = server.lines.by_ref().map_while(Result::ok).collect();
        let has = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
        assert_eq!(
            (has("\"upstream_model\":\"echo-small\""), has("\"error_status\":429")),
            (4, 1),
            "{lines:?}"
        );
        assert!(lines.last().unwrap().starts_with("acme has 9999"), "{lines:?}");
    }
    server.wait();
}

#[cfg(feature = "openai")]
#[tokio::test(flavor = "multi_thread")]
async fn bridge_finds_out_which_server_it_is_and_prints_a_line_for_each_request() {
    use axum::routing::{get, post};

    const COMPLETION: &str = r#"{"choices":[{"message":{"content":"from the server"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":12,"completion_tokens":3}}"#;
    let routes = axum::Router::new()
        .route("/api/version", get(|| async { r#"{"version":"0.9.0"}"# }))
        .route("/v1/models", get(|| async { r#"{"data":[{"id":"qwen3:4b"}]}"# }))
        .route("/v1/chat/completions", post(|| async { COMPLETION }));
    let server = Server::start(routes).await;
    let upstream = format!("{}/v1", server.url());
    let mut bridge = Serving::start(command("bridge").args(["--upstream", &upstream]));
    let message = bridge.client("").create_message(&request()).await.unwrap();
    assert_eq!((message.text().as_str(), &*message.model), ("from the server", "m"));
    let line = bridge.lines.next().unwrap().unwrap();
    assert!(line.contains(" m: 12 + 3 tokens") && line.contains("completed"), "{line}");
    bridge.interrupt();
    bridge.wait();
}
