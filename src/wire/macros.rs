//! The macros that declare wire types.
//!
//! In all of them a field's type is one token: a name, `[T]` for a list of
//! `T`, or `{T}` for an object whose values are `T`.

/// The Rust type of a field.
macro_rules! wire_type {
    ([$item:ident]) => { Vec<$item> };
    ({$item:ident}) => { std::collections::BTreeMap<String, $item> };
    ($name:ident) => { $name };
}

/// What a constructor or setter takes for a field.
macro_rules! wire_argument {
    ([$item:ident]) => { Vec<$item> };
    ({$item:ident}) => { std::collections::BTreeMap<String, $item> };
    // A literal must find its type.
    (u64) => { u64 };
    (i64) => { i64 };
    (f64) => { f64 };
    (bool) => { bool };
    ($name:ident) => { impl Into<$name> };
}

/// Declares an object: its tag if it has one, its constructor, and its
/// required and optional fields. Every struct keeps unknown fields in `extra`
/// and knows which optional fields came as `null`.
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
            /// Fields that this version of the crate does not know.
            pub extra: crate::wire::Extra,
            nulls: crate::wire::Nulls,
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
                    /// Sets the field of this name.
                    #[allow(clippy::useless_conversion)]
                    #[must_use]
                    pub fn $of(mut self, $of: crate::wire::wire_argument!($ot)) -> Self {
                        self.$of = Some($of.into());
                        self
                    }
                )*

                /// Writes the optional fields `names` as `null` as long as they are not set.
                #[allow(dead_code)]
                fn with_nulls(mut self, names: &[&str]) -> Self {
                    for name in names {
                        if let Some(field) = NAMES.iter().position(|known| known == name) {
                            self.nulls.insert(field);
                        }
                    }
                    self
                }

                /// The paths of all that this version of the crate does not know
                /// in here: fields, types, and values (`path=value`) of open enums.
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
                    $(debug.field(stringify!($rf), &self.$rf);)*
                    $(if let Some(value) = &self.$of { debug.field(stringify!($of), value); })*
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

/// The tag of a struct as an option.
macro_rules! wire_tag {
    () => {
        None
    };
    ($tag:literal) => {
        Some($tag)
    };
}

/// Declares one of several objects, told apart by `type`, and open: what has
/// another `type` is kept as `Unknown`. `Name(Box Struct)` boxes a variant.
/// `default Name` names the variant that an object without `type` is.
macro_rules! wire_union {
    (
        $(#[$meta:meta])*
        pub enum $name:ident $(, default $default:ident)? {
            $($(#[$vmeta:meta])* $variant:ident($($payload:ident)+) = $tag:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* $variant(crate::wire::wire_payload!($($payload)+)),)*
            /// One whose `type` this version of the crate does not know.
            Unknown(Box<crate::wire::Unknown>),
        }

        impl $name {
            /// The `type` on the wire.
            pub fn type_name(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $tag,)*
                    Self::Unknown(unknown) => unknown.type_name(),
                }
            }

            /// The paths of all that this version of the crate does not know
            /// in here: fields, types, and values (`path=value`) of open enums.
            pub fn unknown(&self) -> Vec<String> {
                crate::wire::Path::look(self)
            }
        }

        $(
            impl From<crate::wire::wire_payload!(@inner $($payload)+)> for $name {
                fn from(value: crate::wire::wire_payload!(@inner $($payload)+)) -> Self {
                    #[allow(clippy::useless_conversion)]
                    Self::$variant(value.into())
                }
            }
        )*

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => value.serialize(serializer),)*
                    Self::Unknown(unknown) => unknown.serialize(serializer),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map(crate::wire::UnionVisitor(std::marker::PhantomData))
            }
        }

        const _: () = {
            #[allow(clippy::enum_variant_names)]
            enum At { $($variant,)* }

            impl crate::wire::WireUnion for $name {
                const TAGS: &'static [&'static str] = &[$($tag,)*];
                const DEFAULT: Option<usize> = {
                    #[allow(unused_mut, unused_assignments)]
                    let mut default = None;
                    $(default = Some(At::$default as usize);)?
                    default
                };

                fn read_variant<'de, A: serde::de::MapAccess<'de>>(tag: usize, map: A) -> Result<Self, A::Error> {
                    match tag {
                        $(_ if tag == At::$variant as usize => {
                            <crate::wire::wire_payload!(@inner $($payload)+) as crate::wire::WireStruct>::read_map(map, true)
                                .map(Self::from)
                        })*
                        _ => Err(serde::de::Error::custom("type: invalid tag")),
                    }
                }

                fn read_unknown<'de, A: serde::de::MapAccess<'de>>(
                    tag: Box<str>,
                    map: crate::wire::Entries<A>,
                ) -> Result<Self, A::Error> {
                    crate::wire::Unknown::read(tag, map).map(|unknown| Self::Unknown(Box::new(unknown)))
                }
            }
        };

        impl crate::wire::Field for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }

            fn unknown(&self, path: &mut crate::wire::Path) {
                match self {
                    $(Self::$variant(value) => crate::wire::Field::unknown(value, path),)*
                    Self::Unknown(unknown) => path.report_value(unknown.type_name()),
                }
            }
        }
    };
}

