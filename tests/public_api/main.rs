//! The public face of the crate, read from its source.
//!
//! - The root has few names, so that its page in the documentation can be read.
//! - Outside of the root, every public item has exactly one path.
//! - The documentation of a generated setter is that of its field, and no
//!   sentence serves many fields.
//!
//! The tests read the source and not rustdoc's output: that takes no nightly
//! compiler, no second build and no format that changes between releases. They
//! do not expand macros. Instead, a macro whose definition holds
//! `pub struct $name`, or hands its names to another such macro, counts as
//! declaring the names that the entries of its input begin with.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod declarations;
mod documentation;
mod paths;
#[path = "../support/source.rs"]
mod source;
mod syntax;
