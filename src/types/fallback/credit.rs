//! TODO.

use crate::wire::{wire_shape, wire_string, wire_struct, wire_union};

wire_shape! {
    /// A credit for an answer that was refused (beta).
    ///
    /// ```
    /// let token = messages_api::types::fallback::FallbackCreditToken::from("fct_x");
    /// ```
    pub enum FallbackCreditToken, "a string or an object" {
        /// The token.
        Token = text((secret String)),
        /// The token and how to use it.
        Redeem = object(FallbackCreditRedemption),
    }
}

wire_struct! {
    /// A credit and how to use it.
    ///
    /// ```
    /// let credit = messages_api::types::fallback::FallbackCreditRedemption::new("fct_x").mode("best_effort");
    /// ```
    pub struct FallbackCreditRedemption,
        /// The credit `token`.
        pub fn new;
    required {
        /// The token.
        token: (secret String),
    }
    optional {
        /// What to do when it cannot be used.
        mode: FallbackCreditMode,
    }
}

wire_string! {
    /// What to do when a credit cannot be used.
    ///
    /// ```
    /// assert_eq!(messages_api::types::fallback::FallbackCreditMode::Strict.as_str(), "strict");
    /// ```
    pub enum FallbackCreditMode {
        /// Fail.
        Strict = "strict",
        /// Go on without.
        BestEffort = "best_effort",
    }
}

wire_struct! {
    /// What became of a credit (beta).
    ///
    /// ```
    /// use messages_api::types::fallback::{CreditRedeemed, FallbackCreditUsage};
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
    /// use messages_api::types::fallback::{CreditNotApplied, FallbackCreditStatus};
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
    /// let status = messages_api::types::fallback::CreditRedeemed::new();
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
    /// let status = messages_api::types::fallback::CreditNotApplied::new("expired");
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
    /// assert_eq!(messages_api::types::fallback::CreditNotAppliedReason::Expired.as_str(), "expired");
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
