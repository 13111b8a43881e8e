//! Structured output as a Rust type: a whole message, a stream, and a message
//! that was cut off. It needs no key and no network: a small handler that is
//! mounted on a free loopback port stands in for a model.
//!
//! Run it: `cargo run --example structured --features schemars`
#![allow(clippy::print_stdout)]

use messages_api::types::settings::OutputConfig;
use messages_api::{
    ApiError, Client, ContentBlock, CreateMessageRequest, Error, ErrorKind, Message, MessagesService, Reply,
    RequestContext, StopReason, Usage, handler_fn,
};

/// What the model is asked for. The comments on the fields are for the model.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[allow(dead_code)] // `Debug` reads the fields
struct Ticket {
    /// One line, in the imperative.
    title: String,
    urgency: Urgency,
    /// The day by which it must be done, if the user names one.
    due: Option<String>,
    steps: Vec<Step>,
}

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
enum Urgency {
    Low,
    High,
}

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[allow(dead_code)]
struct Step {
    what: String,
    #[schemars(range(min = 1, max = 480))]
    minutes: u32,
}

/// Stands in for a model, which writes about 4 characters a token.
async fn reply(request: CreateMessageRequest, _context: RequestContext) -> Result<Reply, ApiError> {
    let text = concat!(
        r#"{"title":"Refill the printer on floor 3","urgency":"High","#,
        r#""steps":[{"what":"Bring paper","minutes":15}]}"#,
    );
    let max = usize::try_from(request.max_tokens).unwrap_or(usize::MAX).saturating_mul(4);
    let (text, stop_reason) = match text.get(..max) {
        Some(start) => (start, StopReason::MaxTokens),
        None => (text, StopReason::EndTurn),
    };
    let usage = Usage::new(180, text.len() as u64 / 4);
    let message = Message::new("msg_01", request.model, vec![ContentBlock::text(text)], usage);
    Ok(message.stop_reason(stop_reason).into())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = MessagesService::builder(handler_fn(reply)).unauthenticated().build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(messages_api::server::serve(listener, service).into_future());

    let client = Client::builder().base_url(&base_url).build()?;
    let request = CreateMessageRequest::new("my-model", 1024).user(
        "File a ticket: the printer on floor 3 is out of paper, and I have to print contracts at noon!",
    );

    // One call: the schema of the type is sent, and the message is decoded.
    let parsed = client.parse::<Ticket>(&request).await?;
    println!("1. {:#?}\n   for {} tokens\n", parsed.value, parsed.message.usage.output_tokens);

    // The same in two halves, with the text as it arrives.
    let streamed = request.clone().output_config(OutputConfig::from_type::<Ticket>()?);
    let mut stream = client.stream_message(&streamed).await?;
    print!("2. ");
    while let Some(event) = stream.next().await {
        print!("{}", event?.text_delta().unwrap_or_default());
    }
    let ticket: Ticket = stream.into_message()?.decode()?;
    println!("\n   = {:?}\n", ticket.title);

    // A message that was cut off is an error with the remedy, and is never taken for a whole one.
    let mut short = request;
    short.max_tokens = 10;
    match client.parse::<Ticket>(&short).await {
        Err(error) if error.kind() == ErrorKind::Output => println!("3. {error}\n   {}", received(&error)),
        other => println!("3. {:?}", other?.value),
    }
    Ok(())
}

/// Describes the message that an error carries.
fn received(error: &Error) -> String {
    match error.partial_message() {
        Some(message) => format!("received: {} ({} tokens)", message.text(), message.usage.output_tokens),
        None => "nothing was received".to_owned(),
    }
}
