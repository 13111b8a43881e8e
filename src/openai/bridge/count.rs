//! Counts of tokens.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Bridge;
use crate::client::{Client, Document, Endpoint, ForeignRequest, Route};
use crate::error::{ApiError, Error};
use crate::handler::{Reply, RequestContext};
use crate::openai::profile::TokenCounter;
use crate::openai::request::request_to_openai;
use crate::openai::types::ChatRequest;
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};
use crate::wire::{Field, View, push_json};

/// The body of an HTTP response of a tokenizer: vLLM's has the number, and llama.cpp's the tokens alone.
#[derive(Deserialize)]
struct Tokens {
    count: Option<u64>,
    tokens: Option<Vec<IgnoredAny>>,
}

impl Document for Tokens {
    const NAME: &str = "a list of tokens";
}

/// The body of an HTTP response of llama.cpp's `POST /apply-template`.
#[derive(Deserialize)]
struct Prompt {
    prompt: String,
}

impl Document for Prompt {
    const NAME: &str = "a prompt";
}

impl Bridge {
    pub(super) fn count<'a>(
        &'a self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Pin<Box<dyn Future<Output = Result<Reply<MessageTokensCount>, ApiError>> + Send + 'a>> {
        Box::pin(async move {
            let model = self.model(&request.model)?;
            let estimate = request.estimate_tokens();
            if self.profile.token_counter == TokenCounter::Estimate {
                return Ok(MessageTokensCount::new(estimate).into());
            }
            let client = self.client(&context)?;
            let (chat, _) = request_to_openai(&to_message(request), &model, &self.profile)?;
            let counted = match self.profile.token_counter {
                TokenCounter::LlamaCpp => count_by_llama_cpp(&client, &chat).await,
                _ => count_by_vllm(&client, &chat).await,
            };
            // An older server may have no such endpoint, and a number is better than none.
            Ok(MessageTokensCount::new(counted.ok().flatten().unwrap_or(estimate)).into())
        })
    }
}

async fn count_by_vllm(client: &Client, chat: &ChatRequest) -> Result<Option<u64>, Error> {
    let body = body(chat, &[("model", chat.model.view()), ("messages", chat.messages.view())]);
    let tokens: Tokens = client.foreign_document(request("/tokenize", body)).await?;
    Ok(tokens.number())
}

async fn count_by_llama_cpp(client: &Client, chat: &ChatRequest) -> Result<Option<u64>, Error> {
    let template = request("/apply-template", body(chat, &[("messages", chat.messages.view())]));
    let Prompt { prompt } = client.foreign_document(template).await?;
    let text = serde_json::Value::from(prompt);
    let body = format!(r#"{{"content":{text},"add_special":true,"parse_special":true}}"#);
    let tokens: Tokens = client.foreign_document(request("/tokenize", body.into())).await?;
    Ok(tokens.number())
}

/// Returns what the prompt of a completion consists of, as an object.
fn body(chat: &ChatRequest, fields: &[(&str, View<'_>)]) -> Bytes {
    let mut out = BytesMut::from(&b"{"[..]);
    let tools = chat.tools.as_ref().map(|tools| ("tools", tools.view()));
    for (name, value) in fields.iter().copied().chain(tools) {
        let separator = if out.len() > 1 { "," } else { "" };
        out.extend_from_slice(format!("{separator}\"{name}\":").as_bytes());
        push_json(&mut out, value);
    }
    out.extend_from_slice(b"}");
    out.freeze()
}

fn request(route: &'static str, body: Bytes) -> ForeignRequest {
    ForeignRequest {
        endpoint: Endpoint::CountTokens,
        route: Route::Root(route),
        body: Some(body),
        model: None,
        max_tokens: None,
    }
}

impl Tokens {
    fn number(self) -> Option<u64> {
        self.count.or_else(|| u64::try_from(self.tokens?.len()).ok())
    }
}

/// Returns a request for a message with the prompt of a request for a count.
fn to_message(request: CountTokensRequest) -> CreateMessageRequest {
    let mut message = CreateMessageRequest::new(request.model, 1);
    message.messages = request.messages;
    message.system = request.system;
    message.tools = request.tools;
    message.tool_choice = request.tool_choice;
    message.thinking = request.thinking;
    message.output_config = request.output_config;
    message
}
