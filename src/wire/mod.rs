//! The macros that declare the types of the protocol, and the functions that
//! these macros call.
//!
//! serde's derive cannot keep the promises of this crate: raw JSON inside a
//! tagged enum, `null` distinguished from absent, errors with a path, and a tag
//! at any position without buffering in the usual case. The macros in
//! [`macros`] therefore write `Serialize` and `Deserialize` themselves.

mod bits;
mod defaulted;
mod extra;
mod field;
mod key;
mod macros;
mod path;
mod tagged;
mod unknown;

pub(crate) use bits::{Gaps, Seen};
pub(crate) use defaulted::{
    Defaulted, deny_gaps, gap_count, is_default, or_default, read_count, wire_defaults, write_defaulted,
    write_unless_gap,
};
pub use extra::Extra;
pub(crate) use extra::ExtraIndex;
pub(crate) use field::{Field, read_optional, read_required, show, show_variant};
pub(crate) use key::{Key, KeySeed, places, read_tag, read_tag_or_null};
pub(crate) use macros::{
    wire_argument, wire_is_secret, wire_may_be_absent, wire_payload, wire_read, wire_shape, wire_string,
    wire_struct, wire_tag, wire_type, wire_union,
};
pub(crate) use path::{Path, at, missing, push_segment};
#[cfg(test)]
pub(crate) use tagged::Described;
pub(crate) use tagged::{Entries, StructVisitor, UnionVisitor, WireStruct, WireUnion, wire_name};
pub use unknown::Unknown;
