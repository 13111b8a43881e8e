//! The errors of decoding and encoding.

use std::error::Error;
use std::fmt;

/// The reason why a [`Decoder`](super::Decoder) gave up.
///
/// Size is the only possible reason, because an event stream has no syntax errors. The `Display` text is
/// meant for people and may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeError {
    /// One line was longer than
    /// [`Decoder::max_line_bytes`](super::Decoder::max_line_bytes).
    LineTooLong {
        /// The limit in force, in bytes.
        limit: usize,
    },
    /// One event was larger than
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
                "an event of the stream is larger than {limit} bytes; \
                 raise the limit with Decoder::max_event_bytes"
            ),
        }
    }
}

impl Error for DecodeError {}

/// The reason why an [`Encoder`](super::Encoder) rejected a value.
///
/// A receiver would read any of these values as something else: a line break ends the field, and the rest of
/// the value would count as further fields. Nothing is written when one of these errors is returned. The
/// `Display` text is meant for people and may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeError {
    /// The event type contains a carriage return or a line feed.
    LineBreakInEvent,
    /// The id contains a carriage return or a line feed.
    LineBreakInId,
    /// The id contains a NUL, which makes receivers ignore the whole field.
    NulInId,
    /// The comment contains a carriage return or a line feed.
    LineBreakInComment,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LineBreakInEvent => "the event type contains a line break",
            Self::LineBreakInId => "the event id contains a line break",
            Self::NulInId => "the event id contains a NUL character",
            Self::LineBreakInComment => "the comment contains a line break",
        })
    }
}

impl Error for EncodeError {}