/// The payload of a union's variant, and what is in its box.
macro_rules! wire_payload {
    (Box $inner:ident) => { Box<$inner> };
    ($inner:ident) => { $inner };
    (@inner Box $inner:ident) => { $inner };
    (@inner $inner:ident) => { $inner };
}

/// Declares an open enum of strings: a string that is not listed is kept.
macro_rules! wire_string {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$vmeta:meta])* $variant:ident = $text:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* $variant,)*
            /// A value that this version of the crate does not know. Build it
            /// with `From<&str>`, which recognizes the known ones.
            Unknown(Box<str>),
        }

        impl $name {
            /// The string on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::Unknown(text.into()),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)*
                    _ => Self::Unknown(text.into()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct TextVisitor;

                impl serde::de::Visitor<'_> for TextVisitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string")
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        Ok($name::from(text))
                    }
                }

                deserializer.deserialize_str(TextVisitor)
            }
        }

        impl crate::wire::Field for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }

            fn unknown(&self, path: &mut crate::wire::Path) {
                if let Self::Unknown(text) = self {
                    path.report_value(text);
                }
            }
        }
    };
}

/// Declares a value that has one of several JSON shapes: `text(T)` is a
/// string, `flag(bool)` a boolean, `list([T])` an array, `object(T)` an object.
macro_rules! wire_shape {
    (
        $(#[$meta:meta])*
        pub enum $name:ident, $expecting:literal {
            $($(#[$vmeta:meta])* $variant:ident = $shape:ident($ty:tt),)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* $variant(crate::wire::wire_type!($ty)),)*
        }

        $(crate::wire::wire_shape!(@from $name $variant $shape $ty);)*

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => value.serialize(serializer),)*
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ShapeVisitor;

                impl<'de> serde::de::Visitor<'de> for ShapeVisitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }

                    $(crate::wire::wire_shape!(@visit $name $variant $shape $ty);)*
                }

                deserializer.deserialize_any(ShapeVisitor)
            }
        }

        impl crate::wire::Field for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }

            fn unknown(&self, path: &mut crate::wire::Path) {
                match self {
                    $(Self::$variant(value) => crate::wire::Field::unknown(value, path),)*
                }
            }
        }
    };
    (@visit $name:ident $variant:ident text $ty:tt) => {
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
            Ok($name::$variant(text.into()))
        }

        fn visit_string<E: serde::de::Error>(self, text: String) -> Result<$name, E> {
            Ok($name::$variant(text.into()))
        }
    };
    (@visit $name:ident $variant:ident flag $ty:tt) => {
        fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<$name, E> {
            Ok($name::$variant(flag))
        }
    };
    (@visit $name:ident $variant:ident list $ty:tt) => {
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<$name, A::Error> {
            let list = crate::wire::Field::read(serde::de::value::SeqAccessDeserializer::new(seq))?;
            Ok($name::$variant(list))
        }
    };
    (@visit $name:ident $variant:ident object $ty:tt) => {
        fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
            let object = crate::wire::Field::read(serde::de::value::MapAccessDeserializer::new(map))?;
            Ok($name::$variant(object))
        }
    };
    (@from $name:ident $variant:ident text $ty:tt) => {
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::$variant(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                #[allow(clippy::useless_conversion)]
                Self::$variant(text.into())
            }
        }
    };
    (@from $name:ident $variant:ident $shape:ident $ty:tt) => {
        impl From<crate::wire::wire_type!($ty)> for $name {
            fn from(value: crate::wire::wire_type!($ty)) -> Self {
                Self::$variant(value)
            }
        }
    };
}

pub(crate) use {
    wire_argument, wire_payload, wire_shape, wire_string, wire_struct, wire_tag, wire_type, wire_union,
};
