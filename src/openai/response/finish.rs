//! Why the model stopped.

use super::failure;
use crate::error::ApiError;
use crate::json::Json;
use crate::openai::exchange::Exchange;
use crate::openai::losses::LossKind;
use crate::openai::types::ChatChunkChoice;
use crate::types::StopReason;
use crate::types::events::MessageDelta;
use crate::types::fallback::RefusalStopDetails;

const PATH: &str = "choices[0].finish_reason";

/// What has been seen of the reason why the model stopped.
#[derive(Debug, Default)]
pub(in crate::openai) struct Finish {
    /// In lower case.
    reason: Option<String>,
    /// A stop sequence of the request.
    matched: Option<String>,
    /// Whether the bridge has found the stop sequence itself, and cuts off what the server goes on to send.
    is_cut_here: bool,
    /// Whether there were words of a refusal.
    pub(in crate::openai) has_refusal: bool,
}

/// What a word for the reason means.
enum Meaning {
    Refusal,
    MaxTokens,
    ContextWindow,
    Calls,
    End,
    Failure,
    Unknown,
}

impl Finish {
    /// Takes the reason that a choice has, if it has one.
    pub(in crate::openai) fn update(&mut self, choice: &ChatChunkChoice, exchange: &Exchange) {
        if let Some(reason) = choice.finish_reason.as_ref().filter(|reason| !reason.is_empty()) {
            self.reason = Some(reason.to_ascii_lowercase());
        }
        if choice.finish_reason.is_some() || choice.stop_reason.is_some() || choice.matched_stop.is_some() {
            self.matched = matched(choice, exchange).or(self.matched.take());
        }
    }

    /// The model stopped because it wrote `text`, which the bridge was to look for.
    pub(in crate::openai) fn at_stop_sequence(&mut self, text: String) {
        (self.reason, self.matched, self.is_cut_here) = (None, Some(text), true);
    }

    /// Returns `true` if the server has said that the model stopped.
    pub(in crate::openai) fn is_known(&self) -> bool {
        self.reason.is_some()
    }

    /// Returns `true` if the message may end in the middle of a block.
    pub(in crate::openai) fn is_cut(&self) -> bool {
        self.is_cut_here
            || matches!(self.meaning(), Meaning::MaxTokens | Meaning::ContextWindow | Meaning::Refusal)
    }

    /// Returns the error if the server failed.
    pub(in crate::openai) fn failure(&self) -> Option<ApiError> {
        let reason = self.reason.as_deref()?;
        matches!(self.meaning(), Meaning::Failure).then(|| failure::of_finish_reason(reason))
    }

    /// Decides why the model stopped, and whether the calls that it made are to be run; `tokens` are those of
    /// the prompt and the completion.
    pub(in crate::openai) fn decide(
        self,
        has_calls: bool,
        tokens: Option<u64>,
        exchange: &mut Exchange,
    ) -> MessageDelta {
        let mut loss = |kind, detail: String| exchange.losses.add(PATH, kind, detail);
        let meaning = self.meaning();
        match (&meaning, &self.reason) {
            (Meaning::Unknown, Some(reason)) => {
                loss(LossKind::Replaced, format!("`{reason}` has no counterpart"));
            }
            (_, None) if self.matched.is_none() => {
                loss(LossKind::Estimated, "the server did not say why the model stopped".to_owned());
            }
            (Meaning::Calls, _) if !has_calls => {
                loss(LossKind::Repaired, "the server announced a call and sent none".to_owned());
            }
            _ => {}
        }
        match meaning {
            Meaning::Refusal => refusal(),
            _ if self.has_refusal => refusal(),
            Meaning::ContextWindow => StopReason::ModelContextWindowExceeded.into(),
            Meaning::MaxTokens => match (exchange.profile.context_window, tokens) {
                (Some(window), Some(tokens)) if tokens >= window => {
                    StopReason::ModelContextWindowExceeded.into()
                }
                _ => StopReason::MaxTokens.into(),
            },
            _ if has_calls => StopReason::ToolUse.into(),
            _ => match self.matched {
                Some(text) => MessageDelta::from(StopReason::StopSequence).stop_sequence(text),
                None => StopReason::EndTurn.into(),
            },
        }
    }

    fn meaning(&self) -> Meaning {
        match self.reason.as_deref() {
            Some("content_filter" | "sensitive" | "refusal" | "safety") => Meaning::Refusal,
            Some("length" | "max_tokens" | "model_length") => Meaning::MaxTokens,
            Some("model_context_window_exceeded") => Meaning::ContextWindow,
            Some("tool_calls" | "function_call") => Meaning::Calls,
            None | Some("stop" | "eos" | "end_turn" | "stop_sequence") => Meaning::End,
            Some("insufficient_system_resource" | "network_error" | "abort" | "error") => Meaning::Failure,
            Some(_) => Meaning::Unknown,
        }
    }
}

fn refusal() -> MessageDelta {
    MessageDelta::from(StopReason::Refusal).stop_details(RefusalStopDetails::new())
}

/// Returns the stop sequence of the request that the choice names, in the field of the profile or in one of
/// those of vLLM and SGLang.
fn matched(choice: &ChatChunkChoice, exchange: &Exchange) -> Option<String> {
    let own = exchange.profile.stop_match_field.as_deref().and_then(|field| choice.extra.get(field));
    let fields = [own, choice.stop_reason.as_ref(), choice.matched_stop.as_ref()];
    let texts = fields.into_iter().flatten().filter_map(|field: &Json| field.decode::<String>().ok());
    texts.into_iter().find(|text| exchange.stop_sequences.contains(text))
}
