//! Warnings about models that will be shut down, and about settings that models no longer take.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::types::CreateMessageRequest;
use crate::types::settings::ThinkingConfig;

/// Models, and the days on which they are shut down.
const DEPRECATED: [(&str, &str); 7] = [
    ("claude-opus-4-0", "2026-06-15"),
    ("claude-opus-4-20250514", "2026-06-15"),
    ("claude-sonnet-4-0", "2026-06-15"),
    ("claude-sonnet-4-20250514", "2026-06-15"),
    ("claude-mythos-preview", "2026-06-30"),
    ("claude-sonnet-4-5", "2026-11-30"),
    ("claude-sonnet-4-5-20250929", "2026-11-30"),
];

/// Models for which `thinking.type` should be `adaptive` in place of `enabled`.
const ADAPTIVE: [&str; 2] = ["claude-opus-4-6", "claude-mythos-preview"];

/// Warns about the model of a request and about its setting for thinking, once for each model.
pub(super) fn warn(request: &CreateMessageRequest) {
    static WARNED: Seen = Seen(AtomicU32::new(0));
    static WARNED_OF_THINKING: Seen = Seen(AtomicU32::new(0));
    let model = request.model.as_str();
    if let Some(index) = DEPRECATED.iter().position(|(name, _)| *name == model) {
        if WARNED.is_first(index) {
            tracing::warn!(model, shutdown = DEPRECATED[index].1, "the model is deprecated");
        }
    }
    if let (Some(ThinkingConfig::Enabled(_)), Some(index)) =
        (&request.thinking, ADAPTIVE.iter().position(|name| *name == model))
    {
        if WARNED_OF_THINKING.is_first(index) {
            tracing::warn!(
                model,
                "thinking of the type `enabled` is deprecated for the model: use `adaptive`"
            );
        }
    }
}

/// A bit for each model that has been seen.
struct Seen(AtomicU32);

impl Seen {
    fn is_first(&self, index: usize) -> bool {
        self.0.fetch_or(1 << index, Ordering::Relaxed) & 1 << index == 0
    }
}
