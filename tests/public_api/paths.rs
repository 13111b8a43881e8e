//! The paths of the public items.

use std::collections::{BTreeMap, BTreeSet};

use crate::declarations::{declaring_macros, public_names};
use crate::source;
use crate::syntax::{Items, Use, items, trees};

/// The most names that the root may have, modules not counted.
const MOST_ROOT_NAMES: usize = 40;

/// The modules of a crate by their paths. A path here begins below the crate's
/// name, so the root's is empty.
struct Modules {
    modules: BTreeMap<String, Items>,
    /// The private modules within a file. What they declare may be `pub` without
    /// a path: a sealed trait has to be, and so has every type of `wire_struct!`.
    sealed: BTreeSet<String>,
    declaring: BTreeSet<String>,
}

impl Modules {
    /// Reads the modules that can be reached from `lib.rs`. `files` are paths
    /// below `src` and texts.
    fn read(files: &[(String, String)]) -> Self {
        let mut this = Self { modules: BTreeMap::new(), sealed: BTreeSet::new(), declaring: BTreeSet::new() };
        this.add("", read_file(files, &["lib.rs"]), files);
        this.declaring = declaring_macros(this.modules.values());
        this
    }

    fn add(&mut self, path: &str, items: Items, files: &[(String, String)]) {
        for module in &items.modules {
            let path = below(path, &module.name);
            let file = path.replace("::", "/");
            let items = match &module.body {
                Some(body) => {
                    self.sealed.extend((!module.is_public).then(|| path.clone()));
                    crate::syntax::items(body)
                }
                None => read_file(files, &[&format!("{file}.rs"), &format!("{file}/mod.rs")]),
            };
            self.add(&path, items, files);
        }
        self.modules.insert(path.to_owned(), items);
    }

    /// The public names that are declared in the module `path`.
    fn declared(&self, path: &str) -> BTreeSet<String> {
        public_names(&self.modules[path], &self.declaring)
    }

    /// The public `use` declarations of the module `path`.
    fn exports(&self, path: &str) -> impl Iterator<Item = &Use> {
        self.modules[path].uses.iter().filter(|used| used.is_public)
    }

    /// Follows the path of `used`, which stands in the module `from`, to the
    /// place where the item is declared. An item of another crate stands where
    /// that crate exports it.
    fn declaration(&self, from: &str, used: &Use) -> String {
        let (name, segments) = used.path.split_last().expect("a path has a name");
        let mut module = from.to_owned();
        for segment in segments {
            module = match segment.as_str() {
                "crate" => String::new(),
                "self" => module,
                "super" => parent(&module).to_owned(),
                _ => below(&module, segment),
            };
        }
        let item = below(&module, name);
        let Some(items) = self.modules.get(&module) else { return used.path.join("::") };
        if segments.is_empty() && !self.modules.contains_key(&item) {
            return used.path.join("::");
        }
        match items.uses.iter().find(|used| used.name == *name) {
            Some(used) if module != from => self.declaration(&module, used),
            _ => item,
        }
    }

    /// The names in the root, modules not counted.
    fn root_names(&self) -> BTreeSet<String> {
        self.declared("").into_iter().chain(self.exports("").map(|used| used.name.clone())).collect()
    }

    /// The public modules below `path`.
    fn public_modules(&self, path: &str) -> Vec<String> {
        let public = self.modules[path].modules.iter().filter(|module| module.is_public);
        let below = public.map(|module| below(path, &module.name));
        below.flat_map(|path| [self.public_modules(&path), vec![path]].concat()).collect()
    }

    /// The paths of every item outside of the root, by the place where it is
    /// declared.
    fn public_paths(&self) -> BTreeMap<String, Vec<String>> {
        let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for module in self.public_modules("") {
            let declared = self.declared(&module).into_iter().map(|name| below(&module, &name));
            let exported = self
                .exports(&module)
                .map(|used| (self.declaration(&module, used), below(&module, &used.name)));
            for (item, path) in declared.map(|path| (path.clone(), path)).chain(exported) {
                paths.entry(item).or_default().push(path);
            }
        }
        paths
    }

