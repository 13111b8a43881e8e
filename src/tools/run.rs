//! A run: the model's turns, and the tools between them.

use std::any::Any;
use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use http::Extensions;

use super::calls::Calls;
use super::context::CallContext;
use super::event::RunEvent;
use super::history::{self, Next};
use super::list::{List, key_of_call};
use super::output::{ToolError, ToolOutput};
use super::runnable::panicked;
use super::set::{Start, ToolSet, unknown};
use super::unreadable::Unreadable;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::guard::guard;
use crate::stream::MessageStream;
use crate::types::{CreateMessageRequest, InputMessage, Message, ToolUseBlock};

/// The start of a run.
impl Client {
    /// Starts a run: requests a message, runs the tools that the model calls, sends their results, and so on
    /// until the model calls none.
    ///
    /// The definitions of `tools` are added to those of the request. Nothing is sent before the first turn is
    /// asked for. [The module `tools`](crate::tools) shows how to use a run.
    pub fn run_tools<S>(&self, request: CreateMessageRequest, tools: &ToolSet<S>) -> ToolRun
    where
        S: Send + Sync + 'static,
    {
        let (list, start) = tools.erased();
        ToolRun::new(self.clone(), request, list, start)
    }
}

/// A conversation in which the model calls tools; created by [`Client::run_tools`].
///
/// The run is a loop in the hands of the program. [`next_turn`](Self::next_turn) returns the next message of
/// the model, and [`next_event`](Self::next_event) all that happens, as it happens. Both first run the tools
/// that the last message calls. So between two turns a program can look at the calls, give results of its own
/// with [`resolve`](Self::resolve), change the [request](Self::request_mut), or stop.
/// [`finish`](Self::finish) goes through all turns at once.
///
/// ```no_run
/// use messages_api::tools::{ToolError, ToolSet};
/// # use messages_api::{Client, CreateMessageRequest, Error, ToolUseBlock};
///
/// # async fn confirmed(_call: &ToolUseBlock) -> bool { true }
/// # async fn example(client: Client, request: CreateMessageRequest, tools: ToolSet) -> Result<(), Error> {
/// let mut run = client.run_tools(request, &tools).max_turns(8);
/// while let Some(message) = run.next_turn().await? {
///     println!("{}", message.text());
///     for call in message.tool_uses().filter(|call| call.name == "refund") {
///         if !confirmed(call).await {
///             run.resolve(&call.id, Err(ToolError::new("The user declined")));
///         }
///     }
/// }
/// let message = run.into_message()?;
/// # Ok(())
/// # }
/// ```
///
/// # Which calls are run
///
/// The tools of a message run side by side, and their results go into one message, in the order of the calls.
///
/// | the last message | what follows |
/// |---|---|
/// | calls tools, and its stop reason is `tool_use`, `end_turn` or absent | the calls, and another turn |
/// | has the stop reason `pause_turn`, or `compaction` after a compaction by the API | another turn |
/// | has any other stop reason, such as `refusal` or `max_tokens` | nothing; its calls are not run |
/// | calls no tool | nothing |
///
/// If a message of the user was appended to the request, another turn follows in any case.
///
/// A call is not run, and the model learns why from a result that is marked as an error, if there is no such
/// tool, if its input is not JSON or does not fit, or if a [`ToolRemovalBlock`] has withdrawn the tool and no
/// [`ToolAdditionBlock`] has brought it back. The same happens if the tool is no longer in the `tools` of the
/// request. A tool that fails or panics does not end the run either.
///
/// Calls to tools that the API runs are left to it, and those in front of the last
/// [`FallbackBlock`] have no result. A call by code that the model runs is left alone, too, unless the
/// `allowed_callers` of the tool's definition allow such calls.
///
/// # The request
///
/// Each message of the model, and then the results, are appended to the [request](Self::request), whose
/// messages are the conversation at any time. Whatever a program changes there holds. The results are
/// inserted right after the message with the calls, in front of what was appended since. A call that was
/// removed from the request, or that was given its result there, is not run. Each call is run at most once,
/// however often the request is edited.
///
/// If the container of a message is known, the next request names it, unless the request names one already.
///
/// A `tool_choice` that forces the model to call a tool does so in each turn, and the run never ends by
/// itself. Remove it from the request after the first turn, or set [`max_turns`](Self::max_turns).
///
/// # Errors
///
/// An error of the client ends the turn, not the run: the next turn sends the same request again, without
/// running a tool twice. The tools of a message that was cut off are never run.
///
/// # Cancel safety
///
/// Everything that happens belongs to the run and is driven by the futures of its methods; nothing is
/// spawned. Dropping such a future pauses the run, and the next call of a method goes on from there: with the
/// same HTTP request, the same stream, and the same tools, of which none starts anew. While the run is
/// paused, nobody reads from the connection and no tool makes progress. Dropping the run closes the
/// connection and drops the futures of the tools. So a program can give a tool a time limit, by dropping the
/// future of [`next_turn`](Self::next_turn) and giving the call a result with [`resolve`](Self::resolve),
/// which drops the future of the tool.
///
/// [`FallbackBlock`]: crate::types::fallback::FallbackBlock
/// [`ToolAdditionBlock`]: crate::types::tools::ToolAdditionBlock
/// [`ToolRemovalBlock`]: crate::types::tools::ToolRemovalBlock
pub struct ToolRun {
    client: Client,
    list: Arc<List>,
    start: Arc<dyn Start>,
    /// What is wrong with the tools; no turn is made then.
    problem: Option<String>,
    extensions: Arc<Extensions>,
    max_turns: usize,
    max_parallel: usize,
    /// Shared with the call in flight, if there is one.
    request: Arc<CreateMessageRequest>,
    stage: Stage,
    /// The number of messages so far.
    turns: usize,
    last: Option<Message>,
    /// What may follow the last message.
    next: Next,
    /// The calls of the last message, until their results are in the request.
    calls: Calls,
}

