//! Tools that run by themselves: the model looks up an order, asks for a refund,
//! and the program decides about the refund before it happens.
//!
//! ```sh
//! cargo run --features schemars --example tools
//! ```
//!
//! With `ANTHROPIC_API_KEY` it asks a real model, which `ANTHROPIC_MODEL` names.
//! Without, a small handler on a loopback port stands in for one.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Mutex;

use messages_api::tools::RunEvent;
use messages_api::{
    ApiError, Client, ContentBlock, CreateMessageRequest, Json, Message, MessagesService, Reply,
    RequestContext, StopReason, ToolContext, ToolError, ToolSet, ToolUseBlock, Usage, handler_fn,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// What the tools share: the orders and what was paid for them.
struct Shop {
    orders: Mutex<BTreeMap<String, u32>>,
}

#[derive(Deserialize, JsonSchema)]
struct Order {
    /// The id of the order, such as A-17.
    id: String,
}

async fn find_order(input: Order, cx: ToolContext<Shop>) -> Result<String, ToolError> {
    let orders = cx.state().orders.lock().map_err(|_| ToolError::new("The shop is closed"))?;
    let price = orders.get(&input.id).ok_or_else(|| ToolError::new("There is no such order"))?;
    Ok(format!("{} cost {price} euros", input.id))
}

async fn refund(input: Order, cx: ToolContext<Shop>) -> Result<String, ToolError> {
    let mut orders = cx.state().orders.lock().map_err(|_| ToolError::new("The shop is closed"))?;
    let price = orders.remove(&input.id).ok_or_else(|| ToolError::new("There is no such order"))?;
    Ok(format!("{price} euros were refunded"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = match std::env::var("ANTHROPIC_API_KEY") {
        Ok(_) => Client::from_env()?,
        Err(_) => stand_in().await?,
    };
    let model = std::env::var("ANTHROPIC_MODEL").unwrap_or_else(|_| "claude-sonnet-5".to_owned());
    let orders = [("A-17", 120), ("A-18", 9)].map(|(id, price)| (id.to_owned(), price));
    let tools = ToolSet::with_state(Shop { orders: Mutex::new(orders.into()) })
        .function("find_order", "Returns the price of an order.", find_order)
        .function("refund", "Refunds an order.", refund);

    let request = CreateMessageRequest::new(model, 1024)
        .system("You are the clerk of a shop. Look an order up before you refund it.")
        .user("Please refund the orders A-17 and A-18.");
    let mut run = client.run_tools(request, &tools).max_turns(8);
    while let Some(event) = run.next_event().await? {
        match event {
            RunEvent::Stream(event) => print!("{}", event.text_delta().unwrap_or_default()),
            // The tools of a message have not started yet.
            RunEvent::Turn(message) => {
                println!();
                for call in message.tool_uses().filter(|call| call.name == "refund") {
                    if call.input::<Order>().is_ok_and(|order| order.id == "A-17") {
                        run.resolve(
                            &call.id,
                            Err(ToolError::new("Refunds above 100 euros need a signature")),
                        );
                    }
                }
            }
            RunEvent::ToolStarted(call) => println!("  {} {} …", call.name, call.input),
            RunEvent::ToolFinished { call, result, .. } => {
                let text = result.content.map(|content| content.to_text()).unwrap_or_default();
                println!("  {} {}: {text}", call.name, call.input);
            }
            _ => {}
        }
    }
    println!("\nIn {} messages.", run.request().messages.len());
    Ok(())
}

/// Mounts a handler that stands in for a model, and returns a client for it.
async fn stand_in() -> Result<Client, Box<dyn Error>> {
    let service = MessagesService::builder(handler_fn(reply)).unauthenticated().build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(messages_api::server::serve(listener, service).into_future());
    Ok(Client::builder().base_url(&base_url).build()?)
}

/// Looks both orders up, then refunds both, then says that it is done.
async fn reply(request: CreateMessageRequest, _context: RequestContext) -> Result<Reply, ApiError> {
    let calls = |name: &str| {
        let call = |id: &str| {
            let input = Json::from(serde_json::json!({ "id": id }));
            ContentBlock::from(ToolUseBlock::new(format!("toolu_{name}_{id}"), name, input))
        };
        vec![call("A-17"), call("A-18")]
    };
    let (content, stop_reason) = match request.messages.len() {
        1 => (calls("find_order"), StopReason::ToolUse),
        3 => (calls("refund"), StopReason::ToolUse),
        _ => (vec![ContentBlock::text("I refunded A-18. A-17 needs a signature.")], StopReason::EndTurn),
    };
    Ok(Message::new("msg_01", request.model, content, Usage::new(12, 7)).stop_reason(stop_reason).into())
}
