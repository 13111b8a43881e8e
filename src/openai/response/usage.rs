//! What a request used.

use crate::openai::exchange::Exchange;
use crate::openai::losses::LossKind;
use crate::openai::profile::UpstreamProfile;
use crate::openai::types::ChatUsage;
use crate::types::usage::{OutputTokensDetails, Usage, UsageServiceTier};

/// The tokens of a request, as far as the server has reported them.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::openai) struct Tokens {
    /// Those of the prompt, and those that the model wrote.
    total: Option<u64>,
    input: Option<u64>,
    cache_read: u64,
    cache_creation: u64,
    output: Option<u64>,
    reasoning: Option<u64>,
}

impl Tokens {
    /// Takes the counts of a report, of which a stream may have several. The last one holds.
    pub(in crate::openai) fn update(&mut self, usage: &ChatUsage, profile: &UpstreamProfile) {
        // Some servers report an empty object, or nothing but zeros, until the end.
        let is_given = |count: Option<u64>| count.filter(|&count| count > 0);
        let prompt = is_given(usage.prompt_tokens);
        if let Some(prompt) = prompt {
            let details = usage.prompt_tokens_details.as_ref();
            let cached = details.and_then(|details| details.cached_tokens);
            self.cache_read = cached.or(usage.prompt_cache_hit_tokens).unwrap_or(0);
            self.cache_creation = details.and_then(|details| details.cache_write_tokens).unwrap_or(0);
            self.input = Some(match profile.usage_prompt_includes_cache {
                true => prompt.saturating_sub(self.cache_read).saturating_sub(self.cache_creation),
                false => prompt,
            });
        }
        // After a prompt, no output is a count as well.
        let completion = usage.completion_tokens.filter(|&count| count > 0 || prompt.is_some());
        if let Some(completion) = completion {
            let details = usage.completion_tokens_details.as_ref();
            self.reasoning = details.and_then(|details| details.reasoning_tokens);
            let beside = match profile.usage_completion_includes_reasoning {
                true => 0,
                false => self.reasoning.unwrap_or(0),
            };
            self.output = Some(completion.saturating_add(beside));
            self.total = prompt.zip(self.output).map(|(prompt, output)| prompt.saturating_add(output));
        }
    }

    /// Returns the tokens of the prompt and the completion, if both are known.
    pub(in crate::openai) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Returns the usage with which a message begins.
    pub(in crate::openai) fn at_start(&self, exchange: &Exchange, service_tier: Option<&str>) -> Usage {
        let mut usage = Usage::new(self.input.unwrap_or(exchange.input_tokens), 0)
            .cache_creation_input_tokens(self.cache_creation)
            .cache_read_input_tokens(self.cache_read);
        usage.service_tier = match service_tier {
            Some("default" | "standard") => Some(UsageServiceTier::Standard),
            Some("priority") => Some(UsageServiceTier::Priority),
            _ => None,
        };
        usage
    }

    /// Returns the usage of the whole message, of which `bytes` have been written. What the server has not
    /// reported is estimated.
    pub(in crate::openai) fn at_end(&self, exchange: &mut Exchange, bytes: u64) -> Usage {
        if self.input.is_none() || self.output.is_none() {
            exchange.losses.add("usage", LossKind::Estimated, "the server did not report all tokens");
        }
        // A token has 3.6 bytes on average.
        let output = self.output.unwrap_or_else(|| bytes.saturating_mul(5).div_ceil(18));
        let mut usage = self.at_start(exchange, None);
        usage.output_tokens = output;
        usage.output_tokens_details = self.reasoning.map(OutputTokensDetails::new);
        usage
    }
}
