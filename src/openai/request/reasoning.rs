//! Thinking, and the effort that it takes.

use serde_json::{Value, json};

use super::scope::Scope;
use super::settings;
use crate::json::Json;
use crate::openai::profile::ReasoningRequest;
use crate::openai::types::ChatRequest;
use crate::types::CreateMessageRequest;
use crate::types::settings::{
    Effort, ThinkingConfig, ThinkingConfigAdaptive, ThinkingConfigBetweenTools, ThinkingConfigDisabled,
    ThinkingConfigEnabled,
};

/// All efforts, from the lowest to the highest.
const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// The paths of thinking and of the effort in a request.
const THINKING: &str = "thinking";
const EFFORT: &str = "output_config.effort";

/// What the request asks for.
#[derive(Clone, Copy)]
struct Wish<'a> {
    /// Whether to reason; `None` if the request only has an effort, which concerns more than reasoning.
    thinks: Option<bool>,
    /// The tokens to reason with.
    budget: Option<u64>,
    /// The effort, if the request has one.
    effort: Option<&'a str>,
}

pub(super) fn translate(request: &CreateMessageRequest, chat: &mut ChatRequest, scope: &mut Scope<'_>) {
    let wish = Wish::of(request);
    if wish.thinks.is_none() && wish.effort.is_none() {
        return;
    }
    let kind = match scope.profile.reasoning_request {
        ReasoningRequest::ByModel if scope.is_reasoning_model => ReasoningRequest::ReasoningEffort,
        ReasoningRequest::ByModel => ReasoningRequest::None,
        kind => kind,
    };
    let toggle = match kind {
        ReasoningRequest::None | ReasoningRequest::ByModel => {
            // A request without thinking loses nothing.
            if wish.thinks == Some(true) {
                scope.dropped(THINKING, "the server cannot be asked for reasoning");
            }
            if wish.effort.is_some() {
                scope.dropped(EFFORT, "the server cannot be asked for an effort");
            }
            return;
        }
        ReasoningRequest::Reasoning | ReasoningRequest::ReasoningEffort => None,
        ReasoningRequest::Thinking => {
            wish.thinks.map(|on| ("thinking", json!({ "type": if on { "enabled" } else { "disabled" } })))
        }
        ReasoningRequest::EnableThinking => wish.thinks.map(|on| ("enable_thinking", json!(on))),
        ReasoningRequest::ChatTemplateKwargs => {
            wish.thinks.map(|on| ("chat_template_kwargs", json!({ "enable_thinking": on })))
        }
    };
    if let Some(thinking) = &request.thinking {
        lose_options(thinking, scope);
    }
    if wish.thinks == Some(false) && wish.effort.is_some() {
        scope.dropped(EFFORT, "to the server, it is the effort of reasoning");
    }
    if kind == ReasoningRequest::Reasoning {
        let reasoning = reasoning_object(wish, scope);
        chat.extra.insert("reasoning", Json::from(reasoning));
        return;
    }
    if wish.budget.is_some() {
        scope.replaced("thinking.budget_tokens", "the server knows no budgets");
    }
    if wish.thinks != Some(false) {
        chat.reasoning_effort = nearest(wish, scope);
        if wish.thinks.is_some() && toggle.is_none() && chat.reasoning_effort.is_none() {
            scope.dropped(THINKING, "the server cannot be asked for reasoning");
        }
    } else if toggle.is_none() {
        chat.reasoning_effort = lowest(scope);
    }
    if let Some((name, value)) = toggle {
        chat.extra.insert(name, Json::from(value));
    }
}

/// Whether the request asks for thinking.
pub(super) fn thinks(request: &CreateMessageRequest) -> bool {
    Wish::of(request).thinks == Some(true)
}

impl<'a> Wish<'a> {
    fn of(request: &'a CreateMessageRequest) -> Self {
        let effort = settings::output(request, |config| config.effort.as_ref());
        let effort = effort.filter(|effort| !matches!(effort, Effort::Unknown(_))).map(Effort::as_str);
        let (thinks, budget) = match &request.thinking {
            Some(ThinkingConfig::Disabled(_)) => (Some(false), None),
            Some(ThinkingConfig::Enabled(thinking)) => (Some(true), Some(thinking.budget_tokens)),
            Some(ThinkingConfig::Adaptive(_) | ThinkingConfig::BetweenTools(_)) => (Some(true), None),
            Some(ThinkingConfig::Unknown(_)) | None => (None, None),
        };
        Self { thinks, budget, effort }
    }

