//! Why events do not add up to a message.

use crate::error::{ApiError, Error, ErrorKind};

/// Why events do not add up to a message.
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
    /// The message holds more than [`Accumulator::max_bytes`](crate::stream::Accumulator::max_bytes) allows.
    #[error("the message holds more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
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
            AccumulateError::TooLarge { .. } => {
                Self::new(ErrorKind::TooLarge, error.to_string()).with_source(error)
            }
            AccumulateError::Incomplete => Self::new(ErrorKind::Incomplete, error.to_string()),
            _ => Self::new(ErrorKind::Protocol, error.to_string()).with_source(error),
        }
    }
}
