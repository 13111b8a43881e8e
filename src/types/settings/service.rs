//! The service that a request asks for: its tier, speed, end user and payer.

use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// Information about the end user on whose behalf a request is made.
    pub struct Metadata,
        /// Creates metadata without a user.
        pub fn new;
    required {}
    optional {
        /// An opaque identifier of the end user, at most 256 characters long.
        user_id: String,
    }
}

wire_string! {
    /// The service tier that a request asks for.
    ///
    /// The tier that served the request is reported as a
    /// [`UsageServiceTier`](crate::types::usage::UsageServiceTier), which has other values.
    pub enum ServiceTier {
        /// Uses reserved capacity if there is any, and standard capacity otherwise. This is the
        /// default.
        Auto = "auto",
        /// Uses standard capacity only.
        StandardOnly = "standard_only",
    }
}

wire_struct! {
    /// A choice of the party that pays for a request (beta).
    pub struct BillingPolicy = "billing_policy",
        /// Creates a policy that leaves the choice to the API.
        pub fn new;
    required {}
    optional {
        /// The party to bill, `self` or `user_profile`; the API's default if absent.
        bill_to: String,
    }
}

wire_string! {
    /// The speed at which the model writes.
    ///
    /// Under API version `2023-06-01` it is a beta feature and requires the beta header
    /// `fast-mode-2026-02-01`. Some models require the header under `2026-10-21` as well.
    pub enum Speed {
        /// Writes at the usual speed.
        Standard = "standard",
        /// Writes faster, at a higher price.
        Fast = "fast",
    }
}