    /// Returns the effort that the request has, or else the one that stands for its budget.
    fn effort(&self) -> &'a str {
        match (self.effort, self.budget) {
            (Some(effort), _) => effort,
            (None, Some(0..8192)) => "low",
            (None, Some(24576..)) => "high",
            (None, _) => "medium",
        }
    }
}

/// Records the options of thinking that no server knows.
fn lose_options(thinking: &ThinkingConfig, scope: &mut Scope<'_>) {
    // The patterns have no `..`, so that a new option does not compile until it is decided what becomes of
    // it.
    let (display, block_binding) = match thinking {
        ThinkingConfig::Enabled(thinking) => {
            let ThinkingConfigEnabled { budget_tokens: _, display, block_binding, extra: _, gaps: _ } =
                thinking;
            (display, block_binding)
        }
        ThinkingConfig::Adaptive(thinking) => {
            let ThinkingConfigAdaptive { display, block_binding, extra: _, gaps: _ } = thinking;
            (display, block_binding)
        }
        ThinkingConfig::BetweenTools(thinking) => {
            let ThinkingConfigBetweenTools { extra: _, gaps: _ } = thinking;
            scope.replaced(THINKING, "the model may reason at any time");
            return;
        }
        ThinkingConfig::Disabled(thinking) => {
            let ThinkingConfigDisabled { extra: _, gaps: _ } = thinking;
            return;
        }
        ThinkingConfig::Unknown(_) => return,
    };
    if display.is_some() {
        scope.replaced("thinking.display", "the message has as much of the reasoning as the server shows");
    }
    if block_binding.is_some() {
        scope.dropped("thinking.block_binding", "the server does not check earlier reasoning");
    }
}

/// Returns the highest effort that the server knows and that is not above the one of the request, or else the
/// lowest. Returns `None` if the server knows none.
fn nearest(wish: Wish<'_>, scope: &mut Scope<'_>) -> Option<String> {
    let rank = |name: &str| EFFORTS.iter().position(|effort| *effort == name);
    let mut known: Vec<&String> = scope.profile.reasoning_efforts.iter().collect();
    known.retain(|name| rank(name) > Some(0));
    known.sort_by_key(|name| rank(name));
    let effort = wish.effort();
    let found = known.iter().rev().find(|name| rank(name) <= rank(effort)).or(known.first());
    let path = if wish.effort.is_some() { EFFORT } else { THINKING };
    match found {
        Some(found) if *found != effort => {
            scope.replaced(path, format!("the effort {effort:?} became {found:?}"))
        }
        None if wish.effort.is_some() => scope.dropped(EFFORT, "the server knows no efforts"),
        _ => {}
    }
    found.map(|found| (*found).clone())
}

/// Returns the effort that stands for no reasoning, or for as little as the server knows.
fn lowest(scope: &mut Scope<'_>) -> Option<String> {
    let efforts = &scope.profile.reasoning_efforts;
    let found = ["none", "minimal"].into_iter().find(|name| efforts.iter().any(|effort| effort == name));
    match found {
        Some("none") => {}
        Some(_) => scope.replaced(THINKING, "the server cannot switch reasoning off; it reasons minimally"),
        None => scope.dropped(THINKING, "the server cannot switch reasoning off"),
    }
    found.map(str::to_owned)
}

/// Returns the value of `reasoning` that OpenRouter knows.
fn reasoning_object(wish: Wish<'_>, scope: &mut Scope<'_>) -> Value {
    if wish.thinks == Some(false) {
        return json!({ "enabled": false });
    }
    match wish.budget {
        Some(budget) => {
            if wish.effort.is_some() {
                scope.dropped(EFFORT, "the server takes a budget or an effort, and not both");
            }
            json!({ "max_tokens": budget })
        }
        None => nearest(wish, scope)
            .map_or_else(|| json!({ "enabled": true }), |effort| json!({ "effort": effort })),
    }
}
