//! Helpers for JSON that share nothing with the crate.

use serde_json::Value;

/// Returns how deep arrays and objects nest in a JSON text.
pub(crate) fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next().filter(|&byte| byte != b'"') {
                    if byte == b'\\' {
                        bytes.next();
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}

/// Returns the first difference between two values. Numbers are compared as
/// numbers, and the order of keys may differ.
pub(crate) fn difference(path: &str, before: &Value, after: &Value) -> Option<String> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let added = after.keys().find(|key| !before.contains_key(*key));
            added.map(|key| format!("{path}.{key} was added")).or_else(|| {
                before.iter().find_map(|(key, value)| {
                    let path = format!("{path}.{key}");
                    match after.get(key) {
                        None => Some(format!("{path} was lost")),
                        Some(after) => difference(&path, value, after),
                    }
                })
            })
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            (0..before.len()).find_map(|at| difference(&format!("{path}.{at}"), &before[at], &after[at]))
        }
        (Value::Number(before), Value::Number(after)) if is_same(before, after) => None,
        _ if before == after => None,
        _ => Some(format!("{path} was {before} and is {after}")),
    }
}

/// Compares two numbers. `Value` may read a float with an error in its last
/// bits.
fn is_same(before: &serde_json::Number, after: &serde_json::Number) -> bool {
    let (Some(a), Some(b)) = (before.as_f64(), after.as_f64()) else { return false };
    let is_whole = |number: &serde_json::Number| number.is_u64() || number.is_i64();
    before == after || !(is_whole(before) && is_whole(after)) && (a - b).abs() <= 4.0 * f64::EPSILON * a.abs()
}
