//! Thinking, and the effort that it takes.

use serde_json::{Value, json};

use super::scope::Scope;
use super::settings;
use crate::json::Json;
use crate::openai::profile::ReasoningRequest;
use crate::openai::types::ChatRequest;
use crate::types::CreateMessageRequest;
use crate::types::settings::{Effort, ThinkingConfig};

/// All efforts, from the lowest to the highest.
const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// The path of the effort in a request.
const EFFORT: &str = "output_config.effort";

/// What the request asks for.
#[derive(Clone, Copy)]
struct Wish<'a> {
    /// Whether to reason; `None` if the request only has an effort, which concerns more than reasoning.
    thinks: Option<bool>,
    effort: &'a str,
    /// Where the effort comes from.
    path: &'static str,
    /// The tokens to reason with.
    budget: Option<u64>,
}

pub(super) fn translate(request: &CreateMessageRequest, chat: &mut ChatRequest, scope: &mut Scope<'_>) {
    let Some(wish) = wish(request) else { return };
    let kind = match scope.profile.reasoning_request {
        ReasoningRequest::ByModel if scope.is_reasoning_model => ReasoningRequest::ReasoningEffort,
        ReasoningRequest::ByModel => ReasoningRequest::None,
        kind => kind,
    };
    let toggle = match kind {
        ReasoningRequest::None | ReasoningRequest::ByModel => {
            // A request without thinking loses nothing.
            if wish.thinks != Some(false) {
                scope.dropped(wish.path, "the server cannot be asked for reasoning");
            }
            return;
        }
        ReasoningRequest::Reasoning => {
            let reasoning = reasoning_object(wish, scope);
            chat.extra.insert("reasoning", Json::from(reasoning));
            return;
        }
        ReasoningRequest::ReasoningEffort => None,
        ReasoningRequest::Thinking => {
            wish.thinks.map(|on| ("thinking", json!({ "type": if on { "enabled" } else { "disabled" } })))
        }
        ReasoningRequest::EnableThinking => wish.thinks.map(|on| ("enable_thinking", json!(on))),
        ReasoningRequest::ChatTemplateKwargs => {
            wish.thinks.map(|on| ("chat_template_kwargs", json!({ "enable_thinking": on })))
        }
    };
    if wish.budget.is_some() {
        scope.replaced("thinking.budget_tokens", "the server knows no budgets");
    }
    if wish.thinks == Some(false) {
        if toggle.is_none() {
            chat.reasoning_effort = lowest(scope);
        }
    } else if !scope.profile.reasoning_efforts.is_empty() {
        chat.reasoning_effort = nearest(wish, scope);
    } else if wish.path == EFFORT {
        scope.dropped(EFFORT, "the server knows no efforts");
    }
    if let Some((name, value)) = toggle {
        chat.extra.insert(name, Json::from(value));
    }
}

/// Whether the request asks for thinking.
pub(super) fn thinks(request: &CreateMessageRequest) -> bool {
    wish(request).is_some_and(|wish| wish.thinks == Some(true))
}

fn wish(request: &CreateMessageRequest) -> Option<Wish<'_>> {
    let effort = settings::output(request, |config| config.effort.as_ref());
    let effort = effort.filter(|effort| !matches!(effort, Effort::Unknown(_))).map(Effort::as_str);
    let (thinks, budget) = match &request.thinking {
        Some(ThinkingConfig::Disabled(_)) => (Some(false), None),
        Some(ThinkingConfig::Enabled(thinking)) => (Some(true), Some(thinking.budget_tokens)),
        Some(ThinkingConfig::Adaptive(_) | ThinkingConfig::BetweenTools(_)) => (Some(true), None),
        Some(ThinkingConfig::Unknown(_)) | None => (None, None),
    };
    let path = if effort.is_some() { EFFORT } else { "thinking" };
    let effort = match (effort, budget) {
        (Some(effort), _) => effort,
        (None, Some(0..8192)) => "low",
        (None, Some(24576..)) => "high",
        (None, _) if thinks.is_some() => "medium",
        (None, _) => return None,
    };
    Some(Wish { thinks, effort, path, budget })
}

/// Returns the highest effort that the server knows and that is not above the one of the request, or else the
/// lowest.
fn nearest(wish: Wish<'_>, scope: &mut Scope<'_>) -> Option<String> {
    let rank = |name: &str| EFFORTS.iter().position(|effort| *effort == name);
    let mut known: Vec<&String> = scope.profile.reasoning_efforts.iter().collect();
    known.retain(|name| rank(name) > Some(0));
    known.sort_by_key(|name| rank(name));
    let found = known.iter().rev().find(|name| rank(name) <= rank(wish.effort)).or(known.first());
    let found = (*found?).clone();
    if found != wish.effort {
        scope.replaced(wish.path, format!("the effort {:?} became {found:?}", wish.effort));
    }
    Some(found)
}

/// Returns the effort that stands for no reasoning, or for as little as the server knows.
fn lowest(scope: &mut Scope<'_>) -> Option<String> {
    let efforts = &scope.profile.reasoning_efforts;
    let found = ["none", "minimal"].into_iter().find(|name| efforts.iter().any(|effort| effort == name));
    match found {
        Some("none") => {}
        Some(_) => scope.replaced("thinking", "the server cannot switch reasoning off; it reasons minimally"),
        None => scope.dropped("thinking", "the server cannot switch reasoning off"),
    }
    found.map(str::to_owned)
}

/// Returns the value of `reasoning` that OpenRouter knows.
fn reasoning_object(wish: Wish<'_>, scope: &mut Scope<'_>) -> Value {
    if wish.thinks == Some(false) {
        return json!({ "enabled": false });
    }
    match wish.budget {
        Some(budget) => json!({ "max_tokens": budget }),
        None => nearest(wish, scope)
            .map_or_else(|| json!({ "enabled": true }), |effort| json!({ "effort": effort })),
    }
}
