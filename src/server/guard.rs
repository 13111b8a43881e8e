//! Panics of a handler stay within its request.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::ApiError;

/// Does `work`; a panic becomes an error that does not say what it said.
///
/// Whoever calls it does not touch again what `work` has left half done, but
/// for dropping it.
pub(super) fn guard<T>(work: impl FnOnce() -> T) -> Result<T, ApiError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_panic| {
        #[cfg(feature = "tracing")]
        tracing::error!("the handler panicked");
        ApiError::internal()
    })
}
