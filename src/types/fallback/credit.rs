//! Credits for sending a refused request to another model.

use crate::wire::{wire_shape, wire_string, wire_struct, wire_union};

wire_shape! {
    /// A token for the credit that came with a refusal (beta).
    ///
    /// The value of `fallback_credit_token` in the request that retries with another model. The
    /// token comes from a [`RefusalStopDetails`](crate::types::fallback::RefusalStopDetails) and is
    /// valid for 5 minutes; it cannot be combined with `fallbacks`. Requires the beta header
    /// `fallback-credit-2026-06-01`, or `fallback-credit-2026-07-01` for the form with a mode.
    ///
    /// ```
    /// use messages_api::types::fallback::{
    ///     FallbackCreditMode, FallbackCreditRedemption, FallbackCreditToken,
    /// };
    ///
    /// let token = FallbackCreditToken::from("fct_x");
    /// assert_eq!(serde_json::to_string(&token)?, r#""fct_x""#);
    ///
    /// let redemption = FallbackCreditRedemption::new("fct_x").mode(FallbackCreditMode::BestEffort);
    /// let token = FallbackCreditToken::from(redemption);
    /// assert_eq!(serde_json::to_string(&token)?, r#"{"token":"fct_x","mode":"best_effort"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum FallbackCreditToken, "a string or an object" {
        /// The token alone.
        Token = text((secret String)),
        /// The token, and the behavior if it cannot be redeemed.
        Redeem = object(FallbackCreditRedemption),
    }
}

wire_struct! {
    /// A credit token, and the behavior if it cannot be redeemed (beta).
    ///
    /// Part of [`FallbackCreditToken`]. Requires the beta header `fallback-credit-2026-07-01`.
    pub struct FallbackCreditRedemption,
        /// Creates a redemption of `token` with the API's default mode.
        pub fn new;
    required {
        /// The token from the refusal.
        token: (secret String),
    }
    optional {
        /// The behavior if the credit cannot be redeemed; the API's default if absent.
        mode: FallbackCreditMode,
    }
}

wire_string! {
    /// The behavior of the API if a credit cannot be redeemed (beta).
    pub enum FallbackCreditMode {
        /// The request fails.
        Strict = "strict",
        /// The request is served without the credit.
        BestEffort = "best_effort",
    }
}

wire_struct! {
    /// The outcome of a request with a credit token (beta).
    ///
    /// The value of `fallback_credit` in a [`Usage`](crate::types::usage::Usage).
    pub struct FallbackCreditUsage,
        /// Creates a report with the given outcome.
        pub fn new;
    required {
        /// Whether the credit was redeemed and, if not, why.
        status: FallbackCreditStatus,
    }
    optional {}
}

wire_union! {
    /// Whether a credit was redeemed (beta). Part of a [`FallbackCreditUsage`].
    pub enum FallbackCreditStatus {
        /// The credit was redeemed.
        Redeemed(CreditRedeemed) = "redeemed",
        /// The credit was not applied, for the reason in the variant.
        NotApplied(Boxed CreditNotApplied) = "not_applied",
    }
}

wire_struct! {
    /// The outcome for a credit that was redeemed (beta). Variant of [`FallbackCreditStatus`].
    pub struct CreditRedeemed = "redeemed",
        /// Creates the outcome.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// The outcome for a credit that was not applied (beta). Variant of [`FallbackCreditStatus`].
    pub struct CreditNotApplied = "not_applied",
        /// Creates an outcome with the given reason.
        pub fn new;
    required {
        /// The reason why the credit was not applied.
        reason: CreditNotAppliedReason,
    }
    optional {
        /// The fields to remove from the request to redeem the credit. Comes only with the reason
        /// [`VariantFieldsPresent`](CreditNotAppliedReason::VariantFieldsPresent).
        remove_to_redeem: [String],
    }
}

wire_string! {
    /// The reason why a credit was not applied (beta). Part of a [`CreditNotApplied`].
    pub enum CreditNotAppliedReason {
        /// The body of the request differs from that of the refused request.
        BodyMismatch = "body_mismatch",
        /// The request continues a partial message, which the credit does not cover.
        ContinuationExcluded = "continuation_excluded",
        /// The credit covers only a request that continues the partial message.
        ContinuationOnly = "continuation_only",
        /// The token has expired.
        Expired = "expired",
        /// The credit does not apply to the model of the request.
        InvalidTargetModel = "invalid_target_model",
        /// Credits are not enabled.
        NotEnabled = "not_enabled",
        /// The reduced price could not be computed.
        RepriceUnavailable = "reprice_unavailable",
        /// Credits are temporarily unavailable.
        TemporarilyUnavailable = "temporarily_unavailable",
        /// The request contains fields that the credit does not allow; `remove_to_redeem` names them.
        VariantFieldsPresent = "variant_fields_present",
        /// The token was issued to another organization.
        WrongOrganization = "wrong_organization",
        /// The token was issued on another platform.
        WrongPlatform = "wrong_platform",
        /// The token was issued to another workspace.
        WrongWorkspace = "wrong_workspace",
    }
}
