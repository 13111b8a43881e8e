//! Conformance cases: files of one JSON object a line, and recorded requests.
//!
//! The environment variable `MESSAGES_API_CASES` names the folder that holds
//! all of them. `tests/fixtures` holds a copy of some, so that most tests run
//! without it. Each test binary uses a part of this file.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// Returns the rows of `file` from the folder of cases. If no folder is named,
/// prints that the test is skipped and returns `None`.
pub(crate) fn rows(file: &str) -> Option<Vec<Value>> {
    folder().map(|folder| read(&folder.join(file))).or_else(|| skipped(file))
}

/// Returns the rows of `file` from the folder of cases, or from
/// `tests/fixtures` if no folder is named.
pub(crate) fn rows_or_fixture(file: &str) -> Vec<Value> {
    folder().map_or_else(|| fixture(file), |folder| read(&folder.join(file)))
}

/// Returns the bytes of `file` from the folder of cases, which must be named.
pub(crate) fn file(file: &str) -> Vec<u8> {
    std::fs::read(folder().unwrap().join(file)).unwrap()
}

/// Returns the rows of `file` from `tests/fixtures`.
pub(crate) fn fixture(file: &str) -> Vec<Value> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file))
}

/// Returns the recorded requests and the names of their files. If no folder is
/// named, prints that the test is skipped and returns `None`.
pub(crate) fn recorded() -> Option<Vec<(String, Value)>> {
    let Some(folder) = folder() else { return skipped("the recorded requests") };
    let entries = std::fs::read_dir(folder.join("recorded")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let request = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    };
    assert!(!paths.is_empty(), "there are no recorded requests");
    Some(paths.iter().map(request).collect())
}

/// Decodes base64 with padding.
pub(crate) fn base64(text: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(text).unwrap()
}

fn folder() -> Option<PathBuf> {
    std::env::var_os("MESSAGES_API_CASES").map(PathBuf::from)
}

fn skipped<T>(what: &str) -> Option<T> {
    println!("skipped {what}: MESSAGES_API_CASES is not set");
    None
}

fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!rows.is_empty(), "{} holds no rows", path.display());
    rows
}
