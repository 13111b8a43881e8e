//! Validation: finding the parts of a request that the API would reject, before the request is sent.
//!
//! Reading a request checks its JSON types, not its content: an empty text, a thinking budget above
//! `max_tokens` or a tool result without its call are all read without an error. This suits a gateway, which
//! forwards requests without judging them. A handler that serves requests itself should call
//! [`CreateMessageRequest::validate`] first and return the [`ValidationError`] to the caller, who receives an
//! HTTP response with status 400. A client can use the method to find mistakes without a round trip.
//!
//! ```
//! use messages_api::types::ApiVersion;
//! use messages_api::{
//!     ContentBlock, CreateMessageRequest, Message, Reply, RequestContext, StopReason, Usage, handler_fn,
//! };
//!
//! let handler = handler_fn(|request: CreateMessageRequest, context: RequestContext| async move {
//!     // `?` turns the error into an `ApiError` of type `invalid_request_error`.
//!     request.validate(&context.version().unwrap_or_default())?;
//!     let content = vec![ContentBlock::text("Hello!")];
//!     let message = Message::new("msg_01", request.model, content, Usage::new(9, 3));
//!     Ok(Reply::from(message.stop_reason(StopReason::EndTurn)))
//! });
//!
//! // Every problem has the path of the field that it is about.
//! let request = CreateMessageRequest::new("claude-sonnet-5", 64).user("").top_p(1.5);
//! let error = request.validate(&ApiVersion::V2023_06_01).unwrap_err();
//! let paths: Vec<&str> = error.problems().iter().map(|problem| problem.path()).collect();
//! assert_eq!(paths, ["top_p", "messages.0.content"]);
//! # let _ = handler;
//! ```

mod blocks;
mod citations;
mod hosted_results;
mod messages;
mod place;
mod problems;
mod settings;
mod tool_results;
mod tools;
mod turns;
mod whitespace;

pub use problems::{ValidationError, ValidationProblem};

use crate::types::{ApiVersion, CreateMessageRequest};
use problems::Problems;

impl CreateMessageRequest {
    /// Checks the request against the rules of the API under `version`, as far as the request alone
    /// allows.
    ///
    /// The checks cover:
    ///
    /// - lengths, ranges and counts;
    /// - fields that exclude or require each other, such as `tool_choice`, which requires tools;
    /// - blocks in places where they are not allowed;
    /// - tool calls and tool results without their counterpart, or with more than one in a turn;
    /// - messages without content, and user turns and stop sequences of nothing but whitespace;
    /// - cache markers: their number, and a lifetime of `1h` after one of `5m`;
    /// - base64 data with the prefix of a data URL, and tool inputs with half a surrogate pair.
    ///
    /// They leave out what depends on the model, on other headers or on the account. A thinking budget may
    /// exceed `max_tokens` if the request has tools, because a beta allows it. If the request continues a
    /// stored thread, a tool result may belong to a call that only the thread contains. Fields and types that
    /// this version of the crate does not know are accepted, and rules that exist only in unknown API versions
    /// are not checked.
    ///
    /// Nothing in this crate calls this method. The [module page](crate::validate) explains when to
    /// call it.
    ///
    /// # Errors
    ///
    /// Returns all problems that were found, or the first 100 if there are more.
    ///
    /// ```
    /// use messages_api::CreateMessageRequest;
    /// use messages_api::types::ApiVersion;
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 64).user("hi").temperature(0.5);
    /// assert!(request.validate(&ApiVersion::V2023_06_01).is_ok());
    ///
    /// let error = request.validate(&ApiVersion::V2026_10_21).unwrap_err();
    /// assert_eq!(error.to_string(), "temperature: does not exist under 2026-10-21");
    /// ```
    pub fn validate(&self, version: &ApiVersion) -> Result<(), ValidationError> {
        let mut problems = Problems::new(version);
        settings::check(self, &mut problems);
        problems.below("tools", |problems| tools::check(self.tools.as_deref().unwrap_or_default(), problems));
        problems.below("system", |problems| messages::check_system(self.system.as_ref(), problems));
        problems.below("messages", |problems| messages::check(self, problems));
        problems.into_result()
    }
}
