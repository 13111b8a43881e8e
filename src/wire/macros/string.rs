//! Open sets of strings.

/// Declares an enum of strings that is open: a string that is not listed is
/// kept in the variant `Unknown`.
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
            /// A string that this version of the crate does not know. Create it with
            /// `From<&str>`, which recognizes the known ones.
            Unknown(Box<str>),
        }

        impl $name {
            /// Returns the string on the wire.
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
            #[inline]
            fn from(text: String) -> Self {
                Self::from(text.as_str())
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
                crate::wire::read(deserializer)
            }
        }

        impl crate::wire::Field for $name {
            fn blank() -> Self {
                Self::Unknown(Box::default())
            }

            #[inline(never)]
            fn slot(&mut self) -> crate::wire::Slot<'_> {
                crate::wire::Target::Name(self).into()
            }

            #[inline(never)]
            fn view(&self) -> crate::wire::View<'_> {
                crate::wire::View::Name(self)
            }
        }

        impl crate::wire::Name for $name {
            fn text(&self) -> &str {
                self.as_str()
            }

            fn is_known(&self) -> bool {
                !matches!(self, Self::Unknown(_))
            }

            fn set(&mut self, text: &str) -> usize {
                *self = Self::from(text);
                if self.is_known() { 0 } else { text.len() }
            }
        }
    };
}

pub(crate) use wire_string;
