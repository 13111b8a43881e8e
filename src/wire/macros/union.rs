//! Objects that are distinguished by `type`.

/// Declares an enum of objects that are distinguished by `type`. It is open: an
/// object with another `type` is kept in the variant `Unknown`.
///
/// `Name(Box Struct)` boxes the struct of a variant, and `Name(Boxed Struct)` that of one that is seldom used: see
/// [`Boxed`](crate::wire::Boxed). `default Name` after the name of the enum selects the variant for an object
/// without `type`.
macro_rules! wire_union {
    (
        $(#[$meta:meta])*
        pub enum $name:ident $(, default $default:ident)? {
            $($(#[$vmeta:meta])* $variant:ident($($payload:ident)+) = $tag:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* $variant(crate::wire::wire_payload!($($payload)+)),)*
            /// An object whose `type` this version of the crate does not know.
            Unknown(crate::wire::Unknown),
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
                crate::wire::Path::look(crate::wire::View::Union(self), usize::MAX)
            }
        }

        $(
            impl From<crate::wire::wire_payload!(@inner $($payload)+)> for $name {
                #[inline]
                fn from(value: crate::wire::wire_payload!(@inner $($payload)+)) -> Self {
                    #[allow(clippy::useless_conversion)]
                    Self::$variant(value.into())
                }
            }
        )*

        // A derived implementation is inlined into everything that clones the type.
        impl Clone for $name {
            fn clone(&self) -> Self {
                match self {
                    $(Self::$variant(value) => {
                        Self::$variant(crate::wire::wire_payload!(@clone value, $($payload)+))
                    })*
                    Self::Unknown(unknown) => Self::Unknown(unknown.clone()),
                }
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                crate::wire::equal(crate::wire::View::Union(self), crate::wire::View::Union(other))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::wire::write(crate::wire::View::Union(self), serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::wire::read(deserializer)
            }
        }

        impl crate::wire::Field for $name {
            fn blank() -> Self {
                Self::Unknown(crate::wire::Unknown::blank())
            }

            #[inline(never)]
            fn slot(&mut self) -> crate::wire::Slot<'_> {
                crate::wire::Target::Union(self).into()
            }

            #[inline(never)]
            fn view(&self) -> crate::wire::View<'_> {
                crate::wire::View::Union(self)
            }
        }

        const _: () = {
            #[allow(clippy::enum_variant_names)]
            enum At { $($variant,)* }

            impl crate::wire::Tagged for $name {
                const TAGS: &'static crate::wire::Tags = &crate::wire::Tags {
                    names: &[$($tag,)*],
                    default: {
                        #[allow(unused_mut, unused_assignments)]
                        let mut default = None;
                        $(default = Some(At::$default as usize);)?
                        default
                    },
                };
            }

            impl crate::wire::Union for $name {
                fn tags(&self) -> &'static crate::wire::Tags {
                    <Self as crate::wire::Tagged>::TAGS
                }

                fn begin(&mut self, tag: usize) -> (&mut dyn crate::wire::Object, usize) {
                    use crate::wire::Object as _;

                    match tag {
                        $(_ if tag == At::$variant as usize => {
                            *self = Self::$variant(crate::wire::Field::blank());
                            if let Self::$variant(value) = self {
                                return (value.as_object_mut(), crate::wire::wire_payload!(@heap $($payload)+));
                            }
                        })*
                        _ => {}
                    }
                    unreachable!("the union has no variant at {tag}")
                }

                fn set_unknown(&mut self, unknown: crate::wire::Unknown) {
                    *self = Self::Unknown(unknown);
                }

                fn view(&self) -> Result<&dyn crate::wire::Object, &crate::wire::Unknown> {
                    use crate::wire::Object as _;

                    match self {
                        $(Self::$variant(value) => Ok(value.as_object()),)*
                        Self::Unknown(unknown) => Err(unknown),
                    }
                }

                fn object_mut(&mut self) -> Option<&mut dyn crate::wire::Object> {
                    use crate::wire::Object as _;

                    match self {
                        $(Self::$variant(value) => Some(value.as_object_mut()),)*
                        Self::Unknown(_) => None,
                    }
                }
            }
        };
    };
}

/// The type that a variant holds, and with `@inner` the struct within its box.
macro_rules! wire_payload {
    (Box $inner:ident) => { Box<$inner> };
    (Boxed $inner:ident) => { crate::wire::Boxed<$inner> };
    ($inner:ident) => { $inner };
    // `Box::clone` is several functions for each type.
    (@clone $value:ident, Box $inner:ident) => { Box::new($inner::clone($value)) };
    (@clone $value:ident, Boxed $inner:ident) => { crate::wire::Boxed::new($inner::clone($value)) };
    (@clone $value:ident, $inner:ident) => { $inner::clone($value) };
    (@heap Box $inner:ident) => { size_of::<$inner>() };
    (@heap Boxed $inner:ident) => { crate::wire::Boxed::<$inner>::BYTES };
    (@heap $inner:ident) => { 0 };
    (@inner Box $inner:ident) => { $inner };
    (@inner Boxed $inner:ident) => { $inner };
    (@inner $inner:ident) => { $inner };
}

pub(crate) use {wire_payload, wire_union};
