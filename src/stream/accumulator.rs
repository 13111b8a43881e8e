//! Events to a message.

use crate::error::{Error, ErrorKind};
use crate::json::Json;
use crate::model::{
    ApiError, ContentBlock, ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent, Message,
    MessageDeltaEvent, MessageDeltaUsage, StopReason, StreamEvent, Usage,
};
use crate::wire::Extra;

/// Adds events up to the message they make.
///
/// Strict unless [`lenient`](Self::lenient): an event out of order is an
/// error. What is newer than this crate is not: unknown events and deltas are
/// passed over, unknown blocks are kept as they began.
///
/// Blocks are found by their index. A tool's input is collected as text, read
/// once when its block stops, and kept as it began when no text came. Where
/// the model stopped for lack of tokens the text may be no JSON: then the
/// input stays as it began too, and
/// [`partial_input`](Self::partial_input) has the text.
///
/// ```
/// use messages_api::{Accumulator, ContentBlock, Message, Usage, replay};
///
/// let message = Message::new("msg_01", "claude-sonnet-5", vec![ContentBlock::text("hi")], Usage::new(1, 1));
/// let mut accumulator = Accumulator::new();
/// for event in replay(message.clone()) {
///     accumulator.push(&event)?;
/// }
/// assert_eq!(accumulator.into_message()?, message);
/// # Ok::<(), messages_api::AccumulateError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Accumulator {
    message: Option<Message>,
    /// One for each block of the message.
    blocks: Vec<BlockState>,
    stopped: bool,
    lenient: bool,
}

#[derive(Clone, Debug, Default)]
struct BlockState {
    stopped: bool,
    /// The text of a tool's input that was not read yet.
    input: String,
}

/// Why events do not add up to a message.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AccumulateError {
    /// An event came before `message_start`.
    #[error("`{0}` came before `message_start`")]
    BeforeStart(Box<str>),
    /// A second `message_start` came.
    #[error("a second `message_start` came")]
    SecondStart,
    /// An event came after `message_stop`.
    #[error("`{0}` came after `message_stop`")]
    AfterStop(Box<str>),
    /// A block began with an index that is not the next.
    #[error("a block began at index {found}, the next is {expected}")]
    BlockIndex {
        /// The index it has.
        found: u64,
        /// The index it should have.
        expected: u64,
    },
    /// A block that never began grew or stopped.
    #[error("the block at index {0} never began")]
    NoBlock(u64),
    /// A block that has stopped grew or stopped again.
    #[error("the block at index {0} has stopped")]
    BlockStopped(u64),
    /// A block grew by something that is not for it.
    #[error("the `{block}` block at index {index} cannot grow by a `{delta}`")]
    WrongDelta {
        /// The block's index.
        index: u64,
        /// The block's type.
        block: Box<str>,
        /// The delta's type.
        delta: Box<str>,
    },
    /// The input of a tool is not JSON.
    #[error("the input of the tool at index {index} is not JSON")]
    InvalidInput {
        /// The block's index.
        index: u64,
        /// What came as its input.
        text: String,
    },
    /// The stream said that the answer failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The events ended before `message_stop`.
    #[error("the stream ended before the answer was complete")]
    Incomplete,
}

impl From<AccumulateError> for Error {
    fn from(error: AccumulateError) -> Self {
        match error {
            AccumulateError::Api(error) => error.into(),
            AccumulateError::Incomplete => Self::new(ErrorKind::Incomplete, error.to_string()),
            _ => Self::new(ErrorKind::Protocol, error.to_string()).with_source(error),
        }
    }
}

impl Accumulator {
    /// A strict one without events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Passes over what a strict one refuses: events before `message_start`
    /// and after `message_stop`, a second `message_start`, blocks out of order
    /// (their index is ignored), deltas and stops without a block, deltas that
    /// are not for their block. A tool's input that is not JSON stays as it
    /// began.
    #[must_use]
    pub fn lenient(self) -> Self {
        Self { lenient: true, ..self }
    }

    /// Adds the next event.
    ///
    /// # Errors
    ///
    /// When the event is out of order, or says that the answer failed. What
    /// was added before stays.
    pub fn push(&mut self, event: &StreamEvent) -> Result<(), AccumulateError> {
        match self.add(event) {
            Err(error) if !self.lenient || matches!(error, AccumulateError::Api(_)) => Err(error),
            _ => Ok(()),
        }
    }

