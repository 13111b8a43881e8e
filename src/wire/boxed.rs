//! A box that is dropped by code of its own.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::field::{Field, Slot, View};
use crate::json::allocation;

/// A value on the heap, with one owner, whose drop is compiled once.
///
/// It is as large as a [`Box`], and is used like one. But the compiler copies the drop of a `Box<T>`, with all that is
/// in `T`, into each part of a program that may drop one. The drop of a `Boxed<T>` is a function that all of these
/// parts call. The blocks, tools and settings that most programs never use are held by it, so that programs compile
/// faster.
///
/// ```
/// use messages_api::types::server_tools::{ServerToolName, ServerToolUseBlock};
/// use messages_api::{ContentBlock, Json};
///
/// let call = ServerToolUseBlock::new("srvtoolu_1", ServerToolName::WebSearch, Json::parse(r#"{"query":"Oslo"}"#)?);
/// let mut block = ContentBlock::from(call);
/// if let ContentBlock::ServerToolUse(call) = &mut block {
///     call.id.push('2');
/// }
/// if let ContentBlock::ServerToolUse(call) = block {
///     let call: ServerToolUseBlock = call.into_inner();
///     assert_eq!(call.id, "srvtoolu_12");
/// }
/// # Ok::<(), serde_json::Error>(())
/// ```
// An `Arc` has what a box lacks: it calls a function that is not inlined to drop its value. It is never cloned, so it
// is the only pointer to the value.
pub struct Boxed<T>(Arc<T>);

const ONE_OWNER: &str = "no other pointer to the value exists";

impl<T> Boxed<T> {
    /// The size of the allocation, in which `Arc` puts two counts in front of the value.
    pub(crate) const BYTES: usize = size_of::<(usize, usize, T)>();

    /// Moves `value` to the heap.
    #[inline]
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// Returns the value.
    pub fn into_inner(self) -> T {
        Arc::into_inner(self.0).expect(ONE_OWNER)
    }
}

impl<T> Deref for Boxed<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Boxed<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::get_mut(&mut self.0).expect(ONE_OWNER)
    }
}

impl<T> AsRef<T> for Boxed<T> {
    #[inline]
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T> AsMut<T> for Boxed<T> {
    #[inline]
    fn as_mut(&mut self) -> &mut T {
        self
    }
}

impl<T> From<T> for Boxed<T> {
    #[inline]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Clone> Clone for Boxed<T> {
    fn clone(&self) -> Self {
        Self::new(T::clone(self))
    }
}

impl<T: PartialEq> PartialEq for Boxed<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: fmt::Debug> fmt::Debug for Boxed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Serialize> Serialize for Boxed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Boxed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

impl<T: Field> Field for Boxed<T> {
    fn blank() -> Self {
        Self::new(T::blank())
    }

    fn slot(&mut self) -> Slot<'_> {
        let slot = (**self).slot();
        Slot { bytes: slot.bytes + allocation(Self::BYTES), ..slot }
    }

    fn view(&self) -> View<'_> {
        (**self).view()
    }
}
