//! Values of several JSON types.

/// Declares a value that has one of several JSON types: `text(T)` is a string,
/// `flag(bool)` a boolean, `list([T])` an array, and `object(T)` an object. The
/// literal after the name is the text that errors use for the expected types.
/// `strict` after it marks a part of a request whose own parts may also be parts
/// of a response: nothing may be missing in them.
macro_rules! wire_shape {
    (
        $(#[$meta:meta])*
        pub enum $name:ident, $expecting:literal $(, $strict:ident)? {
            $($(#[$vmeta:meta])* $variant:ident = $shape:ident($ty:tt),)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* $variant(crate::wire::wire_type!($ty)),)*
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant(value) => {
                        crate::wire::show_variant(f, stringify!($variant), value, crate::wire::wire_is_secret!($ty))
                    })*
                }
            }
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

                let _gaps_before = crate::wire::gap_count();

                let value = deserializer.deserialize_any(ShapeVisitor)?;
                $(crate::wire::wire_shape!(@$strict value _gaps_before D);)?
                Ok(value)
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
    (@strict $value:ident $gaps_before:ident $deserializer:ident) => {
        crate::wire::deny_gaps::<$deserializer::Error>($gaps_before, &$value)?;
    };
    (@visit $name:ident $variant:ident text $ty:tt) => {
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
            crate::json::charge(crate::json::allocation(text.len()))?;
            Ok($name::$variant(text.into()))
        }

        fn visit_string<E: serde::de::Error>(self, text: String) -> Result<$name, E> {
            crate::json::charge(crate::json::allocation(text.len()))?;
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

pub(crate) use wire_shape;
