//! Vectors and recorded requests, changed at random: they are written as they
//! were read, or rejected with the path of an invalid change. The changes are
//! the same in every run.
//!
//! `MESSAGES_API_MUTATIONS` is the number of cases, 10,000 if it is not set.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::compare::{UNKNOWN, difference, is_raw_field, is_unknown_object};
use crate::json::{Node, decoded};
use crate::random::Random;
use crate::vectors::{Model, Sample, recorded_requests, vectors, with_type_of};

/// Numbers that neither a float nor an integer keeps as they are spelled.
const NUMBERS: &[&str] = &[
    "12345678901234567890",
    "1.0",
    "1e400",
    "-0",
    "-0.0",
    "1E+2",
    "0.1000",
    "-1e-400",
    "123456789012345678901234567890",
];

/// Strings, as they are spelled. The last two are half of a surrogate pair,
/// which a typed string rejects.
const STRINGS: &[&str] = &[
    r#""""#,
    r#""é😀""#,
    r#""\u00e9\uD83D\uDE00""#,
    r#""\"\\\/\b\f\n\r\t""#,
    r#""\u0000\u001f""#,
    "\"\u{2028}\u{85}\u{feff}\"",
    r#""data: x""#,
    r#""type""#,
    r#""\ud800""#,
    r#""\udfffx""#,
];
const TYPED_STRINGS: usize = STRINGS.len() - 2;

#[test]
fn a_sample_changed_at_random_is_kept_or_rejected_with_the_path() {
    let count = std::env::var("MESSAGES_API_MUTATIONS").map_or(10_000, |count| count.parse().unwrap());
    let (vectors, recorded) = (vectors(), recorded_requests());
    let mut outcomes = Outcomes::default();
    for case in 0..count {
        let mut random = Random::new(case);
        // Recorded requests are long, so they are picked less often.
        let samples = if random.one_in(16) && !recorded.is_empty() { &recorded } else { &vectors };
        let sample = random.pick(samples);
        let mut mutation = Mutation { random, rate: 0, path: Vec::new(), wrong: Vec::new() };
        let text = mutation.changed(sample);
        let wrong = &mutation.wrong;
        let checked =
            catch_unwind(AssertUnwindSafe(|| with_type_of!(sample, check(&text, wrong, &mut outcomes))));
        if !matches!(checked, Ok(Ok(()))) {
            let reason = checked.map_or_else(|_| "it panicked".to_owned(), Result::unwrap_err);
            panic!("case {case}, {}: {reason}\nwrong: {wrong:?}\n{text}", sample.name);
        }
        outcomes.recorded += usize::from(std::ptr::eq(samples, &recorded));
    }
    println!("{count} cases: {outcomes:?}");
    assert!(
        outcomes.same * 2 > count as usize && outcomes.rejected > 0,
        "the changes are too rough or too mild"
    );
    assert_eq!(recorded.is_empty(), outcomes.recorded == 0, "no recorded request ran");
}

#[derive(Debug, Default)]
struct Outcomes {
    same: usize,
    rejected: usize,
    recorded: usize,
}

/// Reads `text` and writes it. `wrong` holds the beginnings of allowed errors.
fn check<T: Model>(text: &str, wrong: &[String], outcomes: &mut Outcomes) -> Result<(), String> {
    let typed = match serde_json::from_str::<T>(text) {
        Ok(typed) => typed,
        Err(error) => {
            let error = error.to_string();
            outcomes.rejected += 1;
            let expected = wrong.iter().any(|wrong| error.starts_with(wrong));
            return if expected { Ok(()) } else { Err(format!("rejected: {error}")) };
        }
    };
    outcomes.same += 1;
    let written = serde_json::to_string(&typed).map_err(|error| format!("cannot be written: {error}"))?;
    if written.contains(['\n', '\r']) {
        return Err(format!("written with a line break: {written}"));
    }
    if let Some(difference) = difference("$", &Node::parse(text), &Node::parse(&written)) {
        return Err(format!("{difference}\nwritten: {written}"));
    }
    let again: T =
        serde_json::from_str(&written).map_err(|error| format!("cannot be read again: {error}"))?;
    if serde_json::to_string(&again).ok() != Some(written) {
        return Err("is written differently the second time".to_owned());
    }
    Ok(())
}

struct Mutation {
    random: Random,
    /// One in this many places is changed.
    rate: usize,
    path: Vec<String>,
    /// The beginnings of the errors that the changes may cause.
    wrong: Vec<String>,
}

impl Mutation {
    fn changed(&mut self, sample: &Sample) -> String {
        self.rate = *self.random.pick(&[2, 8, 40]);
        let mut node = Node::parse(&sample.json.to_string());
        self.typed(&mut node);
        let mut text = String::new();
        let has_space = self.random.one_in(4);
        node.write_with(&mut text, &mut |out| {
            if has_space && self.random.one_in(3) {
                out.push_str(self.random.pick::<&str>(&[" ", "\n", "\r\n", "\t", "\r"]));
            }
        });
        text
    }

    fn is_hit(&mut self) -> bool {
        let rate = self.rate;
        self.random.one_in(rate)
    }

    fn here(&self) -> String {
        self.path.join(".")
    }

