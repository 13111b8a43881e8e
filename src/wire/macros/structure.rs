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
//! | `count` | `u64` | a number of things in a response; a negative one reads as 0 |

/// The Rust type of a field.
macro_rules! wire_type {
    ([$item:ident]) => { Vec<$item> };
    ({$item:ident}) => { std::collections::BTreeMap<String, $item> };
    ((secret $name:ident)) => { $name };
    (($boxed:ident)) => { Box<$boxed> };
    (count) => { u64 };
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
    (count) => { u64 };
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
///     pub(crate) gaps: Gaps,
/// }
///
/// impl Thumbnail {
///     /// Creates a thumbnail of the image data at `url`.
///     pub fn new(url: impl Into<String>) -> Self { … }
///
///     /// The width in pixels.
///     pub fn width(mut self, width: u64) -> Self { … }
///
///     /// The positions of fields in `NAMES` and in `gaps`.
///     const fn places<const N: usize>(names: [&str; N]) -> [usize; N] { … }
///
///     pub fn unknown(&self) -> Vec<String> { … }
/// }
///
/// const NAMES: &[&str] = &["type", "url", "width"];
///
/// impl PartialEq for Thumbnail { … }   // without `gaps`
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
///                 2 => width = read_optional(…)?, // sets bit 2 of `gaps` for a null
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
        pub struct $name:ident $(= $tag:literal $(or $absent:ident)?)?,
            $(#[$new_meta:meta])* $new_vis:vis fn $new:ident;
        required { $($(#[$rmeta:meta])* $rf:ident: $rt:tt,)* }
        $(defaulted { $($(#[$dmeta:meta])* $df:ident: $dt:tt,)* })?
        optional { $($(#[$ometa:meta])* $of:ident: $ot:tt,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$rmeta])* pub $rf: crate::wire::wire_type!($rt),)*
            $($($(#[$dmeta])* pub $df: crate::wire::wire_type!($dt),)*)?
            $($(#[$ometa])* pub $of: Option<crate::wire::wire_type!($ot)>,)*
            /// Fields that this version of the crate does not know, kept as raw JSON.
            pub extra: crate::wire::Extra,
            /// Which fields came as an explicit `null`, and which were absent.
            pub(crate) gaps: crate::wire::Gaps,
        }

        const _: () = {
            /// The place of each field in `NAMES`.
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum At { r#type_tag, $($rf,)* $($($df,)*)? $($of,)* }

            const NAMES: &[&str] = &[
                "type",
                $(crate::wire::wire_name(stringify!($rf)),)*
                $($(crate::wire::wire_name(stringify!($df)),)*)?
                $(crate::wire::wire_name(stringify!($of)),)*
            ];
            const _: () = assert!(NAMES.len() <= crate::wire::Gaps::MAX_FIELDS);
            const TAG: Option<&str> = crate::wire::wire_tag!($($tag)?);
            const TAG_MAY_BE_ABSENT: bool = crate::wire::wire_may_be_absent!($($($absent)?)?);

            impl $name {
                $(#[$new_meta])*
                #[allow(clippy::useless_conversion, clippy::new_without_default, clippy::too_many_arguments)]
                $new_vis fn $new(
                    $($rf: crate::wire::wire_argument!($rt),)*
                    $($($df: crate::wire::wire_argument!($dt),)*)?
                ) -> Self {
                    Self {
                        $($rf: $rf.into(),)*
                        $($($df: $df.into(),)*)?
                        $($of: None,)*
                        extra: crate::wire::Extra::default(),
                        gaps: crate::wire::Gaps::default(),
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
                        self.gaps.insert_null(place);
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
                    $(self.$rf == other.$rf &&)* $($(self.$df == other.$df &&)*)? $(self.$of == other.$of &&)* self.extra == other.extra
                }
            }

            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    let mut debug = f.debug_struct(stringify!($name));
                    $(crate::wire::show(&mut debug, stringify!($rf), &self.$rf, crate::wire::wire_is_secret!($rt));)*
                    $($(crate::wire::show(&mut debug, stringify!($df), &self.$df, crate::wire::wire_is_secret!($dt));)*)?
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
                        let gap = if TAG_MAY_BE_ABSENT { self.gaps.at(At::r#type_tag as usize) } else { None };
                        crate::wire::write_unless_gap(&mut map, "type", tag, gap)?;
                    }
                    $(map.serialize_entry(NAMES[At::$rf as usize], &self.$rf)?;)*
                    $($(crate::wire::write_defaulted(
                        &mut map, NAMES[At::$df as usize], &self.$df, self.gaps.at(At::$df as usize),
                    )?;)*)?
                    $(match &self.$of {
                        Some(value) => map.serialize_entry(NAMES[At::$of as usize], value)?,
                        None if self.gaps.is_null(At::$of as usize) => {
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
                    let mut gaps = crate::wire::Gaps::default();
                    let mut extra = crate::wire::Extra::default();
                    $(let mut $rf = None;)*
                    $($(let mut $df = None;)*)?
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
                            $($(_ if field == At::$df as usize => {
                                $df = crate::wire::wire_read!($dt)(
                                    &mut map, NAMES[At::$df as usize], At::$df as usize, &mut gaps,
                                )?;
                            })*)?
                            $(_ if field == At::$of as usize => {
                                $of = crate::wire::wire_read!($ot)(
                                    &mut map, NAMES[At::$of as usize], At::$of as usize, &mut gaps,
                                )?;
                            })*
                            _ if TAG_MAY_BE_ABSENT => {
                                crate::wire::read_tag_or_null(&mut map, TAG.unwrap_or_default(), &mut gaps)?;
                            }
                            _ => crate::wire::read_tag(&mut map, TAG.unwrap_or_default())?,
                        }
                    }
                    if TAG.is_some() && !seen.contains(At::r#type_tag as usize) {
                        if !TAG_MAY_BE_ABSENT {
                            return Err(crate::wire::missing("type"));
                        }
                        gaps.insert_absent(At::r#type_tag as usize);
                    }
                    Ok(Self {
                        $($rf: $rf.ok_or_else(|| crate::wire::missing(NAMES[At::$rf as usize]))?,)*
                        $($($df: crate::wire::or_default($df, At::$df as usize, &mut gaps),)*)?
                        $($of,)*
                        extra,
                        gaps,
                    })
                }

                fn field(&self, name: &str) -> Option<&dyn std::any::Any> {
                    match name {
                        $(stringify!($rf) => Some(&self.$rf),)*
                        $($(stringify!($df) => Some(&self.$df),)*)?
                        $(stringify!($of) => self.$of.as_ref().map(|value| value as _),)*
                        "extra" => Some(&self.extra),
                        _ => None,
                    }
                }

                fn field_mut(&mut self, name: &str) -> Option<&mut dyn std::any::Any> {
                    match name {
                        $(stringify!($rf) => Some(&mut self.$rf),)*
                        $($(stringify!($df) => Some(&mut self.$df),)*)?
                        $(stringify!($of) => self.$of.as_mut().map(|value| value as _),)*
                        _ => None,
                    }
                }
            }

            #[cfg(test)]
            impl crate::wire::Described for $name {
                const TAG: Option<&'static str> = TAG;
                const TAG_MAY_BE_ABSENT: bool = TAG_MAY_BE_ABSENT;
                const REQUIRED: &'static [(&'static str, &'static str)] =
                    &[$((crate::wire::wire_name(stringify!($rf)), stringify!($rt)),)*];
                const DEFAULTED: &'static [(&'static str, &'static str)] =
                    &[$($((crate::wire::wire_name(stringify!($df)), stringify!($dt)),)*)?];
                const OPTIONAL: &'static [(&'static str, &'static str)] =
                    &[$((crate::wire::wire_name(stringify!($of)), stringify!($ot)),)*];
            }

            impl crate::wire::Field for $name {
                fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    serde::Deserialize::deserialize(deserializer)
                }

                fn unknown(&self, path: &mut crate::wire::Path) {
                    $(path.below(NAMES[At::$rf as usize], |path| crate::wire::Field::unknown(&self.$rf, path));)*
                    $($(path.below(NAMES[At::$df as usize], |path| match self.gaps.at(At::$df as usize) {
                        Some(gap) if crate::wire::is_default(&self.$df) => path.report_gap(gap),
                        _ => crate::wire::Field::unknown(&self.$df, path),
                    });)*)?
                    if TAG_MAY_BE_ABSENT {
                        if let Some(gap) = self.gaps.at(At::r#type_tag as usize) {
                            path.below("type", |path| path.report_gap(gap));
                        }
                    }
                    $(if let Some(value) = &self.$of {
                        path.below(NAMES[At::$of as usize], |path| crate::wire::Field::unknown(value, path));
                    })*
                    self.extra.unknown(path);
                }
            }
        };
    };
}

/// Whether an object that has a tag may come without.
macro_rules! wire_may_be_absent {
    () => {
        false
    };
    (absent) => {
        true
    };
}

/// The function that reads a field which may be `null`.
macro_rules! wire_read {
    (count) => {
        crate::wire::read_count
    };
    ($other:tt) => {
        crate::wire::read_optional
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

pub(crate) use {
    wire_argument, wire_is_secret, wire_may_be_absent, wire_read, wire_struct, wire_tag, wire_type,
};
