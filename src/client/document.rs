//! The documents that a server sends with a status of success.

use std::fmt::Display;
use std::str::Utf8Error;

use bytes::Bytes;
use serde::de::{DeserializeOwned, Error as _};

use super::head::Head;
use super::span::Span;
use crate::error::{Error, ErrorKind};
use crate::json::{Budget, has_field, replace_lone_halves};
use crate::types::batches::{BatchResult, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
use crate::types::{Message, MessageTokensCount};
use crate::wire::read_boxed;

/// The whole body of an HTTP response.
pub(super) struct Whole {
    pub(super) head: Head,
    pub(super) bytes: Bytes,
    /// The span of the call, if that is over for whoever reads the body.
    pub(super) span: Option<Span>,
}

impl Whole {
    /// Reads the body as a document.
    pub(super) fn document<T: Document>(&self) -> Result<Box<T>, Error> {
        self.head.read(&self.bytes, &"the response").inspect_err(|error| self.fail(error))
    }

    /// Says that the call has failed because of what is in the body.
    pub(super) fn fail(&self, error: &Error) {
        if let Some(span) = &self.span {
            span.fail(error);
        }
    }

    /// Reads the body as a document, and returns it together with the head.
    pub(super) fn with_head<T: Document>(self) -> Result<(Head, Box<T>), Error> {
        let document = self.document()?;
        Ok((self.head, document))
    }
}

/// A document, whose name is part of the text of errors.
pub(crate) trait Document: DeserializeOwned {
    const NAME: &str;

    /// Parses a document, into a box since every function on the way would move it.
    fn parse(text: &str) -> serde_json::Result<Box<Self>> {
        serde_json::from_str(text)
    }

    /// Returns `false` if the object `text` has no field by which a document can be told from any
    /// other object. One of whose fields some are required needs no such check.
    fn is_likely(_text: &str) -> bool {
        true
    }

    /// Returns `true` if what was read shows that the text is a document, and neither an error nor any
    /// other object, so that the text need not be searched for that.
    fn is_certain(&self) -> bool {
        false
    }
}

impl Document for Message {
    const NAME: &str = "a message";

    fn parse(text: &str) -> serde_json::Result<Box<Self>> {
        read_boxed(text)
    }

    fn is_likely(text: &str) -> bool {
        let fields = [r#""content""#, r#""role""#, r#""usage""#, r#""stop_reason""#, r#""id""#];
        fields.iter().any(|field| text.contains(field))
    }

    fn is_certain(&self) -> bool {
        !self.content.is_empty()
    }
}

impl Document for MessageTokensCount {
    const NAME: &str = "a token count";

    fn is_likely(text: &str) -> bool {
        has_field(text, "input_tokens")
    }
}

impl Document for ModelInfo {
    const NAME: &str = "a model";
}

impl Document for ModelPage {
    const NAME: &str = "a page of models";

    fn is_likely(text: &str) -> bool {
        has_field(text, "data")
    }
}

impl Document for MessageBatch {
    const NAME: &str = "a batch";
}

impl Document for MessageBatchPage {
    const NAME: &str = "a page of batches";

    fn is_likely(text: &str) -> bool {
        has_field(text, "data")
    }
}

impl Document for DeletedMessageBatch {
    const NAME: &str = "a deleted batch";
}

impl Document for BatchResult {
    const NAME: &str = "a batch result";
}

/// Reads a document, in which half of a surrogate pair that stands alone counts as U+FFFD. The text
/// of an error begins with `name`.
pub(super) fn from_text<T: Document>(text: &str, name: &dyn Display) -> Result<Box<T>, Error> {
    let document: Box<T> = within_memory(text, name).or_else(|error| match replace_lone_halves(text) {
        Some(mended) => within_memory(&mended, name),
        None => Err(error),
    })?;
    if document.is_certain() || T::is_likely(text) {
        Ok(document)
    } else {
        Err(not_a::<T>(name, serde_json::Error::custom("it has no field of one")))
    }
}

/// Returns the error of a document that is not UTF-8.
pub(super) fn not_text<T: Document>(error: Utf8Error, name: &dyn Display) -> Error {
    not_a::<T>(name, serde_json::Error::custom(error))
}

/// Parses a document, but fails if it would take too much memory for its size.
fn within_memory<T: Document>(text: &str, name: &dyn Display) -> Result<Box<T>, Error> {
    let budget = Budget::of_document(text.len());
    T::parse(text).map_err(|error| {
        if !budget.is_exceeded() {
            return not_a::<T>(name, error);
        }
        let message = format!("{name} would take more than 12 times its size in memory");
        Error::new(ErrorKind::TooLarge, message).with_source(error)
    })
}

fn not_a<T: Document>(name: &dyn Display, error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Protocol, format!("{name} is not {}: {error}", T::NAME)).with_source(error)
}
