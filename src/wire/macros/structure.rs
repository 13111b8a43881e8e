//! The macro that declares JSON objects with named fields.
//!
//! A field's type is one token tree:
//!
//! | written | Rust type | meaning |
//! |---|---|---|
//! | `T` | `T` | a value |
//! | `[T]` | `Vec<T>` | an array |
//! | `{T}` | `BTreeMap<String, T>` | an object used as a table |
//! | `(T)` | `Box<T>` | a large value that is seldom present |
//! | `(secret T)` | `T` | a value that `Debug` does not show |

/// The Rust type of a field.
macro_rules! wire_type {
    ([$item:ident]) => { Vec<$item> };
    ({$item:ident}) => { std::collections::BTreeMap<String, $item> };
    ((secret $name:ident)) => { $name };
    (($boxed:ident)) => { Box<$boxed> };
    ($name:ident) => { $name };
}

/// The parameter type with which a constructor or setter takes a field.
macro_rules! wire_argument {
    ([$item:ident]) => { Vec<$item> };
    ({$item:ident}) => { std::collections::BTreeMap<String, $item> };
    ((secret $name:ident)) => { impl Into<$name> };
    (($boxed:ident)) => { impl Into<Box<$boxed>> };
    // With `impl Into`, an integer or float literal would have no one type to default to.
    (u64) => { u64 };
    (i64) => { i64 };
    (f64) => { f64 };
    (bool) => { bool };
    ($name:ident) => { impl Into<$name> };
}

/// Whether `Debug` leaves the value of a field out.
macro_rules! wire_is_secret {
    ((secret $name:ident)) => {
        true
    };
    ($other:tt) => {
        false
    };
}

