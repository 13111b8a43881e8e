//! What a field of a wire type can hold, as the reader and the writer see it.
//!
//! There are hundreds of wire types, and each can be read from any deserializer and written to any
//! serializer of serde. If each had its own code for that, every program that uses one would compile
//! that code again. So no wire type has: the reader and the writer are one function each, which sees
//! a value as a [`Slot`] to fill or a [`View`] to write, and asks the types only for these.

use std::collections::BTreeMap;
use std::fmt;

use super::object::Object;
use super::path::Path;
use super::problem::Problem;
use super::union::Union;
use crate::json::{Json, allocation, charge, push, shrink};

/// A value that a field of a wire type can have.
///
/// Whatever makes a trait object here is `#[inline(never)]`. The table of its methods refers to the drop of the
/// type and of all that is in it, and the compiler copies that into each of its units of code that makes one.
pub(crate) trait Field: 'static {
    /// Returns a value to read into, which takes no memory beyond its own if possible.
    fn blank() -> Self;

    /// Returns the value as something to read into.
    fn slot(&mut self) -> Slot<'_>;

    /// Returns the value as something to write.
    fn view(&self) -> View<'_>;
}

/// Returns the value of an optional field, which is a blank one if it was absent.
#[inline(never)] // for the same reason
pub(crate) fn present<T: Field>(field: &mut Option<T>) -> &mut T {
    field.get_or_insert_with(T::blank)
}

/// A place for a value that is being read.
pub(crate) struct Slot<'a> {
    /// The size of an allocation that was made for the value and is yet to be charged.
    pub(super) bytes: usize,
    pub(super) target: Target<'a>,
}

