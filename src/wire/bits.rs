//! One bit a field.

use serde::de::Error;

/// Which known fields came in as an explicit `null`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Nulls(u64);

impl Nulls {
    pub(crate) fn insert(&mut self, field: usize) {
        self.0 |= 1 << field;
    }

    pub(crate) fn contains(self, field: usize) -> bool {
        self.0 & (1 << field) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Which known fields were read already.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen(u64);

impl Seen {
    /// Notes that `field` is being read.
    ///
    /// # Errors
    ///
    /// When it was read before: JSON leaves open which of two values counts,
    /// so neither may.
    pub(crate) fn insert<E: Error>(&mut self, field: usize, names: &[&str]) -> Result<(), E> {
        let bit = 1 << field;
        if self.0 & bit != 0 {
            return Err(E::custom(format_args!("{}: duplicate field", names[field])));
        }
        self.0 |= bit;
        Ok(())
    }

    pub(crate) fn contains(self, field: usize) -> bool {
        self.0 & (1 << field) != 0
    }
}
