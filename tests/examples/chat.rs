//! The example `chat`, as a person would use it.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use messages_api::{InputMessage, MessageDeltaUsage, MessageStream, Role};
use serde_json::json;
use tokio::sync::Notify;

use super::*;
use crate::support::eventually;

/// The program, and what it has printed since the last look at it. Dropping it kills it.
struct Chat {
    process: Child,
    input: Option<ChildStdin>,
    output: Receiver<Vec<u8>>,
}

impl Chat {
    fn start(url: &str) -> Self {
        let mut command = command("chat");
        command.env("ANTHROPIC_BASE_URL", url).env("ANTHROPIC_API_KEY", "secret").env("PRICES", "3000,15000");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, mut stdout) = (process.stdin.take(), process.stdout.take().unwrap());
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(length @ 1..) = stdout.read(&mut buffer) {
                let _ = sender.send(buffer[..length].to_vec());
            }
        });
        Self { process, input, output }
    }

    fn say(&mut self, line: &str) {
        self.input.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Waits until the program has printed `text`, and returns all that it has printed until then.
    fn until(&self, text: &str) -> String {
        let mut printed = Vec::new();
        while !String::from_utf8_lossy(&printed).contains(text) {
            match self.output.recv_timeout(Duration::from_secs(30)) {
                Ok(bytes) => printed.extend(bytes),
                Err(_) => panic!("no {text:?} in {:?}", String::from_utf8_lossy(&printed)),
            }
        }
        String::from_utf8(printed).unwrap()
    }
}

impl Drop for Chat {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

/// Is true from when a stream is dropped.
struct OnDrop(Arc<AtomicBool>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_remembers_runs_a_tool_and_can_be_cut_short() {
    let (requests, is_dropped) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
    let waiting = Arc::new(Notify::new());
    let (seen, dropped, ready) = (requests.clone(), is_dropped.clone(), waiting.clone());
    let handler = handler_fn(move |request: CreateMessageRequest, _context| {
        seen.lock().unwrap().push(request.messages.clone());
        let content = request.messages.last().unwrap().content.clone();
        let (dropped, ready) = (dropped.clone(), ready.clone());
        let start = Message::new("msg_01", request.model, vec![], Usage::new(10, 0));
        let stream = MessageStream::from_writer(start, |mut writer| async move {
            let (mut reason, usage) = (StopReason::EndTurn, MessageDeltaUsage::new(2));
            match content.to_text().as_str() {
                "Hello" => {
                    ready.notified().await;
                    writer.thinking("A greeting.").await;
                    writer.text("Good morning!").await;
                }
                "What time is it?" => {
                    writer.tool_use("toolu_01", "clock", json!({ "offset": 1 }).into()).await;
                    reason = StopReason::ToolUse;
                }
                "Count" => {
                    let _dropped = OnDrop(dropped);
                    writer.text("One,").await;
                    std::future::pending::<()>().await;
                }
                other => writer.text(format!("You said: {other}")).await,
            }
            Ok(writer.finish(reason, usage).await)
        });
        async move { Ok(stream.into()) }
    });
    let service = MessagesService::builder(handler).authenticate(ApiKeys::new(["secret"])).build();
    let server = Server::start(service).await;
    let prompt = "\x1b[1m> \x1b[0m";
    let mut chat = Chat::start(&server.url());
    chat.until(prompt);

    chat.say("Hello");
    chat.until("\r◓ ");
    waiting.notify_one();
    let text = chat.until(prompt);
    assert!(text.contains("\r  \r\x1b[2mA greeting.\x1b[0mGood morning!\n"), "{text:?}");

    chat.say("What time is it?");
    let text = chat.until(prompt);
    assert!(text.contains("→ clock {\"offset\":1}"), "{text:?}");

    chat.say("Count");
    chat.until("One,");
    let id = chat.process.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    chat.until(prompt);
    eventually("the server stops", || is_dropped.load(Ordering::SeqCst)).await;

    chat.say("Go on");
    let text = chat.until(prompt);
    assert!(text.contains("You said: Go on\n"), "{text:?}");
    drop(chat.input.take());
    chat.until("\n40 tokens in, 8 out, $0.2400\n");
    assert!(chat.process.wait().unwrap().success());

    let requests = requests.lock().unwrap();
    let result = tool_result(requests[2].last().unwrap()).unwrap();
    assert!(result.len() == 5 && result.as_bytes()[2] == b':', "a time: {result}");
    let last: Vec<(Role, String)> =
        requests[4].iter().map(|message| (message.role.clone(), message.content.to_text())).collect();
    let said = [&last[..3], &last[5..]].concat();
    let expected = ["Hello", "Good morning!", "What time is it?", "You said: ", "Count", "One,", "Go on"];
    assert_eq!(said.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), expected);
    assert!(
        last.iter().enumerate().all(|(at, (role, _))| (*role == Role::User) == (at % 2 == 0)),
        "{last:?}"
    );
}

/// Returns the text of a tool result.
fn tool_result(message: &InputMessage) -> Option<String> {
    message.content.blocks().iter().find_map(|block| match block {
        ContentBlock::ToolResult(block) => block.content.as_ref().map(|content| content.to_text()),
        _ => None,
    })
}
