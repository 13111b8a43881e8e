//! The macros that declare the types of the protocol: [`wire_struct`] for
//! objects, [`wire_union`] for objects that are distinguished by `type`,
//! [`wire_string`] for open sets of strings, and [`wire_shape`] for values of
//! several JSON types.
//!
//! How the type of a field is written is described in [`structure`].

mod shape;
mod string;
mod structure;
mod union;

pub(crate) use shape::wire_shape;
pub(crate) use string::wire_string;
pub(crate) use structure::{
    wire_argument, wire_is_secret, wire_may_be_absent, wire_slot, wire_struct, wire_tag, wire_type,
};
pub(crate) use union::{wire_payload, wire_union};
