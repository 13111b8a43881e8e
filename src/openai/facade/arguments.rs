//! Ids and arguments of calls.

use std::collections::{HashMap, HashSet};

use crate::json::Json;
use crate::openai::losses::{LossKind, Losses};
use crate::openai::response::ids::legal;

/// The ids of the calls of a conversation.
///
/// The Messages API wants letters, digits, `_` and `-`, and each id once. Callers send what servers have made
/// up before, and some servers begin to count anew in each message.
#[derive(Default)]
pub(super) struct CallIds {
    /// The id that was made of a caller's, for the last call that had it.
    current: HashMap<String, String>,
    used: HashSet<String>,
    /// The number that was last appended to an id.
    counts: HashMap<String, u64>,
}

impl CallIds {
    /// Returns the id of a call for the caller's `id`.
    pub(super) fn of_call(&mut self, id: &str, path: &str, losses: &mut Losses) -> String {
        let base = legal(id);
        let mut unique = base.clone();
        while self.used.contains(&unique) {
            // A conversation may have any number of calls with the same id, so it is not counted anew.
            let count = self.counts.entry(base.clone()).or_insert(1);
            *count += 1;
            unique = format!("{base}_{count}");
        }
        if unique != id {
            losses.add(format!("{path}.id"), LossKind::Repaired, format!("is sent as {unique}"));
        }
        self.used.insert(unique.clone());
        self.current.insert(id.to_owned(), unique.clone());
        unique
    }

    /// Returns the id of the call that a result with the caller's `id` belongs to.
    pub(super) fn of_result(&self, id: &str) -> String {
        self.current.get(id).cloned().unwrap_or_else(|| legal(id))
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
    Json::from(serde_json::json!({ "_raw": text }))
}
