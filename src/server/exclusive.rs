//! A value that is only ever used exclusively.

use std::sync::{Mutex, PoisonError};

/// Makes a value `Sync` that is only used through `&mut`. Some frameworks, such as poem and warp, require
/// bodies and futures to be `Sync`, although nobody shares them.
///
/// The mutex is never locked.
pub(super) struct Exclusive<T>(Mutex<T>);

impl<T> Exclusive<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(super) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}
