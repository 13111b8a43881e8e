//! Messages with an input that is not JSON.

use std::error::Error as _;

use super::history::asks_for_tools;
use super::output::ToolError;
use crate::error::Error;
use crate::json::Json;
use crate::stream::AccumulateError;
use crate::text;
use crate::types::{Message, ToolUseBlock};

/// The maximum length, in bytes, of the part of an input that the model is shown.
const MAX_SHOWN_BYTES: usize = 1_000;

/// The first input of a message that is not JSON.
pub(super) struct Unreadable {
    /// The position of the call.
    at: usize,
    text: String,
}

impl Unreadable {
    /// Finds the input that is not JSON in the error of a stream that was received to its end otherwise, and
    /// returns it with the message.
    ///
    /// # Errors
    ///
    /// Any other error.
    pub(super) fn find(error: Error) -> Result<(Message, Self), Error> {
        let source = error.source().and_then(|source| source.downcast_ref());
        let (Some(AccumulateError::InvalidInput { index, text }), Some(message)) =
            (source, error.partial_message())
        else {
            return Err(error);
        };
        let at = usize::try_from(*index).unwrap_or(usize::MAX);
        let is_own_call = message.content.get(at).is_some_and(|block| block.as_tool_use().is_some());
        if !is_own_call || !asks_for_tools(message) {
            return Err(error);
        }
        Ok((message.clone(), Self { at, text: text.clone() }))
    }

    /// Returns what the model is told about the call at the position `at`; `None` if its input was read.
    pub(super) fn error(&self, at: usize, call: &ToolUseBlock) -> Option<ToolError> {
        if at == self.at {
            let text = text::start(&self.text, MAX_SHOWN_BYTES);
            return Some(ToolError::new(format!("The input is not JSON: {text}")));
        }
        // Only the first one is named in the error. The input of the others is still that of their start.
        let may_be_unread = at > self.at && call.input == Json::empty_object();
        may_be_unread.then(|| ToolError::new("The input is not JSON"))
    }
}
