//! The state of a run, and how it moves on.

use std::future::Future;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Extensions, Response};

use super::calls::Calls;
use super::context::CallContext;
use super::event::RunEvent;
use super::history::{self, Next};
use super::list::{List, key_of_call};
use super::runnable::panicked;
use super::set::{Start, unknown};
use super::unreadable::Unreadable;
use crate::client::{CallFuture, Client, head_of_stream};
use crate::error::{Error, ErrorKind};
use crate::guard::guard;
use crate::stream::MessageStream;
use crate::types::{CreateMessageRequest, InputMessage, Message, ToolUseBlock};

/// The state of a [`ToolRun`](crate::tools::ToolRun).
///
/// Its methods only poll: what they wait for belongs to the machine, not to a future that a caller may drop.
pub(super) struct Machine {
    pub(super) client: Client,
    list: Arc<List>,
    start: Arc<dyn Start>,
    /// What is wrong with the tools; no turn is made then.
    problem: Option<String>,
    pub(super) extensions: Arc<Extensions>,
    pub(super) max_turns: usize,
    pub(super) max_parallel: usize,
    /// Shared with the call in flight, if there is one.
    pub(super) request: Arc<CreateMessageRequest>,
    stage: Stage,
    /// The number of messages so far.
    pub(super) turns: usize,
    last: Option<Message>,
    /// The head of the HTTP response of the last turn, once it is there.
    pub(super) response: Option<Response<()>>,
    /// What may follow the last message.
    next: Next,
    /// The calls of the last message, until their results are in the request.
    pub(super) calls: Calls,
}

