//! Sets of fields, one bit for each.

use serde::de::Error;

/// The known fields that came as an explicit `null`.
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

/// The known fields that have been read already.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen(u64);

impl Seen {
    /// Records that `field` is being read.
    ///
    /// # Errors
    ///
    /// When it was read before. RFC 8259 leaves open which of two fields of the
    /// same name counts, so two readers of the document could disagree.
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
