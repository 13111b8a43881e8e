//! The macros that declare wire types.
//!
//! In all of them a field's type is one token: a name, `[T]` for a list of
//! `T`, or `{T}` for an object whose values are `T`.

mod shape;
mod string;
mod structure;
mod union;

pub(crate) use shape::wire_shape;
pub(crate) use string::wire_string;
pub(crate) use structure::{wire_argument, wire_is_secret, wire_struct, wire_tag, wire_type};
pub(crate) use union::{wire_payload, wire_union};
