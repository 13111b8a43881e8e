//! What happens in a run.

use std::sync::Arc;
use std::time::Duration;

use super::output::ToolError;
use crate::types::events::StreamEvent;
use crate::types::{Message, ToolResultBlock, ToolUseBlock};

/// Something that happened in a [`ToolRun`](crate::tools::ToolRun), as
/// [`next_event`](crate::tools::ToolRun::next_event) returns it.
///
/// A turn consists of the events of its stream and, at its end, a [`Turn`](Self::Turn) with the message that
/// they add up to. Then come the calls of this message, each of which starts and finishes at its own time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunEvent {
    /// An event of the stream of the current turn.
    Stream(StreamEvent),
    /// The message of a turn, complete. Its tools run when the next event is asked for.
    Turn(Box<Message>),
    /// A tool starts to run. Calls without a runnable tool, and those that were given a result, do not start.
    ToolStarted(Arc<ToolUseBlock>),
    /// A call has its result.
    #[non_exhaustive]
    ToolFinished {
        /// The call.
        call: Arc<ToolUseBlock>,
        /// The result that the next request contains.
        result: ToolResultBlock,
        /// The error of the tool, with the source that the model does not read.
        error: Option<ToolError>,
        /// The time since the tool started; zero if it did not run. It includes the time in which the run was
        /// not polled.
        took: Duration,
    },
}
