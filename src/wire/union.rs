//! Objects that are distinguished by `type`.

use std::any::Any;
use std::fmt;

use super::extra::Extra;
use super::field::{Slot, Target, View};
use super::object::Object;
use super::unknown::Unknown;
use crate::json::Json;

/// One of several objects, distinguished by `type`.
pub(crate) trait Union: fmt::Debug {
    fn tags(&self) -> &'static Tags;

    /// Makes it a blank object of the variant at position `tag`. Returns the object, and the size
    /// of the allocation that holds it.
    fn begin(&mut self, tag: usize) -> (&mut dyn Object, usize);

    /// Makes it an object whose `type` is not in `tags`.
    fn set_unknown(&mut self, unknown: Unknown);

    /// Returns the variant's object, or what is kept of an object whose `type` is not in `tags`.
    fn view(&self) -> Result<&dyn Object, &Unknown>;

    /// Returns the variant's object, unless the `type` is not in `tags`.
    fn object_mut(&mut self) -> Option<&mut dyn Object>;
}

/// The values of `type` in a union.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tags {
    pub(crate) names: &'static [&'static str],
    /// The position in `names` of the variant for an object without `type`.
    pub(crate) default: Option<usize>,
}

/// A union whose values of `type` are constants.
pub(crate) trait Tagged {
    const TAGS: &'static Tags;
}

// The fields that variants share are looked up in the declaration of each struct, so an accessor
// cannot leave a variant out.

/// Returns the string `field` of the variant's struct, unless it has no such field.
pub(crate) fn shared_text<'a>(union: &'a dyn Union, field: &str) -> Option<&'a str> {
    match union.view().ok()?.named(field)? {
        View::Text(text) => Some(text),
        _ => None,
    }
}

/// Returns the object `field` of the variant's struct, unless it has no such field of the type `T`.
pub(crate) fn shared_object<'a, T: Any>(union: &'a dyn Union, field: &str) -> Option<&'a T> {
    match union.view().ok()?.named(field)? {
        View::Object(object) => object.as_any().downcast_ref(),
        _ => None,
    }
}

/// Returns the raw value `field` of the variant's struct, unless it has no such field.
pub(crate) fn shared_json<'a>(union: &'a dyn Union, field: &str) -> Option<&'a Json> {
    match union.view().ok()?.named(field)? {
        View::Raw(json) => Some(json),
        _ => None,
    }
}

/// Returns the field as [`shared_json`] does, to change it.
pub(crate) fn shared_json_mut<'a>(union: &'a mut dyn Union, field: &str) -> Option<&'a mut Json> {
    match union.object_mut()?.named_mut(field)? {
        Slot { target: Target::Raw(json), .. } => Some(json),
        _ => None,
    }
}

/// Returns the unknown fields of the variant's struct.
pub(crate) fn shared_extra(union: &dyn Union) -> Option<&Extra> {
    Some(union.view().ok()?.rest().0)
}
