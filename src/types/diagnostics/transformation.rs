//! TODO.

use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// Something that the API changed in the request (beta).
    ///
    /// ```
    /// use messages_api::types::diagnostics::InputTransformation;
    ///
    /// let change = InputTransformation::new("thinking_dropped", "messages.1.content.0", "model_binding_mismatch");
    /// ```
    pub struct InputTransformation,
        /// A change of the block at `path`.
        pub fn new;
    required {
        /// What was done.
        r#type: InputTransformationType,
        /// The block: `messages.i.content.j`.
        path: String,
        /// Why.
        reason: InputTransformationReason,
    }
    optional {}
}

wire_string! {
    /// What the API did to a block of the request.
    ///
    /// ```
    /// assert_eq!(messages_api::types::diagnostics::InputTransformationType::ThinkingDropped.as_str(), "thinking_dropped");
    /// ```
    pub enum InputTransformationType {
        /// Thinking was dropped.
        ThinkingDropped = "thinking_dropped",
        /// Thinking does not fit and was let through.
        ThinkingMismatchAllowed = "thinking_mismatch_allowed",
    }
}

wire_string! {
    /// Why the API changed a block of the request: what its thinking is bound
    /// to and does not fit.
    ///
    /// ```
    /// use messages_api::types::diagnostics::InputTransformationReason;
    ///
    /// assert_eq!(InputTransformationReason::ModelBindingMismatch.as_str(), "model_binding_mismatch");
    /// ```
    pub enum InputTransformationReason {
        /// Another model.
        ModelBindingMismatch = "model_binding_mismatch",
        /// Another beginning of the conversation.
        PrefixBindingMismatch = "prefix_binding_mismatch",
        /// Another organization.
        OrganizationBindingMismatch = "organization_binding_mismatch",
        /// Another end user.
        EndUserBindingMismatch = "end_user_binding_mismatch",
    }
}
