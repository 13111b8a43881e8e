//! A model whose replies depend on the request alone: it repeats tool results, or else writes JSON if the
//! request asks for it, or else calls a tool of the request, or else says hello. Some models have a fault
//! instead, `limited` is never ready, and there is no `nowhere`.

#[path = "batches.rs"]
mod batches;
#[path = "faults.rs"]
mod faults;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use batches::Batches;
use faults::{Faults, Material};
use messages_api::handler::{BatchResultStream, ModelQuery, PageQuery};
use messages_api::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use messages_api::types::models::{ModelInfo, ModelPage};
use messages_api::types::settings::OutputFormat;
use messages_api::types::{CountTokensRequest, MessageContent, MessageTokensCount};
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, ErrorType, Handler, Json, Message, MessageDeltaUsage,
    MessageStream, Reply, RequestContext, Role, StopReason, Tool, Usage,
};
use serde_json::Value;

/// How long callers of the model `limited` have to wait.
const WAIT: Duration = Duration::from_secs(1);

/// The model, with the numbers of the requests that it has received.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) messages: AtomicU64,
    pub(crate) count_tokens: AtomicU64,
    pub(crate) faults: Faults,
    batches: Batches,
}

#[deny(clippy::missing_trait_methods)]
impl Handler for Model {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        self.messages.fetch_add(1, Ordering::Relaxed);
        let user = request.messages.iter().rev().find(|message| message.role == Role::User);
        let content = user
            .map(|message| &message.content)
            .ok_or_else(|| ApiError::invalid_request("messages: no user"))?;
        let results = tool_results(content);
        if let Some(reply) = self.faults.reply(&material(&request, content, &results, context.request_id())) {
            return Ok(reply);
        }
        match &*request.model {
            "limited" => return Err(ApiError::new(ErrorType::RateLimit, "slow down").with_retry_after(WAIT)),
            "nowhere" => return Err(ApiError::not_found("model: nowhere")),
            _ => {}
        }
        let (mut calls, mut text) = (Vec::new(), format!("The tool said: {results}"));
        if results.is_empty() {
            if let Some(OutputFormat::JsonSchema(format)) =
                request.output_config.as_ref().and_then(|config| config.format.as_ref())
            {
                text = object_for(&format.schema, &prompt(content)).as_raw_str().to_owned();
            } else {
                text = "Hello".to_owned();
                calls = tool_calls(&request, &prompt(content));
            }
        }
        let start =
            Message::new(format!("msg_{}", context.request_id()), request.model, vec![], Usage::new(12, 0));
        Ok(Reply::from(MessageStream::from_writer(start, |mut writer| async move {
            if !calls.is_empty() {
                writer.text("Let me see.").await;
                for (number, (name, input)) in calls.into_iter().enumerate() {
                    let mut tool = writer.start_tool_use(format!("toolu_{number}"), name).await;
                    for piece in input.as_raw_str().split_inclusive(':') {
                        tool.write(piece).await;
                    }
                }
                return Ok(writer.finish(StopReason::ToolUse, MessageDeltaUsage::new(7)).await);
            }
            for word in text.split_inclusive(' ') {
                writer.text(word).await;
            }
            Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(7)).await)
        })))
    }

    async fn count_tokens(
        &self,
        _request: CountTokensRequest,
        _context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        self.count_tokens.fetch_add(1, Ordering::Relaxed);
        Ok(MessageTokensCount::new(17).into())
    }

    async fn list_models(
        &self,
        query: ModelQuery,
        _context: RequestContext,
    ) -> Result<Reply<ModelPage>, ApiError> {
        Ok(ModelPage::select(&models(), &query)?.into())
    }

    async fn get_model(
        &self,
        model_id: String,
        _context: RequestContext,
    ) -> Result<Reply<ModelInfo>, ApiError> {
        let model = models().into_iter().find(|model| model.id == model_id);
        Ok(model.ok_or_else(|| ApiError::not_found("no such model"))?.into())
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        self.batches.create(self, request, context).await
    }

    async fn list_batches(
        &self,
        query: PageQuery,
        _context: RequestContext,
    ) -> Result<Reply<MessageBatchPage>, ApiError> {
        Ok(MessageBatchPage::select(&self.batches.all(), &query)?.into())
    }

    async fn get_batch(
        &self,
        batch_id: String,
        _context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        Ok(self.batches.get(&batch_id)?.0.into())
    }

    async fn cancel_batch(
        &self,
        batch_id: String,
        _context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        Ok(self.batches.get(&batch_id)?.0.into())
    }

    async fn delete_batch(
        &self,
        batch_id: String,
        _context: RequestContext,
    ) -> Result<Reply<DeletedMessageBatch>, ApiError> {
        self.batches.delete(&batch_id)
    }

    async fn batch_results(
        &self,
        batch_id: String,
        _context: RequestContext,
    ) -> Result<Reply<BatchResultStream>, ApiError> {
        Ok(BatchResultStream::from(self.batches.get(&batch_id)?.1).into())
    }
}

