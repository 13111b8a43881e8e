//! The comparison of values. One function serves all wire types.

use super::field::{Table, View};
use super::object::Object;

/// Compares two values of the same type, without their gaps.
pub(crate) fn equal(a: View<'_>, b: View<'_>) -> bool {
    match (a, b) {
        (View::Null, View::Null) => true,
        (View::Flag(a), View::Flag(b)) => a == b,
        (View::Unsigned(a), View::Unsigned(b)) => a == b,
        (View::Signed(a), View::Signed(b)) => a == b,
        (View::Float(a), View::Float(b)) => a == b,
        (View::Text(a), View::Text(b)) => a == b,
        (View::Name(a), View::Name(b)) => a.text() == b.text(),
        (View::Raw(a), View::Raw(b)) => a == b,
        (View::Any(a), View::Any(b)) => equal(a.inner(), b.inner()),
        (View::List(a), View::List(b)) => {
            a.items() == b.items() && (0..a.items()).all(|index| equal(a.item(index), b.item(index)))
        }
        (View::Table(a), View::Table(b)) => a.entries() == b.entries() && is_part(a, b),
        (View::Object(a), View::Object(b)) => equal_objects(a, b),
        (View::Union(a), View::Union(b)) => match (a.view(), b.view()) {
            (Ok(a), Ok(b)) => equal_objects(a, b),
            (Err(a), Err(b)) => a == b,
            _ => false,
        },
        (View::Shape(a), View::Shape(b)) => equal(a.inner(), b.inner()),
        _ => false,
    }
}

/// Returns `true` if `b` has every entry of `a`.
fn is_part(a: &dyn Table, b: &dyn Table) -> bool {
    let mut is_part = true;
    a.visit(&mut |key, value| {
        is_part = b.get(key).is_some_and(|other| equal(value, other));
        is_part
    });
    is_part
}

fn equal_objects(a: &dyn Object, b: &dyn Object) -> bool {
    // The variants of a union have different types.
    a.layout().type_name == b.layout().type_name
        && (1..a.layout().names.len()).all(|place| match (a.get(place), b.get(place)) {
            (Some(a), Some(b)) => equal(a, b),
            (None, None) => true,
            _ => false,
        })
        && a.rest().0 == b.rest().0
}
