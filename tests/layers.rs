//! The layers of ARCHITECTURE.md: a module may name modules of lower levels
//! only, and only the crates of its layer.
#![allow(clippy::unwrap_used)]

#[path = "support/source.rs"]
mod source;

use source::is_word;

struct Module {
    name: &'static str,
    level: u8,
    /// The modules that it may use; `None` stands for all of a lower level.
    uses: Option<&'static [&'static str]>,
    /// The crates that it may name besides those of `EVERYWHERE`.
    crates: &'static [&'static str],
}

const EVERYWHERE: &[&str] = &["serde", "serde_json", "thiserror", "http", "bytes"];

const MODULES: &[Module] = &[
    Module { name: "calendar", level: 0, uses: Some(&[]), crates: &[] },
    Module { name: "text", level: 0, uses: Some(&[]), crates: &[] },
    Module { name: "clock", level: 0, uses: Some(&[]), crates: &["tokio"] },
    Module { name: "timer", level: 0, uses: Some(&[]), crates: &["tokio"] },
    Module { name: "json", level: 0, uses: Some(&[]), crates: &["memchr"] },
    Module { name: "wire", level: 1, uses: None, crates: &["itoa"] },
    Module { name: "sse", level: 2, uses: Some(&[]), crates: &["memchr"] },
    Module { name: "types", level: 2, uses: None, crates: &["base64", "itoa", "schemars"] },
    Module { name: "auth", level: 2, uses: None, crates: &[] },
    Module { name: "error", level: 3, uses: None, crates: &["tracing"] },
    Module { name: "guard", level: 4, uses: Some(&["error"]), crates: &["tracing"] },
    Module { name: "validate", level: 4, uses: None, crates: &[] },
    Module { name: "ends", level: 5, uses: None, crates: &[] },
    Module { name: "stream", level: 6, uses: None, crates: &["futures", "itoa", "pin_project", "tracing"] },
    Module { name: "handler", level: 7, uses: None, crates: &["futures", "pin_project"] },
    Module {
        name: "client",
        level: 8,
        uses: None,
        crates: &[
            "fastrand",
            "futures",
            "http_body",
            "http_body_util", // its tests
            "hyper",
            "memchr",
            "pin_project",
            "reqwest",
            "schemars",
            "tokio",
            "tower_layer",
            "tower_service",
            "tracing",
        ],
    },
    Module {
        name: "server",
        level: 8,
        uses: None,
        crates: &[
            "futures",
            "pin_project",
            "http_body",
            "http_body_util",
            "hyper",
            "hyper_util",
            "tower_layer",
            "tower_service",
            "tokio",
            "fastrand",
            "sha2",
            "subtle",
            "tracing",
        ],
    },
    Module { name: "fallback", level: 9, uses: None, crates: &["futures", "tracing"] },
    Module {
        name: "policy",
        level: 8,
        uses: None,
        crates: &["fastrand", "futures", "pin_project", "redis", "tokio", "tower_layer", "tracing"],
    },
    Module {
        name: "openai",
        level: 9,
        uses: None,
        crates: &[
            "base64",
            "fastrand",
            "futures",
            "http_body",
            "pin_project",
            "sha2",
            "tower_service",
            "tracing",
        ],
    },
    Module { name: "tools", level: 9, uses: None, crates: &["futures", "schemars", "tracing"] },
];

fn module(name: &str) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.name == name)
}

/// Describes everything in `code` that breaks a rule. `file` is a path below `src`.
fn violations(file: &str, code: &str, dependencies: &[String]) -> Vec<String> {
    let name = file.split('/').next().unwrap().trim_end_matches(".rs");
    let Some(own) = module(name) else { return vec![format!("{file}: the module `{name}` is in no layer")] };
    let may_use = |other: &Module| {
        other.name == own.name || own.uses.map_or(other.level < own.level, |uses| uses.contains(&other.name))
    };
    let is_root = !file.contains('/') || file.ends_with("/mod.rs");
    let code = source::code(code);
    let mut found = Vec::new();
    for target in paths_below("crate", &code) {
        match module(&target) {
            None => found.push(format!("{file}: `crate::{target}` is not a module's own path")),
            Some(other) if !may_use(other) => {
                found.push(format!("{file}: `{}` may not use `{target}`", own.name))
            }
            Some(_) => {}
        }
    }
    for _ in paths_below("super", &code).iter().filter(|target| is_root || *target == "super") {
        found.push(format!("{file}: `super` reaches out of the module"));
    }
    for dependency in dependencies {
        let allowed = EVERYWHERE.contains(&dependency.as_str()) || own.crates.contains(&dependency.as_str());
        if !allowed && !paths_below(dependency, &code).is_empty() {
            found.push(format!("{file}: `{}` may not name the crate `{dependency}`", own.name));
        }
    }
    found
}