/// Three models, one of them with an id that has to be escaped.
fn models() -> [ModelInfo; 3] {
    ["claude-sonnet-4-6", "org/model:free", "old"].map(|id| ModelInfo::new(id, id, "2026-08-01T00:00:00Z"))
}

fn material(request: &CreateMessageRequest, content: &MessageContent, results: &str, id: &str) -> Material {
    let call = tool_calls(request, &prompt(content)).into_iter().next();
    let (tool, input) = call.unwrap_or_else(|| ("none".to_owned(), Json::empty_object()));
    Material {
        id: format!("msg_{id}"),
        model: request.model.to_string(),
        word: last_word(&serde_json::to_string(&request.messages).unwrap_or_default()),
        tool,
        input: input.as_raw_str().to_owned(),
        has_result: !results.is_empty(),
        answers_calls: answers_calls(request, content),
        is_streamed: request.stream == Some(true),
    }
}

/// Returns the last word that `run` has made up: `word` and twelve digits.
fn last_word(text: &str) -> String {
    let words = text.match_indices("word").filter_map(|(at, _)| text.get(at..at + 16));
    let made_up = words.filter(|word| word[4..].bytes().all(|byte| byte.is_ascii_hexdigit()));
    made_up.last().unwrap_or("none").to_owned()
}

/// Returns `true` if each result is for a call of the request.
fn answers_calls(request: &CreateMessageRequest, content: &MessageContent) -> bool {
    let blocks: Vec<_> = request.messages.iter().flat_map(|message| message.content.blocks()).collect();
    content.blocks().iter().all(|block| match block {
        ContentBlock::ToolResult(result) => blocks
            .iter()
            .any(|block| matches!(block, ContentBlock::ToolUse(call) if call.id == result.tool_use_id)),
        _ => true,
    })
}

fn tool_results(content: &MessageContent) -> String {
    let results = content.blocks().iter().filter_map(|block| match block {
        ContentBlock::ToolResult(block) => block.content.as_ref().map(|content| content.to_text()),
        _ => None,
    });
    results.collect::<Vec<_>>().join(" ")
}

/// Returns the last text block, as clients put reminders before the prompt.
fn prompt(content: &MessageContent) -> String {
    let last = content.blocks().iter().rev().find_map(|block| match block {
        ContentBlock::Text(block) => Some(block.text.clone()),
        _ => None,
    });
    last.unwrap_or_else(|| content.to_text())
}

/// One call, or two if the prompt says `both`. The first words of the prompt are the inputs.
fn tool_calls(request: &CreateMessageRequest, prompt: &str) -> Vec<(String, Json)> {
    let offered = request.tools.iter().flatten().filter_map(|tool| match tool {
        Tool::Custom(tool) => Some(&**tool),
        _ => None,
    });
    let tools: Vec<_> = offered.collect();
    if tools.iter().any(|tool| tool.name == "Read") {
        let path = prompt.split_whitespace().find(|word| word.starts_with('/')).unwrap_or("a.txt");
        let input = serde_json::json!({ "file_path": path.trim_end_matches(['.', ',']) });
        return vec![("Read".to_owned(), Json::from(input))];
    }
    let tool = tools.iter().find(|tool| prompt.contains(&tool.name)).or(tools.first());
    let words = prompt.split_whitespace().take(if prompt.contains("both") { 2 } else { 1 });
    tool.map_or_else(Vec::new, |tool| {
        words.map(|word| (tool.name.clone(), object_for(&tool.input_schema, word))).collect()
    })
}

/// An object with the required strings of a schema, each with the first word of the text.
fn object_for(schema: &Json, text: &str) -> Json {
    let schema: Value = schema.decode().unwrap_or_default();
    let word = text.split_whitespace().next().unwrap_or("word");
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let strings = required
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| schema["properties"][name]["type"] == "string");
    Json::from(strings.map(|name| (name.to_owned(), Value::from(word))).collect::<serde_json::Map<_, _>>())
}
