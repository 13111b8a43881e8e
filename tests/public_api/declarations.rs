//! The names that a module declares, by hand or by a macro of the crate.

use std::collections::BTreeSet;

use crate::syntax::{Items, Tree, items};

/// The macros in `modules` that declare types by the names they are given.
pub(crate) fn declaring_macros<'a>(modules: impl Iterator<Item = &'a Items> + Clone) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (name, body) in modules.clone().flat_map(|items| &items.macros) {
            if declares_its_arguments(body, &found) {
                found.insert(name.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// The public names that `module` declares. `declaring` are the macros that
/// declare types by the names they are given.
pub(crate) fn public_names(module: &Items, declaring: &BTreeSet<String>) -> BTreeSet<String> {
    let public = |items: &Items| -> Vec<String> {
        let public = items.declared.iter().filter(|declared| declared.is_public);
        public.map(|declared| declared.name.clone()).collect()
    };
    let mut names = public(module);
    for (name, input) in &module.calls {
        names.extend(public(&items(input)));
        if declaring.contains(name) {
            names.extend(names_of_entries(input));
        }
    }
    // A macro may hold the name of the one type that it declares.
    let within = module.macros.iter().flat_map(|(_, body)| calls_within(body));
    names.extend(within.flat_map(|(_, input)| public(&items(&input))));
    names.into_iter().collect()
}

/// Whether a macro declares types by the names that it is given: it holds
/// `pub struct $name`, or leaves the declaration to a macro in `declaring`.
fn declares_its_arguments(body: &[Tree], declaring: &BTreeSet<String>) -> bool {
    let is_type = |tree: &Tree| tree.is_word("struct") || tree.is_word("enum");
    has(body, |trees| matches!(trees, [a, b, c] if a.is_word("pub") && is_type(b) && c.is_sign('$')))
        || calls_within(body)
            .iter()
            .any(|(name, input)| declaring.contains(name) && !has(input, |trees| is_type(&trees[1])))
}

/// Whether `matches` three trees in a row somewhere in `trees`.
fn has(trees: &[Tree], matches: impl Fn(&[Tree]) -> bool + Copy) -> bool {
    trees.windows(3).any(matches)
        || trees.iter().any(|tree| matches!(tree, Tree::Group(_, trees) if has(trees, matches)))
}

/// The macro calls in `trees`, however deep they stand.
fn calls_within(trees: &[Tree]) -> Vec<(String, Vec<Tree>)> {
    let mut calls = Vec::new();
    for (at, tree) in trees.iter().enumerate() {
        if let [Tree::Word(name), Tree::Sign('!'), Tree::Group(_, input), ..] = &trees[at..] {
            calls.push((name.clone(), input.clone()));
        }
        if let Tree::Group(_, trees) = tree {
            calls.extend(calls_within(trees));
        }
    }
    calls
}

/// The capitalized words that the entries of a macro's input begin with. An
/// entry ends with a semicolon or a pair of braces and may have attributes.
fn names_of_entries(input: &[Tree]) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_start = true;
    for tree in input {
        match tree {
            Tree::Sign('#') | Tree::Group('[', _) if is_start => {}
            Tree::Sign(';') | Tree::Group('{', _) => is_start = true,
            Tree::Word(word) if is_start && word.starts_with(char::is_uppercase) => {
                names.push(word.clone());
                is_start = false;
            }
            _ => is_start = false,
        }
    }
    names
}
