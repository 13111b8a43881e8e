//! The requests to the fallbacks.

use crate::error::{Error, ErrorKind};
use crate::json::{Json, RawObject};
use crate::types::fallback::{Fallback, FallbackCreditMode, FallbackCreditRedemption};
use crate::types::settings::{Speed, ThinkingConfig};
use crate::types::{ContentBlock, CreateMessageRequest, InputMessage, MessageContent, Role};

/// Why a request that names fallbacks itself is rejected.
pub(super) const OWN_FALLBACKS: &str =
    "fallbacks: must be absent, because refused requests are sent to other models already";

/// Removes the blocks that mark a change of the model, and a turn of the model that has no other.
pub(super) fn remove_fallback_blocks(messages: &mut Vec<InputMessage>) {
    messages.retain_mut(|message| {
        let MessageContent::Blocks(blocks) = &mut message.content else { return true };
        let count = blocks.len();
        blocks.retain(|block| !matches!(block, ContentBlock::Fallback(_)));
        let is_emptied = blocks.is_empty() && count > 0;
        !(is_emptied && message.role == Role::Assistant)
    });
}

/// Returns `request` as `fallback` changes it.
pub(super) fn for_fallback(
    request: &CreateMessageRequest,
    fallback: &Fallback,
) -> Result<CreateMessageRequest, Error> {
    patched(request, fallback).map_err(|error| {
        Error::new(ErrorKind::Config, format!("the fallback to {}: {error}", fallback.model))
    })
}

fn patched(
    request: &CreateMessageRequest,
    fallback: &Fallback,
) -> Result<CreateMessageRequest, serde_json::Error> {
    let mut fields = RawObject::of(request)?;
    let changes = RawObject::of(fallback)?;
    for (name, change) in changes.entries() {
        let change = match fields.get(name) {
            before if name == "output_config" && !change.is_null() => merged(before, change)?,
            _ => change.clone(),
        };
        set(&mut fields, name, change);
    }
    let mut request: CreateMessageRequest = fields.read()?;
    // The other model may not be able to think between tools.
    if changes.get("thinking").is_none() && matches!(request.thinking, Some(ThinkingConfig::BetweenTools(_)))
    {
        request.thinking = Some(ThinkingConfig::disabled());
    }
    Ok(request)
}

/// Returns the object `before` with the fields of `changes`; `null` if nothing is left of it.
fn merged(before: Option<&Json>, changes: &Json) -> Result<Json, serde_json::Error> {
    let before = before.filter(|before| !before.is_null());
    let mut fields: RawObject = before.map_or_else(|| Ok(RawObject::default()), Json::decode)?;
    for (name, change) in changes.decode::<RawObject>()?.entries() {
        set(&mut fields, name, change.clone());
    }
    if fields.entries().is_empty() { Ok(Json::null()) } else { Json::encode(&fields) }
}

/// Sets a field, or removes it if the value is `null`.
fn set(fields: &mut RawObject, name: &str, value: Json) {
    if value.is_null() {
        fields.remove(name);
    } else {
        fields.set(name, value);
    }
}

/// Adds what the attempt after a refusal takes over from it: its credit, and what the model has written.
pub(super) fn continue_after(
    request: &mut CreateMessageRequest,
    token: Option<&str>,
    written: &[ContentBlock],
) {
    // The first request has used up a credit that the caller had.
    request.fallback_credit_token =
        token.map(|token| FallbackCreditRedemption::new(token).mode(FallbackCreditMode::BestEffort).into());
    if !written.is_empty() {
        request.messages.push(InputMessage::assistant(written.to_vec()));
    }
}

/// Removes the `speed` of a request that was rejected for lack of capacity, if it is the caller's and not the
/// fallback's. Returns `true` if the request is to be sent again.
pub(super) fn slow_down(request: &mut CreateMessageRequest, fallback: &Fallback, error: &Error) -> bool {
    let changes = || RawObject::of(fallback);
    let is_due = lacks_capacity(error)
        && request.speed == Some(Speed::Fast)
        && changes().is_ok_and(|changes| changes.get("speed").is_none());
    if is_due {
        request.speed = None;
    }
    is_due
}

/// Returns `true` if the request was rejected because the model has no capacity left.
pub(super) fn lacks_capacity(error: &Error) -> bool {
    error.status().is_some_and(|status| matches!(status.as_u16(), 429 | 529))
}

/// Returns what a refused model has written, as the next request can carry it: without the marks of earlier
/// changes of the model, and without thinking at its end, which the API rejects there.
pub(super) fn as_prefill(content: &[ContentBlock]) -> Vec<ContentBlock> {
    let is_mark = |block: &&ContentBlock| !matches!(block, ContentBlock::Fallback(_));
    let mut content: Vec<_> = content.iter().filter(is_mark).cloned().collect();
    while let Some(ContentBlock::Thinking(_) | ContentBlock::RedactedThinking(_)) = content.last() {
        content.pop();
    }
    content
}
