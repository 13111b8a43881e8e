//! Sends a prompt to a real endpoint and prints the text as it arrives.
//!
//! ```sh
//! ANTHROPIC_API_KEY=… cargo run --example chat -- "What is the capital of Norway?"
//! ```
//!
//! `ANTHROPIC_BASE_URL` selects another endpoint, `ANTHROPIC_AUTH_TOKEN` holds a
//! token instead of a key, and `ANTHROPIC_MODEL` replaces `claude-sonnet-5`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::Write;

use messages_api::{Client, CreateMessageRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let prompt = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    let prompt = if prompt.is_empty() { "Say hello in three languages.".to_owned() } else { prompt };
    let model = std::env::var("ANTHROPIC_MODEL").unwrap_or_else(|_| "claude-sonnet-5".to_owned());

    let client = Client::from_env()?;
    let request = CreateMessageRequest::new(model, 1024).user(prompt);
    let mut stream = client.stream_message(&request).await?;
    while let Some(event) = stream.next().await {
        if let Some(text) = event?.text_delta() {
            print!("{text}");
            std::io::stdout().flush()?;
        }
    }
    let message = stream.into_message()?;
    println!("\n\n{} tokens in, {} out", message.usage.total_input_tokens(), message.usage.output_tokens);
    Ok(())
}