/// What a [`Slot`] holds.
pub(crate) enum Target<'a> {
    Flag(&'a mut bool),
    Unsigned(&'a mut u64),
    /// A number of things, of which a negative one counts as 0.
    Count(&'a mut u64),
    Signed(&'a mut i64),
    Float(&'a mut f64),
    Text(&'a mut String),
    Name(&'a mut dyn Name),
    Raw(&'a mut Json),
    /// Any value, which the type interprets by itself.
    Any(&'a mut dyn Interpreted),
    Nullable(&'a mut dyn Nullable),
    List(&'a mut dyn List),
    Table(&'a mut dyn Table),
    Object(&'a mut dyn Object),
    Union(&'a mut dyn Union),
    Shape(&'a mut dyn Shape),
}

impl<'a> From<Target<'a>> for Slot<'a> {
    fn from(target: Target<'a>) -> Self {
        Self { bytes: 0, target }
    }
}

/// A value that is being written.
#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    Null,
    Flag(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(&'a str),
    Name(&'a dyn Name),
    Raw(&'a Json),
    Any(&'a dyn Interpreted),
    List(&'a dyn List),
    Table(&'a dyn Table),
    Object(&'a dyn Object),
    Union(&'a dyn Union),
    Shape(&'a dyn Shape),
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("None"),
            Self::Flag(flag) => flag.fmt(f),
            Self::Unsigned(number) => number.fmt(f),
            Self::Signed(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::Name(name) => name.fmt(f),
            Self::Raw(json) => json.fmt(f),
            Self::Any(value) => value.fmt(f),
            Self::List(list) => {
                f.debug_list().entries((0..list.items()).map(|index| list.item(index))).finish()
            }
            Self::Table(table) => {
                let mut map = f.debug_map();
                table.visit(&mut |key, value| {
                    map.entry(&key, &value);
                    true
                });
                map.finish()
            }
            Self::Object(object) => object.fmt(f),
            Self::Union(union) => union.fmt(f),
            Self::Shape(shape) => shape.fmt(f),
        }
    }
}

/// A string of an open set.
pub(crate) trait Name: fmt::Debug {
    fn text(&self) -> &str;

    fn is_known(&self) -> bool;

    /// Sets the string. Returns the size of what it allocates.
    fn set(&mut self, text: &str) -> usize;
}

/// A value that is made from any JSON.
pub(crate) trait Interpreted: fmt::Debug {
    fn set(&mut self, json: Json);

    /// Returns the value as something to write.
    fn inner(&self) -> View<'_>;

    /// Reports everything in this value that this version of the crate does not know.
    fn unknown(&self, path: &mut Path);
}

/// An array.
pub(crate) trait List {
    fn items(&self) -> usize;

    fn item(&self, index: usize) -> View<'_>;

    /// Appends a blank item.
    ///
    /// # Errors
    ///
    /// When that would take too much memory.
    fn grow(&mut self) -> Result<Slot<'_>, Problem>;

    /// Gives back the memory that the list does not use.
    fn shrink(&mut self);
}

/// An object used as a table.
pub(crate) trait Table {
    /// Inserts a blank value. Returns `None` if the key is present already.
    ///
    /// # Errors
    ///
    /// When that would take too much memory.
    fn insert(&mut self, key: String) -> Result<Option<Slot<'_>>, Problem>;

    fn entries(&self) -> usize;

    fn get(&self, key: &str) -> Option<View<'_>>;

    /// Calls `visit` with every entry, until it returns `false`.
    fn visit(&self, visit: &mut dyn FnMut(&str, View<'_>) -> bool);
}

/// A value in a list or a table that may be `null`.
pub(crate) trait Nullable {
    /// Makes it a blank value that is not `null`.
    fn begin(&mut self) -> Slot<'_>;
}

/// A value that has one of several JSON types.
pub(crate) trait Shape: fmt::Debug {
    /// Names the JSON types for errors.
    fn expecting(&self) -> &'static str;

    /// Returns `true` for a part of a request whose own parts may also be parts of a response.
    fn is_strict(&self) -> bool;

    /// Makes it a blank value of the JSON type; `None` if that is none of its types.
    fn begin(&mut self, kind: Kind) -> Option<Slot<'_>>;

    /// Returns the value within.
    fn inner(&self) -> View<'_>;
}

/// The JSON type of a [`Shape`].
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Flag,
    Text,
    List,
    Object,
}

macro_rules! plain_fields {
    ($($ty:ty: $slot:ident = $blank:expr, |$value:ident| $view:expr;)*) => {$(
        impl Field for $ty {
            fn blank() -> Self {
                $blank
            }

            fn slot(&mut self) -> Slot<'_> {
                Target::$slot(self).into()
            }

            fn view(&self) -> View<'_> {
                let $value = self;
                $view
            }
        }
    )*};
}

plain_fields! {
    bool: Flag = false, |value| View::Flag(*value);
    u64: Unsigned = 0, |value| View::Unsigned(*value);
    i64: Signed = 0, |value| View::Signed(*value);
    f64: Float = 0.0, |value| View::Float(*value);
    String: Text = Self::new(), |value| View::Text(value);
    Json: Raw = Self::null(), |value| View::Raw(value);
}

impl<T: Field> Field for Box<T> {
    fn blank() -> Self {
        Self::new(T::blank())
    }

    fn slot(&mut self) -> Slot<'_> {
        let slot = (**self).slot();
        Slot { bytes: slot.bytes + allocation(size_of::<T>()), ..slot }
    }

    fn view(&self) -> View<'_> {
        (**self).view()
    }
}

impl<T: Field> Field for Option<T> {
    fn blank() -> Self {
        None
    }

    #[inline(never)]
    fn slot(&mut self) -> Slot<'_> {
        Target::Nullable(self).into()
    }

    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Null, Field::view)
    }
}

impl<T: Field> Nullable for Option<T> {
    fn begin(&mut self) -> Slot<'_> {
        self.insert(T::blank()).slot()
    }
}

impl<T: Field> Field for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    #[inline(never)]
    fn slot(&mut self) -> Slot<'_> {
        Target::List(self).into()
    }

    #[inline(never)]
    fn view(&self) -> View<'_> {
        View::List(self)
    }
}

impl<T: Field> List for Vec<T> {
    fn items(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> View<'_> {
        self[index].view()
    }

    fn grow(&mut self) -> Result<Slot<'_>, Problem> {
        push(self, T::blank())?;
        let last = self.len() - 1;
        Ok(self[last].slot())
    }

    fn shrink(&mut self) {
        shrink(self);
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn blank() -> Self {
        Self::new()
    }

    #[inline(never)]
    fn slot(&mut self) -> Slot<'_> {
        Target::Table(self).into()
    }

    #[inline(never)]
    fn view(&self) -> View<'_> {
        View::Table(self)
    }
}

/// The nodes of a `BTreeMap` have room for 11 entries. Five of these are in use where keys arrive in
/// order, which is the worst case, and there is an inner node for every few of them.
const NODE_ENTRIES: usize = 11;
const LEAST_IN_NODE: usize = 5;
/// The size of a node apart from its entries, with its share in an inner node.
const NODE_BYTES: usize = 64;

impl<T: Field> Table for BTreeMap<String, T> {
    fn insert(&mut self, key: String) -> Result<Option<Slot<'_>>, Problem> {
        charge::<Problem>(allocation(key.capacity()))?;
        if self.len() % LEAST_IN_NODE == 0 {
            charge::<Problem>(allocation(NODE_ENTRIES * size_of::<(String, T)>() + NODE_BYTES))?;
        }
        Ok(match self.entry(key) {
            std::collections::btree_map::Entry::Occupied(_) => None,
            std::collections::btree_map::Entry::Vacant(entry) => Some(entry.insert(T::blank()).slot()),
        })
    }

    fn entries(&self) -> usize {
        self.len()
    }

    fn get(&self, key: &str) -> Option<View<'_>> {
        self.get(key).map(Field::view)
    }

    fn visit(&self, visit: &mut dyn FnMut(&str, View<'_>) -> bool) {
        for (key, value) in self {
            if !visit(key, value.view()) {
                return;
            }
        }
    }
}
