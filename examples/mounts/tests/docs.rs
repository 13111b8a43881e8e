//! What the documentation of the crate shows of other frameworks is what the programs here consist of.
#![allow(clippy::unwrap_used)]

use std::fs::{read_dir, read_to_string};

/// Removes what all lines begin with: the spaces, and in documentation the mark of a comment.
fn flush(lines: &[&str]) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let least = lines.iter().filter(|line| !line.is_empty()).map(indent).min().unwrap_or(0);
    lines.iter().map(|line| line.get(least..).unwrap_or("")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_documentation_shows_lines_of_the_programs() {
    let root = env!("CARGO_MANIFEST_DIR");
    let documentation = read_to_string(format!("{root}/../../src/server/mod.rs")).unwrap();
    let documentation: Vec<_> = documentation.lines().filter_map(|line| line.strip_prefix("//!")).collect();
    let programs: Vec<String> = read_dir(format!("{root}/src/bin"))
        .unwrap()
        .map(|program| read_to_string(program.unwrap().path()).unwrap())
        .collect();
    // What no test of the crate compiles.
    let snippets = documentation.split(|line| line.trim() == "```ignore").skip(1);
    let snippets: Vec<_> =
        snippets.map(|rest| rest.split(|line| line.trim() == "```").next().unwrap()).collect();
    assert_eq!(snippets.len(), 5);
    for snippet in snippets {
        let shown = flush(snippet);
        let is_there = |program: &String| {
            let lines: Vec<_> = program.lines().collect();
            lines.windows(snippet.len()).any(|lines| flush(lines) == shown)
        };
        assert!(programs.iter().any(is_there), "no program has these lines:\n{shown}");
    }
}
