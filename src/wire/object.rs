//! Objects with named fields.

use std::any::Any;
use std::fmt;

use super::bits::{Gap, Gaps, Seen};
use super::defaulted::count_gap;
use super::extra::Extra;
use super::field::{Slot, View};
use super::key::find;
use super::path::missing;
use super::problem::Problem;

/// An object with named fields. A field is known by its place in the names of the [`Layout`].
pub(crate) trait Object: fmt::Debug {
    fn layout(&self) -> &'static Layout;

    /// Returns the value of a field, unless it is optional and absent. `type` has no value.
    fn get(&self, place: usize) -> Option<View<'_>>;

    /// Returns a field to read into. An optional one is present from then on.
    fn field(&mut self, place: usize) -> Slot<'_>;

    /// Returns the fields that are not known, and the gaps.
    fn rest(&self) -> (&Extra, Gaps);

    /// Returns the fields that are not known, and the gaps, to change them.
    fn rest_mut(&mut self) -> (&mut Extra, &mut Gaps);

    /// Returns `true` if the value of a defaulted field is its default.
    fn is_default(&self, _place: usize) -> bool {
        false
    }

    /// Sets a defaulted field to its default.
    fn set_default(&mut self, _place: usize) {}

    /// Checks the object after its fields were read, if its layout says so. `gaps_before` is the number of gaps that had
    /// been read before it.
    fn check(&self, _gaps_before: u64) -> Result<(), Problem> {
        Ok(())
    }

    fn as_any(&self) -> &dyn Any;
    fn as_object(&self) -> &dyn Object;
    fn as_object_mut(&mut self) -> &mut dyn Object;
}

/// The declaration of an object, apart from the types of its fields.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The name of the Rust type.
    pub(crate) type_name: &'static str,
    /// `type`, then the names of the required, the defaulted and the optional fields.
    pub(crate) names: &'static [&'static str],
    /// The [`labels`] of the names.
    pub(crate) labels: &'static [u8],
    pub(crate) required: usize,
    pub(crate) defaulted: usize,
    /// The value of `type`.
    pub(crate) tag: Option<&'static str>,
    pub(crate) tag_may_be_absent: bool,
    /// Whether [`Object::check`] does anything. That of an object in a union is not called.
    pub(crate) is_checked: bool,
    /// The places of values that `Debug` does not show.
    pub(crate) secrets: u64,
}

/// The maximum length of a label that is copied in one step. There are as many bytes after the last label.
pub(super) const LABEL_BYTES: usize = 32;

/// Returns the length of the label of a name.
pub(super) const fn label_len(name: &str) -> usize {
    name.len() + r#","":"#.len()
}

/// Returns the length of the [`labels`] of `names`.
pub(crate) const fn labels_len(names: &[&str]) -> usize {
    let (mut len, mut at) = (LABEL_BYTES, 0);
    while at < names.len() {
        len += label_len(names[at]);
        at += 1;
    }
    len
}

/// Returns what precedes the values of an object in JSON, such as `,"name":`, for all of its names in turn.
pub(crate) const fn labels<const N: usize>(names: &[&str]) -> [u8; N] {
    let (mut labels, mut end, mut at) = ([0; N], 0, 0);
    while at < names.len() {
        let name = names[at].as_bytes();
        (labels[end], labels[end + 1]) = (b',', b'"');
        end += 2;
        let mut byte = 0;
        while byte < name.len() {
            labels[end] = name[byte];
            (byte, end) = (byte + 1, end + 1);
        }
        (labels[end], labels[end + 1]) = (b'"', b':');
        (end, at) = (end + 2, at + 1);
    }
    labels
}

/// The declared fields of an object, for tests: the name and the type of each.
#[cfg(test)]
pub(crate) trait Described {
    const REQUIRED: &'static [(&'static str, &'static str)];
    const DEFAULTED: &'static [(&'static str, &'static str)];
    const OPTIONAL: &'static [(&'static str, &'static str)];
}

/// The place of `type`.
pub(super) const TAG: usize = 0;

