//! The macros that declare the types of the protocol, and the reader and the writer of these types.
//!
//! serde's derive cannot keep the promises of this crate: raw JSON inside a
//! tagged enum, `null` distinguished from absent, errors with a path, and a tag
//! at any position without buffering in the usual case. It would also give each
//! type a reader and a writer of its own for each format, which every program
//! would have to compile. The macros in [`macros`] therefore only describe a type
//! and its fields, as [`field`] and [`object`] define it, and implement `Serialize` and
//! `Deserialize` by the functions [`read()`] and [`write()`].

mod bits;
mod boxed;
mod defaulted;
mod equal;
mod extra;
mod field;
mod key;
mod macros;
mod number;
mod object;
mod path;
mod problem;
mod read;
mod read_object;
mod reread;
mod text;
mod union;
mod unknown;
mod write;

pub(crate) use bits::Gaps;
pub use boxed::Boxed;
pub(crate) use defaulted::{Defaulted, deny_gaps, is_default, wire_defaults};
pub(crate) use equal::equal;
pub use extra::Extra;
pub(crate) use extra::ExtraIndex;
pub(crate) use field::{Field, Interpreted, Kind, Name, Shape, Slot, Target, View, present};
pub(crate) use key::{places, wire_name};
pub(crate) use macros::{
    wire_argument, wire_is_secret, wire_may_be_absent, wire_payload, wire_shape, wire_slot, wire_string,
    wire_struct, wire_tag, wire_type, wire_union,
};
#[cfg(test)]
pub(crate) use object::Described;
pub(crate) use object::{Layout, Object, debug, debug_variant, fill_gaps, has_gap, labels, labels_len};
pub(crate) use path::{Path, at, missing, push_segment};
pub(crate) use problem::Problem;
pub(crate) use read::read;
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use read::read_boxed;
#[cfg(feature = "client")]
pub(crate) use reread::without_position;
pub(crate) use text::push_json;
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use text::to_json;
#[cfg(feature = "client")]
pub(crate) use text::to_json_with;
pub(crate) use union::{
    Tagged, Tags, Union, shared_extra, shared_json, shared_json_mut, shared_object, shared_text,
};
pub use unknown::Unknown;
pub(crate) use write::write;
