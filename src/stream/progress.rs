//! The progress of a streamed message.

use super::accumulator::Accumulator;
use crate::error::{ApiError, Error};
use crate::types::Message;
use crate::types::events::StreamEvent;

/// The state of a streamed message after the events so far.
pub(super) enum Progress {
    /// The events are added up.
    Accumulated(Accumulator),
    /// The events are only forwarded, and their order is not checked.
    Forwarded {
        /// The message of `message_start`, which an error carries.
        start: Option<Box<Message>>,
        /// Whether anything has followed that is not a ping.
        has_content: bool,
        is_complete: bool,
    },
}

impl Progress {
    /// Checks an event and updates the state. An `error` event becomes an
    /// error.
    pub(super) fn accept(&mut self, event: StreamEvent) -> Result<StreamEvent, Error> {
        if let StreamEvent::Error(response) = event {
            return Err(ApiError::from(*response).into());
        }
        match self {
            Self::Accumulated(accumulator) => accumulator.push(&event)?,
            Self::Forwarded { start, has_content, is_complete } => match &event {
                StreamEvent::MessageStart(event) if start.is_none() => {
                    *start = Some(Box::new(event.message.clone()));
                }
                StreamEvent::MessageStop(_) => *is_complete = true,
                StreamEvent::MessageStart(_) | StreamEvent::Ping(_) => {}
                _ => *has_content = true,
            },
        }
        Ok(event)
    }

    /// Returns `true` once `message_stop` has been accepted.
    pub(super) fn is_complete(&self) -> bool {
        match self {
            Self::Accumulated(accumulator) => accumulator.is_complete(),
            Self::Forwarded { is_complete, .. } => *is_complete,
        }
    }

    /// Returns `true` once anything of the message has been accepted but its start.
    pub(super) fn has_content(&self) -> bool {
        match self {
            Self::Accumulated(accumulator) => accumulator
                .message()
                .is_some_and(|message| !message.content.is_empty() || message.stop_reason.is_some()),
            Self::Forwarded { has_content, .. } => *has_content,
        }
    }

    /// Returns the accumulator, unless events are only forwarded.
    pub(super) fn accumulator(&self) -> Option<&Accumulator> {
        match self {
            Self::Accumulated(accumulator) => Some(accumulator),
            Self::Forwarded { .. } => None,
        }
    }

    /// Returns the partial message that an error should carry.
    pub(super) fn partial(&self) -> Option<&Message> {
        match self {
            Self::Accumulated(accumulator) => accumulator.message(),
            Self::Forwarded { start, .. } => start.as_deref(),
        }
    }

    /// Sets the size limit of the message; has no effect if events are only
    /// forwarded.
    pub(super) fn max_bytes(self, bytes: usize) -> Self {
        match self {
            Self::Accumulated(accumulator) => Self::Accumulated(accumulator.max_bytes(bytes)),
            forwarded => forwarded,
        }
    }

    /// Stops adding events up.
    pub(super) fn without_accumulation(self) -> Self {
        let has_content = self.has_content();
        match self {
            Self::Accumulated(accumulator) => Self::Forwarded {
                start: accumulator.message().cloned().map(Box::new),
                has_content,
                is_complete: accumulator.is_complete(),
            },
            forwarded => forwarded,
        }
    }
}