impl Layout {
    /// Returns the names that an entry of the object can have. Those of an object without a tag do
    /// not begin with `type`.
    pub(super) fn known(&self) -> &'static [&'static str] {
        &self.names[self.first_known()..]
    }

    pub(super) fn first_known(&self) -> usize {
        usize::from(self.tag.is_none())
    }

    pub(super) fn first_defaulted(&self) -> usize {
        1 + self.required
    }

    pub(super) fn first_optional(&self) -> usize {
        self.first_defaulted() + self.defaulted
    }
}

/// Checks that nothing is missing in an object whose entries have been read, and sets the defaults.
pub(super) fn complete(
    object: &mut dyn Object,
    layout: &Layout,
    seen: Seen,
    has_null: bool,
) -> Result<(), Problem> {
    if !seen.contains(TAG) {
        if !layout.tag_may_be_absent {
            return Err(missing("type"));
        }
        object.rest_mut().1.insert_absent(TAG);
    }
    if let Some(place) = seen.first_missing(1..layout.first_defaulted()) {
        return Err(missing(layout.names[place]));
    }
    let defaulted = layout.first_defaulted()..layout.first_optional();
    if has_null || seen.first_missing(defaulted.clone()).is_some() {
        defaulted.for_each(|place| set_default(object, seen, place));
    }
    Ok(())
}

/// Sets a defaulted field to its default if it has no value.
fn set_default(object: &mut dyn Object, seen: Seen, place: usize) {
    let gaps = object.rest_mut().1;
    if !seen.contains(place) {
        gaps.insert_absent(place);
    } else if !gaps.is_null(place) {
        return;
    }
    count_gap();
    object.set_default(place);
}

impl dyn Object + '_ {
    /// Returns the value of the field `name`, unless it is absent.
    pub(super) fn named(&self, name: &str) -> Option<View<'_>> {
        self.get(find(self.layout().names, name)?)
    }

    /// Returns the field `name`, unless it is absent.
    pub(super) fn named_mut(&mut self, name: &str) -> Option<Slot<'_>> {
        let place = find(self.layout().names, name)?;
        self.get(place)?;
        Some(self.field(place))
    }

    /// Returns how `type` or a field has no value on the wire, given the gaps of the object.
    pub(super) fn gap(&self, layout: &Layout, gaps: Gaps, place: usize) -> Option<Gap> {
        let gap = gaps.at(place)?;
        let is_defaulted = (layout.first_defaulted()..layout.first_optional()).contains(&place);
        let is_gap = if is_defaulted { self.is_default(place) } else { self.get(place).is_none() };
        is_gap.then_some(gap)
    }
}

/// Returns `true` if a field that the object has to have comes without a value on the wire.
pub(crate) fn has_gap(object: &dyn Object) -> bool {
    !object.rest().1.before(object.layout().first_optional()).is_empty()
}

/// Lets every field that the object has to have appear on the wire, with its default if it has no value.
pub(crate) fn fill_gaps(object: &mut dyn Object) {
    let end = object.layout().first_optional();
    let gaps = object.rest_mut().1;
    gaps.remove(gaps.before(end));
}

/// Writes the `Debug` output of an object, without absent fields and the values of secrets.
pub(crate) fn debug(object: &dyn Object, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let layout = object.layout();
    let mut debug = f.debug_struct(layout.type_name);
    for (place, name) in layout.names.iter().enumerate().skip(1) {
        match object.get(place) {
            Some(_) if layout.secrets & (1 << place) != 0 => debug.field(name, &format_args!("…")),
            Some(value) => debug.field(name, &value),
            None => &mut debug,
        };
    }
    let (extra, _) = object.rest();
    if !extra.is_empty() {
        debug.field("extra", extra);
    }
    debug.finish()
}

/// Writes the `Debug` output of an enum's variant, without the value of a secret.
pub(crate) fn debug_variant(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    value: &dyn fmt::Debug,
    is_secret: bool,
) -> fmt::Result {
    let mut debug = f.debug_tuple(name);
    if is_secret {
        debug.field(&format_args!("…"))
    } else {
        debug.field(value)
    };
    debug.finish()
}
