//! Confines a panic of a handler to its request.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::ApiError;

/// Runs `work` and turns a panic into an error. The payload of the panic may be secret, so the
/// error does not contain it.
///
/// Unwind safety may be asserted because no caller uses again what `work` has left in a broken
/// state: after a panic, it is only dropped.
pub(super) fn guard<T>(work: impl FnOnce() -> T) -> Result<T, ApiError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_panic| {
        #[cfg(feature = "tracing")]
        tracing::error!("the handler panicked");
        ApiError::internal()
    })
}