    /// The message so far; `None` before `message_start`.
    pub fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }

    /// Whether `message_stop` came.
    pub fn is_complete(&self) -> bool {
        self.stopped
    }

    /// The text of the input of the tool at `index`, as far as it came, while
    /// it has not been read as JSON.
    pub fn partial_input(&self, index: usize) -> Option<&str> {
        self.blocks.get(index).map(|block| block.input.as_str()).filter(|input| !input.is_empty())
    }

    /// The message.
    ///
    /// # Errors
    ///
    /// [`AccumulateError::Incomplete`] before `message_stop`.
    pub fn into_message(self) -> Result<Message, AccumulateError> {
        self.message.filter(|_| self.stopped).ok_or(AccumulateError::Incomplete)
    }

    fn add(&mut self, event: &StreamEvent) -> Result<(), AccumulateError> {
        match event {
            StreamEvent::Ping(_) | StreamEvent::Unknown(_) => return Ok(()),
            StreamEvent::Error(response) => return Err(ApiError::from((**response).clone()).into()),
            _ if self.stopped => return Err(AccumulateError::AfterStop(event.type_name().into())),
            _ => {}
        }
        let Some(message) = &mut self.message else {
            let StreamEvent::MessageStart(event) = event else {
                return Err(AccumulateError::BeforeStart(event.type_name().into()));
            };
            let stopped = BlockState { stopped: true, input: String::new() };
            self.blocks = vec![stopped; event.message.content.len()];
            self.message = Some(event.message.clone());
            return Ok(());
        };
        match event {
            StreamEvent::MessageStart(_) => Err(AccumulateError::SecondStart),
            StreamEvent::ContentBlockStart(event) => {
                let expected = message.content.len() as u64;
                if event.index != expected && !self.lenient {
                    return Err(AccumulateError::BlockIndex { found: event.index, expected });
                }
                start_block(message, event);
                self.blocks.push(BlockState::default());
                Ok(())
            }
            StreamEvent::ContentBlockDelta(event) => {
                let (block, state) = open_block(message, &mut self.blocks, event.index)?;
                grow(block, state, event)
            }
            StreamEvent::ContentBlockStop(event) => {
                let (block, state) = open_block(message, &mut self.blocks, event.index)?;
                state.stopped = true;
                read_input(block, state);
                Ok(())
            }
            StreamEvent::MessageDelta(event) => {
                merge(message, event);
                Ok(())
            }
            StreamEvent::MessageStop(_) => self.stop(),
            StreamEvent::Ping(_) | StreamEvent::Error(_) | StreamEvent::Unknown(_) => Ok(()),
        }
    }

    fn stop(&mut self) -> Result<(), AccumulateError> {
        let Some(message) = &mut self.message else { return Ok(()) };
        self.stopped = true;
        let cut = matches!(
            message.stop_reason,
            Some(StopReason::MaxTokens | StopReason::ModelContextWindowExceeded)
        );
        for (index, (block, state)) in message.content.iter_mut().zip(&mut self.blocks).enumerate() {
            read_input(block, state);
            if !state.input.is_empty() && !cut && !self.lenient {
                self.stopped = false;
                let text = state.input.clone();
                return Err(AccumulateError::InvalidInput { index: index as u64, text });
            }
        }
        Ok(())
    }
}

fn start_block(message: &mut Message, event: &ContentBlockStartEvent) {
    if let ContentBlock::Fallback(block) = &event.content_block {
        message.model.clone_from(&block.to.model);
    }
    message.content.push(event.content_block.clone());
}

fn open_block<'a>(
    message: &'a mut Message,
    blocks: &'a mut [BlockState],
    index: u64,
) -> Result<(&'a mut ContentBlock, &'a mut BlockState), AccumulateError> {
    let at = usize::try_from(index).map_err(|_| AccumulateError::NoBlock(index))?;
    match (message.content.get_mut(at), blocks.get_mut(at)) {
        (Some(_), Some(state)) if state.stopped => Err(AccumulateError::BlockStopped(index)),
        (Some(block), Some(state)) => Ok((block, state)),
        _ => Err(AccumulateError::NoBlock(index)),
    }
}

