//! A run: the model's turns, and the tools between them.

use std::any::Any;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;

use http::Response;

use super::event::RunEvent;
use super::machine::Machine;
use super::output::{ToolError, ToolOutput};
use super::set::ToolSet;
use crate::client::Client;
use crate::error::Error;
use crate::types::{CreateMessageRequest, Message};

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
        ToolRun(Box::new(Machine::new(self.clone(), request, list, start)))
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
/// Whatever the table says, another turn follows if the program has appended a message of the user. Only an
/// empty message ends the run for good, because it cannot be sent back.
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
/// paused, nobody reads from the connection and no tool makes progress, but the time limits of the client run
/// on. Dropping the run closes the connection and drops the futures of the tools. So a program can give a
/// tool a time limit, by dropping the future of [`next_turn`](Self::next_turn) and giving the call a result
/// with [`resolve`](Self::resolve), which drops the future of the tool.
///
/// [`FallbackBlock`]: crate::types::fallback::FallbackBlock
/// [`ToolAdditionBlock`]: crate::types::tools::ToolAdditionBlock
/// [`ToolRemovalBlock`]: crate::types::tools::ToolRemovalBlock
pub struct ToolRun(Box<Machine>);

impl ToolRun {
    /// Sets the maximum number of turns, which is the number of messages; unlimited by default.
    ///
    /// The run ends after that many, before the tools of the last one run.
    #[must_use]
    pub fn max_turns(mut self, turns: usize) -> Self {
        self.0.max_turns = turns;
        self
    }

    /// Sets the maximum number of tools that run at the same time, at least 1; unlimited by default, so that
    /// it is the model that decides.
    #[must_use]
    pub fn max_parallel(mut self, tools: usize) -> Self {
        self.0.max_parallel = tools.max(1);
        self
    }

    /// Adds a value for the tools of this run, which they find in
    /// [`ToolContext::extensions`](crate::tools::ToolContext::extensions); it replaces one of the same type.
    ///
    /// Use it for what differs from run to run, such as the user. What all runs share is the state of the
    /// [`ToolSet`].
    #[must_use]
    pub fn extension<T: Any + Clone + Send + Sync>(mut self, value: T) -> Self {
        Arc::make_mut(&mut self.0.extensions).insert(value);
        self
    }

    /// Returns the request as it is so far, with the whole conversation.
    pub fn request(&self) -> &CreateMessageRequest {
        &self.0.request
    }

    /// Returns the request to change it, for example to append a message. What is in flight already does not
    /// change; [the request](Self#the-request) describes what happens to calls.
    pub fn request_mut(&mut self) -> &mut CreateMessageRequest {
        self.0.request_mut()
    }

    /// Returns the client to change it, so that the next turns have another header, for example.
    pub fn client_mut(&mut self) -> &mut Client {
        &mut self.0.client
    }

    /// Returns the head of the HTTP response of the last turn, as
    /// [`Call::response`](crate::client::Call::response) does: with the request id, the rate limits and the number
    /// of attempts. A streamed turn has it from its first event on. It is `None` before the first turn, and
    /// after a turn that failed, whose error has the headers and the attempts.
    pub fn response(&self) -> Option<&Response<()>> {
        self.0.response.as_ref()
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
        self.0.calls.resolve(id, result)
    }

    /// Runs the tools that the last message calls, requests the next message and waits until it is complete;
    /// `None` if the run is over.
    ///
    /// # Errors
    ///
    /// Fails like [`Client::create_message`]. The kind is [`Config`](crate::error::ErrorKind::Config) if
    /// something is wrong with the tools: a name is used twice, or a type has no schema.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the next call goes on where it was: no request is sent and no tool is run
    /// twice.
    pub async fn next_turn(&mut self) -> Result<Option<Message>, Error> {
        poll_fn(|cx| self.0.poll_turn(cx)).await
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
        poll_fn(|cx| self.0.poll_event(true, cx)).await
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
        self.0.outcome()
    }

    /// Returns the last message.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`](crate::error::ErrorKind::Incomplete) if another turn would follow, because [`max_turns`](Self::max_turns) ended the
    /// run or the program did. The error carries the last message as
    /// [`partial_message`](Error::partial_message).
    pub fn into_message(self) -> Result<Message, Error> {
        self.0.outcome()
    }
}

impl fmt::Debug for ToolRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolRun")
            .field("turns", &self.0.turns)
            .field("is_over", &self.0.is_over())
            .finish_non_exhaustive()
    }
}
