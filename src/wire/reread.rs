//! Values that were taken as raw JSON first, because the `type` of their object was not known yet,
//! and then turn out to be fields of a known type.

use std::cell::Cell;

use serde::de::{DeserializeSeed, Error};

use super::field::{Slot, Target};
use super::object::TAG;
use super::problem::Problem;
use super::read::Fill;
use super::read_object::FieldSeed;
use crate::json::{Json, allocation, charge, release, unescape};

/// Reads `json` as the value of a field. Returns `true` if it is `null`.
///
/// Raw values and strings, of which objects mostly consist, are taken over without the parser.
pub(super) fn reread(field: FieldSeed<'_>, json: Json) -> Result<bool, Problem> {
    let _level = Level::enter()?;
    if field.place == TAG || (json.is_null() && field.is_nullable()) {
        return parse(field, json);
    }
    let Slot { bytes, target } = field.slot();
    charge::<Problem>(bytes)?;
    match target {
        Target::Raw(raw) => *raw = json,
        Target::Any(value) => value.set(json),
        Target::Text(text) => match string(&json) {
            Some(value) => {
                *text = value;
                charge::<Problem>(allocation(text.capacity()))?;
                release(json.allocation());
            }
            None => parse(Fill(Target::Text(text).into()), json)?,
        },
        target => parse(Fill(target.into()), json)?,
    }
    Ok(false)
}

/// Returns the text of a string, unless it takes the parser to read it.
fn string(json: &Json) -> Option<String> {
    json.as_raw_str().strip_prefix('"')?.strip_suffix('"').and_then(unescape)
}

fn parse<T>(seed: impl for<'de> DeserializeSeed<'de, Value = T>, json: Json) -> Result<T, Problem> {
    let mut values = serde_json::Deserializer::from_str(json.as_raw_str());
    let value = seed.deserialize(&mut values).map_err(without_position)?;
    release(json.allocation());
    Ok(value)
}

/// Removes the position from an error, which counts from the start of one value instead of the document.
pub(crate) fn without_position(error: serde_json::Error) -> Problem {
    let text = error.to_string();
    let end = text.rfind(" at line ").filter(|_| error.line() > 0);
    Problem::custom(&text[..end.unwrap_or(text.len())])
}

/// The maximum nesting of objects whose `type` does not come first. The entries before the
/// `type` are read a second time, so each level costs a copy of everything in it, and the
/// limit bounds the work that a small body can cause. The protocol's own types nest less.
const MAX_REREADS: u8 = 10;

// The count belongs to one call of serde, but serde's traits have no parameter that could
// carry it from an outer reader to the readers within it. What these do share is the
// thread: reading is synchronous, so it never moves to another one. `Level` restores the
// count when it is dropped, even during a panic, so the count is 0 between two calls.
thread_local! {
    static REREADS: Cell<u8> = const { Cell::new(0) };
}

/// A guard that lives as long as one value is being read a second time.
struct Level;

impl Level {
    fn enter() -> Result<Self, Problem> {
        let level = REREADS.get();
        if level == MAX_REREADS {
            return Err(Problem::custom(format_args!(
                "more than {MAX_REREADS} nested objects whose `type` does not come first"
            )));
        }
        REREADS.set(level + 1);
        Ok(Self)
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        REREADS.set(REREADS.get() - 1);
    }
}
