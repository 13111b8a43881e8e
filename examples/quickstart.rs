//! Both directions in one program, without a key and without a network: a
//! small handler is mounted as a route on a free loopback port, and a client
//! calls it, streams from it, and runs a tool for it.
//!
//! ```sh
//! cargo run --example quickstart
//! ```
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::Write;

use messages_api::{
    ApiError, ApiKeys, Client, ContentBlock, CreateMessageRequest, Credential, CustomTool, InputMessage,
    Json, Message, MessageDeltaUsage, MessageStream, MessagesService, Reply, RequestContext, Role,
    StopReason, ToolResultBlock, Usage, handler_fn,
};

/// Stands in for a model: asks for the weather if it may, and tells it.
async fn answer(request: CreateMessageRequest, _context: RequestContext) -> Result<Reply, ApiError> {
    let last =
        request.messages.last().ok_or_else(|| ApiError::invalid_request("messages: must not be empty"))?;
    let result = last.content.blocks().iter().find_map(|block| match block {
        ContentBlock::ToolResult(block) => block.content.as_ref().map(|content| content.to_text()),
        _ => None,
    });
    let start = Message::new("msg_01", &*request.model, vec![], Usage::new(12, 0));
    let tool = request.tools.unwrap_or_default().first().and_then(|tool| tool.name().map(str::to_owned));
    Ok(Reply::from(MessageStream::write(start, |mut writer| async move {
        let stop_reason = match (result, tool) {
            (None, Some(tool)) => {
                let input = serde_json::json!({ "city": "Oslo" });
                writer.tool_use("toolu_01", tool, Json::from(input)).await;
                StopReason::ToolUse
            }
            (result, _) => {
                let text = result
                    .map_or_else(|| "Hello from your own server!".to_owned(), |r| format!("It is {r}."));
                for word in text.split_inclusive(' ') {
                    writer.text(word).await;
                }
                StopReason::EndTurn
            }
        };
        Ok(writer.finish(stop_reason, MessageDeltaUsage::new(7)).await)
    })))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The server: any tower stack will do, here axum.
    let service = MessagesService::builder(handler_fn(answer)).authenticate(ApiKeys::new(["secret"])).build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}/api", listener.local_addr()?);
    let app = axum::Router::new().nest_service("/api/v1", service);
    tokio::spawn(async move { axum::serve(listener, app).await });
    println!("The route is mounted at {base_url}/v1/messages\n");

    // The client.
    let client = Client::builder().base_url(&base_url).credential(Credential::api_key("secret")).build()?;
    let request = CreateMessageRequest::new("my-model", 100).user("Hello!");

    let message = client.create_message(&request).await?;
    println!("1. A whole answer:    {}", message.text());

    print!("2. A streamed answer: ");
    let mut stream = client.stream_message(&request).await?;
    while let Some(event) = stream.next().await {
        if let Some(text) = event?.text_delta() {
            print!("[{text}]");
            std::io::stdout().flush()?;
        }
    }
    println!("  ({} tokens)", stream.into_message()?.usage.output_tokens);

    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    let weather = CustomTool::new("get_weather", Json::parse(schema)?).description("The weather in a city");
    let request =
        CreateMessageRequest::new("my-model", 100).user("How is the weather in Oslo?").tool(weather);
    let message = client.create_message(&request).await?;
    println!(
        "3. A tool round:      the model stops with {:?}",
        message.stop_reason.as_ref().map(StopReason::as_str)
    );
    let mut results = Vec::new();
    for call in message.tool_uses() {
        println!("                      it calls {} with {}", call.name, call.input);
        results.push(ContentBlock::from(ToolResultBlock::text(&*call.id, "4 °C and clear")));
    }
    let request = request.message(message).message(InputMessage::new(Role::User, results));
    println!("                      and answers: {}", client.create_message(&request).await?.text());
    Ok(())
}