/// What a run waits for.
#[derive(Default)]
enum Stage {
    /// The tools, if there are calls.
    #[default]
    Tools,
    Message(BoxFuture<'static, Result<Message, Error>>),
    Head(BoxFuture<'static, Result<MessageStream, Error>>),
    Stream(Box<MessageStream>),
}

impl ToolRun {
    fn new(
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
            next: Next::Request,
            calls: Calls::default(),
        }
    }

    /// Sets the maximum number of turns, which is the number of messages; unlimited by default.
    ///
    /// The run ends after that many, before the tools of the last one run.
    #[must_use]
    pub fn max_turns(mut self, turns: usize) -> Self {
        self.max_turns = turns;
        self
    }

    /// Sets the maximum number of tools that run at the same time, at least 1; unlimited by default, so that
    /// it is the model that decides.
    #[must_use]
    pub fn max_parallel(mut self, tools: usize) -> Self {
        self.max_parallel = tools.max(1);
        self
    }

    /// Adds a value for the tools of this run, which they find in
    /// [`ToolContext::extensions`](crate::tools::ToolContext::extensions); it replaces one of the same type.
    ///
    /// Use it for what differs from run to run, such as the user. What all runs share is the state of the
    /// [`ToolSet`].
    #[must_use]
    pub fn extension<T: Any + Clone + Send + Sync>(mut self, value: T) -> Self {
        Arc::make_mut(&mut self.extensions).insert(value);
        self
    }

    /// Returns the request as it is so far, with the whole conversation.
    pub fn request(&self) -> &CreateMessageRequest {
        &self.request
    }

    /// Returns the request to change it, for example to append a message. What is in flight already does not
    /// change; [the request](Self#the-request) describes what happens to calls.
    pub fn request_mut(&mut self) -> &mut CreateMessageRequest {
        Arc::make_mut(&mut self.request)
    }

    /// Returns the client to change it, so that the next turns have another header, for example.
    pub fn client_mut(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Gives a call of the last message a result, so that its tool is not run. If the tool runs already, its
    /// future is dropped.
    ///
    /// Returns `false` if the last message has no call with this `id`, or if the call has its result.
    ///
    /// ```no_run
    /// # use messages_api::tools::{ToolError, ToolRun};
    /// # fn example(mut run: ToolRun) {
    /// run.resolve("toolu_01", Ok("42".into()));
    /// run.resolve("toolu_02", Err(ToolError::new("The user declined")));
    /// # }
    /// ```
    pub fn resolve(&mut self, id: &str, result: Result<ToolOutput, ToolError>) -> bool {
        self.calls.resolve(id, result)
    }

    /// Runs the tools that the last message calls, requests the next message and waits until it is complete;
    /// `None` if the run is over.
    ///
    /// # Errors
    ///
    /// Fails like [`Client::create_message`]. The kind is [`Config`](ErrorKind::Config) if something is wrong
    /// with the tools: a name is used twice, or a type has no schema.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the next call goes on where it was: no request is sent and no tool is run
    /// twice.
    pub async fn next_turn(&mut self) -> Result<Option<Message>, Error> {
        poll_fn(|cx| self.poll_turn(cx)).await
    }

    /// Returns the next event of the run; `None` if it is over.
    ///
    /// The turns are streamed. Tools start when the event after [`RunEvent::Turn`] is asked for.
    ///
    /// ```no_run
    /// use messages_api::tools::RunEvent;
    /// # use messages_api::{Error, tools::ToolRun};
    ///
    /// # async fn example(mut run: ToolRun) -> Result<(), Error> {
    /// while let Some(event) = run.next_event().await? {
    ///     match event {
    ///         RunEvent::Stream(event) => print!("{}", event.text_delta().unwrap_or_default()),
    ///         RunEvent::ToolStarted(call) => println!("\n[{} …]", call.name),
    ///         RunEvent::ToolFinished { call, error: Some(error), .. } => {
    ///             eprintln!("{} failed: {:?}", call.name, error.source());
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails like [`Client::stream_message`] and its stream, and like [`next_turn`](Self::next_turn) if
    /// something is wrong with the tools. After the error of a stream, the next event is the first of another
    /// attempt.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no event is lost, no request is sent and no tool is run twice.
    pub async fn next_event(&mut self) -> Result<Option<RunEvent>, Error> {
        poll_fn(|cx| self.poll_event(true, cx)).await
    }

    /// Goes through all turns that are left, and returns the last message.
    ///
    /// # Errors
    ///
    /// Fails like [`next_turn`](Self::next_turn) and [`into_message`](Self::into_message).
    ///
    /// # Cancel safety
    ///
    /// The same as for [`next_turn`](Self::next_turn).
    pub async fn finish(&mut self) -> Result<Message, Error> {
        while self.next_turn().await?.is_some() {}
        self.outcome(self.last.clone())
    }

    /// Returns the last message.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`] if another turn would follow, because [`max_turns`](Self::max_turns) ended the
    /// run or the program did. The error carries the last message as
    /// [`partial_message`](Error::partial_message).
    pub fn into_message(mut self) -> Result<Message, Error> {
        let last = self.last.take();
        self.outcome(last)
    }

    fn outcome(&self, last: Option<Message>) -> Result<Message, Error> {
        match last {
            Some(message) if self.is_over() => Ok(message),
            last => {
                let error = Error::new(ErrorKind::Incomplete, "the run was ended before its last turn");
                Err(error.with_partial(last).mark_content_received())
            }
        }
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Message>, Error>> {
        loop {
            match ready!(self.poll_event(false, cx))? {
                Some(RunEvent::Turn(message)) => return Poll::Ready(Ok(Some(*message))),
                Some(_) => {}
                None => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// Polls for the next event. `streamed` says how the next turn is requested, unless that has happened.
    fn poll_event(&mut self, streamed: bool, cx: &mut Context<'_>) -> Poll<Result<Option<RunEvent>, Error>> {
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
                    self.stage = self.send(streamed);
                    continue;
                }
                Stage::Message(message) => ready!(message.as_mut().poll(cx)),
                Stage::Head(head) => match ready!(head.as_mut().poll(cx)) {
                    Ok(stream) => {
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
            return Poll::Ready(self.end_turn(result).map(Some));
        }
    }

    /// Sends the request.
    fn send(&self, streamed: bool) -> Stage {
        let (client, request) = (self.client.clone(), self.request.clone());
        if streamed {
            Stage::Head(Box::pin(async move { client.stream_message(&request).await }))
        } else {
            Stage::Message(Box::pin(async move { client.create_message(&request).await }))
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

    fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Tools) && self.calls.are_done() && !self.wants_turn()
    }
}

impl fmt::Debug for ToolRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolRun")
            .field("turns", &self.turns)
            .field("is_over", &self.is_over())
            .finish_non_exhaustive()
    }
}