    /// Changes a value that the crate has a type for.
    fn typed(&mut self, node: &mut Node) {
        match node {
            Node::Plain(text) if text.as_bytes()[0].is_ascii_digit() && self.is_hit() => {
                *text = self.respelled_number(text);
            }
            Node::Plain(_) => {}
            Node::Text(text) if self.is_hit() => {
                let is_type = self.path.last().is_some_and(|name| name == "type");
                *text = if is_type || self.random.one_in(2) {
                    self.respelled(text)
                } else {
                    (*self.random.pick(&STRINGS[..TYPED_STRINGS])).to_owned()
                };
            }
            Node::Text(_) => {}
            Node::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.below(&index.to_string(), |mutation| mutation.typed(item));
                }
            }
            Node::Object(_) => self.object(node),
        }
        if self.random.one_in(30 * self.rate) && !self.path.is_empty() {
            *node = Node::Plain("null".to_owned());
            let path = self.here();
            self.wrong.push(format!("{path}: invalid type: null"));
            // The error of a float has other words, and a tool without a type is
            // a custom tool.
            self.wrong.push(format!("{path}: invalid value: null"));
            if let Some(tool) = path.strip_suffix("type").filter(|tool| tool.starts_with("tools.")) {
                self.wrong
                    .extend(["name", "input_schema"].map(|field| format!("{tool}{field}: missing field")));
            }
        }
    }

    fn object(&mut self, node: &mut Node) {
        let is_unknown = is_unknown_object(node);
        let Node::Object(entries) = node else { unreachable!() };
        for (key, value) in &mut *entries {
            let name = decoded(key);
            if is_raw_field(&name) || is_unknown && name != "type" {
                match value {
                    // A list, of raw values.
                    Node::List(items) if name == "input_examples" => {
                        items.iter_mut().for_each(|item| self.raw(item));
                    }
                    _ => {
                        self.raw(value);
                        // An input or a schema is `{}` if it is `null`, but only in what the model said.
                        if value.write() == "null" {
                            let path = self.here();
                            self.wrong.push(format!("{path}.{name}: invalid type: null"));
                        }
                    }
                }
            } else {
                self.below(&name, |mutation| mutation.typed(value));
            }
            if self.is_hit() {
                *key = self.respelled(key);
            }
        }
        while self.is_hit() && entries.len() < 40 {
            let at = self.random.below(entries.len() + 1);
            // In a table every key is known, occurs once, and may be `null`.
            let is_table = self.path.last().is_some_and(|name| name == "configs");
            let (number, value) = if is_table {
                (entries.len(), Node::Plain("null".to_owned()))
            } else {
                (self.random.below(3), self.unknown())
            };
            let name = format!("\"{UNKNOWN}{number}\"");
            entries.insert(at, (name, value));
        }
        if self.random.one_in(30 * self.rate) && !entries.is_empty() {
            let again = self.random.pick(entries).clone();
            self.below(&decoded(&again.0), |mutation| {
                let path = mutation.here();
                mutation.wrong.push(format!("{path}: duplicate field"));
            });
            entries.push(again);
        }
        if self.is_hit() {
            self.random.shuffle(entries);
        }
    }

    fn below(&mut self, segment: &str, change: impl FnOnce(&mut Self)) {
        self.path.push(segment.to_owned());
        change(self);
        self.path.pop();
    }

    /// Changes a value that the crate keeps raw.
    fn raw(&mut self, node: &mut Node) {
        match node {
            Node::List(items) => items.iter_mut().for_each(|item| self.raw(item)),
            Node::Object(entries) => entries.iter_mut().for_each(|(_, value)| self.raw(value)),
            Node::Plain(_) | Node::Text(_) => {}
        }
        if self.is_hit() {
            *node = self.unknown();
        }
    }

    /// Any JSON.
    fn unknown(&mut self) -> Node {
        match self.random.below(8) {
            0 => Node::Plain((*self.random.pick(&["null", "true", "false"])).to_owned()),
            1 | 2 => Node::Plain((*self.random.pick(NUMBERS)).to_owned()),
            3 | 4 => Node::Text((*self.random.pick(STRINGS)).to_owned()),
            5 => Node::List((0..self.random.below(3)).map(|_| self.unknown()).collect()),
            6 => Node::Object(
                (0..self.random.below(4))
                    .map(|_| ((*self.random.pick(STRINGS)).to_owned(), self.unknown()))
                    .collect(),
            ),
            _ => {
                let depth = self.random.below(90);
                (0..depth).fold(Node::List(Vec::new()), |node, level| {
                    if level % 2 == 0 {
                        Node::List(vec![node])
                    } else {
                        Node::Object(vec![("\"type\"".to_owned(), node)])
                    }
                })
            }
        }
    }

    /// The same number in other characters.
    fn respelled_number(&mut self, text: &str) -> String {
        if text.contains('.') {
            return format!("{text}0");
        }
        match self.random.below(3) {
            0 => format!("{text}.0"),
            1 => format!("{text}.000e+0"),
            _ if text == "0" => "0E-3".to_owned(),
            _ => format!("{text}000E-3"),
        }
    }

    /// The same string in other characters.
    fn respelled(&mut self, quoted: &str) -> String {
        let Some(at) = quoted[1..].find(|c: char| c.is_ascii_alphanumeric()).map(|at| at + 1) else {
            return quoted.to_owned();
        };
        if quoted[..at].contains('\\') {
            return quoted.to_owned();
        }
        format!("{}\\u{:04x}{}", &quoted[..at], quoted.as_bytes()[at], &quoted[at + 1..])
    }
}
