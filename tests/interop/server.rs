//! The server that real clients are driven against: it answers from what it
//! is sent, and counts.
//!
//! - `POST …/messages` with the key of `INTEROP_KEY`, in either header.
//! - `GET /requests` tells how many requests came since the start or the last
//!   `POST /reset`: `{"messages": n, "count_tokens": n}`.

#![allow(clippy::print_stdout)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::routing::{get, post};
use messages_api::{
    ApiError, ApiKeys, ContentBlock, CountTokensRequest, CreateMessageRequest, Handler, InputMessage, Json,
    Message, MessageDeltaUsage, MessageStream, MessageTokensCount, MessagesService, Reply, RequestContext,
    Role, StopReason, Tool, ToolUseBlock, Usage,
};
use serde_json::{Map, Value, json};

#[derive(Default)]
struct Scripted {
    messages: AtomicU64,
    count_tokens: AtomicU64,
}

/// What the model says.
enum Turn {
    Text(String),
    Call { name: String, input: Json },
}

impl Handler for Scripted {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        _context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let n = self.messages.fetch_add(1, Ordering::SeqCst);
        let turn = turn(&request);
        let start = Message::new(format!("msg_{n}"), request.model, vec![], Usage::new(10, 0));
        let id = format!("toolu_{n}");
        Ok(match request.stream {
            Some(true) => streamed(start, id, turn).into(),
            _ => whole(start, id, turn).into(),
        })
    }

    async fn count_tokens(
        &self,
        _request: CountTokensRequest,
        _context: RequestContext,
    ) -> Result<MessageTokensCount, ApiError> {
        self.count_tokens.fetch_add(1, Ordering::SeqCst);
        Ok(MessageTokensCount::new(10))
    }
}

fn whole(mut message: Message, id: String, turn: Turn) -> Message {
    message.usage.output_tokens = 5;
    match turn {
        Turn::Text(text) => {
            message.content.push(ContentBlock::text(text));
            message.stop_reason(StopReason::EndTurn)
        }
        Turn::Call { name, input } => {
            message.content.push(ToolUseBlock::new(id, name, input).into());
            message.stop_reason(StopReason::ToolUse)
        }
    }
}

fn streamed(start: Message, id: String, turn: Turn) -> MessageStream {
    MessageStream::write(start, move |mut writer| async move {
        let usage = MessageDeltaUsage::new(5);
        match turn {
            Turn::Text(text) => {
                for word in text.split_inclusive(' ') {
                    writer.text(word).await;
                }
                Ok(writer.finish(StopReason::EndTurn, usage).await)
            }
            Turn::Call { name, input } => {
                writer.text("Let me see.").await;
                writer.tool_use(id, name, input).await;
                Ok(writer.finish(StopReason::ToolUse, usage).await)
            }
        }
    })
}

fn turn(request: &CreateMessageRequest) -> Turn {
    let last = request.messages.iter().rfind(|message| message.role != Role::System);
    let results =
        last.into_iter().flat_map(|message| message.content.blocks()).filter_map(|block| match block {
            ContentBlock::ToolResult(result) => {
                Some(result.content.as_ref().map_or_else(String::new, |it| it.to_text()))
            }
            _ => None,
        });
    let results: Vec<String> = results.collect();
    if !results.is_empty() {
        return Turn::Text(format!("The tool said: {}", results.join(" ")));
    }
    let texts = last.map(texts).unwrap_or_default();
    let tools = request.tools.as_deref().unwrap_or_default();
    let mut names = tools.iter().filter_map(Tool::name);
    if names.clone().any(|name| name == "Read") {
        let path =
            texts.iter().rev().flat_map(|text| text.split_whitespace()).find(|word| word.starts_with('/'));
        let path = path.unwrap_or("a.txt").trim_end_matches(['.', ',', ';', ':']);
        return Turn::Call { name: "Read".to_owned(), input: json!({ "file_path": path }).into() };
    }
    let mentioned = |name: &&str| texts.iter().any(|text| text.contains(name));
    let Some(name) = names.clone().find(mentioned).or_else(|| names.next()) else {
        return Turn::Text("Hello".to_owned());
    };
    let prompt = texts.iter().flat_map(|text| text.split_whitespace()).next().unwrap_or_default();
    let tool = tools.iter().find(|tool| tool.name() == Some(name));
    Turn::Call {
        name: name.to_owned(),
        input: tool.map_or_else(Json::empty_object, |tool| input(tool, prompt)),
    }
}

/// Its blocks of text, or the one text that it is.
fn texts(message: &InputMessage) -> Vec<String> {
    let blocks = message.content.blocks().iter().filter_map(|block| match block {
        ContentBlock::Text(block) => Some(block.text.clone()),
        _ => None,
    });
    let texts: Vec<String> = blocks.collect();
    if texts.is_empty() { vec![message.content.to_text()] } else { texts }
}

/// `value` for every string that the schema requires.
fn input(tool: &Tool, value: &str) -> Json {
    let Tool::Custom(tool) = tool else { return Json::empty_object() };
    let schema: Value = tool.input_schema.decode().unwrap_or_default();
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let strings = required.filter(|name| schema["properties"][name]["type"] == "string");
    let input: Map<String, Value> = strings.map(|name| (name.to_owned(), value.into())).collect();
    input.into()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("INTEROP_KEY").map_err(|_| "INTEROP_KEY is not set")?;
    let script = Arc::new(Scripted::default());
    let (counted, reset) = (script.clone(), script.clone());
    let app = Router::new()
        .route(
            "/requests",
            get(|| async move {
                let (messages, count_tokens) = (&counted.messages, &counted.count_tokens);
                json!({
                    "messages": messages.load(Ordering::SeqCst),
                    "count_tokens": count_tokens.load(Ordering::SeqCst),
                })
                .to_string()
            }),
        )
        .route(
            "/reset",
            post(|| async move {
                reset.messages.store(0, Ordering::SeqCst);
                reset.count_tokens.store(0, Ordering::SeqCst);
            }),
        )
        .fallback_service(MessagesService::builder(script).authenticate(ApiKeys::new([key])).build());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
