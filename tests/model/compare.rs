//! A JSON comparator that shares nothing with the crate: same keys, same
//! values, numbers equal as numbers, key order free.

use serde_json::Value;

/// Panics with the path of the first difference.
#[track_caller]
pub(crate) fn assert_same(name: &str, before: &Value, after: &Value) {
    if let Some(difference) = difference("$", before, after) {
        panic!("{name}: {difference}\nbefore: {before}\nafter:  {after}");
    }
}

fn difference(path: &str, before: &Value, after: &Value) -> Option<String> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            if let Some(key) = after.keys().find(|key| !before.contains_key(*key)) {
                return Some(format!("{path}.{key} was added"));
            }
            before.iter().find_map(|(key, value)| match after.get(key) {
                None => Some(format!("{path}.{key} was lost")),
                Some(other) => difference(&format!("{path}.{key}"), value, other),
            })
        }
        (Value::Array(before), Value::Array(after)) => {
            if before.len() != after.len() {
                return Some(format!("{path} had {} items and has {}", before.len(), after.len()));
            }
            (0..before.len()).find_map(|i| difference(&format!("{path}.{i}"), &before[i], &after[i]))
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if before == after => None,
        _ => Some(format!("{path} was {before} and is {after}")),
    }
}

#[test]
fn the_comparator_sees_what_it_should() {
    let same = |a: &str, b: &str| {
        difference("$", &serde_json::from_str(a).unwrap(), &serde_json::from_str(b).unwrap()).is_none()
    };
    assert!(same(r#"{"a":1,"b":[null]}"#, r#"{"b":[null],"a":1.0}"#));
    assert!(!same(r#"{"a":1}"#, r#"{"a":2}"#));
    assert!(!same(r#"{"a":null}"#, "{}"));
    assert!(!same("{}", r#"{"a":null}"#));
    assert!(!same("[1,2]", "[2,1]"));
    assert!(!same(r#""1""#, "1"));
}
