//! What a host of clients of Chat Completions may decide.

use serde::{Deserialize, Serialize};

/// What becomes of the parts of Chat Completions that the Messages API lacks, or has in another form.
///
/// Every field has a default, so a program can keep the options in a file, and sets those that differ:
///
/// ```
/// use messages_api::openai::FacadeOptions;
///
/// let mut options = FacadeOptions::default();
/// options.strict = true;
/// options.max_tokens = 16_384;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FacadeOptions {
    /// The `max_tokens` of requests that have no limit, which the Messages API requires; 4,096 by default.
    pub max_tokens: u64,
    /// Whether a request that loses something is rejected; `false` by default.
    pub strict: bool,
    /// Whether callers receive the model's thinking, as `reasoning_content`; `true` by default.
    pub reasoning: bool,
    /// Whether instructions in the middle of the conversation remain messages with the role `system`; `false`
    /// by default, since few models know them. They become text of the user otherwise.
    pub system_messages: bool,
}

impl Default for FacadeOptions {
    fn default() -> Self {
        Self { max_tokens: 4096, strict: false, reasoning: true, system_messages: false }
    }
}
