//! The failure of a handler's stream.

use super::request_id::RequestId;
use crate::error::{ApiError, Error};

/// Returns what the caller learns of the failure, and reports the reason if it learns nothing.
pub(super) fn failure(error: Error, request_id: &RequestId) -> ApiError {
    #[cfg(feature = "tracing")]
    report(&error, request_id);
    #[cfg(not(feature = "tracing"))]
    let _ = request_id;
    error.into()
}

/// Reports the reason, unless the caller is told or the client has reported it, which has called an
/// upstream. The text may quote what was streamed unless it is about the order of events.
#[cfg(feature = "tracing")]
fn report(error: &Error, request_id: &RequestId) {
    use crate::error::{ErrorKind, chain};
    use crate::stream::AccumulateError;

    if error.api_error().is_some() || error.attempts() > 0 {
        return;
    }
    let fault = chain(error).find_map(|cause| cause.downcast_ref::<AccumulateError>());
    let reason = match error.kind() {
        ErrorKind::Protocol => fault.map(ToString::to_string),
        _ => Some(error.to_string()),
    };
    tracing::warn!(
        kind = ?error.kind(),
        reason,
        request_id = request_id.as_str(),
        "the stream of a handler failed"
    );
}
