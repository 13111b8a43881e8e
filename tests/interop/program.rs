//! A program over a client, which has to work unchanged with every server and transport.

use std::error::Error;

use messages_api::types::CountTokensRequest;
use messages_api::{
    Client, ContentBlock, CreateMessageRequest, CustomTool, InputMessage, Json, Message, Role, StopReason,
    ToolResultBlock,
};

/// Runs a tool loop in which the tool returns `word`, and returns the text of the last message.
///
/// `mode` is `create`, `stream`, `count`, which also counts the tokens of each request, or `plain`,
/// which asks for a message and for a stream without a tool.
pub(crate) async fn run(
    client: &Client,
    model: &str,
    mode: &str,
    word: &str,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let request = CreateMessageRequest::new(model, 256);
    if mode == "plain" {
        let request = request.user("Say hello.");
        let whole = client.create_message(&request).await?;
        let streamed = client.stream_message(&request).await?.final_message().await?;
        if whole.text().is_empty() || whole.text() != streamed.text() {
            return Err(format!("whole {whole:?}, streamed {streamed:?}").into());
        }
        return Ok(format!("{} {word}", whole.text()));
    }
    let schema = r#"{"type":"object","properties":{"topic":{"type":"string"}},"required":["topic"]}"#;
    let lookup = CustomTool::new("lookup", Json::parse(schema)?)
        .description("Looks up the word that stands for a topic.");
    let mut request = request.tool(lookup).user("Use lookup to find the word for rivers.");
    loop {
        let message = ask(client, &request, mode).await?;
        let mut results: Vec<ContentBlock> = Vec::new();
        for call in message.tool_uses() {
            let input: serde_json::Value = call.input()?;
            if call.name != "lookup" || !input["topic"].is_string() {
                return Err(format!("an unusable call: {call:?}").into());
            }
            results.push(ToolResultBlock::new(&*call.id).content(word).into());
        }
        if results.is_empty() {
            return match message.stop_reason {
                Some(StopReason::EndTurn) => Ok(message.text()),
                _ => Err(format!("not the end of the turn: {message:?}").into()),
            };
        }
        request.messages.push(InputMessage::new(Role::Assistant, message.content));
        request.messages.push(InputMessage::new(Role::User, results));
    }
}

async fn ask(
    client: &Client,
    request: &CreateMessageRequest,
    mode: &str,
) -> Result<Message, Box<dyn Error + Send + Sync>> {
    if mode == "count" {
        let mut count = CountTokensRequest::new(&*request.model, request.messages.clone());
        count.tools = request.tools.clone();
        if client.count_tokens(&count).await?.input_tokens == 0 {
            return Err("no tokens were counted".into());
        }
    }
    if mode == "create" {
        return Ok(client.create_message(request).await?);
    }
    let (mut stream, mut text) = (client.stream_message(request).await?, String::new());
    while let Some(event) = stream.next().await {
        text.push_str(event?.text_delta().unwrap_or_default());
    }
    let message = stream.into_message()?;
    if text == message.text() {
        Ok(message)
    } else {
        Err(format!("streamed {text:?}, final {message:?}").into())
    }
}
