//! Fields that a response may lack, because there is an obvious value for them.
//!
//! Servers other than Anthropic's leave such fields out, or send `null`, and the
//! official SDKs go on. So does this crate: the field reads as its default, and
//! the gap is remembered and written back until somebody sets the field.
//!
//! Requests stay strict. A reader does not know whether the value it reads is
//! part of one, so every gap that is read is counted for the thread. Whoever
//! reads a part of a request compares the counts before and after, and if they
//! differ looks for the gap: see [`deny_gaps`].

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::{Deserializer, Error, MapAccess};
use serde::ser::SerializeMap;

use super::bits::{Gap, Gaps};
use super::field::{Field, Number, read_number, read_optional};
use super::path::Path;
use crate::json::Json;

/// A value that a field has if a response lacks it.
pub(crate) trait Defaulted: Field + PartialEq {
    fn default_value() -> Self;
}

/// Declares what a response that lacks a value of the type means by it.
macro_rules! wire_defaults {
    ($($ty:ty = $value:expr;)*) => {$(
        impl crate::wire::Defaulted for $ty {
            fn default_value() -> Self {
                $value
            }
        }
    )*};
}

pub(crate) use wire_defaults;

wire_defaults! {
    u64 = 0;
    bool = false;
    String = String::new();
    Json = Json::empty_object();
}

impl<T: Field + PartialEq> Defaulted for Vec<T> {
    fn default_value() -> Self {
        Self::new()
    }
}

impl<T: Field + PartialEq> Defaulted for BTreeMap<String, T> {
    fn default_value() -> Self {
        Self::new()
    }
}

impl<T: Defaulted> Defaulted for Box<T> {
    fn default_value() -> Self {
        Self::new(T::default_value())
    }
}

pub(crate) fn is_default<T: Defaulted>(value: &T) -> bool {
    *value == T::default_value()
}

/// Returns the value that was read, or else the default, and records the gap.
pub(crate) fn or_default<T: Defaulted>(value: Option<T>, field: usize, gaps: &mut Gaps) -> T {
    value.unwrap_or_else(|| {
        if !gaps.is_null(field) {
            gaps.insert_absent(field);
        }
        count_gap();
        T::default_value()
    })
}

/// Writes a field that has a default, unless it has a gap and nobody set it.
pub(crate) fn write_defaulted<M: SerializeMap, T: Defaulted + Serialize>(
    map: &mut M,
    name: &'static str,
    value: &T,
    gap: Option<Gap>,
) -> Result<(), M::Error> {
    write_unless_gap(map, name, value, gap.filter(|_| is_default(value)))
}

pub(crate) fn write_unless_gap<M: SerializeMap, T: Serialize + ?Sized>(
    map: &mut M,
    name: &'static str,
    value: &T,
    gap: Option<Gap>,
) -> Result<(), M::Error> {
    match gap {
        None => map.serialize_entry(name, value),
        Some(Gap::Null) => map.serialize_entry(name, &()),
        Some(Gap::Absent) => Ok(()),
    }
}

/// Reads a number of things that may be `null`; a negative one is 0.
pub(crate) fn read_count<'de, A: MapAccess<'de>>(
    map: &mut A,
    name: &'static str,
    field: usize,
    gaps: &mut Gaps,
) -> Result<Option<u64>, A::Error> {
    let count: Option<Count> = read_optional(map, name, field, gaps)?;
    Ok(count.map(|Count(count)| count))
}

struct Count(u64);

impl Field for Count {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match read_number(deserializer)? {
            Number::Signed(_) => {
                count_gap();
                Ok(Self(0))
            }
            number => number.to_u64().map(Self),
        }
    }
}

// A count for the thread: see the top of this file. A read never leaves its
// thread, and what a read that failed has added does no harm, since only the
// difference across a read that succeeded is looked at.
thread_local! {
    static GAPS: Cell<u64> = const { Cell::new(0) };
}

pub(super) fn count_gap() {
    GAPS.set(GAPS.get().wrapping_add(1));
}

/// How many gaps this thread has read.
pub(crate) fn gap_count() -> u64 {
    GAPS.get()
}

/// Rejects `value`, a part of a request, if it was read with a gap since
/// [`gap_count`] returned `before`.
///
/// # Errors
///
/// The error that a field without a default would have caused, for the first
/// gap in `value`.
pub(crate) fn deny_gaps<E: Error>(before: u64, value: &impl Field) -> Result<(), E> {
    if gap_count() == before {
        return Ok(());
    }
    match Path::gaps(value, 1).pop() {
        Some(problem) => Err(E::custom(problem)),
        None => Ok(()),
    }
}
