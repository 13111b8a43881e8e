//! Refusals, and the models that take over after one.
//!
//! When the model refuses, its message ends with the stop reason `refusal`, and
//! [`RefusalStopDetails`] give the subject and an explanation. Another model can then take over in
//! one of two ways, both beta:
//!
//! - The request names its [`Fallbacks`] in advance, and the API switches to them by itself. The
//!   message contains a [`FallbackBlock`] wherever one model took over from another.
//! - The caller sends the request again, to another model and with the [`FallbackCreditToken`] that
//!   came with the refusal. The usage of the new message reports in a [`FallbackCreditUsage`]
//!   whether the credit was redeemed. `RefusalFallback` in the module `fallback` does so for a client
//!   or a handler.
//!
//! ```
//! use messages_api::types::fallback::{Fallback, StopDetails};
//! use messages_api::{CreateMessageRequest, Message};
//!
//! // Names a fallback in advance.
//! let request = CreateMessageRequest::new("claude-fable-5", 1024)
//!     .fallbacks(vec![Fallback::new("claude-opus-4-8").max_tokens(512)])
//!     .user("How do vaccines work?");
//!
//! // Retries with the model that the API recommends. A credit cannot be combined with `fallbacks`.
//! fn retry(request: &CreateMessageRequest, refusal: &Message) -> Option<CreateMessageRequest> {
//!     let Some(StopDetails::Refusal(details)) = &refusal.stop_details else { return None };
//!     let mut retry = request.clone();
//!     retry.fallbacks = None;
//!     retry.model = details.recommended_model.clone()?;
//!     retry.fallback_credit_token = details.fallback_credit_token.clone().map(Into::into);
//!     Some(retry)
//! }
//! # use messages_api::types::fallback::{FallbackCreditToken, RefusalStopDetails};
//! # use messages_api::{StopReason, Usage};
//! # let details = RefusalStopDetails::new()
//! #     .recommended_model("claude-opus-4-8")
//! #     .fallback_credit_token("fct_x");
//! # let refusal = Message::new("msg_01", "claude-fable-5", vec![], Usage::new(12, 0))
//! #     .stop_reason(StopReason::Refusal)
//! #     .stop_details(details);
//! # let retry = retry(&CreateMessageRequest::new("claude-fable-5", 64).user("hi"), &refusal).unwrap();
//! # assert_eq!(retry.model, "claude-opus-4-8");
//! # assert_eq!(retry.fallback_credit_token, Some(FallbackCreditToken::from("fct_x")));
//! # assert_eq!(request.validate(&Default::default()), Ok(()));
//! ```

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
