//! The model of a conversation.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, ErrorKind};

/// The model with which the requests of one conversation begin.
///
/// A new state stands for the model that a request names. When a fallback accepts a request, the state stands
/// for that fallback, so that later turns do not ask again those that have refused. Clones share the state.
///
/// Use one state for each conversation, or for whatever else shares a fate, and only with fallbacks in the same
/// order. To keep it beyond the life of the program, store its [`position`](Self::position).
#[derive(Clone, Debug, Default)]
pub struct FallbackState(Arc<AtomicUsize>);

impl FallbackState {
    /// Creates a state that stands for the model that a request names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the position in the list of fallbacks; `None` for the model that a request names.
    pub fn position(&self) -> Option<usize> {
        self.0.load(Ordering::Relaxed).checked_sub(1)
    }

    /// Sets the position in the list of fallbacks, or `None` for the model that a request names.
    pub fn set_position(&self, position: Option<usize>) {
        self.0.store(position.map_or(0, |position| position.saturating_add(1)), Ordering::Relaxed);
    }

    /// Returns the position, which must be one in a list of `len` fallbacks.
    pub(super) fn position_below(&self, len: usize) -> Result<Option<usize>, Error> {
        match self.position() {
            Some(position) if position >= len => Err(Error::new(
                ErrorKind::Config,
                format!("the state of another list of fallbacks: position {position} in a list of {len}"),
            )),
            position => Ok(position),
        }
    }
}