    /// Describes everything that breaks a rule.
    fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        let paths = self.public_paths();
        let count = self.root_names().len();
        if count > MOST_ROOT_NAMES {
            found.push(format!("the root has {count} names, at most {MOST_ROOT_NAMES} are allowed"));
        }
        for used in self.exports("") {
            let item = self.declaration("", used);
            if used.name == "*" {
                found.push(format!("{}: a glob hides the names it exports", used.path.join("::")));
            } else if self.modules.contains_key(parent(&item))
                && item.contains("::")
                && !paths.contains_key(&item)
            {
                found.push(format!("{item}: has no path outside of the root"));
            }
        }
        for (item, paths) in &paths {
            let shown = paths.join(" and ");
            let module = parent(item);
            if paths.len() > 1 {
                found.push(format!("{item}: has {} paths, {shown}", paths.len()));
            }
            if item.ends_with('*') {
                found.push(format!("{shown}: a glob hides the names it exports"));
            } else if self.modules.contains_key(item) {
                found.push(format!("{shown}: a module is exported by another path"));
            } else if self.modules.contains_key(module) && !self.declared(module).contains(name_of(item)) {
                found.push(format!("{item}: is exported, but its declaration was not found"));
            }
        }
        for module in self.modules.keys().filter(|module| !self.sealed.contains(*module)) {
            let declared = self.declared(module).into_iter().map(|name| below(module, &name));
            let hidden = declared.filter(|item| !paths.contains_key(item));
            found.extend(hidden.map(|item| format!("{item}: is public but has no path")));
        }
        found
    }
}

fn read_file(files: &[(String, String)], names: &[&str]) -> Items {
    let file = files.iter().find(|(name, _)| names.contains(&&**name));
    let (_, text) = file.unwrap_or_else(|| panic!("there is none of the files {names:?}"));
    items(&trees(&source::code(text)))
}

