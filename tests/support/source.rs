//! The crate's own source, for the tests that check how it is laid out.

use std::path::{Path, PathBuf};

/// The folder of the crate's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The path below `src` and the text of every source file.
pub(crate) fn files() -> Vec<(String, String)> {
    let src = root().join("src");
    let mut paths = Vec::new();
    collect(&src, &mut paths);
    paths.sort();
    let file = |path: &PathBuf| {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
        (name, std::fs::read_to_string(path).unwrap())
    };
    paths.iter().map(file).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// Returns `text` without its comments and without its string and character
/// literals, so that every word that is left is code.
pub(crate) fn code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_word = out.chars().next_back().is_some_and(is_word);
        let skipped = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            'r' | 'b' | 'c' if !after_word => raw_string(rest),
            '"' => quoted(rest, '"'),
            '\'' if rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\'') => quoted(rest, '\''),
            _ => 0,
        };
        if skipped == 0 {
            out.push(first);
        }
        rest = &rest[skipped.max(if skipped == 0 { first.len_utf8() } else { 0 })..];
    }
    out
}

pub(crate) fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The length of the block comment that `text` starts with. Such comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += text[at..].chars().next().expect("the comment ends").len_utf8();
        }
        if depth == 0 {
            return at;
        }
    }
}

/// The length of the raw string literal that `text` starts with; 0 if it
/// starts with something else.
fn raw_string(text: &str) -> usize {
    let hashes = text.trim_start_matches(['b', 'c']);
    let Some(hashes) = hashes.strip_prefix('r') else { return 0 };
    let body = hashes.trim_start_matches('#');
    let end = format!("\"{}", &hashes[..hashes.len() - body.len()]);
    let Some(body) = body.strip_prefix('"') else { return 0 };
    let start = text.len() - body.len();
    start + body.find(&end).expect("the string ends") + end.len()
}

/// The length of the literal that `text` starts with and `quote` ends.
fn quoted(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        if char == '\\' {
            chars.next();
        } else if char == quote {
            return at + 1;
        }
    }
    panic!("a literal does not end: {text:.40}")
}

#[test]
fn comments_and_literals_are_no_code() {
    let text = r###"
        a /* b /* c */ d */ e // f
        "g \" h" 'i' '\'' '\u{6a}' b'k' b"l" r"m\" r#"n " o"# br##"p "# q"## 's t
    "###;
    let words = code(text);
    assert_eq!(words.split_whitespace().collect::<Vec<_>>(), ["a", "e", "b", "b", "'s", "t"]);
}
