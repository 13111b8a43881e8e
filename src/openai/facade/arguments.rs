//! Ids and arguments of calls.

use std::collections::{HashMap, VecDeque};

use crate::json::Json;
use crate::openai::content::raw_input;
use crate::openai::ids::{UsedIds, legal};
use crate::openai::losses::{LossKind, Losses};

/// The ids of the calls of a conversation.
///
/// The Messages API wants letters, digits, `_` and `-`, and each id once. Callers send what servers have made
/// up before, and some servers begin to count anew in each message, or give all calls the same id.
#[derive(Default)]
pub(super) struct CallIds {
    used: UsedIds,
    /// The ids that were made of a caller's, for the calls of the last turn of the model, in their order.
    of_turn: HashMap<String, VecDeque<String>>,
}

impl CallIds {
    /// Begins a turn of the model. The results that follow are those of its calls.
    pub(super) fn begin_turn(&mut self) {
        self.of_turn = HashMap::new();
    }

    /// Returns the id of a call for the caller's `id`.
    pub(super) fn of_call(&mut self, id: &str, path: &str, losses: &mut Losses) -> String {
        let unique = self.used.add(legal(id));
        if unique != id {
            losses.add(format!("{path}.id"), LossKind::Repaired, format!("is sent as {unique}"));
        }
        self.of_turn.entry(id.to_owned()).or_default().push_back(unique.clone());
        unique
    }

    /// Returns the id of the call that a result with the caller's `id` belongs to. The results of calls with
    /// the same id come in the order of the calls.
    pub(super) fn of_result(&mut self, id: &str) -> String {
        match self.of_turn.get_mut(id) {
            Some(ids) if ids.len() > 1 => ids.pop_front(),
            Some(ids) => ids.front().cloned(),
            None => None,
        }
        .unwrap_or_else(|| legal(id))
    }
}

/// Returns the arguments of a call as the input of a tool, to the letter.
///
/// Text that is no JSON object, as a model that was cut off leaves it behind, is kept in the field `_raw`.
pub(super) fn input(arguments: Option<Json>, path: &str, losses: &mut Losses) -> Json {
    let Some(arguments) = arguments else { return Json::empty_object() };
    let text = match arguments.decode::<String>() {
        Ok(text) => text,
        // Some clients send the object itself.
        Err(_) => arguments.as_raw_str().to_owned(),
    };
    let text = text.trim();
    if text.is_empty() || text == "null" {
        return Json::empty_object();
    }
    if let Some(object) = Json::parse(text).ok().filter(|_| text.starts_with('{')) {
        return object;
    }
    let path = format!("{path}.function.arguments");
    losses.add(path, LossKind::Repaired, "is no JSON object, and is sent as the field `_raw` of one");
    raw_input(text)
}
