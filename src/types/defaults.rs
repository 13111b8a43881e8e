//! The values of objects that a response lacks.

use crate::types::batches::BatchRequestCounts;
use crate::types::events::MessageDelta;
use crate::types::usage::Usage;
use crate::types::{ErrorType, Role};
use crate::wire::wire_defaults;

wire_defaults! {
    Role = Self::Assistant;
    Usage = Self::new(0, 0);
    MessageDelta = Self::new();
    BatchRequestCounts = Self::new(0, 0, 0, 0, 0);
    // A client replaces it by the type that goes with the HTTP status.
    ErrorType = Self::Api;
}
