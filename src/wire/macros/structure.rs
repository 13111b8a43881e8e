//! The macro that declares JSON objects with named fields.
//!
//! A field's type is one token tree:
//!
//! | written | Rust type | meaning |
//! |---|---|---|
//! | `T` | `T` | a value |
//! | `[T]` | `Vec<T>` | an array |
//! | `{T}` | `BTreeMap<String, T>` | an object used as a table |
//! | `(T)` | `Boxed<T>` | a large value that is seldom present |
//! | `(secret T)` | `T` | a value that `Debug` does not show |
//! | `count` | `u64` | a number of things in a response; a negative one reads as 0 |

/// The Rust type of a field.
macro_rules! wire_type {
    ([$item:ident]) => { Vec<$item> };
    ({$item:ident}) => { std::collections::BTreeMap<String, $item> };
    ((secret $name:ident)) => { $name };
    (($boxed:ident)) => { crate::wire::Boxed<$boxed> };
    (count) => { u64 };
    ($name:ident) => { $name };
}

/// The parameter type with which a constructor or setter takes a field.
macro_rules! wire_argument {
    ([$item:ident]) => { Vec<$item> };
    ({$item:ident}) => { std::collections::BTreeMap<String, $item> };
    ((secret $name:ident)) => { impl Into<$name> };
    (($boxed:ident)) => { impl Into<crate::wire::Boxed<$boxed>> };
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

/// Declares an object: its tag (the value of `type`) if it has one, its constructor, and its required and
/// optional fields. The struct also keeps unknown fields in `extra` and remembers which fields were `null`.
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
/// impl Clone for Thumbnail { … }
/// impl PartialEq for Thumbnail { … }   // by `equal`
/// impl Debug for Thumbnail { … }       // by `debug`
/// impl Serialize for Thumbnail { … }   // by `write`
/// impl Deserialize for Thumbnail { … } // by `read`
/// impl Field for Thumbnail { … }       // a blank value, and its slot and view
///
/// impl Object for Thumbnail {
///     fn layout(&self) -> &'static Layout {
///         &Layout { type_name: "Thumbnail", names: NAMES, labels: …, required: 1, tag: Some("thumbnail"), … }
///     }
///
///     fn get(&self, place: usize) -> Option<View<'_>> {
///         match place {
///             1 => Some(self.url.view()),
///             2 => self.width.as_ref().map(|width| width.view()),
///             _ => None,
///         }
///     }
///
///     fn field(&mut self, place: usize) -> Slot<'_> {
///         match place {
///             1 => self.url.slot(),
///             2 => self.width.get_or_insert_with(Field::blank).slot(),
///             _ => unreachable!(),
///         }
///     }
///     …
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
            /// The place of each field in `NAMES`; the first is for the tag.
            #[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
            enum At { type_tag, $($rf,)* $($($df,)*)? $($of,)* }

            const NAMES: &[&str] = &[
                "type",
                $(crate::wire::wire_name(stringify!($rf)),)*
                $($(crate::wire::wire_name(stringify!($df)),)*)?
                $(crate::wire::wire_name(stringify!($of)),)*
            ];
            const _: () = assert!(NAMES.len() <= crate::wire::Gaps::MAX_FIELDS);

            impl $name {
                $(#[$new_meta])*
                #[allow(clippy::useless_conversion, clippy::new_without_default, clippy::too_many_arguments)]
                #[inline]
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
                    #[inline]
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
                    crate::wire::Path::look(crate::wire::View::Object(self), usize::MAX)
                }
            }

            // A derived implementation is inlined into everything that clones the type.
            impl Clone for $name {
                fn clone(&self) -> Self {
                    Self {
                        $($rf: self.$rf.clone(),)*
                        $($($df: self.$df.clone(),)*)?
                        $($of: self.$of.clone(),)*
                        extra: self.extra.clone(),
                        gaps: self.gaps,
                    }
                }
            }

            impl PartialEq for $name {
                fn eq(&self, other: &Self) -> bool {
                    crate::wire::equal(crate::wire::View::Object(self), crate::wire::View::Object(other))
                }
            }

            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    crate::wire::debug(self, f)
                }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    crate::wire::write(crate::wire::View::Object(self), serializer)
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    crate::wire::read(deserializer)
                }
            }

            impl crate::wire::Field for $name {
                fn blank() -> Self {
                    Self {
                        $($rf: crate::wire::Field::blank(),)*
                        $($($df: crate::wire::Field::blank(),)*)?
                        $($of: None,)*
                        extra: crate::wire::Extra::default(),
                        gaps: crate::wire::Gaps::default(),
                    }
                }

                #[inline(never)]
                fn slot(&mut self) -> crate::wire::Slot<'_> {
                    crate::wire::Target::Object(self).into()
                }

                #[inline(never)]
                fn view(&self) -> crate::wire::View<'_> {
                    crate::wire::View::Object(self)
                }
            }

            impl crate::wire::Object for $name {
                fn layout(&self) -> &'static crate::wire::Layout {
                    const LAYOUT: &crate::wire::Layout = &crate::wire::Layout {
                        type_name: stringify!($name),
                        names: NAMES,
                        labels: &crate::wire::labels::<{ crate::wire::labels_len(NAMES) }>(NAMES),
                        required: [$(stringify!($rf),)* ""].len() - 1,
                        defaulted: [$($(stringify!($df),)*)? ""].len() - 1,
                        tag: crate::wire::wire_tag!($($tag)?),
                        tag_may_be_absent: crate::wire::wire_may_be_absent!($($($absent)?)?),
                        is_checked: false,
                        secrets: 0 $(| (crate::wire::wire_is_secret!($rt) as u64) << At::$rf as usize)*
                            $($(| (crate::wire::wire_is_secret!($dt) as u64) << At::$df as usize)*)?
                            $(| (crate::wire::wire_is_secret!($ot) as u64) << At::$of as usize)*,
                    };
                    LAYOUT
                }

                fn get(&self, place: usize) -> Option<crate::wire::View<'_>> {
                    #[allow(unused_imports)] // of a type without fields
                    use crate::wire::Field as _;

                    match place {
                        $(_ if place == At::$rf as usize => Some(self.$rf.view()),)*
                        $($(_ if place == At::$df as usize => Some(self.$df.view()),)*)?
                        $(_ if place == At::$of as usize => self.$of.as_ref().map(|value| value.view()),)*
                        _ => None,
                    }
                }

                fn field(&mut self, place: usize) -> crate::wire::Slot<'_> {
                    #[allow(unused_imports)] // of a type without fields
                    use crate::wire::Field as _;

                    match place {
                        $(_ if place == At::$rf as usize => self.$rf.slot(),)*
                        $($(_ if place == At::$df as usize => crate::wire::wire_slot!($dt, &mut self.$df),)*)?
                        $(_ if place == At::$of as usize => {
                            crate::wire::wire_slot!($ot, crate::wire::present(&mut self.$of))
                        })*
                        _ => unreachable!("the type has no field at {place}"),
                    }
                }

                fn rest(&self) -> (&crate::wire::Extra, crate::wire::Gaps) {
                    (&self.extra, self.gaps)
                }

                fn rest_mut(&mut self) -> (&mut crate::wire::Extra, &mut crate::wire::Gaps) {
                    (&mut self.extra, &mut self.gaps)
                }

                $(
                    fn is_default(&self, place: usize) -> bool {
                        match place {
                            $(_ if place == At::$df as usize => crate::wire::is_default(&self.$df),)*
                            _ => false,
                        }
                    }

                    fn set_default(&mut self, place: usize) {
                        match place {
                            $(_ if place == At::$df as usize => {
                                self.$df = crate::wire::Defaulted::default_value();
                            })*
                            _ => {}
                        }
                    }
                )?

                fn as_any(&self) -> &dyn std::any::Any {
                    self
                }

                fn as_object(&self) -> &dyn crate::wire::Object {
                    self
                }

                fn as_object_mut(&mut self) -> &mut dyn crate::wire::Object {
                    self
                }
            }

            #[cfg(test)]
            impl crate::wire::Described for $name {
                const REQUIRED: &'static [(&'static str, &'static str)] =
                    &[$((crate::wire::wire_name(stringify!($rf)), stringify!($rt)),)*];
                const DEFAULTED: &'static [(&'static str, &'static str)] =
                    &[$($((crate::wire::wire_name(stringify!($df)), stringify!($dt)),)*)?];
                const OPTIONAL: &'static [(&'static str, &'static str)] =
                    &[$((crate::wire::wire_name(stringify!($of)), stringify!($ot)),)*];
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

/// A field as something to read into.
macro_rules! wire_slot {
    (count, $value:expr) => {
        crate::wire::Target::Count($value).into()
    };
    ($other:tt, $value:expr) => {
        $value.slot()
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
    wire_argument, wire_is_secret, wire_may_be_absent, wire_slot, wire_struct, wire_tag, wire_type,
};
