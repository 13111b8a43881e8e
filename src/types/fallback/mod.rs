//! TODO.

mod block;
mod config;
mod credit;
mod refusal;

pub use block::{FallbackBlock, FallbackModel, FallbackTrigger, RefusalTrigger};
pub use config::{Fallback, Fallbacks};
pub use credit::{
    CreditNotApplied, CreditNotAppliedReason, CreditRedeemed, FallbackCreditMode, FallbackCreditRedemption,
    FallbackCreditStatus, FallbackCreditToken, FallbackCreditUsage,
};
pub use refusal::{RefusalCategory, RefusalStopDetails, StopDetails};
