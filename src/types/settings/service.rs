//! TODO.

use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// Who asks.
    ///
    /// ```
    /// let metadata = messages_api::types::settings::Metadata::new().user_id("u-7f3a");
    /// ```
    pub struct Metadata,
        /// Nothing known.
        pub fn new;
    required {}
    optional {
        /// An opaque name of the end user, at most 256 characters.
        user_id: String,
    }
}

wire_string! {
    /// The tier that may serve a request.
    ///
    /// ```
    /// assert_eq!(messages_api::types::settings::ServiceTier::StandardOnly.as_str(), "standard_only");
    /// ```
    pub enum ServiceTier {
        /// Reserved capacity where there is some.
        Auto = "auto",
        /// Never reserved capacity.
        StandardOnly = "standard_only",
    }
}

wire_struct! {
    /// Who pays (beta).
    ///
    /// ```
    /// let policy = messages_api::types::settings::BillingPolicy::new().bill_to("user_profile");
    /// ```
    pub struct BillingPolicy = "billing_policy",
        /// The API's default.
        pub fn new;
    required {}
    optional {
        /// `self` or `user_profile`.
        bill_to: String,
    }
}

wire_string! {
    /// How fast the model writes.
    ///
    /// ```
    /// assert_eq!(messages_api::types::settings::Speed::Fast.as_str(), "fast");
    /// ```
    pub enum Speed {
        /// As usual.
        Standard = "standard",
        /// Faster, at a higher price.
        Fast = "fast",
    }
}
