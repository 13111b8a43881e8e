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
                        crate::wire::debug_variant(f, stringify!($variant), value, crate::wire::wire_is_secret!($ty))
                    })*
                }
            }
        }

        $(crate::wire::wire_shape!(@from $name $variant $shape $ty);)*

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::wire::write(crate::wire::View::Shape(self), serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::wire::read(deserializer)
            }
        }

        impl crate::wire::Field for $name {
            fn blank() -> Self {
                crate::wire::wire_shape!(@blank $($variant)*)
            }

            #[inline(never)]
            fn slot(&mut self) -> crate::wire::Slot<'_> {
                crate::wire::Target::Shape(self).into()
            }

            #[inline(never)]
            fn view(&self) -> crate::wire::View<'_> {
                crate::wire::View::Shape(self)
            }
        }

        impl crate::wire::Shape for $name {
            fn expecting(&self) -> &'static str {
                $expecting
            }

            fn is_strict(&self) -> bool {
                [$(stringify!($strict),)? ""].len() > 1
            }

            fn begin(&mut self, kind: crate::wire::Kind) -> Option<crate::wire::Slot<'_>> {
                match kind {
                    $(crate::wire::wire_shape!(@kind $shape) => *self = Self::$variant(crate::wire::Field::blank()),)*
                    #[allow(unreachable_patterns)]
                    _ => return None,
                }
                match self {
                    $(Self::$variant(value) => Some(crate::wire::Field::slot(value)),)*
                }
            }

            fn inner(&self) -> crate::wire::View<'_> {
                match self {
                    $(Self::$variant(value) => crate::wire::Field::view(value),)*
                }
            }
        }
    };
    (@blank $first:ident $($rest:ident)*) => { Self::$first(crate::wire::Field::blank()) };
    (@kind text) => { crate::wire::Kind::Text };
    (@kind flag) => { crate::wire::Kind::Flag };
    (@kind list) => { crate::wire::Kind::List };
    (@kind object) => { crate::wire::Kind::Object };
    (@from $name:ident $variant:ident text $ty:tt) => {
        impl From<&str> for $name {
            #[inline]
            fn from(text: &str) -> Self {
                Self::$variant(text.into())
            }
        }

        impl From<String> for $name {
            #[inline]
            fn from(text: String) -> Self {
                #[allow(clippy::useless_conversion)]
                Self::$variant(text.into())
            }
        }
    };
    (@from $name:ident $variant:ident $shape:ident $ty:tt) => {
        impl From<crate::wire::wire_type!($ty)> for $name {
            #[inline]
            fn from(value: crate::wire::wire_type!($ty)) -> Self {
                Self::$variant(value)
            }
        }
    };
}

pub(crate) use wire_shape;
