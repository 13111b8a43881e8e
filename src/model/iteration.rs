//! What the parts of an answer cost.

use crate::model::CacheCreation;
use crate::wire::{wire_string, wire_struct, wire_union};

wire_union! {
    /// What one part of an answer cost (beta).
    ///
    /// ```
    /// use messages_api::{MessageIterationUsage, UsageIteration};
    ///
    /// let part = UsageIteration::from(MessageIterationUsage::new(10, 5).model("claude-sonnet-5"));
    /// ```
    pub enum UsageIteration {
        /// The model's own.
        Message(Box MessageIterationUsage) = "message",
        /// A compaction.
        Compaction(Box CompactionIterationUsage) = "compaction",
        /// The advisor's.
        AdvisorMessage(Box AdvisorMessageIterationUsage) = "advisor_message",
        /// That of a model that took over.
        FallbackMessage(Box FallbackMessageIterationUsage) = "fallback_message",
    }
}

macro_rules! iteration_usage {
    ($($(#[$meta:meta])* $name:ident = $tag:literal;)*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// ```
            #[doc = concat!("let part = messages_api::", stringify!($name), "::new(10, 5);")]
            /// ```
            pub struct $name = $tag,
                /// Tokens read and written.
                pub fn new;
            required {
                /// Tokens read, those from and to the cache not counted.
                input_tokens: u64,
                /// Tokens written.
                output_tokens: u64,
            }
            optional {
                /// The model; not on compactions.
                model: String,
                /// Tokens written to the cache.
                cache_creation_input_tokens: u64,
                /// Tokens read from the cache.
                cache_read_input_tokens: u64,
                /// The tokens written to the cache by how long they live.
                cache_creation: CacheCreation,
            }
        }
    )*};
}

iteration_usage! {
    /// What the model's own part of an answer cost.
    MessageIterationUsage = "message";
    /// What a compaction cost.
    CompactionIterationUsage = "compaction";
    /// What the advisor cost.
    AdvisorMessageIterationUsage = "advisor_message";
    /// What a model that took over cost.
    FallbackMessageIterationUsage = "fallback_message";
}

wire_struct! {
    /// What became of a credit (beta).
    ///
    /// ```
    /// use messages_api::{CreditRedeemed, FallbackCreditUsage};
    ///
    /// let usage = FallbackCreditUsage::new(CreditRedeemed::new());
    /// ```
    pub struct FallbackCreditUsage,
        /// It was used or not.
        pub fn new;
    required {
        /// Whether it was used.
        status: FallbackCreditStatus,
    }
    optional {}
}

wire_union! {
    /// Whether a credit was used.
    ///
    /// ```
    /// use messages_api::{CreditNotApplied, FallbackCreditStatus};
    ///
    /// let status = FallbackCreditStatus::from(CreditNotApplied::new("expired"));
    /// ```
    pub enum FallbackCreditStatus {
        /// It was.
        Redeemed(CreditRedeemed) = "redeemed",
        /// It was not.
        NotApplied(Box CreditNotApplied) = "not_applied",
    }
}

wire_struct! {
    /// A credit was used.
    ///
    /// ```
    /// let status = messages_api::CreditRedeemed::new();
    /// ```
    pub struct CreditRedeemed = "redeemed",
        /// The status.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// A credit was not used.
    ///
    /// ```
    /// let status = messages_api::CreditNotApplied::new("expired");
    /// ```
    pub struct CreditNotApplied = "not_applied",
        /// Not, for `reason`.
        pub fn new;
    required {
        /// Why not.
        reason: CreditNotAppliedReason,
    }
    optional {
        /// What to take out of the request so that it can be used.
        remove_to_redeem: [String],
    }
}

wire_string! {
    /// Why a credit was not used.
    ///
    /// ```
    /// assert_eq!(messages_api::CreditNotAppliedReason::Expired.as_str(), "expired");
    /// ```
    pub enum CreditNotAppliedReason {
        /// The body is another one.
        BodyMismatch = "body_mismatch",
        /// It is not for going on with an answer.
        ContinuationExcluded = "continuation_excluded",
        /// It is only for going on with an answer.
        ContinuationOnly = "continuation_only",
        /// It is too old.
        Expired = "expired",
        /// It is not for this model.
        InvalidTargetModel = "invalid_target_model",
        /// Credits are not enabled.
        NotEnabled = "not_enabled",
        /// The price cannot be worked out.
        RepriceUnavailable = "reprice_unavailable",
        /// Not now.
        TemporarilyUnavailable = "temporarily_unavailable",
        /// The request holds fields that it must not: see `remove_to_redeem`.
        VariantFieldsPresent = "variant_fields_present",
        /// It is another organization's.
        WrongOrganization = "wrong_organization",
        /// It is another platform's.
        WrongPlatform = "wrong_platform",
        /// It is another workspace's.
        WrongWorkspace = "wrong_workspace",
    }
}
