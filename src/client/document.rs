//! The documents that a server sends with a status of success.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny};

use super::head::Head;
use crate::error::{Error, ErrorKind};
use crate::json::{Budget, replace_lone_halves};
use crate::types::batches::{BatchResult, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
use crate::types::{Message, MessageTokensCount};

/// The whole body of an HTTP response.
pub(super) struct Whole {
    pub(super) head: Head,
    pub(super) bytes: Vec<u8>,
}

impl Whole {
    /// Reads the body as a document.
    pub(super) fn document<T: Document>(&self) -> Result<T, Error> {
        self.head.read(&self.bytes, &"the response")
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

    /// Returns `false` if the object `text` has no field by which a document can be told from any
    /// other object. One of whose fields some are required needs no such check.
    fn is_likely(_text: &str) -> bool {
        true
    }
}

impl Document for Message {
    const NAME: &str = "a message";

    fn is_likely(text: &str) -> bool {
        // The first is found at once in nearly all messages.
        let fields = [r#""id""#, r#""content""#, r#""role""#, r#""usage""#, r#""stop_reason""#];
        fields.iter().any(|field| text.contains(field))
    }
}

/// In a box, since every function on the way would move the message.
impl<T: Document> Document for Box<T> {
    const NAME: &str = T::NAME;

    fn is_likely(text: &str) -> bool {
        T::is_likely(text)
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

fn has_field(object: &str, name: &str) -> bool {
    let object = serde_json::from_str::<HashMap<Cow<'_, str>, IgnoredAny>>(object);
    object.is_ok_and(|object| object.contains_key(name))
}

/// Reads a document, in which half of a surrogate pair that stands alone counts as U+FFFD. The text
/// of an error begins with `name`.
pub(super) fn from_text<T: Document>(text: &str, name: &dyn Display) -> Result<T, Error> {
    let read = |text: &str| within_memory(text.len(), name, || serde_json::from_str(text));
    let document = read(text).or_else(|error| match replace_lone_halves(text) {
        Some(mended) => read(&mended),
        None => Err(error),
    })?;
    if T::is_likely(text) {
        Ok(document)
    } else {
        Err(not_a::<T>(name, serde_json::Error::custom("it has no field of one")))
    }
}

/// Reads a document that is not UTF-8, as far as it goes.
pub(super) fn from_invalid_text<T: Document>(bytes: &[u8], name: &dyn Display) -> Result<T, Error> {
    within_memory(bytes.len(), name, || serde_json::from_slice(bytes))
}

/// Parses a document of `bytes`, but fails if it would take too much memory for its size.
fn within_memory<T: Document>(
    bytes: usize,
    name: &dyn Display,
    parse: impl FnOnce() -> serde_json::Result<T>,
) -> Result<T, Error> {
    let budget = Budget::of_document(bytes);
    parse().map_err(|error| {
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
