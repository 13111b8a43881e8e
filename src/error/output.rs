//! Structured output: reading it, and what can be wrong with it.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::{Error, ErrorKind};
use crate::json::path_at;
use crate::text::start;
use crate::types::settings::SchemaError;
use crate::types::{Message, StopReason};

/// The maximum length in bytes of a path in the text of an error. Its keys were written by the model.
const MAX_PATH_BYTES: usize = 256;

impl Message {
    /// Deserializes the text of the message, which is JSON, into a `T`.
    ///
    /// This reads the structured output that a request asks for with `output_config.format`: see
    /// [`types::settings`](crate::types::settings) for the schema. The text blocks are read as one
    /// document. If together they are not JSON, as when the model announces a call to a server tool first,
    /// the last of them is read.
    ///
    /// # Errors
    ///
    /// Returns an error of the kind [`ErrorKind::Output`] that carries the message as its
    /// [`partial_message`](Error::partial_message):
    ///
    /// - if the message was cut off, is a refusal, or is not the end of the turn, as its stop reason says. Its
    ///   text is not read then, because it may look complete although it is not.
    /// - if there is no text, if it is not JSON, or if it does not fit `T`
    ///
    /// The text of the error names the remedy, or the path and the position of the fault. It does not contain
    /// what the model wrote, apart from the keys in the path; the [source](std::error::Error::source), an error
    /// of serde_json, may.
    ///
    /// ```
    /// use messages_api::{ContentBlock, ErrorKind, Message, StopReason, Usage};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct City {
    ///     name: String,
    ///     population: u64,
    /// }
    ///
    /// # let message = |text: &str, reason| {
    /// #     let content = vec![ContentBlock::text(text)];
    /// #     Message::new("msg_01", "claude-sonnet-5", content, Usage::new(40, 9)).stop_reason(reason)
    /// # };
    /// let complete = message(r#"{"name":"Oslo","population":700000}"#, StopReason::EndTurn);
    /// let city: City = complete.decode()?;
    /// assert_eq!((&*city.name, city.population), ("Oslo", 700_000));
    ///
    /// let cut_off = message(r#"{"name":"Os"#, StopReason::MaxTokens);
    /// let error = cut_off.decode::<City>().err().unwrap();
    /// assert_eq!(error.kind(), ErrorKind::Output);
    /// assert_eq!(error.partial_message(), Some(&cut_off));
    /// # Ok::<(), messages_api::Error>(())
    /// ```
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let text = document(self)?;
        serde_json::from_str(&text).map_err(|error| mismatch(self, &text, error))
    }
}

impl From<SchemaError> for Error {
    /// Creates an error of the kind [`ErrorKind::Config`].
    fn from(error: SchemaError) -> Self {
        Self::new(ErrorKind::Config, format!("the schema of the output cannot be used: {error}"))
            .with_source(error)
    }
}

/// Returns the JSON text of a message that is complete.
fn document(message: &Message) -> Result<String, Error> {
    let incomplete = match &message.stop_reason {
        Some(StopReason::MaxTokens) => {
            "the output was cut off: raise `max_tokens` and send the request again"
        }
        Some(StopReason::ModelContextWindowExceeded) => {
            "the output was cut off, because the context window is full: shorten the conversation"
        }
        Some(StopReason::Refusal) => {
            "the model refused, so there is no output: `stop_details` of the message may give the reason"
        }
        Some(StopReason::ToolUse) => "there is no output yet: run the tools, and send their results",
        Some(StopReason::PauseTurn) => {
            "there is no output yet: send the message back unchanged, and the model continues"
        }
        _ => "",
    };
    if !incomplete.is_empty() {
        return Err(output_error(message, incomplete).mark_quoting_nothing());
    }
    let text = message.text();
    let mut blocks = message.content.iter().rev().filter_map(|block| block.as_text());
    let last = blocks.find(|block| !block.text.trim().is_empty());
    let Some(last) = last else {
        return Err(output_error(message, "the message has no text").mark_quoting_nothing());
    };
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    Ok(if last.text.len() < text.len() && !is_json(&text) && is_json(&last.text) {
        last.text.clone()
    } else {
        text
    })
}

fn mismatch(message: &Message, text: &str, error: serde_json::Error) -> Error {
    let (fault, remedy) = if error.is_data() {
        ("the output does not fit the type", "")
    } else if message.stop_reason == Some(StopReason::StopSequence) {
        ("the output breaks off", ": send the request without `stop_sequences`")
    } else {
        ("the output is not JSON", ": did the request have `output_config.format`?")
    };
    let text = format!("{fault}{}{remedy}", place(text, &error));
    output_error(message, &text).with_source(error)
}

/// Describes where in `text` the error occurred. The deserializer of a user's type does not report a path.
fn place(text: &str, error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    if line == 0 {
        return String::new(); // The type as a whole rejects the value.
    }
    let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let path = path_at(text, before + column);
    let at = if path.is_empty() { "" } else { " at " };
    format!("{at}{} (line {line}, column {column})", start(&path, MAX_PATH_BYTES))
}

fn output_error(message: &Message, text: &str) -> Error {
    Error::new(ErrorKind::Output, text).with_partial(Some(message.clone()))
}
