//! The report of what the API changed in a request.

use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// A block of the request that the API changed, or accepted although it did not match (beta).
    ///
    /// Part of `input_transformations` in a [`Message`](crate::types::Message). It concerns
    /// thinking blocks, each of which is bound to the model, the conversation and the account that
    /// it was written for. What happens to a block that does not match is configured with a
    /// [`BlockBinding`](crate::types::settings::BlockBinding).
    ///
    /// ```
    /// use messages_api::types::diagnostics::{InputTransformation, InputTransformationReason};
    ///
    /// let change: InputTransformation = serde_json::from_str(
    ///     r#"{"type":"thinking_dropped","path":"messages.1.content.0","reason":"model_binding_mismatch"}"#,
    /// )?;
    /// assert_eq!(change.reason, InputTransformationReason::ModelBindingMismatch);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct InputTransformation,
        /// Creates a report of a change to the block at `path`.
        pub fn new;
    required {
        /// The action that the API took.
        r#type: InputTransformationType,
        /// The path to the block in the request, such as `messages.1.content.0`.
        path: String,
        /// The reason for the action.
        reason: InputTransformationReason,
    }
    optional {}
}

wire_string! {
    /// The action that the API took on a block of the request (beta). Part of an
    /// [`InputTransformation`].
    pub enum InputTransformationType {
        /// A thinking block was dropped.
        ThinkingDropped = "thinking_dropped",
        /// A thinking block did not match, but was kept.
        ThinkingMismatchAllowed = "thinking_mismatch_allowed",
    }
}

wire_string! {
    /// The binding of a thinking block that did not match the request (beta). Part of an
    /// [`InputTransformation`].
    pub enum InputTransformationReason {
        /// The block was written by another model.
        ModelBindingMismatch = "model_binding_mismatch",
        /// The block was written in a conversation with a different beginning.
        PrefixBindingMismatch = "prefix_binding_mismatch",
        /// The block was written for another organization.
        OrganizationBindingMismatch = "organization_binding_mismatch",
        /// The block was written for another end user.
        EndUserBindingMismatch = "end_user_binding_mismatch",
    }
}
