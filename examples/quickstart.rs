//! Both directions in one program, without a key and without a network: a small
//! handler is mounted on a free loopback port, and a client calls it, streams
//! from it, and runs a tool for it.
//!
//! Run it: `cargo run --example quickstart`
#![allow(clippy::print_stdout)]

use messages_api::server::serve;
use messages_api::{
    ApiError, ApiKeys, Client, ContentBlock, CreateMessageRequest, Credential, CustomTool, Json, Message,
    MessagesService, Reply, RequestContext, StopReason, ToolResultBlock, ToolUseBlock, Usage, handler_fn,
};

/// Stands in for a model: calls the tool that it is given, and reports the
/// result.
async fn reply(request: CreateMessageRequest, _context: RequestContext) -> Result<Reply, ApiError> {
    let last = request.messages.last().and_then(|message| message.content.blocks().first());
    let (content, stop_reason) = match (last, request.tools) {
        (Some(ContentBlock::ToolResult(result)), _) => {
            let weather = result.content.as_ref().map(|content| content.to_text()).unwrap_or_default();
            (ContentBlock::text(format!("In Oslo it is {weather}.")), StopReason::EndTurn)
        }
        (_, Some(_tools)) => {
            let input = Json::from(serde_json::json!({ "city": "Oslo" }));
            (ToolUseBlock::new("toolu_01", "get_weather", input).into(), StopReason::ToolUse)
        }
        _ => (ContentBlock::text("Hello from your own server!"), StopReason::EndTurn),
    };
    let message = Message::new("msg_01", request.model, vec![content], Usage::new(12, 7));
    Ok(message.stop_reason(stop_reason).into())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = MessagesService::builder(handler_fn(reply)).authenticate(ApiKeys::new(["secret"])).build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}/api", listener.local_addr()?);
    tokio::spawn(serve(listener, service).into_future());
    println!("The route is mounted at {base_url}/v1/messages\n");

    let client = Client::builder().base_url(&base_url).credential(Credential::api_key("secret")).build()?;
    let request = CreateMessageRequest::new("my-model", 100).user("Hello!");
    println!("1. A whole message:    {}", client.create_message(&request).await?.text());
    let mut stream = client.stream_message(&request).await?;
    print!("2. A streamed message: ");
    while let Some(event) = stream.next().await {
        print!("{} ", event?.type_name());
    }
    println!("\n                       = {}", stream.into_message()?.text());

    let tool = CustomTool::new("get_weather", Json::parse(r#"{"type":"object"}"#)?);
    let request = CreateMessageRequest::new("my-model", 100).user("How is the weather?").tool(tool);
    let message = client.create_message(&request).await?;
    let call = message.tool_uses().next().ok_or("the model should have called the tool")?;
    println!("3. A tool round:       the model calls {} with {}", call.name, call.input);
    let result = ToolResultBlock::text(&call.id, "4 °C and clear");
    let request = request.message(message).user(result);
    println!("                       and then says: {}", client.create_message(&request).await?.text());
    Ok(())
}
