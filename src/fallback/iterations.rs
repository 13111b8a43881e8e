//! What each model has used.

use crate::types::usage::{
    FallbackMessageIterationUsage, MessageDeltaUsage, MessageIterationUsage, Usage, UsageIteration,
};

/// Sets the counts that `usage` lacks to those of `message_start`.
pub(super) fn fill(usage: &mut MessageDeltaUsage, start: &Usage) {
    usage.input_tokens = usage.input_tokens.or(Some(start.input_tokens));
    usage.cache_creation_input_tokens =
        usage.cache_creation_input_tokens.or(start.cache_creation_input_tokens);
    usage.cache_read_input_tokens = usage.cache_read_input_tokens.or(start.cache_read_input_tokens);
}

/// Returns the iterations of a model that has refused.
pub(super) fn refused(usage: &MessageDeltaUsage, start: &Usage, model: &str) -> Vec<UsageIteration> {
    let mut iterations = reported(usage, start);
    for iteration in &mut iterations {
        // The API calls an iteration so that has accepted, and this one has not in the end.
        if let UsageIteration::FallbackMessage(accepted) = iteration {
            *iteration = as_refused(accepted).into();
        }
    }
    match &mut iterations[..] {
        [] => iterations.push(as_refused(&counts(usage, start, model)).into()),
        [UsageIteration::Message(only)] if only.model.is_none() => only.model = Some(model.to_owned()),
        _ => {}
    }
    iterations
}

/// Returns the iterations of a model that took over and ends the message.
pub(super) fn accepted(usage: &MessageDeltaUsage, start: &Usage, model: &str) -> Vec<UsageIteration> {
    let mut iterations = reported(usage, start);
    let last = match iterations.pop() {
        Some(UsageIteration::Message(last)) => as_accepted(&last, model),
        Some(UsageIteration::FallbackMessage(mut last)) => {
            last.model.get_or_insert_with(|| model.to_owned());
            *last
        }
        other => {
            iterations.extend(other);
            counts(usage, start, model)
        }
    };
    iterations.push(last.into());
    iterations
}

/// Returns the iterations that the API has reported itself.
fn reported(usage: &MessageDeltaUsage, start: &Usage) -> Vec<UsageIteration> {
    usage.iterations.clone().or_else(|| start.iterations.clone()).unwrap_or_default()
}

fn counts(usage: &MessageDeltaUsage, start: &Usage, model: &str) -> FallbackMessageIterationUsage {
    let input = usage.input_tokens.unwrap_or(start.input_tokens);
    let created = usage.cache_creation_input_tokens.or(start.cache_creation_input_tokens);
    let read = usage.cache_read_input_tokens.or(start.cache_read_input_tokens);
    let mut counts = FallbackMessageIterationUsage::new(input, usage.output_tokens)
        .model(model)
        .cache_creation_input_tokens(created.unwrap_or(0))
        .cache_read_input_tokens(read.unwrap_or(0));
    counts.cache_creation.clone_from(&start.cache_creation);
    counts
}

fn as_refused(accepted: &FallbackMessageIterationUsage) -> MessageIterationUsage {
    let mut refused = MessageIterationUsage::new(accepted.input_tokens, accepted.output_tokens);
    refused.model.clone_from(&accepted.model);
    refused.cache_creation_input_tokens = accepted.cache_creation_input_tokens;
    refused.cache_read_input_tokens = accepted.cache_read_input_tokens;
    refused.cache_creation.clone_from(&accepted.cache_creation);
    refused.extra.clone_from(&accepted.extra);
    refused
}

fn as_accepted(reported: &MessageIterationUsage, model: &str) -> FallbackMessageIterationUsage {
    let mut accepted = FallbackMessageIterationUsage::new(reported.input_tokens, reported.output_tokens);
    accepted.model = Some(reported.model.clone().unwrap_or_else(|| model.to_owned()));
    accepted.cache_creation_input_tokens = reported.cache_creation_input_tokens;
    accepted.cache_read_input_tokens = reported.cache_read_input_tokens;
    accepted.cache_creation.clone_from(&reported.cache_creation);
    accepted.extra.clone_from(&reported.extra);
    accepted
}
