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

use serde::de::Error;

use super::field::{Field, View};
use super::path::Path;
use super::problem::Problem;
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

pub(crate) fn is_default<T: Defaulted>(value: &T) -> bool {
    *value == T::default_value()
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
pub(crate) fn deny_gaps(before: u64, value: View<'_>) -> Result<(), Problem> {
    if gap_count() == before {
        return Ok(());
    }
    match Path::gaps(value, 1).pop() {
        Some(problem) => Err(Problem::custom(problem)),
        None => Ok(()),
    }
}