/// Returns the segments that follow `root::` in `code`, each one of a `{…}` group
/// included.
fn paths_below(root: &str, code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&format!("{root}::")) {
        // `other::root::x`, `$crate::x` and `my_root::x` do not begin with `root`.
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| is_word(c) || c == '$')
            || code[..at].ends_with("::") && !code[..at].ends_with(" ::")
        {
            continue;
        }
        let rest = code[at + root.len() + 2..].trim_start();
        let Some(group) = rest.strip_prefix('{') else {
            found.push(rest.chars().take_while(|&c| is_word(c)).collect());
            continue;
        };
        let mut depth = 0;
        let mut segment = String::new();
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => found.push(std::mem::take(&mut segment)),
                _ if depth == 0 => segment.push(c),
                _ => {}
            }
        }
        found.push(segment);
    }
    let first = |path: String| path.trim().split(|c: char| !is_word(c)).next().unwrap().to_owned();
    found.into_iter().map(first).filter(|segment| !segment.is_empty()).collect()
}

/// Returns the names of the crate's dependencies in Rust.
fn dependencies() -> Vec<String> {
    let manifest = std::fs::read_to_string(source::root().join("Cargo.toml")).unwrap();
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let names = section.lines().filter(|line| !line.starts_with('#'));
    names.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.replace('-', "_")).collect()
}

#[test]
fn imports_go_down() {
    let files = source::files();
    let dependencies = dependencies();
    assert!(files.len() > 20 && dependencies.len() > 10, "nothing was read");
    let below_root = files.iter().filter(|(file, _)| file != "lib.rs");
    let found: Vec<_> = below_root.flat_map(|(file, code)| violations(file, code, &dependencies)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn planted_violations_are_found() {
    let dependencies = dependencies();
    let planted = [
        ("types/x.rs", "use crate::stream::Accumulator;", "may not use `stream`"),
        ("types/x.rs", "fn f() { crate::client::g() }", "may not use `client`"),
        ("types/x.rs", "use crate::sse::Frame;", "may not use `sse`"),
        ("client/x.rs", "use crate::server::MessagesService;", "may not use `server`"),
        ("client/x.rs", "use crate::tools::ToolSet;", "may not use `tools`"),
        ("server/x.rs", "use crate::{types::Message, client::Client};", "may not use `client`"),
        (
            "server/x.rs",
            "use crate::{\n    types::{Message, Usage},\n    client,\n};",
            "may not use `client`",
        ),
        ("sse/decoder.rs", "use crate::json::Json;", "may not use `json`"),
        ("stream/x.rs", "use crate::Message;", "not a module's own path"),
        ("stream/x.rs", "use crate::{Message};", "not a module's own path"),
        ("stream/mod.rs", "use super::types::Message;", "reaches out"),
        ("auth.rs", "use super::types::Message;", "reaches out"),
        ("stream/x.rs", "use super::super::types::Message;", "reaches out"),
        ("stream/x.rs", "async fn f() { tokio::time::sleep(d).await }", "may not name the crate `tokio`"),
        ("handler/x.rs", "use reqwest::Client;", "may not name the crate `reqwest`"),
        ("server/x.rs", "use ::reqwest::Client;", "may not name the crate `reqwest`"),
        ("client/x.rs", "use sha2::Digest;", "may not name the crate `sha2`"),
        ("sse/x.rs", "use futures::Stream;", "may not name the crate `futures`"),
        ("new_thing.rs", "", "in no layer"),
    ];
    for (file, code, expected) in planted {
        let found = violations(file, code, &dependencies);
        assert!(found.iter().any(|text| text.contains(expected)), "{file}: {code}\nfound {found:?}");
    }
    let fine = [
        ("types/x.rs", "use crate::wire::wire_struct; use crate::json::Json; use super::block::text_of;"),
        ("types/x.rs", "// crate::client\n/// [`Error`](crate::Error)\nconst S: &str = \"crate::server\";"),
        ("stream/x.rs", "use futures::Stream; use std::task::Poll; use crate::stream::Accumulator;"),
        ("server/x.rs", "use tokio::time::Sleep; use crate::handler::Handler;"),
        ("client/x.rs", "fn f() -> my_reqwest::X { a::server::b() }"),
    ];
    for (file, code) in fine {
        assert_eq!(violations(file, code, &dependencies), Vec::<String>::new(), "{file}: {code}");
    }
}
