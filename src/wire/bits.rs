//! Sets of fields, one bit for each.

use serde::de::Error;

use super::object::TAG;

/// The fields of an object that have no value on the wire: those that came as
/// an explicit `null`, and those that were absent although they have a default.
///
/// A field that is optional needs no bit to be absent.
#[derive(Clone, Copy, Default)]
pub(crate) struct Gaps(u64);

/// How a field has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    Null,
    Absent,
}

impl Gaps {
    /// The lower half of the bits is for `null`, the upper half for absence.
    pub(crate) const MAX_FIELDS: usize = 32;

    pub(crate) fn insert_null(&mut self, field: usize) {
        self.0 |= 1 << field;
    }

    pub(crate) fn insert_absent(&mut self, field: usize) {
        self.0 |= 1 << (Self::MAX_FIELDS + field);
    }

    pub(crate) fn is_null(self, field: usize) -> bool {
        self.0 & (1 << field) != 0
    }

    pub(crate) fn at(self, field: usize) -> Option<Gap> {
        if self.is_null(field) {
            return Some(Gap::Null);
        }
        (self.0 & (1 << (Self::MAX_FIELDS + field)) != 0).then_some(Gap::Absent)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the gaps of the fields before `end`.
    pub(super) fn before(self, end: usize) -> Self {
        let fields = (1 << end) - 1;
        Self(self.0 & (fields | fields << Self::MAX_FIELDS))
    }

    pub(super) fn remove(&mut self, gaps: Self) {
        self.0 &= !gaps.0;
    }
}

/// The known fields that have been read already.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen(u64);

impl Seen {
    /// The `type`.
    pub(super) const TAG: Self = Self(1 << TAG);

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

    /// Returns the first field that was not read.
    pub(super) fn first_free(self) -> usize {
        (!self.0).trailing_zeros() as usize
    }

    /// Returns the first of `fields` that was not read.
    pub(super) fn first_missing(self, fields: std::ops::Range<usize>) -> Option<usize> {
        let place = (!self.0 >> fields.start).trailing_zeros() as usize + fields.start;
        fields.contains(&place).then_some(place)
    }
}
