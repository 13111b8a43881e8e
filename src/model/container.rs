//! Containers that server tools run in, diagnostics, and what the API did to
//! its input.

use crate::wire::{wire_shape, wire_string, wire_struct, wire_union};

wire_shape! {
    /// The container that server tools shall run in.
    ///
    /// ```
    /// use messages_api::{ContainerConfig, ContainerParams, Skill, SkillType};
    ///
    /// let params = ContainerParams::new().skills(vec![Skill::new(SkillType::Anthropic, "xlsx")]);
    /// let container = ContainerConfig::from(params);
    /// ```
    pub enum ContainerConfig, "a string or an object" {
        /// One that is there, by its id.
        Id = text(String),
        /// One that is there or a new one, and its skills.
        Params = object(ContainerParams),
    }
}

wire_struct! {
    /// A container and its skills.
    ///
    /// ```
    /// let params = messages_api::ContainerParams::new().id("container_01");
    /// ```
    pub struct ContainerParams,
        /// A new container.
        pub fn new;
    required {}
    optional {
        /// One that is there.
        id: String,
        /// What it shall know.
        skills: [Skill],
    }
}

wire_struct! {
    /// Something that a container knows how to do.
    ///
    /// ```
    /// use messages_api::{Skill, SkillType};
    ///
    /// let skill = Skill::new(SkillType::Anthropic, "xlsx").version("latest");
    /// ```
    pub struct Skill,
        /// The skill `skill_id`.
        pub fn new;
    required {
        /// Whose it is.
        r#type: SkillType,
        /// The skill, 1 to 64 characters.
        skill_id: String,
    }
    optional {
        /// Its version, 1 to 64 characters; the latest where absent.
        version: String,
    }
}

wire_string! {
    /// Whose a skill is.
    ///
    /// ```
    /// assert_eq!(messages_api::SkillType::Custom.as_str(), "custom");
    /// ```
    pub enum SkillType {
        /// The API's.
        Anthropic = "anthropic",
        /// The caller's.
        Custom = "custom",
    }
}

wire_struct! {
    /// The container that server tools ran in.
    ///
    /// ```
    /// let container = messages_api::Container::new("container_01", "2026-11-01T00:00:00Z");
    /// ```
    pub struct Container,
        /// The container `id`.
        pub fn new;
    required {
        /// Names it; a later request may use it again.
        id: String,
        /// When it goes, RFC 3339.
        expires_at: String,
    }
    optional {
        /// What it knows.
        skills: [Skill],
    }
}

wire_struct! {
    /// Asks why the cache was missed.
    ///
    /// ```
    /// let diagnostics = messages_api::DiagnosticsConfig::first_turn();
    /// ```
    pub struct DiagnosticsConfig, fn empty;
    required {}
    optional {
        /// The answer before this one; `null` on the first turn.
        previous_message_id: String,
    }
}

impl DiagnosticsConfig {
    /// Asks from the first turn on.
    pub fn first_turn() -> Self {
        Self::empty().with_nulls(&["previous_message_id"])
    }
}

wire_struct! {
    /// Why the cache was missed.
    ///
    /// ```
    /// let diagnostics = messages_api::Diagnostics::pending();
    /// ```
    pub struct Diagnostics, fn empty;
    required {}
    optional {
        /// The reason; `null` while it is not known yet.
        cache_miss_reason: CacheMissReason,
    }
}

impl Diagnostics {
    /// The reason is not known yet.
    pub fn pending() -> Self {
        Self::empty().with_nulls(&["cache_miss_reason"])
    }
}

wire_union! {
    /// Why the cache was missed.
    ///
    /// ```
    /// use messages_api::{CacheMissReason, ToolsChanged};
    ///
    /// let reason = CacheMissReason::from(ToolsChanged::new(1200));
    /// ```
    pub enum CacheMissReason {
        /// The model changed.
        ModelChanged(ModelChanged) = "model_changed",
        /// The system prompt changed.
        SystemChanged(SystemChanged) = "system_changed",
        /// The tools changed.
        ToolsChanged(ToolsChanged) = "tools_changed",
        /// The messages changed.
        MessagesChanged(MessagesChanged) = "messages_changed",
        /// There is no such previous message.
        PreviousMessageNotFound(PreviousMessageNotFound) = "previous_message_not_found",
        /// It cannot be told.
        Unavailable(CacheMissUnavailable) = "unavailable",
    }
}

/// The four reasons that something changed have the same shape.
macro_rules! changed {
    ($($(#[$meta:meta])* $name:ident = $tag:literal;)*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// ```
            #[doc = concat!("let reason = messages_api::", stringify!($name), "::new(1200);")]
            /// ```
            pub struct $name = $tag,
                /// It cost so many tokens.
                pub fn new;
            required {
                /// Tokens that were not read from the cache.
                cache_missed_input_tokens: u64,
            }
            optional {}
        }
    )*};
}

changed! {
    /// The model changed.
    ModelChanged = "model_changed";
    /// The system prompt changed.
    SystemChanged = "system_changed";
    /// The tools changed.
    ToolsChanged = "tools_changed";
    /// The messages changed.
    MessagesChanged = "messages_changed";
}

wire_struct! {
    /// There is no such previous message.
    ///
    /// ```
    /// let reason = messages_api::PreviousMessageNotFound::new();
    /// ```
    pub struct PreviousMessageNotFound = "previous_message_not_found",
        /// The reason.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Why the cache was missed cannot be told.
    ///
    /// ```
    /// let reason = messages_api::CacheMissUnavailable::new();
    /// ```
    pub struct CacheMissUnavailable = "unavailable",
        /// The reason.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Something that the API changed in the request (beta).
    ///
    /// ```
    /// use messages_api::InputTransformation;
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
    /// assert_eq!(messages_api::InputTransformationType::ThinkingDropped.as_str(), "thinking_dropped");
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
    /// use messages_api::InputTransformationReason;
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