fn grow(
    block: &mut ContentBlock,
    state: &mut BlockState,
    event: &ContentBlockDeltaEvent,
) -> Result<(), AccumulateError> {
    match (&mut *block, &event.delta) {
        (ContentBlock::Text(block), ContentBlockDelta::Text(delta)) => block.text.push_str(&delta.text),
        (ContentBlock::Text(block), ContentBlockDelta::Citations(delta)) => {
            block.citations.get_or_insert_default().push(delta.citation.clone());
        }
        (ContentBlock::Thinking(block), ContentBlockDelta::Thinking(delta)) => {
            block.thinking.push_str(&delta.thinking);
        }
        (ContentBlock::Thinking(block), ContentBlockDelta::Signature(delta)) => {
            block.signature.clone_from(&delta.signature);
        }
        (
            ContentBlock::ToolUse(_) | ContentBlock::ServerToolUse(_) | ContentBlock::McpToolUse(_),
            ContentBlockDelta::InputJson(delta),
        ) => state.input.push_str(&delta.partial_json),
        (ContentBlock::Compaction(block), ContentBlockDelta::Compaction(delta)) => {
            set_if_some(&mut block.content, &delta.content);
            set_if_some(&mut block.encrypted_content, &delta.encrypted_content);
        }
        // Nobody here knows how these grow.
        (ContentBlock::Unknown(_), _) | (_, ContentBlockDelta::Unknown(_)) => {}
        (block, delta) => {
            return Err(AccumulateError::WrongDelta {
                index: event.index,
                block: block.type_name().into(),
                delta: delta.type_name().into(),
            });
        }
    }
    Ok(())
}

/// Reads the text of a tool's input, and leaves it where it is no JSON.
fn read_input(block: &mut ContentBlock, state: &mut BlockState) {
    let input = match block {
        ContentBlock::ToolUse(block) => &mut block.input,
        ContentBlock::ServerToolUse(block) => &mut block.input,
        ContentBlock::McpToolUse(block) => &mut block.input,
        _ => return,
    };
    if state.input.is_empty() {
        return;
    }
    if let Ok(json) = Json::parse(&state.input) {
        *input = json;
        state.input = String::new();
    }
}

fn merge(message: &mut Message, event: &MessageDeltaEvent) {
    let delta = &event.delta;
    message.stop_reason.clone_from(&delta.stop_reason);
    message.stop_sequence.clone_from(&delta.stop_sequence);
    set_if_some(&mut message.stop_details, &delta.stop_details);
    set_if_some(&mut message.container, &delta.container);
    set_if_some(&mut message.context_management, &event.context_management);
    set_if_some(&mut message.input_transformations, &event.input_transformations);
    merge_extra(&mut message.extra, &delta.extra);
    merge_extra(&mut message.extra, &event.extra);
    if let Some(usage) = &event.usage {
        merge_usage(&mut message.usage, usage);
    }
}

fn merge_usage(usage: &mut Usage, delta: &MessageDeltaUsage) {
    usage.output_tokens = delta.output_tokens;
    usage.input_tokens = delta.input_tokens.unwrap_or(usage.input_tokens);
    set_if_some(&mut usage.cache_creation_input_tokens, &delta.cache_creation_input_tokens);
    set_if_some(&mut usage.cache_read_input_tokens, &delta.cache_read_input_tokens);
    set_if_some(&mut usage.server_tool_use, &delta.server_tool_use);
    set_if_some(&mut usage.output_tokens_details, &delta.output_tokens_details);
    set_if_some(&mut usage.iterations, &delta.iterations);
    set_if_some(&mut usage.fallback_credit, &delta.fallback_credit);
    merge_extra(&mut usage.extra, &delta.extra);
}

fn set_if_some<T: Clone>(field: &mut Option<T>, value: &Option<T>) {
    if value.is_some() {
        field.clone_from(value);
    }
}

fn merge_extra(extra: &mut Extra, delta: &Extra) {
    for (name, value) in delta.iter().filter(|(_, value)| !value.is_null()) {
        extra.insert(name, value.clone());
    }
}
