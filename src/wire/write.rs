//! The writer of values. One function serves all wire types.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::bits::Gap;
use super::field::{Table, View};
use super::object::{Object, TAG};

/// Writes a value of a wire type.
pub(crate) fn write<S: Serializer>(value: View<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        View::Null => serializer.serialize_unit(),
        View::Flag(flag) => serializer.serialize_bool(flag),
        View::Unsigned(number) => serializer.serialize_u64(number),
        View::Signed(number) => serializer.serialize_i64(number),
        View::Float(number) => serializer.serialize_f64(number),
        View::Text(text) => serializer.serialize_str(text),
        View::Name(name) => serializer.serialize_str(name.text()),
        View::Raw(json) => json.serialize(serializer),
        View::List(list) => serializer.collect_seq((0..list.items()).map(|index| Written(list.item(index)))),
        View::Table(table) => write_table(table, serializer),
        View::Object(object) => write_object(object, serializer),
        View::Union(union) => match union.view() {
            Ok(object) => write_object(object, serializer),
            Err(unknown) => unknown.serialize(serializer),
        },
        View::Shape(shape) => write(shape.inner(), serializer),
        View::Any(value) => write(value.inner(), serializer),
    }
}

struct Written<'a>(View<'a>);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self.0, serializer)
    }
}

fn write_table<S: Serializer>(table: &dyn Table, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    let mut result = Ok(());
    table.visit(&mut |key, value| {
        result = map.serialize_entry(key, &Written(value));
        result.is_ok()
    });
    result?;
    map.end()
}

fn write_object<S: Serializer>(object: &dyn Object, serializer: S) -> Result<S::Ok, S::Error> {
    let layout = object.layout();
    let (extra, gaps) = object.rest();
    let gap = |place| if gaps.is_empty() { None } else { object.gap(layout, gaps, place) };
    let mut map = serializer.serialize_map(None)?;
    match (layout.tag, gap(TAG)) {
        (Some(tag), None) => map.serialize_entry(layout.names[TAG], tag)?,
        (_, Some(Gap::Null)) => map.serialize_entry(layout.names[TAG], &())?,
        (None, None) | (_, Some(Gap::Absent)) => {}
    }
    for (place, name) in layout.names.iter().enumerate().skip(TAG + 1) {
        match (gap(place), object.get(place)) {
            (None, Some(value)) => map.serialize_entry(name, &Written(value))?,
            (Some(Gap::Null), _) => map.serialize_entry(name, &())?,
            (Some(Gap::Absent), _) | (None, None) => {}
        }
    }
    let known = layout.known();
    for (name, value) in extra.iter().filter(|(name, _)| !known.contains(name)) {
        map.serialize_entry(name, value)?;
    }
    map.end()
}
