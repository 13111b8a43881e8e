//! The kinds of responses that servers of Chat Completions send, byte by byte, and what must become of them.
//!
//! This module needs nothing but the standard library, so that a server that plays an upstream can include it.
#![allow(dead_code)]

mod calls;
mod failures;
mod reasoning;
mod texts;
mod write;

use write::Kind;

/// One HTTP response, and what must become of it.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    /// Headers beside the content type.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// The pieces in which the body is written.
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) end: End,
    /// What the profile has to say, as JSON.
    pub(crate) profile: &'static str,
    /// The fields of the request beside the model, the limit and the messages, as JSON.
    pub(crate) request: &'static str,
    pub(crate) expected: Expected,
}

/// How the connection ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    Eof,
    Reset,
}

/// What must become of a response.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// A message.
    Message {
        content: Vec<Block>,
        stop_reason: &'static str,
        stop_sequence: Option<&'static str>,
        /// The counts of input, cache reads, cache writes and output; `None` if they are estimated.
        usage: Option<[u64; 4]>,
        /// The number of losses.
        losses: usize,
    },
    /// An error of this type; an `error` event if the message has begun.
    Error(&'static str),
    /// An HTTP response that is an error.
    Status(u16),
}

/// A block of a message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    Text(&'static str),
    Thinking(&'static str),
    /// The name, the input, and the id if it is not arbitrary.
    Call(&'static str, &'static str, Option<&'static str>),
}

/// A text of 48 characters.
pub(crate) const TEXT: &str = "Paris is lovely: a café, the Seine, and rain 😀 ☔";
pub(crate) const INPUT: &str = r#"{"city":"Paris","days":3,"note":"café 😀"}"#;
pub(crate) const OTHER_INPUT: &str = r#"{"city":"Oslo","days":1,"note":"a \"b\" {c"}"#;
/// The usage in every response that has one.
pub(crate) const USAGE: [u64; 4] = [234, 1000, 0, 6];

/// All kinds.
#[rustfmt::skip]
pub(crate) const NAMES: &[&str] = &[
    "text", "crlf", "split", "bom", "prefilter", "comments", "nodone", "nolast", "usage_every",
    "usage_none", "choices2", "nulls", "empty", "nofinish", "length", "content_filter", "refusal",
    "stopseq", "stop_field", "stops5", "stops5_calls", "stops5_after", "stops5_within", "tool", "tool_full", "tool_repeat", "toolstop", "text_tool",
    "tool_text", "tool_noargs", "tool_par", "tool_inter", "tool_onechunk2", "tool_noindex",
    "tool_index0", "tool_trunc", "tool_cumulative", "tool_double", "tool_object", "tool_array",
    "tool_fence", "tool_unclosed", "tool_excess", "tool_comma", "tool_word", "tool_raw", "tool_waiting", "tool_none", "function_call", "kimi_ids", "dup_ids",
    "late_id", "reasoning", "reasoning2", "reasoning_inter", "reasoning_tool", "reasoning_unasked",
    "mistral_parts", "openrouter_details", "think_tags", "think_open", "badjson", "err_mid", "err_first",
    "err_event", "err_finish", "no_output", "cut", "reset", "json", "sse", "status_400", "status_401",
    "status_404", "status_429", "status_500", "status_503", "html_502",
];

/// Returns the response of a kind to a request that asks for a stream, or for a whole completion. Some kinds
/// exist only in one of the forms.
pub(crate) fn kind(name: &str, stream: bool) -> Option<Script> {
    let topics = [texts::row, calls::row, reasoning::row, failures::row];
    let kind: Kind = topics.into_iter().find_map(|row| row(name))?;
    if stream { kind.streamed } else { kind.whole }
}

impl Expected {
    fn losing(mut self, number: usize) -> Self {
        if let Self::Message { losses, .. } = &mut self {
            *losses += number;
        }
        self
    }

    fn estimated(mut self) -> Self {
        if let Self::Message { usage, .. } = &mut self {
            *usage = None;
        }
        self.losing(1)
    }

    fn stopped(mut self, text: &'static str) -> Self {
        if let Self::Message { stop_reason, stop_sequence, .. } = &mut self {
            (*stop_reason, *stop_sequence) = ("stop_sequence", Some(text));
        }
        self
    }
}
