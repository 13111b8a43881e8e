//! Two models for two tenants, with credits, limits, moderation, fallbacks and a record of each call.
//!
//! ```sh
//! cargo run --features policy --example policies        # ADDR=127.0.0.1:8080 unless set
//! curl -i http://127.0.0.1:8080/v1/messages -H 'x-api-key: acme-key' -H 'content-type: application/json' \
//!     -d '{"model":"large","max_tokens":99,"messages":[{"role":"user","content":"Hello there"}]}'
//! ```
//!
//! The third request within a minute is over the limit of `globex` (`globex-key`); a text with "opensesame" is
//! cut off; and the model `large` answers although its first upstream is overloaded.
#![allow(clippy::print_stdout)]

use std::sync::Arc;
use std::time::Duration;

use messages_api::policy::{
    Limited, Limits, MemoryLedger, Metered, Moderated, Moderator, RecordQueue, Recorded, Review, Route,
    Routed, Upstream, Verdict,
};
use messages_api::server::serve;
use messages_api::types::fallback::RefusalStopDetails;
use messages_api::{
    ApiError, ApiKeys, ContentBlock, CreateMessageRequest, ErrorType, Message, MessagesService, Reply,
    RequestContext, StopReason, Usage, handler_fn,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Where requests go. In a real program these are clients, bridges, or models of its own.
    let busy = Upstream::new(handler_fn(async |_request, _context| {
        Err(ApiError::new(ErrorType::Overloaded, "Try again later"))
    }));
    let echo = Upstream::new(handler_fn(echo));
    let routed = Routed::new()
        .model("large", Route::new(busy.model("echo-large")).then(echo.model("echo-small")))
        .model("small", echo.model("echo-small"))
        .family("haiku", echo.model("echo-small"));

    // Who may call, and how much.
    let keys = ApiKeys::named([("acme", "acme-key"), ("globex", "globex-key")]);
    let limits = Limited::layer_by(|context| match context.principal().id() {
        "acme" => Limits::new().requests(600).output_tokens(400_000).concurrent(20),
        _ => Limits::new().requests(2).output_tokens(8_000).concurrent(1),
    });
    let ledger = Arc::new(MemoryLedger::new());
    ledger.deposit("acme", 1_000_000);
    ledger.deposit("globex", 500);
    let (metered, settlements) = Metered::builder(Arc::clone(&ledger)).expect_output(200).build();

    // What is kept.
    let (queue, mut records) = RecordQueue::new(10_000);
    let log = tokio::spawn(async move {
        while let Some(batch) = records.next().await {
            for record in batch.records {
                println!("{}", serde_json::to_string(&record).unwrap_or_default());
            }
        }
    });
    let bookkeeping = tokio::spawn(settlements.run());

    let service = MessagesService::builder(routed)
        .layer(Recorded::layer(queue)) // the outermost: it sees what the others reject
        .layer(limits)
        .layer(metered)
        .layer(Moderated::layer(Secret))
        .authenticate(keys)
        .build();

    let address = std::env::var("ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener, service).shutdown(tokio::signal::ctrl_c()).drain(Duration::from_secs(30)).await;

    // Every call is settled and recorded before the program ends.
    bookkeeping.await?;
    log.await?;
    println!("acme has {} tokens left", ledger.account("acme").balance);
    Ok(())
}

/// Repeats what the user said.
async fn echo(request: CreateMessageRequest, context: RequestContext) -> Result<Reply, ApiError> {
    let text = request.messages.last().map(|message| message.content.to_text()).unwrap_or_default();
    let words = text.split_whitespace().count() as u64;
    let id = format!("msg_{}", context.request_id());
    let message = Message::new(id, request.model, vec![ContentBlock::text(text)], Usage::new(words, words));
    Ok(message.stop_reason(StopReason::EndTurn).into())
}

/// Keeps a word from leaving, wherever it is split.
#[derive(Clone, Copy)]
struct Secret;

const WORD: &str = "opensesame";

impl Moderator for Secret {
    type Review = Self;

    async fn review(&self, _: &CreateMessageRequest, _: &RequestContext) -> Result<Self, ApiError> {
        Ok(*self)
    }
}

impl Review for Secret {
    async fn look(&mut self, pending: &str, _is_end: bool) -> Verdict {
        if pending.contains(WORD) {
            let details = RefusalStopDetails::new().explanation("The message contained a secret.");
            return Verdict::Refuse(details);
        }
        // The word may have begun at the end of what has arrived.
        let held = (1..WORD.len()).rev().find(|length| pending.ends_with(&WORD[..*length])).unwrap_or(0);
        Verdict::Release(pending.len() - held)
    }
}
