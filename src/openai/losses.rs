//! What a translation could not carry over.

use std::fmt;

use crate::error::ApiError;

/// The number of losses that are kept.
const MAX_LOSSES: usize = 1000;

/// Everything that a translation between the two protocols could not carry over, in the order in which it was
/// met.
///
/// Nothing is dropped silently: what the other protocol has no place for is listed here. A program logs the
/// list, or rejects what loses something with [`deny`](Self::deny). A request can have any number of parts
/// that lose something, so no more than the first 1,000 are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses(Vec<Loss>);

/// One thing that a translation could not carry over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// The path of the field or block, such as `messages.3.content.0`.
    pub path: String,
    /// What happened to it.
    pub kind: LossKind,
    /// What was lost, in words.
    pub detail: String,
}

/// What happened to a value that could not be carried over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LossKind {
    /// It was left out.
    Dropped,
    /// Something took its place that means nearly the same.
    Replaced,
    /// It broke a rule of the other protocol, and was changed until it did not.
    Repaired,
    /// It was not there and has been estimated.
    Estimated,
}

impl Losses {
    /// Returns `true` if nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of losses.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns an iterator over the losses.
    pub fn iter(&self) -> std::slice::Iter<'_, Loss> {
        self.0.iter()
    }

    /// Rejects a request that lost something.
    ///
    /// # Errors
    ///
    /// An `invalid_request_error` that names the first loss.
    pub fn deny(&self) -> Result<(), ApiError> {
        match self.0.first() {
            Some(loss) => Err(ApiError::invalid_request(loss.to_string())),
            None => Ok(()),
        }
    }

    /// Returns the number of losses that can be added until no more are kept.
    pub(super) fn room(&self) -> usize {
        MAX_LOSSES - self.0.len()
    }

    pub(super) fn add(&mut self, path: impl Into<String>, kind: LossKind, detail: impl Into<String>) {
        if self.0.len() < MAX_LOSSES {
            self.0.push(Loss { path: path.into(), kind, detail: detail.into() });
        }
    }
}

impl<'a> IntoIterator for &'a Losses {
    type Item = &'a Loss;
    type IntoIter = std::slice::Iter<'a, Loss>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.detail)
    }
}