/// Declares an object: its tag (the value of `type`) if it has one, its
/// constructor, and its required and optional fields. The struct also keeps
/// unknown fields in `extra` and remembers which optional fields were `null`.
///
/// This declaration
///
/// ```ignore
/// wire_struct! {
///     /// A preview image.
///     pub struct Thumbnail = "thumbnail",
///         /// Creates a thumbnail of the image data at `url`.
///         pub fn new;
///     required {
///         /// The URL of the image data.
///         url: String,
///     }
///     optional {
///         /// The width in pixels.
///         width: u64,
///     }
/// }
/// ```
///
/// expands to the following, written without the absolute paths:
///
/// ```ignore
/// /// A preview image.
/// #[derive(Clone)]
/// #[non_exhaustive]
/// pub struct Thumbnail {
///     /// The URL of the image data.
///     pub url: String,
///     /// The width in pixels.
///     pub width: Option<u64>,
///     pub extra: Extra,
///     pub(crate) nulls: Nulls,
/// }
///
/// impl Thumbnail {
///     /// Creates a thumbnail of the image data at `url`.
///     pub fn new(url: impl Into<String>) -> Self { … }
///
///     /// The width in pixels.
///     pub fn width(mut self, width: u64) -> Self { … }
///
///     /// The positions of fields in `NAMES` and in `nulls`.
///     const fn places<const N: usize>(names: [&str; N]) -> [usize; N] { … }
///
///     pub fn unknown(&self) -> Vec<String> { … }
/// }
///
/// const NAMES: &[&str] = &["type", "url", "width"];
///
/// impl PartialEq for Thumbnail { … }   // without `nulls`
/// impl Debug for Thumbnail { … }       // without secrets and absent fields
/// impl Serialize for Thumbnail { … }   // tag, required, optional or null, extra
/// impl Deserialize for Thumbnail { … } // by `StructVisitor`, which calls `read_map`
///
/// impl WireStruct for Thumbnail {
///     fn read_map(mut map: impl MapAccess, tagged: bool) -> Result<Self, Error> {
///         // One pass over the entries. A key is matched against `NAMES`; its
///         // position selects the field to read. A repeated key is an error,
///         // and an unknown one goes to `extra`.
///         loop {
///             match place_of_next_key {
///                 1 => url = read_required(…)?,
///                 2 => width = read_optional(…)?, // sets bit 2 of `nulls` for a null
///                 _ => read_tag(…)?,
///             }
///         }
///         // `type` and every required field must have been seen.
///     }
///
///     // Used by the accessors that the variants of a union share.
///     fn field(&self, name: &str) -> Option<&dyn Any> { … }
///     fn field_mut(&mut self, name: &str) -> Option<&mut dyn Any> { … }
/// }
/// ```
macro_rules! wire_struct {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(= $tag:literal)?, $(#[$new_meta:meta])* $new_vis:vis fn $new:ident;
        required { $($(#[$rmeta:meta])* $rf:ident: $rt:tt,)* }
        optional { $($(#[$ometa:meta])* $of:ident: $ot:tt,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$rmeta])* pub $rf: crate::wire::wire_type!($rt),)*
            $($(#[$ometa])* pub $of: Option<crate::wire::wire_type!($ot)>,)*
            /// Fields that this version of the crate does not know, kept as raw JSON.
            pub extra: crate::wire::Extra,
            /// Which optional fields came as an explicit `null`.
            pub(crate) nulls: crate::wire::Nulls,
        }

        const _: () = {
            /// The place of each field in `NAMES`.
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum At { r#type_tag, $($rf,)* $($of,)* }

            const NAMES: &[&str] = &[
                "type",
                $(crate::wire::wire_name(stringify!($rf)),)*
                $(crate::wire::wire_name(stringify!($of)),)*
            ];
            const TAG: Option<&str> = crate::wire::wire_tag!($($tag)?);

            impl $name {
                $(#[$new_meta])*
                #[allow(clippy::useless_conversion, clippy::new_without_default, clippy::too_many_arguments)]
                $new_vis fn $new($($rf: crate::wire::wire_argument!($rt)),*) -> Self {
                    Self {
                        $($rf: $rf.into(),)*
                        $($of: None,)*
                        extra: crate::wire::Extra::default(),
                        nulls: crate::wire::Nulls::default(),
                    }
                }

                $(
                    $(#[$ometa])*
                    #[allow(clippy::useless_conversion)]
                    #[must_use]
                    pub fn $of(mut self, $of: crate::wire::wire_argument!($ot)) -> Self {
                        self.$of = Some($of.into());
                        self
                    }
                )*

                /// The positions of the fields `names`, for constants: a name
                /// that the type does not have fails to compile there.
                #[allow(dead_code)]
                const fn places<const N: usize>(names: [&str; N]) -> [usize; N] {
                    crate::wire::places(names, NAMES)
                }

                /// Causes the optional fields at `places` to be written as `null`
                /// unless they are set.
                #[allow(dead_code)]
                fn with_nulls<const N: usize>(mut self, places: [usize; N]) -> Self {
                    for place in places {
                        self.nulls.insert(place);
                    }
                    self
                }

                /// Returns the paths of everything in this value that this version of
                /// the crate does not know: fields, `type`s, and values of open enums (as `path=value`).
                pub fn unknown(&self) -> Vec<String> {
                    crate::wire::Path::look(self)
                }
            }

            impl PartialEq for $name {
                fn eq(&self, other: &Self) -> bool {
                    $(self.$rf == other.$rf &&)* $(self.$of == other.$of &&)* self.extra == other.extra
                }
            }

            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    let mut debug = f.debug_struct(stringify!($name));
                    $(crate::wire::show(&mut debug, stringify!($rf), &self.$rf, crate::wire::wire_is_secret!($rt));)*
                    $(if let Some(value) = &self.$of {
                        crate::wire::show(&mut debug, stringify!($of), value, crate::wire::wire_is_secret!($ot));
                    })*
                    if !self.extra.is_empty() {
                        debug.field("extra", &self.extra);
                    }
                    debug.finish()
                }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    use serde::ser::SerializeMap as _;

                    let mut map = serializer.serialize_map(None)?;
                    if let Some(tag) = TAG {
                        map.serialize_entry("type", tag)?;
                    }
                    $(map.serialize_entry(NAMES[At::$rf as usize], &self.$rf)?;)*
                    $(match &self.$of {
                        Some(value) => map.serialize_entry(NAMES[At::$of as usize], value)?,
                        None if self.nulls.contains(At::$of as usize) => {
                            map.serialize_entry(NAMES[At::$of as usize], &())?;
                        }
                        None => {}
                    })*
                    self.extra.write(&mut map, &NAMES[usize::from(TAG.is_none())..])?;
                    map.end()
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    deserializer.deserialize_map(crate::wire::StructVisitor(std::marker::PhantomData))
                }
            }

            impl crate::wire::WireStruct for $name {
                fn read_map<'de, A: serde::de::MapAccess<'de>>(mut map: A, tagged: bool) -> Result<Self, A::Error> {
                    let mut seen = crate::wire::Seen::default();
                    #[allow(unused_mut)]
                    let mut nulls = crate::wire::Nulls::default();
                    let mut extra = crate::wire::Extra::default();
                    $(let mut $rf = None;)*
                    $(let mut $of = None;)*
                    if tagged {
                        seen.insert(At::r#type_tag as usize, NAMES)?;
                    }
                    let skip = usize::from(TAG.is_none());
                    while let Some(key) = map.next_key_seed(crate::wire::KeySeed { names: NAMES, skip })? {
                        let field = match key {
                            crate::wire::Key::Known(field) => field,
                            crate::wire::Key::Unknown(name) => {
                                extra.read(name, &mut map)?;
                                continue;
                            }
                        };
                        seen.insert(field, NAMES)?;
                        match field {
                            $(_ if field == At::$rf as usize => {
                                $rf = crate::wire::read_required(&mut map, NAMES[At::$rf as usize])?;
                            })*
                            $(_ if field == At::$of as usize => {
                                $of = crate::wire::read_optional(
                                    &mut map, NAMES[At::$of as usize], At::$of as usize, &mut nulls,
                                )?;
                            })*
                            _ => crate::wire::read_tag(&mut map, TAG.unwrap_or_default())?,
                        }
                    }
                    if TAG.is_some() && !seen.contains(At::r#type_tag as usize) {
                        return Err(crate::wire::missing("type"));
                    }
                    Ok(Self {
                        $($rf: $rf.ok_or_else(|| crate::wire::missing(NAMES[At::$rf as usize]))?,)*
                        $($of,)*
                        extra,
                        nulls,
                    })
                }

                fn field(&self, name: &str) -> Option<&dyn std::any::Any> {
                    match name {
                        $(stringify!($rf) => Some(&self.$rf),)*
                        $(stringify!($of) => self.$of.as_ref().map(|value| value as _),)*
                        "extra" => Some(&self.extra),
                        _ => None,
                    }
                }

                fn field_mut(&mut self, name: &str) -> Option<&mut dyn std::any::Any> {
                    match name {
                        $(stringify!($rf) => Some(&mut self.$rf),)*
                        $(stringify!($of) => self.$of.as_mut().map(|value| value as _),)*
                        _ => None,
                    }
                }
            }

            #[cfg(test)]
            impl crate::wire::Described for $name {
                const TAG: Option<&'static str> = TAG;
                const REQUIRED: &'static [(&'static str, &'static str)] =
                    &[$((crate::wire::wire_name(stringify!($rf)), stringify!($rt)),)*];
                const OPTIONAL: &'static [(&'static str, &'static str)] =
                    &[$((crate::wire::wire_name(stringify!($of)), stringify!($ot)),)*];
            }

            impl crate::wire::Field for $name {
                fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    serde::Deserialize::deserialize(deserializer)
                }

                fn unknown(&self, path: &mut crate::wire::Path) {
                    $(path.below(NAMES[At::$rf as usize], |path| crate::wire::Field::unknown(&self.$rf, path));)*
                    $(if let Some(value) = &self.$of {
                        path.below(NAMES[At::$of as usize], |path| crate::wire::Field::unknown(value, path));
                    })*
                    self.extra.unknown(path);
                }
            }
        };
    };
}

/// The tag of a struct as an `Option`.
macro_rules! wire_tag {
    () => {
        None
    };
    ($tag:literal) => {
        Some($tag)
    };
}

pub(crate) use {wire_argument, wire_is_secret, wire_struct, wire_tag, wire_type};
