//! Schemas for structured output, compared with those of the official SDKs.

use messages_api::types::settings::strict_schema;
use messages_api::{Error, ErrorKind};
use serde_json::{Value, json};

/// `tests/fixtures/strict_schema.jsonl` explains itself in its first line.
#[test]
fn schemas_are_rewritten_as_by_the_sdks_unless_a_note_says_why_not() {
    let rows = crate::cases::fixture("strict_schema.jsonl");
    assert!(rows[0]["sdks"].is_object() && rows.len() > 60, "the fixture is incomplete");
    for row in &rows[1..] {
        let expected = &row["strict"];
        match strict_schema(&row["schema"]) {
            Ok(strict) => assert_eq!(strict, *expected, "{}", row["name"]),
            Err(error) => assert_eq!(json!({"error": error.path()}), *expected, "{}: {error}", row["name"]),
        }
        let differs = row.get("python").or(row.get("typescript")).is_some();
        assert!(!differs || row["note"].is_string(), "{}: no note", row["name"]);
    }
}

#[test]
fn the_input_is_not_changed() {
    for row in &crate::cases::fixture("strict_schema.jsonl")[1..] {
        let before = row["schema"].to_string();
        let _ = strict_schema(&row["schema"]);
        assert_eq!(row["schema"].to_string(), before);
    }
}

#[test]
fn a_strict_schema_stays_as_it_is() {
    for row in &crate::cases::fixture("strict_schema.jsonl")[1..] {
        if let Ok(strict) = strict_schema(&row["schema"]) {
            assert_eq!(strict_schema(&strict).ok(), Some(strict), "{}", row["name"]);
        }
    }
}

#[test]
fn the_error_of_a_schema_has_its_path() {
    let nested = |schema: Value| {
        json!({
            "$defs": {"Note": {"type": "object", "properties": {"tags": {"type": "array", "items": schema}}}},
            "$ref": "#/$defs/Note",
        })
    };
    for (schema, reason) in [
        (json!({}), "must have a type"),
        (json!(true), "must have a type"),
        (json!("string"), "must be a schema"),
        (json!({"type": "object", "additionalProperties": {"type": "string"}}), "must list its properties"),
        (json!({"type": "object", "properties": {}, "oneOf": []}), "must not combine `properties`"),
    ] {
        let error = strict_schema(&nested(schema)).unwrap_err();
        assert_eq!(error.path(), "$defs.Note.properties.tags.items");
        assert!(error.to_string().contains(&format!("tags.items: {reason}")), "{error}");
        let error = Error::from(error);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("$defs.Note.properties.tags.items"), "{error}");
    }
    let error =
        strict_schema(&json!({"anyOf": [{"type": "null"}, {"type": ["array", "null"], "items": {}}]}));
    assert_eq!(error.unwrap_err().path(), "anyOf.1.items");
    assert!(strict_schema(&json!(7)).unwrap_err().to_string().starts_with("the schema: "));
}
