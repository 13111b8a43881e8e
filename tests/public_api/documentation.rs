//! The documentation of the setters that `wire_struct!` generates.
//!
//! The macro copies the documentation of a field to its setter, which the test
//! checks in its text. So the texts of the fields are those of the setters.

use std::collections::{BTreeMap, BTreeSet};

use crate::source;

/// The most fields of different names that one text may document.
const MOST_FIELDS_OF_A_TEXT: usize = 10;

/// What is wrong with the documentation of the setters in the text of the
/// macro `wire_struct!`.
fn setter_violations(text: &str) -> Vec<String> {
    let Some(end) = text.find("pub fn $of(") else { return vec!["there is no setter".to_owned()] };
    let start = text[..end].rfind("$(\n").expect("setters are repeated");
    let before = &text[start..end];
    let mut found = Vec::new();
    if !before.contains("$(#[$ometa])*") {
        found.push("a setter lacks the documentation of its field".to_owned());
    }
    if before.contains("///") || before.contains("#[doc") {
        found.push("every setter carries the same sentence".to_owned());
    }
    found
}

/// The optional fields that `text` declares by `wire_struct!`, each with its
/// documentation.
fn optional_fields(text: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while lines.by_ref().any(|line| line == "optional {") {
        let mut doc = Vec::new();
        for line in lines.by_ref().take_while(|line| *line != "}") {
            if let Some(text) = line.strip_prefix("///") {
                doc.push(text.trim());
            } else if line.starts_with("#[") {
                doc.push(line);
            } else if let Some((name, _)) = line.split_once(": ") {
                fields.push((name.to_owned(), std::mem::take(&mut doc).join(" ")));
            }
        }
    }
    fields
}

/// The texts that document fields of too many names.
fn text_violations(fields: &[(String, String)]) -> Vec<String> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, text) in fields {
        names.entry(text).or_default().insert(name);
    }
    let found = names.iter().filter(|(_, names)| names.len() > MOST_FIELDS_OF_A_TEXT);
    found.map(|(text, names)| format!("{text:?} documents each of {names:?}")).collect()
}

#[test]
fn the_documentation_of_a_setter_is_that_of_its_field() {
    let files = source::files();
    let macros = files.iter().find(|(_, text)| text.contains("macro_rules! wire_struct {")).unwrap();
    assert_eq!(setter_violations(&macros.1), Vec::<String>::new(), "{}", macros.0);

    let fields: Vec<_> = files.iter().flat_map(|(_, text)| optional_fields(text)).collect();
    println!("{} optional fields", fields.len());
    assert!(fields.len() > 200, "{} optional fields", fields.len());
    let undocumented: Vec<_> = fields.iter().filter(|(_, text)| text.is_empty()).collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
    let violations = text_violations(&fields);
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn planted_violations_of_documentation_are_found() {
    let setter =
        |docs: &str| format!("impl $name {{ $(\n {docs}\n #[must_use]\n pub fn $of(mut self) {{}} )* }}");
    assert!(setter_violations(&setter("$(#[$ometa])*")).is_empty());
    assert_eq!(setter_violations(&setter("/// Sets it.")).len(), 2);
    assert_eq!(setter_violations(&setter("/// Sets it.\n $(#[$ometa])*")).len(), 1);
    assert_eq!(setter_violations(&setter("#[doc = \"Sets it.\"] $(#[$ometa])*")).len(), 1);
    assert_eq!(setter_violations("").len(), 1);

    let text = "required {\n/// A\na: b,\n}\noptional {\n/// B\n/// c.\nd: E,\nf: G,\n}\noptional {}\noptional {\n/// H.\ni: J,\n}";
    let fields = optional_fields(text);
    let expected = [("d", "B c."), ("f", ""), ("i", "H.")];
    assert_eq!(fields, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    let fields = |count: usize| -> Vec<_> {
        (0..=count).map(|n| (format!("f{}", n % count), "Sets the field.".to_owned())).collect()
    };
    assert!(text_violations(&fields(MOST_FIELDS_OF_A_TEXT)).is_empty());
    assert_eq!(text_violations(&fields(MOST_FIELDS_OF_A_TEXT + 1)).len(), 1);
}
