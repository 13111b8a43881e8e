//! Confines a panic of a handler to its request.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::ApiError;

/// Runs `work` and turns a panic into an error. The payload of the panic may be secret, so the
/// error does not contain it.
///
/// Unwind safety may be asserted because every caller only drops what `work` was using when it
/// panicked, so a broken state is never observed.
pub(super) fn guard<T>(work: impl FnOnce() -> T) -> Result<T, ApiError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_panic| {
        #[cfg(feature = "tracing")]
        tracing::error!("the handler panicked");
        ApiError::internal()
    })
}
