//! Thinking, and the effort that it takes.

use super::scope::Scope;
use super::settings;
use crate::json::Json;
use crate::openai::profile::ReasoningRequest;
use crate::openai::types::ChatRequest;
use crate::types::CreateMessageRequest;
use crate::types::settings::{Effort, ThinkingConfig};

/// All efforts, from the lowest to the highest.
const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// What the request asks for.
#[derive(Clone, Copy)]
enum Wish<'a> {
    /// No reasoning.
    Off,
    /// Reasoning, within a budget of tokens if the request has one.
    On { effort: &'a str, budget: Option<u64> },
    /// An effort, which concerns more than reasoning.
    Effort(&'a str),
}

pub(super) fn translate(request: &CreateMessageRequest, chat: &mut ChatRequest, scope: &mut Scope<'_>) {
    let Some(wish) = wish(request) else { return };
    let object = |key: &str, value: serde_json::Value| serde_json::json!({ key: value });
    let mut toggle = |name: &str, on: serde_json::Value, off: serde_json::Value| match wish {
        Wish::On { .. } => chat.extra.insert(name, Json::from(on)),
        Wish::Off => chat.extra.insert(name, Json::from(off)),
        Wish::Effort(_) => {}
    };
    match scope.profile.reasoning_request {
        ReasoningRequest::ByModel if !scope.is_reasoning_model => return no_reasoning(wish, scope),
        ReasoningRequest::None => return no_reasoning(wish, scope),
        ReasoningRequest::Reasoning => return reasoning_object(wish, chat, scope),
        ReasoningRequest::ByModel | ReasoningRequest::ReasoningEffort => {
            chat.reasoning_effort = match wish {
                Wish::Off => off(scope),
                Wish::On { effort, budget: _ } | Wish::Effort(effort) => nearest(effort, scope),
            };
            return;
        }
        ReasoningRequest::Thinking => {
            toggle("thinking", object("type", "enabled".into()), object("type", "disabled".into()));
        }
        ReasoningRequest::EnableThinking => toggle("enable_thinking", true.into(), false.into()),
        ReasoningRequest::ChatTemplateKwargs => toggle(
            "chat_template_kwargs",
            object("enable_thinking", true.into()),
            object("enable_thinking", false.into()),
        ),
    }
    if let Wish::On { effort, .. } | Wish::Effort(effort) = wish {
        if !scope.profile.reasoning_efforts.is_empty() {
            chat.reasoning_effort = nearest(effort, scope);
        } else if settings::output(request, |config| config.effort.as_ref()).is_some() {
            scope.dropped("output_config.effort", "the server knows no efforts");
        } else if matches!(wish, Wish::On { budget: Some(_), .. }) {
            scope.dropped("thinking.budget_tokens", "the server knows no budgets");
        }
    }
}

/// Whether the request asks for thinking.
pub(super) fn thinks(request: &CreateMessageRequest) -> bool {
    match &request.thinking {
        Some(ThinkingConfig::Enabled(_) | ThinkingConfig::Adaptive(_) | ThinkingConfig::BetweenTools(_)) => {
            true
        }
        Some(ThinkingConfig::Disabled(_) | ThinkingConfig::Unknown(_)) | None => false,
    }
}

fn wish(request: &CreateMessageRequest) -> Option<Wish<'_>> {
    let effort = settings::output(request, |config| config.effort.as_ref());
    let effort = effort.filter(|effort| !matches!(effort, Effort::Unknown(_))).map(Effort::as_str);
    Some(match &request.thinking {
        Some(ThinkingConfig::Disabled(_)) => Wish::Off,
        Some(ThinkingConfig::Enabled(thinking)) => {
            let budget = thinking.budget_tokens;
            Wish::On { effort: effort.unwrap_or_else(|| effort_of_budget(budget)), budget: Some(budget) }
        }
        Some(ThinkingConfig::Adaptive(_) | ThinkingConfig::BetweenTools(_)) => {
            Wish::On { effort: effort.unwrap_or("medium"), budget: None }
        }
        Some(ThinkingConfig::Unknown(_)) | None => Wish::Effort(effort?),
    })
}

fn effort_of_budget(tokens: u64) -> &'static str {
    match tokens {
        0..8192 => "low",
        8192..24576 => "medium",
        _ => "high",
    }
}

/// Returns the highest effort that the server knows and that is not above `effort`, or else its lowest.
fn nearest(effort: &str, scope: &mut Scope<'_>) -> Option<String> {
    let rank = |name: &str| EFFORTS.iter().position(|effort| *effort == name);
    let wanted = rank(effort);
    let mut known: Vec<&String> = scope.profile.reasoning_efforts.iter().collect();
    known.retain(|name| rank(name) > Some(0));
    known.sort_by_key(|name| rank(name));
    let found = known.iter().rev().find(|name| rank(name) <= wanted).or(known.first());
    let Some(found) = found.map(|name| (*name).clone()) else {
        scope.dropped("output_config.effort", "the server knows no efforts");
        return None;
    };
    if found != effort {
        scope.replaced("output_config.effort", format!("{effort:?} became {found:?}"));
    }
    Some(found)
}

/// Returns the effort that stands for no reasoning, or for as little as the server knows.
fn off(scope: &mut Scope<'_>) -> Option<String> {
    let efforts = &scope.profile.reasoning_efforts;
    let found = ["none", "minimal"].into_iter().find(|name| efforts.iter().any(|effort| effort == name));
    match found {
        Some("none") => {}
        Some(_) => scope.replaced("thinking", "the server cannot switch reasoning off; it reasons minimally"),
        None => scope.dropped("thinking", "the server cannot switch reasoning off"),
    }
    found.map(str::to_owned)
}

fn no_reasoning(wish: Wish<'_>, scope: &mut Scope<'_>) {
    match wish {
        // The model does not reason anyway.
        Wish::Off => {}
        Wish::On { .. } => scope.dropped("thinking", "the server cannot be asked for reasoning"),
        Wish::Effort(_) => scope.dropped("output_config.effort", "the server cannot be asked for an effort"),
    }
}

/// Sets `reasoning` as OpenRouter knows it.
fn reasoning_object(wish: Wish<'_>, chat: &mut ChatRequest, scope: &mut Scope<'_>) {
    let reasoning = match wish {
        Wish::Off => serde_json::json!({ "enabled": false }),
        Wish::On { budget: Some(budget), .. } => serde_json::json!({ "max_tokens": budget }),
        Wish::On { effort, budget: None } | Wish::Effort(effort) => match nearest(effort, scope) {
            Some(effort) => serde_json::json!({ "effort": effort }),
            None => serde_json::json!({ "enabled": true }),
        },
    };
    chat.extra.insert("reasoning", Json::from(reasoning));
}
