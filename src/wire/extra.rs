//! The fields of a wire type that this version of the crate does not know.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use super::path::{Path, segment};
use super::problem::Problem;
use crate::json::{Json, allocation, charge, push};

/// The fields of an object that this version of the crate does not know, in the
/// order in which they came.
///
/// Every object of the protocol has one in its public field `extra`. The fields
/// are kept as raw JSON and written back after the known ones, so that a
/// gateway forwards what it does not understand, and a caller can use a new
/// field before this crate has a name for it. An empty `Extra` occupies one
/// word.
///
/// ```
/// use messages_api::Json;
/// use messages_api::types::TextBlock;
///
/// let block: TextBlock = serde_json::from_str(r#"{"type":"text","text":"hi","mood":"calm"}"#)?;
/// assert_eq!(block.extra.get("mood"), Some(&Json::parse("\"calm\"")?));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Extra(Option<Box<Entries>>);

type Entries = Vec<(Box<str>, Json)>;

impl Extra {
    /// Returns `true` if there is no unknown field.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the value of the field `name`.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.iter().rfind(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Sets the field `name`, in place of an earlier value.
    ///
    /// The name must not be one that the type has a field for: such a value is
    /// not written. Set that field instead.
    pub fn insert(&mut self, name: impl Into<String>, value: Json) {
        let name = name.into();
        self.remove(&name);
        self.push(name.into_boxed_str(), value);
    }

    /// Removes the field `name` and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        let entries = self.0.as_mut()?;
        let at = entries.iter().rposition(|(key, _)| &**key == name)?;
        let (_, value) = entries.remove(at);
        entries.retain(|(key, _)| &**key != name);
        if entries.is_empty() {
            self.0 = None;
        }
        Some(value)
    }

    /// Iterates over the fields in the order in which they came.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Json)> {
        let entries = self.0.as_ref().map_or(&[][..], |entries| entries);
        entries.iter().map(|(key, value)| (&**key, value))
    }

    /// Sets every field of `changes`; of several with the same name, the last
    /// counts. All calls with the same index together take linear time,
    /// because a peer may send any number of names. Between them, fields may
    /// only be appended by others.
    pub(crate) fn merge(&mut self, changes: &[(&str, &Json)], index: &mut ExtraIndex) {
        if changes.is_empty() {
            return;
        }
        let entries = self.0.get_or_insert_default();
        index.catch_up(entries);
        for (name, value) in changes {
            match index.find(name, entries) {
                Some(at) => entries[at].1 = (*value).clone(),
                None => {
                    entries.push(((*name).into(), (*value).clone()));
                    index.catch_up(entries);
                }
            }
        }
    }

    /// Appends a field that was read.
    ///
    /// # Errors
    ///
    /// When it would take too much memory.
    pub(super) fn add(&mut self, name: Box<str>, value: Json) -> Result<(), Problem> {
        charge::<Problem>(allocation(name.len()))?;
        match &mut self.0 {
            Some(entries) => push(entries, (name, value)),
            None => {
                charge::<Problem>(
                    allocation(size_of::<Entries>()) + allocation(size_of::<(Box<str>, Json)>()),
                )?;
                self.push(name, value);
                Ok(())
            }
        }
    }

    pub(super) fn unknown(&self, path: &mut Path) {
        for (name, _) in self.iter() {
            path.report(segment(name));
        }
    }

    fn push(&mut self, name: Box<str>, value: Json) {
        let entries = self.0.get_or_insert_default();
        if entries.is_empty() {
            // There is rarely more than one.
            entries.reserve_exact(1);
        }
        entries.push((name, value));
    }
}

/// The positions of the fields of one [`Extra`], for merging many fields into it.
///
/// It maps hashes instead of names, to save memory. Of two names with the same
/// hash, only the last is found, and the other one would be appended again.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExtraIndex {
    state: RandomState,
    positions: HashMap<u64, usize>,
    /// The number of entries that are indexed.
    len: usize,
    /// The number of entries looked at so far, by which a test sees that
    /// merging is linear.
    #[cfg(test)]
    pub(crate) steps: usize,
}

impl ExtraIndex {
    fn catch_up(&mut self, entries: &Entries) {
        for (at, (name, _)) in entries.iter().enumerate().skip(self.len) {
            self.positions.insert(self.state.hash_one(&**name), at);
            #[cfg(test)]
            {
                self.steps += 1;
            }
        }
        self.len = entries.len();
    }

    fn find(&mut self, name: &str, entries: &Entries) -> Option<usize> {
        #[cfg(test)]
        {
            self.steps += 1;
        }
        let at = *self.positions.get(&self.state.hash_one(name))?;
        entries.get(at).filter(|(key, _)| &**key == name).map(|_| at)
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
