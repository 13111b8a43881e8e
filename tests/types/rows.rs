//! Every key of every vector, removed and replaced by a value of each JSON
//! type: if the result is still valid, it is written as it was read; if not,
//! the error names the path.

use crate::compare::{difference, is_raw_field, is_unknown_object};
use crate::json::{Node, decoded};
use crate::vectors::{Model, Sample, vectors, with_type_of};

/// One value of each JSON type.
const VALUES: [&str; 7] = ["null", "true", "-5", "1.5", r#""hologram""#, "[]", "{}"];

#[test]
fn every_key_of_every_vector_may_be_removed_or_replaced() {
    let mut counts = Counts::default();
    for sample in &vectors() {
        let node = Node::parse(&sample.json.to_string());
        let mut places = Vec::new();
        find_places(&node, &mut Place::default(), &mut places);
        for place in &places {
            if place.is_key {
                let mut changed = node.clone();
                place.remove(&mut changed);
                with_type_of!(sample, check(sample, place, &changed, true, &mut counts));
            }
            for value in VALUES {
                let mut changed = node.clone();
                *place.find(&mut changed) = Node::parse(value);
                with_type_of!(sample, check(sample, place, &changed, false, &mut counts));
            }
        }
    }
    println!("{counts:?}");
    assert!(counts.missing > 500 && counts.wrong > 5_000 && counts.deep > 2_000, "{counts:?}");
}

/// The number of rows by result. `deep` counts errors at least four levels down.
#[derive(Debug, Default)]
struct Counts {
    same: usize,
    missing: usize,
    wrong: usize,
    deep: usize,
}

fn check<T: Model>(sample: &Sample, place: &Place, changed: &Node, is_removed: bool, counts: &mut Counts) {
    let text = changed.write();
    let path = place.path.join(".");
    let error = match serde_json::from_str::<T>(&text) {
        Ok(typed) => {
            let written = Node::parse(&serde_json::to_string(&typed).unwrap());
            let mut expected = changed.clone();
            let mut found = difference("$", &expected, &written);
            // A negative count is read, and written as 0.
            if found.is_some() && !is_removed && place.find(&mut expected).write() == "-5" {
                *place.find(&mut expected) = Node::parse("0");
                found = difference("$", &expected, &written);
            }
            assert_eq!(found, None, "{}: {path}\n{text}", sample.name);
            counts.same += 1;
            return;
        }
        Err(error) => error.to_string(),
    };
    // A tool without a `type` is a custom one.
    let custom =
        path.strip_suffix("type").filter(|_| path.contains("tools.") || path.contains("definition."));
    let is_custom =
        |field: &&str| custom.is_some_and(|tool| error.starts_with(&format!("{tool}{field}: missing field")));
    let expected = if is_removed { format!("{path}: missing field") } else { format!("{path}: invalid ") };
    // An empty object lacks its required fields.
    let is_below = !is_removed && error.starts_with(&format!("{path}."));
    let is_right = error.starts_with(&expected) || is_below || ["name", "input_schema"].iter().any(is_custom);
    assert!(
        is_right && (is_removed || !place.is_raw),
        "{}\n  found    {error}\n  expected {expected}\n{text}",
        sample.name
    );
    counts.missing += usize::from(is_removed);
    counts.wrong += usize::from(!is_removed);
    counts.deep += usize::from(place.path.len() >= 4);
}

/// A value in a document.
#[derive(Clone, Default)]
struct Place {
    /// Its index in each list or object, from the outermost on.
    steps: Vec<usize>,
    /// The same, as an error writes it.
    path: Vec<String>,
    is_key: bool,
    is_raw: bool,
}

impl Place {
    fn find<'a>(&self, node: &'a mut Node) -> &'a mut Node {
        self.steps.iter().fold(node, |node, &step| match node {
            Node::List(items) => &mut items[step],
            Node::Object(entries) => &mut entries[step].1,
            _ => unreachable!("there is nothing in {node:?}"),
        })
    }

    fn remove(&self, node: &mut Node) {
        let (last, above) = self.steps.split_last().unwrap();
        let above = Self { steps: above.to_vec(), ..Self::default() };
        let Node::Object(entries) = above.find(node) else { unreachable!() };
        entries.remove(*last);
    }
}

/// Collects the places of all values in `node`, which is at `place`.
fn find_places(node: &Node, place: &mut Place, places: &mut Vec<Place>) {
    let is_raw = place.is_raw || is_unknown_object(node);
    let inside: Vec<_> = match node {
        Node::List(items) => {
            items.iter().enumerate().map(|(at, item)| (at.to_string(), item, false)).collect()
        }
        Node::Object(entries) => entries.iter().map(|(key, value)| (decoded(key), value, true)).collect(),
        _ => return,
    };
    for (step, (name, value, is_key)) in inside.into_iter().enumerate() {
        let mut below = place.clone();
        below.steps.push(step);
        // The items of `input_examples` are raw, the list itself is not.
        below.is_raw = is_raw && name != "type" || is_raw_field(&name) && name != "input_examples";
        below.is_raw |= place.path.last().is_some_and(|name| name == "input_examples");
        below.path.push(name);
        below.is_key = is_key;
        find_places(value, &mut below, places);
        places.push(below);
    }
}