/// What a run waits for.
#[derive(Default)]
enum Stage {
    /// The tools, if there are calls.
    #[default]
    Tools,
    Message(CallFuture<'static, Response<Message>>),
    Head(CallFuture<'static, (MessageStream, Response<()>)>),
    Stream(Box<MessageStream>),
}

impl Machine {
    pub(super) fn new(
        client: Client,
        mut request: CreateMessageRequest,
        list: Arc<List>,
        start: Arc<dyn Start>,
    ) -> Self {
        let problem = list.append_to(&mut request.tools).err();
        Self {
            client,
            list,
            start,
            problem,
            extensions: Arc::default(),
            max_turns: usize::MAX,
            max_parallel: usize::MAX,
            request: Arc::new(request),
            stage: Stage::Tools,
            turns: 0,
            last: None,
            response: None,
            next: Next::Request,
            calls: Calls::default(),
        }
    }

    pub(super) fn request_mut(&mut self) -> &mut CreateMessageRequest {
        Arc::make_mut(&mut self.request)
    }

    /// Returns the last message, if no other is to follow.
    pub(super) fn outcome(&self) -> Result<Message, Error> {
        match self.last.clone() {
            Some(message) if self.is_over() => Ok(message),
            last => {
                let error = Error::new(ErrorKind::Incomplete, "the run was ended before its last turn");
                Err(error.with_partial(last).mark_content_received())
            }
        }
    }

    /// Returns `true` if nothing follows.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Tools) && self.calls.are_done() && !self.wants_turn()
    }

    /// Polls for the next message.
    pub(super) fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Message>, Error>> {
        loop {
            match ready!(self.poll_event(false, cx))? {
                Some(RunEvent::Turn(message)) => return Poll::Ready(Ok(Some(*message))),
                Some(_) => {}
                None => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// Polls for the next event. `streamed` says how the next turn is requested, unless that has happened.
    pub(super) fn poll_event(
        &mut self,
        streamed: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<RunEvent>, Error>> {
        if let Some(problem) = &self.problem {
            return Poll::Ready(Err(Error::new(ErrorKind::Config, problem)));
        }
        loop {
            let result = match &mut self.stage {
                Stage::Tools if self.turns >= self.max_turns => return Poll::Ready(Ok(None)),
                Stage::Tools => {
                    if let Some(event) = ready!(self.poll_calls(cx)) {
                        return Poll::Ready(Ok(Some(event)));
                    }
                    self.append_results();
                    if !self.wants_turn() {
                        return Poll::Ready(Ok(None));
                    }
                    self.response = None;
                    self.stage = self.send(streamed);
                    continue;
                }
                Stage::Message(message) => ready!(message.as_mut().poll(cx)).map(|response| {
                    let (head, message) = response.into_parts();
                    self.response = Some(Response::from_parts(head, ()));
                    message
                }),
                Stage::Head(head) => match ready!(head.as_mut().poll(cx)) {
                    Ok((stream, head)) => {
                        self.response = Some(head);
                        self.stage = Stage::Stream(Box::new(stream));
                        continue;
                    }
                    Err(error) => Err(error),
                },
                Stage::Stream(stream) => {
                    let event = {
                        let next = pin!(stream.next());
                        ready!(next.poll(cx))
                    };
                    match event {
                        Some(Ok(event)) => return Poll::Ready(Ok(Some(RunEvent::Stream(event)))),
                        Some(Err(error)) => Err(error),
                        None => match mem::take(&mut self.stage) {
                            Stage::Stream(stream) => stream.into_message(),
                            _ => continue,
                        },
                    }
                }
            };
            self.stage = Stage::Tools;
            let result = self.end_turn(result);
            if result.is_err() {
                self.response = None;
            }
            return Poll::Ready(result.map(Some));
        }
    }

    /// Sends the request.
    fn send(&self, streamed: bool) -> Stage {
        let (client, request) = (self.client.clone(), self.request.clone());
        if streamed {
            Stage::Head(Box::pin(async move {
                let stream = client.stream_message(&request).await?;
                let head = head_of_stream(&stream, &request.model);
                Ok((stream, head))
            }))
        } else {
            Stage::Message(Box::pin(async move { client.create_message(&request).response().await }))
        }
    }

    /// Takes in the message of a turn.
    fn end_turn(&mut self, result: Result<Message, Error>) -> Result<RunEvent, Error> {
        let (message, unreadable) = match result {
            Ok(message) => (message, None),
            Err(error) => Unreadable::find(error).map(|(message, input)| (message, Some(input)))?,
        };
        self.turns += 1;
        self.next = history::next_after(&message, &self.request);
        self.collect_calls(&message, unreadable.as_ref());
        let request = self.request_mut();
        if let Some(container) = &message.container {
            history::carry_container(request, container);
        }
        if !message.content.is_empty() {
            request.messages.push(message.clone().into());
        }
        self.last = Some(message.clone());
        Ok(RunEvent::Turn(Box::new(message)))
    }

    fn collect_calls(&mut self, message: &Message, unreadable: Option<&Unreadable>) {
        self.calls = Calls::default();
        if !history::asks_for_tools(message) {
            return;
        }
        for (at, call) in history::calls(message) {
            if let Some(error) = unreadable.and_then(|unreadable| unreadable.error(at, call)) {
                self.calls.add_failed(call, error);
            } else if history::may_be_called_by(call.caller.as_ref(), key_of_call(call), &self.request) {
                self.calls.add(call);
            } else {
                self.calls.add_ignored(call);
            }
        }
    }

    fn poll_calls(&mut self, cx: &mut Context<'_>) -> Poll<Option<RunEvent>> {
        let Self { calls, request, list, start, extensions, turns, max_parallel, .. } = self;
        let start_call = |block: &Arc<ToolUseBlock>| {
            history::position_of_open_call(request, &block.id)?;
            let key = key_of_call(block);
            let position = list.position(key).filter(|_| history::is_available(request, key));
            let Some(position) = position else { return Some(Err(unknown(block))) };
            let call = CallContext { block: block.clone(), turn: *turns, extensions: extensions.clone() };
            Some(guard(|| start.start(position, call)).unwrap_or_else(|_| Err(panicked())))
        };
        calls.poll(*max_parallel, start_call, cx)
    }

    /// Puts the results into the request, right after their calls.
    fn append_results(&mut self) {
        let mut results = self.calls.take_results();
        let mut at = None;
        results.retain(|result| {
            let call = history::position_of_open_call(&self.request, &result.tool_use_id);
            at = at.max(call);
            call.is_some()
        });
        if let Some(at) = at {
            self.request_mut().messages.insert(at + 1, InputMessage::user(results));
        }
    }

    /// Returns `true` if another turn follows, once there are no calls left.
    fn wants_turn(&self) -> bool {
        match self.next {
            Next::Request => true,
            Next::RequestIfAsked => history::ends_with_user(&self.request),
            Next::Nothing => false,
        }
    }
}
