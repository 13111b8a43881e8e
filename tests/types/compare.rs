//! Compares the JSON that was read with the JSON that was written: keys and
//! values must be the same, numbers must be equal as numbers, and the order of
//! keys may differ. In values that the crate keeps raw, order and spelling must
//! be the same too.

use crate::json::{Node, decoded};

/// Fields that hold raw JSON.
const RAW_FIELDS: &[&str] =
    &["input", "input_schema", "schema", "details", "allowed_fallback_models", "input_examples"];

/// The prefix of fields and types that no version of the crate knows.
pub(crate) const UNKNOWN: &str = "x_";

/// Types in the vectors that this version of the crate does not know.
const UNKNOWN_TYPES: &[&str] = &["block_from_the_future", "brand_new_event"];

/// Returns `true` if the crate keeps the value of the field `name` raw.
pub(crate) fn is_raw_field(name: &str) -> bool {
    name.starts_with(UNKNOWN) || RAW_FIELDS.contains(&name)
}

/// Returns `true` if `node` is an object of an unknown type.
pub(crate) fn is_unknown_object(node: &Node) -> bool {
    node.type_name().is_some_and(|name| name.starts_with(UNKNOWN) || UNKNOWN_TYPES.contains(&name.as_str()))
}

/// Panics with the path of the first difference.
#[track_caller]
pub(crate) fn assert_same(name: &str, before: &str, after: &str) {
    if let Some(difference) = difference("$", &Node::parse(before), &Node::parse(after)) {
        panic!("{name}: {difference}\nbefore: {before}\nafter:  {after}");
    }
}

/// Returns the first difference between the value that was read and the one
/// that was written.
pub(crate) fn difference(path: &str, before: &Node, after: &Node) -> Option<String> {
    match (before, after) {
        (Node::Object(before_entries), Node::Object(after_entries)) => {
            let is_unknown = is_unknown_object(before);
            let (before, after) = (keyed(before_entries, !is_unknown), keyed(after_entries, !is_unknown));
            let added = |some: &[(String, _)], more: &[(String, _)]| {
                let key = more.iter().map(|(key, _)| key).find(|key| count(key, more) > count(key, some));
                key.cloned()
            };
            if !before.iter().map(|(key, _)| key).eq(after.iter().map(|(key, _)| key)) {
                if let Some(key) = added(&before, &after) {
                    return Some(format!("{path}.{key} was added"));
                }
                if let Some(key) = added(&after, &before) {
                    return Some(format!("{path}.{key} was lost"));
                }
            }
            before.iter().zip(&after).find_map(|((key, value), (other_key, other))| {
                let path = format!("{path}.{key}");
                if key != other_key {
                    return Some(format!("{path} is where {other_key} was"));
                }
                let is_raw = is_raw_field(key) || is_unknown && key != "type";
                if is_raw {
                    let same = value == other;
                    return (!same).then(|| format!("{path} was {} and is {}", value.write(), other.write()));
                }
                difference(&path, value, other)
            })
        }
        (Node::List(before), Node::List(after)) => {
            if before.len() != after.len() {
                return Some(format!("{path} had {} items and has {}", before.len(), after.len()));
            }
            (0..before.len()).find_map(|i| difference(&format!("{path}.{i}"), &before[i], &after[i]))
        }
        (Node::Text(a), Node::Text(b)) if a == b || decoded(a) == decoded(b) => None,
        (Node::Plain(a), Node::Plain(b)) if a == b || same_number(a, b) => None,
        _ => Some(format!("{path} was {} and is {}", before.write(), after.write())),
    }
}

/// Returns the entries with decoded keys, sorted by key if `sorted`.
fn keyed(entries: &[(String, Node)], sorted: bool) -> Vec<(String, &Node)> {
    let mut entries: Vec<_> = entries.iter().map(|(key, value)| (decoded(key), value)).collect();
    if sorted {
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    entries
}

fn count(key: &str, entries: &[(String, &Node)]) -> usize {
    entries.iter().filter(|(other, _)| other == key).count()
}

/// Compares numbers. Integers, which may have any length, must have the same
/// digits.
fn same_number(a: &str, b: &str) -> bool {
    let is_whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if is_whole(a) && is_whole(b) {
        return false;
    }
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

#[test]
fn the_comparison_finds_every_difference_that_matters() {
    let same = |a: &str, b: &str| difference("$", &Node::parse(a), &Node::parse(b)).is_none();
    assert!(same(r#"{"a":1,"b":[null]}"#, r#"{"b":[null], "a":1.0}"#));
    assert!(same(r#"{"a":"\u0041"}"#, r#"{"\u0061":"A"}"#));
    assert!(!same(r#"{"a":1}"#, r#"{"a":2}"#));
    assert!(!same(r#"{"a":9007199254740993}"#, r#"{"a":9007199254740992}"#));
    assert!(!same(r#"{"a":null}"#, "{}"));
    assert!(!same("{}", r#"{"a":null}"#));
    assert!(!same(r#"{"a":1,"a":1}"#, r#"{"a":1}"#));
    assert!(!same("[1,2]", "[2,1]"));
    assert!(!same(r#""1""#, "1"));
    assert!(!same("null", "0"));
    for raw in [r#"{"input":VALUE}"#, r#"{"x_1":VALUE}"#, r#"{"type":"x_1","a":VALUE}"#] {
        let with = |value: &str| raw.replace("VALUE", value);
        assert!(same(&with(r#"{"b": 1.0, "a": 2}"#), &with(r#"{"b":1.0,"a":2}"#)));
        assert!(!same(&with(r#"{"b":1,"a":2}"#), &with(r#"{"a":2,"b":1}"#)));
        assert!(!same(&with("1.0"), &with("1")));
        assert!(!same(&with(r#""\u0041""#), &with(r#""A""#)));
    }
    assert!(!same(r#"{"type":"x_1","a":1}"#, r#"{"a":1,"type":"x_1"}"#));
}
