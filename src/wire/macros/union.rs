//! Objects that are distinguished by `type`.

/// Declares an enum of objects that are distinguished by `type`. It is open: an
/// object with another `type` is kept in the variant `Unknown`.
///
/// `Name(Box Struct)` boxes the struct of a variant. `default Name` after the name of
/// the enum selects the variant for an object without `type`.
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
            /// An object whose `type` this version of the crate does not know.
            Unknown(Box<crate::wire::Unknown>),
        }

        impl $name {
            /// Returns the `type` on the wire.
            pub fn type_name(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $tag,)*
                    Self::Unknown(unknown) => unknown.type_name(),
                }
            }

            /// Returns the paths of everything in this value that this version of the
            /// crate does not know: fields, `type`s, and values of open enums (as
            /// `path=value`).
            pub fn unknown(&self) -> Vec<String> {
                crate::wire::Path::look(self)
            }
        }

        impl $name {
            /// Returns the field `field` of the variant's struct; `None` if it has no
            /// such field of the type `T`, or the field is absent.
            ///
            /// The field is looked up in the declaration of each struct, so an
            /// accessor that the variants share cannot leave a variant out.
            #[allow(dead_code)]
            pub(crate) fn shared<T: 'static>(&self, field: &str) -> Option<&T> {
                match self {
                    $(Self::$variant(value) => <crate::wire::wire_payload!(@inner $($payload)+) as crate::wire::WireStruct>::field(value, field),)*
                    Self::Unknown(_) => None,
                }
                .and_then(|value| value.downcast_ref())
            }

            /// Returns the field as [`shared`](Self::shared) does, to change it.
            #[allow(dead_code)]
            pub(crate) fn shared_mut<T: 'static>(&mut self, field: &str) -> Option<&mut T> {
                match self {
                    $(Self::$variant(value) => <crate::wire::wire_payload!(@inner $($payload)+) as crate::wire::WireStruct>::field_mut(value, field),)*
                    Self::Unknown(_) => None,
                }
                .and_then(|value| value.downcast_mut())
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
                            let value =
                                <crate::wire::wire_payload!(@inner $($payload)+) as crate::wire::WireStruct>::read_map(map, true)?;
                            crate::json::charge(crate::wire::wire_payload!(@heap $($payload)+))?;
                            Ok(Self::from(value))
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

/// The type that a variant holds, and with `@inner` the struct within its box.
macro_rules! wire_payload {
    (Box $inner:ident) => { Box<$inner> };
    ($inner:ident) => { $inner };
    (@heap Box $inner:ident) => { crate::json::allocation(size_of::<$inner>()) };
    (@heap $inner:ident) => { 0 };
    (@inner Box $inner:ident) => { $inner };
    (@inner $inner:ident) => { $inner };
}

pub(crate) use {wire_payload, wire_union};
