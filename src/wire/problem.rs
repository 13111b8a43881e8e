//! The error of what the wire types do themselves while they are being read.

use std::fmt;

use serde::de::Error;

/// A fault in a value, as a text that may begin with a path.
///
/// The types do not know the error of the deserializer that reads them, so the reader converts this
/// one to it.
#[derive(Debug)]
pub(crate) struct Problem(Box<str>);

impl Problem {
    /// Converts the problem to the error of a deserializer.
    pub(super) fn into_error<E: Error>(self) -> E {
        E::custom(self)
    }
}

impl Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string().into())
    }
}

impl std::error::Error for Problem {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