fn below(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

fn parent(path: &str) -> &str {
    path.rsplit_once("::").map_or("", |(module, _)| module)
}

fn name_of(path: &str) -> &str {
    path.rsplit_once("::").map_or(path, |(_, name)| name)
}

#[test]
fn the_root_is_small_and_every_item_has_one_other_path() {
    let modules = Modules::read(&source::files());
    let violations = modules.violations();
    assert!(violations.is_empty(), "{}", violations.join("\n"));

    let root = modules.root_names();
    let paths = modules.public_paths();
    println!("{} names in the root, {} items, by {:?}", root.len(), paths.len(), modules.declaring);
    for name in ["Client", "Message", "http"] {
        assert!(root.contains(name), "{name} was not found in the root: {root:?}");
    }
    // By hand, by `wire_struct!`, and by macros over it.
    for path in [
        "sse::Decoder",
        "types::Beta",
        "types::Message",
        "types::batches::MessageBatchPage",
        "types::server_tools::WebSearchTool20250305",
        "types::tools::ToolBash20250124",
        "types::usage::CompactionIterationUsage",
    ] {
        assert!(paths.values().any(|paths| *paths == [path]), "{path} was not found");
    }
    assert!(paths.len() > 250, "{} items", paths.len());
}

/// A crate of one file for each module.
fn planted(files: &[(&str, &str)]) -> Vec<String> {
    let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    Modules::read(&files.iter().map(own).collect::<Vec<_>>()).violations()
}

#[test]
fn planted_violations_of_paths_are_found() {
    let wire =
        "macro_rules! wire { ($(#[$m:meta])* pub struct $name:ident $($rest:tt)*) => { pub struct $name; } }";
    let list = "macro_rules! list { ($($(#[$m:meta])* $name:ident = $tag:literal { $($rest:tt)* })*) => {$(
        wire! { $(#[$m])* pub struct $name = $tag, pub fn new; } impl $name { pub fn f() {} }
    )*} }";
    let lists = "macro_rules! lists { ($($names:tt)*) => { list! { $($names)* } } }
        lists! { /// B\n #[b] B = \"b\" { c: D } C = \"c\" {} }";
    let own = "wire! { /// A\n pub struct A = \"a\", pub fn new; }";
    let nested = [wire, list, lists, own].join("\n");

    let many: String = (0..=MOST_ROOT_NAMES).map(|n| format!("pub use a::T{n};")).collect();
    let many_declared: String = (0..=MOST_ROOT_NAMES).map(|n| format!("pub struct T{n};")).collect();
    let crates: String = (0..=MOST_ROOT_NAMES).map(|n| format!("pub use crate_{n};")).collect();
    let a = ("a/mod.rs", "mod b; pub use b::B;");
    let b = ("a/b.rs", "pub struct B;");
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("lib.rs", &format!("pub mod a; {many}")), ("a.rs", &many_declared)], "the root has 41 names"),
        (&[("lib.rs", &crates)], "the root has 41 names"),
        (&[("lib.rs", "pub struct A;")], "A: is public but has no path"),
        (&[("lib.rs", "pub mod a; pub use a::*;"), ("a.rs", "pub struct A;")], "a glob"),
        (&[("lib.rs", "pub mod a;"), ("a/mod.rs", "mod b; pub use b::*;"), b], "a::*: a glob"),
        (
            &[("lib.rs", "mod a; pub use a::A;"), ("a.rs", "pub struct A;")],
            "a::A: has no path outside of the root",
        ),
        (&[("lib.rs", "pub mod a;"), ("a/mod.rs", "pub mod b; pub use b::B;"), b], "a::b::B: has 2 paths"),
        (
            &[("lib.rs", "pub mod a; pub mod c;"), a, b, ("c.rs", "pub use crate::a::B as C;")],
            "a::B and c::C",
        ),
        (&[("lib.rs", "pub mod a; pub mod c;"), a, b, ("c.rs", "pub use super::a::{self};")], "a module"),
        (
            &[
                ("lib.rs", "pub mod a; pub mod c;"),
                ("a.rs", "pub use http::Uri;"),
                ("c.rs", "pub use http::Uri;"),
            ],
            "http::Uri: has 2 paths",
        ),
        (&[("lib.rs", "pub mod a;"), ("a/mod.rs", "mod b;"), b], "a::b::B: is public but has no path"),
        (
            &[("lib.rs", "pub mod a;"), a, ("a/b.rs", "struct B; // pub struct B;")],
            "its declaration was not found",
        ),
    ];
    for (files, expected) in cases {
        let found = planted(files);
        assert!(found.iter().any(|text| text.contains(expected)), "{files:?}\nfound {found:?}");
    }

    let found = planted(&[("lib.rs", "pub mod a;"), ("a/mod.rs", "mod b;"), ("a/b.rs", &nested)]);
    assert_eq!(found, ["A", "B", "C"].map(|name| format!("a::b::{name}: is public but has no path")));

    let fine: &[&[(&str, &str)]] = &[
        &[("lib.rs", "pub mod a; pub use a::B; pub use http; struct C;"), a, b],
        &[
            ("lib.rs", "pub mod a;"),
            ("a.rs", "mod sealed { pub trait Sealed {} } pub trait B: sealed::Sealed {}"),
        ],
        &[("lib.rs", "pub mod a;"), ("a/mod.rs", "pub use self::b::{A, B, C}; mod b;"), ("a/b.rs", &nested)],
        &[
            ("lib.rs", "pub mod a { pub use crate::c::B; } mod c;"),
            ("c/mod.rs", "mod b; pub(crate) use b::B;"),
            ("c/b.rs", "pub struct B; pub(crate) struct C; impl B { pub fn f() {} }"),
        ],
    ];
    for files in fine {
        assert_eq!(planted(files), Vec::<String>::new(), "{files:?}");
    }
}
