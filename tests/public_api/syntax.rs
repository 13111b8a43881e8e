//! As much of Rust's syntax as it takes to find the items of a file.

use std::iter::Peekable;
use std::str::Chars;

use crate::source::is_word;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Word(String),
    Sign(char),
    /// What stands between two brackets, and the first of them.
    Group(char, Vec<Tree>),
}

impl Tree {
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }

    pub(crate) fn is_sign(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }
}

/// Reads `code`, which has neither comments nor literals.
pub(crate) fn trees(code: &str) -> Vec<Tree> {
    let mut chars = code.chars().peekable();
    let trees = group(&mut chars);
    assert_eq!(chars.next(), None, "a bracket closes nothing");
    trees
}

fn group(chars: &mut Peekable<Chars<'_>>) -> Vec<Tree> {
    let mut trees = Vec::new();
    while let Some(char) = chars.next_if(|char| !matches!(char, ')' | ']' | '}')) {
        match char {
            '(' | '[' | '{' => {
                trees.push(Tree::Group(char, group(chars)));
                assert!(chars.next().is_some(), "a bracket is not closed");
            }
            _ if is_word(char) => {
                let mut word = String::from(char);
                while let Some(char) = chars.next_if(|&char| is_word(char)) {
                    word.push(char);
                }
                trees.push(Tree::Word(word));
            }
            _ if char.is_whitespace() => {}
            _ => trees.push(Tree::Sign(char)),
        }
    }
    trees
}

/// The items of one module, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Items {
    pub(crate) modules: Vec<Module>,
    pub(crate) uses: Vec<Use>,
    /// Types, traits, functions, constants and statics.
    pub(crate) declared: Vec<Declared>,
    /// The macros that are defined here, and what is between their braces.
    pub(crate) macros: Vec<(String, Vec<Tree>)>,
    /// The macros that are called here, and what they are called with.
    pub(crate) calls: Vec<(String, Vec<Tree>)>,
}

#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) is_public: bool,
    /// What an inline module holds.
    pub(crate) body: Option<Vec<Tree>>,
}

/// One name of a `use`, whatever the grouping.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) path: Vec<String>,
    /// The name in this module; `*` for a glob.
    pub(crate) name: String,
    pub(crate) is_public: bool,
}

#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) is_public: bool,
}

/// Finds the items in `trees`, the code of a module or the input of a macro.
pub(crate) fn items(trees: &[Tree]) -> Items {
    let mut items = Items::default();
    let mut rest = trees;
    let mut is_public = false;
    while let [first, after @ ..] = rest {
        rest = after;
        let Tree::Word(word) = first else {
            is_public = false;
            continue;
        };
        match (word.as_str(), after) {
            // `pub(crate)` and the like are not public.
            ("pub", [Tree::Group('(', _), after @ ..]) => {
                rest = after;
            }
            ("pub", _) => {
                is_public = true;
                continue;
            }
            ("unsafe" | "async" | "extern", _) => continue,
            ("const", [Tree::Word(next), ..]) if ["fn", "unsafe", "async", "extern"].contains(&&**next) => {
                continue;
            }
            ("use", _) => {
                let end = after.iter().position(|tree| tree.is_sign(';')).expect("a `use` ends");
                use_tree(&after[..end], &[], is_public, &mut items.uses);
                rest = &after[end..];
            }
            ("mod", [Tree::Word(name), after @ ..]) => {
                let body = match after {
                    [Tree::Group('{', body), ..] => Some(body.clone()),
                    _ => None,
                };
                items.modules.push(Module { name: name.clone(), is_public, body });
                rest = end_of_item(after);
            }
            (
                "struct" | "enum" | "union" | "trait" | "type" | "fn" | "const" | "static",
                [Tree::Word(name), after @ ..],
            ) => {
                items.declared.push(Declared { name: name.clone(), is_public });
                rest = end_of_item(after);
            }
            // A macro's definition, whose names its callers choose.
            ("struct" | "enum", [Tree::Sign('$'), ..]) | ("impl", _) => rest = end_of_item(after),
            ("macro_rules", [Tree::Sign('!'), Tree::Word(name), Tree::Group(_, body), after @ ..]) => {
                items.macros.push((name.clone(), body.clone()));
                rest = after;
            }
            (_, [Tree::Sign('!'), Tree::Group(_, input), after @ ..]) => {
                items.calls.push((word.clone(), input.clone()));
                rest = after;
            }
            _ => {}
        }
        is_public = false;
    }
    items
}

/// What follows the item whose name stands before `trees`.
fn end_of_item(trees: &[Tree]) -> &[Tree] {
    let end = trees.iter().position(|tree| matches!(tree, Tree::Sign(';') | Tree::Group('{', _)));
    end.map_or(&[], |end| &trees[end + 1..])
}

fn use_tree(trees: &[Tree], prefix: &[String], is_public: bool, uses: &mut Vec<Use>) {
    for part in trees.split(|tree| tree.is_sign(',')) {
        let mut path = prefix.to_vec();
        let mut alias = None;
        let mut rest = part;
        while let [first, after @ ..] = rest {
            rest = after;
            match first {
                Tree::Word(word) if word == "as" => {
                    let [Tree::Word(name)] = after else { panic!("a name follows `as`") };
                    alias = Some(name.clone());
                    rest = &[];
                }
                Tree::Word(word) => path.push(word.clone()),
                Tree::Sign('*') => path.push("*".to_owned()),
                Tree::Group('{', group) => use_tree(group, &path, is_public, uses),
                _ => {}
            }
        }
        let is_name = part.iter().all(|tree| !matches!(tree, Tree::Group(..))) && !part.is_empty();
        if is_name {
            if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
                path.pop();
            }
            let name = alias.or_else(|| path.last().cloned()).unwrap_or_default();
            uses.push(Use { path, name, is_public });
        }
    }
}

#[test]
fn items_are_found() {
    let found = items(&trees(
        "pub mod a; mod b { pub fn x() {} } pub use c::{d, e::{self, f as g}}; pub(crate) use h::*; \
         pub struct I<T>(T) where T: J; pub const fn k() -> [u8; 2] { [0; 2] } const L: [u8; 1] = [0]; \
         impl M { pub fn n() {} } macro_rules! o { () => { pub struct P; } } q! { pub enum R {} } \
         pub async fn s() {} #[t(pub)] enum U { V { w: X } } pub static Y: u8 = 0;",
    ));
    let modules: Vec<_> = found.modules.iter().map(|module| (&*module.name, module.is_public)).collect();
    assert_eq!(modules, [("a", true), ("b", false)]);
    let uses: Vec<_> =
        found.uses.iter().map(|used| (used.path.join("::"), &*used.name, used.is_public)).collect();
    let expected = [("c::d", "d", true), ("c::e", "e", true), ("c::e::f", "g", true), ("h::*", "*", false)];
    assert_eq!(uses, expected.map(|(path, name, is_public)| (path.to_owned(), name, is_public)));
    let declared: Vec<_> =
        found.declared.iter().map(|declared| (&*declared.name, declared.is_public)).collect();
    assert_eq!(declared, [("I", true), ("k", true), ("L", false), ("s", true), ("U", false), ("Y", true)]);
    assert_eq!((&*found.macros[0].0, &*found.calls[0].0), ("o", "q"));
}
