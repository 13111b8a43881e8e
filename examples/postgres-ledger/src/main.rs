//! A server that charges its callers in PostgreSQL. Several of them share the credits:
//!
//! ```sh
//! export DATABASE="host=/var/run/postgresql user=me dbname=me"
//! cargo run --manifest-path examples/postgres-ledger/Cargo.toml
//! ```
//!
//! The key of a caller is `key-NAME`, for the two names below. It replies with the words of the last message,
//! one by one.

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use messages_api::policy::Metered;
use messages_api::server::serve;
use messages_api::{
    ApiError, ApiKeys, CreateMessageRequest, Message, MessageDeltaUsage, MessageStream, MessagesService,
    Reply, RequestContext, StopReason, Usage, handler_fn,
};
use messages_api_postgres_ledger::PostgresLedger;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How long calls that have ended stay in the database: longer than anybody keeps settlements to replay.
const KEEP_CALLS: Duration = Duration::from_secs(90 * 24 * 3600);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let hold_time = env::var("HOLD_SECONDS").map_or(Ok(600), |seconds| seconds.parse())?;
    let unsettled = env::var("UNSETTLED").unwrap_or_else(|_| "unsettled.jsonl".to_owned());
    let database = env::var("DATABASE")?.parse()?;
    let ledger = Arc::new(PostgresLedger::new(database, Duration::from_secs(hold_time), unsettled));
    ledger.set_up().await?;
    ledger.replay().await?;

    let (metered, settlements) = Metered::builder(ledger.clone()).expect_output(100).build();
    let service = MessagesService::builder(handler_fn(repeat))
        .layer(metered)
        .authenticate(ApiKeys::named([("alice", "key-alice"), ("bob", "key-bob")]))
        .build();
    let worker = tokio::spawn(settlements.run());
    let sweeper = tokio::spawn(async move { ledger.sweep(Duration::from_secs(1), KEEP_CALLS).await });

    let mut terminate = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let shutdown = async move { terminate.recv().await };
    serve(listener, service).shutdown(shutdown).drain(Duration::from_secs(1)).await;
    worker.await?; // until every call is settled
    sweeper.abort();
    Ok(())
}

/// Writes the words of the last message.
async fn repeat(request: CreateMessageRequest, _context: RequestContext) -> Result<Reply, ApiError> {
    let text = request.messages.last().map(|message| message.content.to_text()).unwrap_or_default();
    let start =
        Message::new("msg_01", request.model.clone(), vec![], Usage::new(request.estimate_tokens(), 0));
    let stream = MessageStream::from_writer(start, |mut writer| async move {
        let mut words = 0;
        for word in text.split_inclusive(' ') {
            writer.text(word).await;
            words += 1;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(words)).await)
    });
    Ok(stream.into())
}
