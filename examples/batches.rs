//! Asks several questions in one batch, shows its progress and prints the results.
//!
//! ```sh
//! ANTHROPIC_API_KEY=… cargo run --example batches
//! cargo run --example batches    # without a key: a server inside of the program takes the calls
//! ```
#![allow(clippy::print_stdout)]

use std::convert::Infallible;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::Full;
use messages_api::bytes::Bytes;
use messages_api::client::RequestBody;
use messages_api::http::{Method, Request, Response};
use messages_api::types::batches::{
    BatchRequest, BatchRequestCounts, BatchResult, BatchResultKind, BatchSucceeded, CreateBatchRequest,
    MessageBatch, ProcessingStatus,
};
use messages_api::{Client, ContentBlock, CreateMessageRequest, Message, StopReason, Usage};

const RIVERS: [(&str, &str); 6] = [
    ("Rome", "Tiber"),
    ("Paris", "Seine"),
    ("Vienna", "Danube"),
    ("Cairo", "Nile"),
    ("London", "Thames"),
    ("Baghdad", "Tigris"),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let has_key =
        ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"].iter().any(|name| std::env::var(name).is_ok());
    let (client, interval) = if has_key {
        (Client::from_env()?, Duration::from_secs(5))
    } else {
        (Client::builder().transport(tower::service_fn(server())).build()?, Duration::from_millis(150))
    };

    let requests = RIVERS.map(|(city, _)| {
        let question = format!("Which river flows through {city}? Reply with its name alone.");
        BatchRequest::new(city, CreateMessageRequest::new("claude-haiku-4-5", 64).user(question))
    });
    let mut batch = client.create_batch(&CreateBatchRequest::new(requests.to_vec())).await?;
    println!("Created {}", batch.id);
    while batch.processing_status != ProcessingStatus::Ended {
        tokio::time::sleep(interval).await;
        batch = client.batch(&batch.id).await?;
        show(&batch.request_counts)?;
    }
    println!();

    let mut results = client.batch_results(&batch.id).await?;
    while let Some(result) = results.next().await {
        let result = result?;
        match &result.result {
            BatchResultKind::Succeeded(succeeded) => {
                println!("{:>8}: {}", result.custom_id, succeeded.message.text().trim());
            }
            BatchResultKind::Errored(errored) => {
                println!("{:>8}: failed: {}", result.custom_id, errored.error.error.message);
            }
            other => println!("{:>8}: {}", result.custom_id, other.type_name()),
        }
    }
    Ok(())
}

/// Draws a bar over the line.
fn show(counts: &BatchRequestCounts) -> std::io::Result<()> {
    let done = counts.succeeded + counts.errored + counts.canceled + counts.expired;
    let total = done + counts.processing;
    let width = usize::try_from(done * 30 / total.max(1)).unwrap_or_default();
    print!("\r[{:.<30}] {done} of {total}", "#".repeat(width));
    std::io::stdout().flush()
}

/// Returns a server that completes one request of a batch each time it is asked for the batch.
fn server()
-> impl Fn(Request<RequestBody>) -> std::future::Ready<Result<Response<Full<Bytes>>, Infallible>> + Clone {
    let done = Arc::new(AtomicU64::new(0));
    move |request| {
        let body = if request.uri().path().ends_with("/results") {
            RIVERS.map(|(city, river)| result(city, river) + "\n").concat()
        } else {
            let count = RIVERS.len() as u64;
            let is_poll = request.method() == Method::GET;
            let done = if is_poll { done.fetch_add(1, Ordering::Relaxed) + 1 } else { 0 }.min(count);
            let status = if done < count { ProcessingStatus::InProgress } else { ProcessingStatus::Ended };
            let counts = BatchRequestCounts::new(count - done, done, 0, 0, 0);
            let (created_at, expires_at) = ("2026-08-01T00:00:00Z", "2026-08-02T00:00:00Z");
            json(&MessageBatch::new("msgbatch_01", status, counts, created_at, expires_at))
        };
        std::future::ready(Ok(Response::new(Full::from(body))))
    }
}

fn result(city: &str, river: &str) -> String {
    let message = Message::new("msg_01", "m", vec![ContentBlock::text(river)], Usage::new(20, 4));
    json(&BatchResult::new(city, BatchSucceeded::new(message.stop_reason(StopReason::EndTurn))))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("wire types can be written")
}
