//! The error of adding events up.

use crate::error::{ApiError, Error, ErrorKind};

/// The reason why events do not add up to a message.
///
/// An [`Accumulator`](crate::stream::Accumulator) returns it. Converted to an [`Error`], it has the kind
/// [`ErrorKind::Api`], [`ErrorKind::TooLarge`], [`ErrorKind::Incomplete`] or, in all other cases,
/// [`ErrorKind::Protocol`].
///
/// ```
/// use messages_api::stream::{AccumulateError, Accumulator};
/// use messages_api::types::events::MessageStopEvent;
///
/// let result = Accumulator::new().push(&MessageStopEvent::new().into());
/// assert!(matches!(result, Err(AccumulateError::BeforeStart(event)) if &*event == "message_stop"));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AccumulateError {
    /// An event of this type arrived before `message_start`.
    #[error("the event `{0}` arrived before `message_start`")]
    BeforeStart(Box<str>),
    /// A second `message_start` arrived.
    #[error("a second `message_start` arrived")]
    SecondStart,
    /// An event of this type arrived after `message_stop`.
    #[error("the event `{0}` arrived after `message_stop`")]
    AfterStop(Box<str>),
    /// A block started at an index other than the next one.
    #[error("a block started at index {found}, expected index {expected}")]
    BlockIndex {
        /// The index of the block.
        found: u64,
        /// The number of blocks before it, which its index should be.
        expected: u64,
    },
    /// A delta or a stop arrived for an index at which no block has started.
    #[error("no block has started at index {0}")]
    NoBlock(u64),
    /// A delta or a second stop arrived for a block that has stopped.
    #[error("the block at index {0} has already stopped")]
    BlockStopped(u64),
    /// A delta arrived for a block of a type that it does not belong to.
    #[error("a `{delta}` does not belong to the `{block}` block at index {index}")]
    WrongDelta {
        /// The index of the block.
        index: u64,
        /// The type of the block.
        block: Box<str>,
        /// The type of the delta.
        delta: Box<str>,
    },
    /// The input of a tool call is not JSON, or is cut off although the stop reason gives no cause for that.
    #[error("the input of the tool call at index {index} is not JSON")]
    InvalidInput {
        /// The index of the block.
        index: u64,
        /// The text that was received as the input.
        text: String,
    },
    /// The tool call at this index would have ended before its input was complete. Only a
    /// [`Checker`](crate::stream::Checker) finds that.
    #[error("the input of the tool call at index {0} is not complete")]
    CutInput(u64),
    /// A `message_delta` has a field of the message or its usage at a place where the protocol does not have it,
    /// and with the wrong JSON type. The text begins with the path of the field.
    #[error("the event `message_delta` cannot be read: {0}")]
    WrongField(Box<str>),
    /// An event is an object without a `type`.
    #[error("an event has no type")]
    Untyped,
    /// Too many events in a row added nothing to the message.
    #[error("{limit} events in a row added nothing to the message")]
    TooManyEvents {
        /// The number of such events at which the stream is given up.
        limit: u32,
    },
    /// The message is larger than [`Accumulator::max_bytes`](crate::stream::Accumulator::max_bytes) allows.
    #[error("the message is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// An `error` event arrived.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The events ended before `message_stop`.
    #[error("the stream ended before the message was complete")]
    Incomplete,
}

impl From<AccumulateError> for Error {
    fn from(error: AccumulateError) -> Self {
        match error {
            AccumulateError::Api(error) => error.into(),
            AccumulateError::TooLarge { .. } | AccumulateError::TooManyEvents { .. } => {
                Self::new(ErrorKind::TooLarge, error.to_string()).with_source(error)
            }
            AccumulateError::Incomplete => Self::new(ErrorKind::Incomplete, error.to_string()),
            AccumulateError::WrongField(_) => {
                Self::new(ErrorKind::Protocol, error.to_string()).with_source(error)
            }
            _ => Self::new(ErrorKind::Protocol, error.to_string()).with_source(error).mark_quoting_nothing(),
        }
    }
}
