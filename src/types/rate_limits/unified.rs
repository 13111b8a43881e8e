//! The limits of subscriptions.

use std::collections::BTreeMap;

use http::HeaderMap;

use super::reset::ResetTime;
use super::{insert, text};
use crate::wire::wire_string;

const PREFIX: &str = "anthropic-ratelimit-unified-";

/// The limits of a subscription, each of which is called a claim.
///
/// These headers are not documented by the API; Claude Code reads them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct UnifiedRateLimits {
    /// Whether requests are allowed, all claims taken together.
    pub status: Option<RateLimitStatus>,
    /// The time at which the representative claim is reset.
    pub reset: Option<ResetTime>,
    /// The claim that decides the status, such as `five_hour`, `seven_day` or `overage`.
    pub representative_claim: Option<String>,
    /// The claims by name: `5h` for the last 5 hours, `7d` for the last 7 days, `overage` for use that is
    /// paid beyond the subscription, and others.
    pub claims: BTreeMap<String, UnifiedClaim>,
    /// The other headers by name without `anthropic-ratelimit-unified-`, such as `overage-disabled-reason`.
    pub other: BTreeMap<String, String>,
}

impl UnifiedRateLimits {
    /// Returns the claim of the last 5 hours.
    pub fn five_hours(&self) -> Option<&UnifiedClaim> {
        self.claims.get("5h")
    }

    /// Returns the claim of the last 7 days.
    pub fn seven_days(&self) -> Option<&UnifiedClaim> {
        self.claims.get("7d")
    }

    /// Returns the claim of use that is paid beyond the subscription.
    pub fn overage(&self) -> Option<&UnifiedClaim> {
        self.claims.get("overage")
    }

    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let mut limits = Self::default();
        for name in headers.keys() {
            let Some(field) = name.as_str().strip_prefix(PREFIX) else { continue };
            let Some(value) = text(headers, name.as_str()) else { continue };
            match field.rsplit_once('-') {
                _ if field == "status" => limits.status = Some(value.into()),
                _ if field == "reset" => limits.reset = Some(ResetTime::new(value)),
                _ if field == "representative-claim" => limits.representative_claim = Some(value.to_owned()),
                Some((claim, "status")) => limits.claim(claim).status = Some(value.into()),
                Some((claim, "reset")) => limits.claim(claim).reset = Some(ResetTime::new(value)),
                Some((claim, "utilization")) => {
                    limits.claim(claim).utilization =
                        value.parse().ok().filter(|share: &f64| share.is_finite());
                }
                _ => drop(limits.other.insert(field.to_owned(), value.to_owned())),
            }
        }
        (limits != Self::default()).then_some(limits)
    }

    pub(super) fn write(&self, headers: &mut HeaderMap) {
        let Self { status, reset, representative_claim, claims, other } = self;
        let mut write = |field: &str, value: Option<&str>| {
            if let Some(value) = value {
                insert(headers, &format!("{PREFIX}{field}"), value);
            }
        };
        for (field, value) in other {
            write(field, Some(value));
        }
        for (name, UnifiedClaim { status, utilization, reset }) in claims {
            write(&format!("{name}-status"), status.as_ref().map(RateLimitStatus::as_str));
            write(&format!("{name}-utilization"), utilization.map(|share| share.to_string()).as_deref());
            write(&format!("{name}-reset"), reset.as_ref().map(ResetTime::as_str));
        }
        write("status", status.as_ref().map(RateLimitStatus::as_str));
        write("reset", reset.as_ref().map(ResetTime::as_str));
        write("representative-claim", representative_claim.as_deref());
    }

    fn claim(&mut self, name: &str) -> &mut UnifiedClaim {
        self.claims.entry(name.to_owned()).or_default()
    }
}

/// One limit of a subscription.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct UnifiedClaim {
    /// Whether this claim allows requests.
    pub status: Option<RateLimitStatus>,
    /// The share that has been used; 1 is all of it.
    pub utilization: Option<f64>,
    /// The time at which the claim is reset.
    pub reset: Option<ResetTime>,
}

wire_string! {
    /// Whether a limit of a subscription allows requests.
    pub enum RateLimitStatus {
        /// Requests are allowed.
        Allowed = "allowed",
        /// Requests are allowed, but little is left.
        AllowedWarning = "allowed_warning",
        /// Requests are rejected until the limit is reset.
        Rejected = "rejected",
    }
}
