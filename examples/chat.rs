//! A chat in the terminal: text and thinking as they arrive, a tool, Ctrl-C to cut a message short.
//!
//! ```sh
//! ANTHROPIC_API_KEY=… cargo run --features schemars --example chat
//! ```
//!
//! `ANTHROPIC_BASE_URL` selects another endpoint, and `ANTHROPIC_MODEL` replaces `claude-sonnet-5`. With
//! `PRICES=3,15`, in dollars for a million tokens in and out, the cost is shown.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use messages_api::tools::RunEvent;
use messages_api::types::settings::ThinkingConfig;
use messages_api::{Client, CreateMessageRequest, ToolContext, ToolError, ToolSet};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::{signal::ctrl_c, sync::mpsc::unbounded_channel, time::interval};

#[derive(Deserialize, JsonSchema)]
struct Clock {
    /// The offset from UTC in hours.
    offset: i64,
}

async fn clock(input: Clock, _cx: ToolContext) -> Result<String, ToolError> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let seconds = i64::try_from(seconds)? + input.offset * 3600;
    Ok(format!("{:02}:{:02}", seconds.rem_euclid(86_400) / 3600, seconds.rem_euclid(3600) / 60))
}

/// Prints what arrives until the model has finished, or Ctrl-C is pressed, and returns the
/// conversation with which to go on.
async fn turn(
    client: &Client,
    tools: &ToolSet,
    asked: CreateMessageRequest,
    (input, output): &mut (u64, u64),
) -> Result<CreateMessageRequest, Box<dyn Error>> {
    let mut run = client.run_tools(asked.clone(), tools).max_turns(10);
    let (mut text, mut is_waiting) = (String::new(), true);
    let (mut frames, mut ticks) = ("◐◓◑◒".chars().cycle(), interval(Duration::from_millis(120)));
    let mut interrupted = std::pin::pin!(ctrl_c()); // listens from its first poll on
    loop {
        let event = tokio::select! {
            event = run.next_event() => event?,
            _ = ticks.tick(), if is_waiting => {
                print!("\r{} ", frames.next().unwrap_or_default());
                std::io::stdout().flush()?;
                continue;
            }
            _ = &mut interrupted => {
                println!("\x1b[0m (cut short)");
                // What was written so far stays in the conversation. Without it, the question goes as well.
                let mut request = if text.trim().is_empty() { asked } else { asked.assistant(text.trim()) };
                request.messages.truncate(request.messages.len() / 2 * 2);
                return Ok(request);
            }
        };
        let Some(event) = event else { return Ok(run.request().clone()) };
        if std::mem::take(&mut is_waiting) {
            print!("\r  \r");
        }
        match event {
            RunEvent::Stream(event) => {
                if let Some(thinking) = event.thinking_delta() {
                    print!("\x1b[2m{thinking}\x1b[0m");
                }
                let piece = event.text_delta().unwrap_or_default();
                print!("{piece}");
                text += piece;
            }
            RunEvent::Turn(message) => {
                *input += message.usage.total_input_tokens();
                *output += message.usage.output_tokens;
                println!();
            }
            RunEvent::ToolStarted(call) => println!("\x1b[2m→ {} {}\x1b[0m", call.name, call.input),
            _ => is_waiting = true,
        }
        std::io::stdout().flush()?;
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let model = std::env::var("ANTHROPIC_MODEL").unwrap_or_else(|_| "claude-sonnet-5".to_owned());
    let (client, tools) = (Client::from_env()?, ToolSet::new().function("clock", "Returns the time.", clock));
    let mut request = CreateMessageRequest::new(model, 8192).thinking(ThinkingConfig::adaptive());
    let mut tokens = (0, 0);
    // A thread of its own reads the lines, because a read of the terminal cannot be cancelled.
    let (sender, mut lines) = unbounded_channel();
    std::thread::spawn(move || {
        std::io::stdin().lock().lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    loop {
        print!("\x1b[1m> \x1b[0m");
        std::io::stdout().flush()?;
        let line = tokio::select! { line = lines.recv() => line, _ = ctrl_c() => None };
        let Some(line) = line else { break };
        if !line.trim().is_empty() {
            request = match turn(&client, &tools, request.clone().user(line), &mut tokens).await {
                Ok(request) => request,
                Err(error) => {
                    println!("\x1b[0m\n{error}");
                    request
                }
            };
        }
    }
    print!("\n{} tokens in, {} out", tokens.0, tokens.1);
    let prices = std::env::var("PRICES").unwrap_or_default();
    if let [input, output] = prices.split(',').flat_map(str::parse::<f64>).collect::<Vec<_>>()[..] {
        print!(", ${:.4}", (tokens.0 as f64 * input + tokens.1 as f64 * output) / 1e6);
    }
    println!();
    std::process::exit(0) // the thread still waits for a line
}
