//! The scripted server, and short forms for messages, tools and results.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use http::HeaderMap;
use messages_api::tools::{ToolContext, ToolError, ToolSet};
use messages_api::{
    ApiError, Client, ContentBlock, CreateMessageRequest, CustomTool, Handler, Json, Message, MessageStream,
    MessagesService, Reply, RequestContext, StopReason, StreamEvent, ToolResultBlock, ToolUseBlock, Usage,
};
use serde_json::Value;

use crate::support::Server;

/// What the server does with one request.
pub(crate) enum Step {
    Message(Box<Message>),
    Error(ApiError),
    /// Streams the events, and never ends.
    Open(Vec<StreamEvent>),
    /// Does not respond.
    Silent,
}

impl From<Message> for Step {
    fn from(message: Message) -> Self {
        Self::Message(Box::new(message))
    }
}

impl From<ApiError> for Step {
    fn from(error: ApiError) -> Self {
        Self::Error(error)
    }
}

#[derive(Clone, Default)]
struct Play {
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<(CreateMessageRequest, HeaderMap)>>>,
    /// Dropped together with the future or the stream of a request.
    alive: Arc<()>,
}

impl Handler for Play {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let alive = self.alive.clone();
        self.seen.lock().unwrap().push((request, context.headers().clone()));
        let step = self.steps.lock().unwrap().pop_front();
        match step.ok_or_else(|| ApiError::invalid_request("the script is over"))? {
            Step::Message(message) => Ok((*message).into()),
            Step::Error(error) => Err(error),
            Step::Silent => std::future::pending().await,
            Step::Open(events) => {
                let open = futures::stream::poll_fn(move |_cx| {
                    let _held = &alive;
                    std::task::Poll::Pending
                });
                let events = futures::stream::iter(events.into_iter().map(Ok));
                Ok(MessageStream::new(futures::StreamExt::chain(events, open)).into())
            }
        }
    }
}

/// A server with a script of replies.
pub(crate) struct Script {
    play: Play,
    server: Server,
}

impl Script {
    pub(crate) async fn start<T: Into<Step>>(steps: impl IntoIterator<Item = T>) -> Self {
        let play = Play::default();
        play.steps.lock().unwrap().extend(steps.into_iter().map(Into::into));
        let server = Server::start(MessagesService::builder(play.clone()).unauthenticated().build()).await;
        Self { play, server }
    }

    pub(crate) fn client(&self) -> Client {
        Client::builder().base_url(&self.server.url()).build().unwrap()
    }

    /// Returns the requests so far.
    pub(crate) fn requests(&self) -> Vec<CreateMessageRequest> {
        self.play.seen.lock().unwrap().iter().map(|(request, _)| request.clone()).collect()
    }

    /// Returns the value of the header `name` in each request so far.
    pub(crate) fn headers(&self, name: &str) -> Vec<Option<String>> {
        let seen = self.play.seen.lock().unwrap();
        let value = |headers: &HeaderMap| Some(headers.get(name)?.to_str().unwrap().to_owned());
        seen.iter().map(|(_, headers)| value(headers)).collect()
    }

    /// Returns the number of requests that the server works on.
    pub(crate) fn open(&self) -> usize {
        // The service and the script hold one each.
        Arc::strong_count(&self.play.alive).saturating_sub(2)
    }
}

/// What the tools of a test did, in order.
pub(crate) type Log = Arc<Mutex<Vec<String>>>;

pub(crate) fn logged(log: &Log) -> Vec<String> {
    log.lock().unwrap().clone()
}

/// Creates a set of tools that log their name and input, and return them.
pub(crate) fn echoes(log: &Log, names: &[&str]) -> ToolSet<Log> {
    names.iter().fold(ToolSet::with_state(log.clone()), |tools, name| tools.raw(definition(name), echo))
}

pub(crate) async fn echo(input: Json, cx: ToolContext<Log>) -> Result<String, ToolError> {
    let text = format!("{} {input}", cx.call().name);
    cx.state().lock().unwrap().push(text.clone());
    Ok(text)
}

pub(crate) fn definition(name: &str) -> CustomTool {
    CustomTool::new(name, Json::parse(r#"{"type":"object"}"#).unwrap())
}

pub(crate) fn request() -> CreateMessageRequest {
    CreateMessageRequest::new("m", 64).user("hi")
}

/// Returns a message of the model that consists of `blocks`.
pub(crate) fn message(blocks: Vec<ContentBlock>, stop_reason: StopReason) -> Message {
    Message::new("msg_1", "m", blocks, Usage::new(3, 2)).stop_reason(stop_reason)
}

/// Returns a message that calls tools.
pub(crate) fn asks(calls: impl IntoIterator<Item = ToolUseBlock>) -> Message {
    message(calls.into_iter().map(ContentBlock::from).collect(), StopReason::ToolUse)
}

/// Returns a message that ends a run.
pub(crate) fn says(text: &str) -> Message {
    message(vec![ContentBlock::text(text)], StopReason::EndTurn)
}

pub(crate) fn call(id: &str, name: &str, input: Value) -> ToolUseBlock {
    ToolUseBlock::new(id, name, Json::from(input))
}

/// Returns the results in the last message of a request, which must hold nothing else.
pub(crate) fn results(request: &CreateMessageRequest) -> Vec<ToolResultBlock> {
    let blocks = request.messages.last().unwrap().content.blocks();
    blocks.iter().map(|block| block.as_tool_result().expect("only results").clone()).collect()
}

/// Returns each result as the id of its call, whether it is an error, and its text.
pub(crate) fn outcomes(request: &CreateMessageRequest) -> Vec<(String, bool, String)> {
    let outcome = |result: ToolResultBlock| {
        let text = result.content.map(|content| content.to_text()).unwrap_or_default();
        (result.tool_use_id, result.is_error == Some(true), text)
    };
    results(request).into_iter().map(outcome).collect()
}

/// Returns a result as [`outcomes`] does.
pub(crate) fn outcome(id: &str, is_error: bool, text: &str) -> (String, bool, String) {
    (id.to_owned(), is_error, text.to_owned())
}

/// Returns the roles of the messages of a request.
pub(crate) fn roles(request: &CreateMessageRequest) -> Vec<String> {
    request.messages.iter().map(|message| message.role.as_str().to_owned()).collect()
}
