//! What can go wrong in either direction.

use std::error::Error;
use std::fmt;

/// Why a [`Decoder`](super::Decoder) gave up.
///
/// Size is the only reason: an event stream has no syntax errors. The text of
/// the `Display` form is meant for people and may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeError {
    /// One line was longer than
    /// [`Decoder::max_line_bytes`](super::Decoder::max_line_bytes).
    LineTooLong {
        /// The limit in force, in bytes.
        limit: usize,
    },
    /// One event held more than
    /// [`Decoder::max_event_bytes`](super::Decoder::max_event_bytes).
    EventTooLong {
        /// The limit in force, in bytes.
        limit: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineTooLong { limit } => write!(
                f,
                "a line of the event stream is longer than {limit} bytes; \
                 raise the limit with Decoder::max_line_bytes"
            ),
            Self::EventTooLong { limit } => write!(
                f,
                "an event of the stream holds more than {limit} bytes; \
                 raise the limit with Decoder::max_event_bytes"
            ),
        }
    }
}

impl Error for DecodeError {}

/// Why an [`Encoder`](super::Encoder) refused a value.
///
/// Each case is a value that a receiver would read as something else: a line
/// break would end the field and let the rest pass for further fields. Nothing
/// has been written when one of these is returned. The text of the `Display`
/// form is meant for people and may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeError {
    /// The event type holds a carriage return or a line feed.
    LineBreakInEvent,
    /// The id holds a carriage return or a line feed.
    LineBreakInId,
    /// The id holds a NUL, for which receivers ignore the whole field.
    NulInId,
    /// The comment holds a carriage return or a line feed.
    LineBreakInComment,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LineBreakInEvent => "the event type holds a line break",
            Self::LineBreakInId => "the event id holds a line break",
            Self::NulInId => "the event id holds a NUL character",
            Self::LineBreakInComment => "the comment holds a line break",
        })
    }
}

impl Error for EncodeError {}
