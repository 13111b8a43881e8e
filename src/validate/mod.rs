//! What the API would refuse, told before it is asked.

mod blocks;
mod citations;
mod messages;
mod problems;
mod settings;
mod tool_results;
mod tools;

pub use problems::{ValidationError, ValidationProblem};

use crate::types::{ApiVersion, CreateMessageRequest};
use problems::Problems;

impl CreateMessageRequest {
    /// Looks for what the API would refuse under `version`, as far as the
    /// request alone shows it: lengths, ranges and counts, fields that exclude
    /// each other, blocks where they cannot stand, tool calls without results
    /// and results without calls.
    ///
    /// No other function of this crate calls it. What depends on the model, on
    /// other headers or on the account is not looked at, and what this version
    /// of the crate does not know passes: fields, types, and rules of other
    /// versions of the API. A thinking budget may reach `max_tokens` where
    /// there are tools, as a beta allows that.
    ///
    /// # Errors
    ///
    /// All that was found, or the first 100 of it.
    ///
    /// ```
    /// use messages_api::CreateMessageRequest;
    /// use messages_api::types::ApiVersion;
    /// use messages_api::types::settings::Metadata;
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
        problems.below("messages", |problems| {
            messages::check(&self.messages, problems);
            tool_results::check(self, problems);
        });
        problems.into_result()
    }
}
