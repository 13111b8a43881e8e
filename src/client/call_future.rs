//! The future of a call.

use std::pin::Pin;

use crate::error::Error;

/// A boxed future, so that whoever makes a call does not compile all of its states once more.
pub(crate) type CallFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;
