//! Ids and names: what they may contain, and what stands for one that is not accepted.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

/// The number of random letters and digits of a new id.
const RANDOM_LEN: usize = 24;

/// Returns a new id: `prefix` and 24 random letters and digits.
pub(super) fn random(prefix: &str) -> String {
    let mut random = fastrand::Rng::new();
    let letters = std::iter::repeat_with(|| random.alphanumeric()).take(RANDOM_LEN);
    prefix.chars().chain(letters).collect()
}

/// Whether both protocols accept `c` in the ids of calls and in the names of tools.
pub(super) fn is_legal(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// Replaces what must not be in an id, and tells ids apart that then look the same.
pub(super) fn legal(id: &str) -> String {
    if !id.is_empty() && id.chars().all(is_legal) {
        return id.to_owned();
    }
    let replaced: String = id.chars().map(|c| if is_legal(c) { c } else { '_' }).collect();
    format!("{replaced}_{}", &hex(id)[..6])
}

/// Returns the SHA-256 of `text` as 64 hexadecimal digits.
pub(super) fn hex(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns `len` letters and digits that depend on `text` alone, at most 32.
pub(super) fn alphanumeric(text: &str, len: usize) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digest = Sha256::digest(text);
    digest.iter().take(len).map(|&byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])).collect()
}

/// The ids of the calls of a conversation, each of which may be there once.
#[derive(Clone, Debug, Default)]
pub(super) struct UsedIds {
    used: HashSet<String>,
    /// The number that was last appended to an id. A peer may send any number of calls with the same id, so
    /// it is not counted anew.
    counts: HashMap<String, u64>,
}

impl UsedIds {
    /// Adds `id`, with a number at its end if it is there already. Returns the id that was added.
    ///
    /// Claude Code takes `_` and digits after an id that it knows for a mark of its own, and loses the result
    /// of such a call, so a hyphen stands before the number.
    pub(super) fn add(&mut self, id: String) -> String {
        let mut unique = id.clone();
        while self.used.contains(&unique) {
            let count = self.counts.entry(id.clone()).or_insert(1);
            *count += 1;
            unique = format!("{id}-{count}");
        }
        self.used.insert(unique.clone());
        unique
    }
}

impl FromIterator<String> for UsedIds {
    fn from_iter<I: IntoIterator<Item = String>>(ids: I) -> Self {
        Self { used: ids.into_iter().collect(), counts: HashMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_ids_are_counted_on() {
        let mut ids: UsedIds = ["a", "a-2", "a-4"].map(str::to_owned).into_iter().collect();
        let added = ["b", "a", "a", "a-3", "b"].map(|id| ids.add(id.to_owned()));
        assert_eq!(added, ["b", "a-3", "a-5", "a-3-2", "b-2"]);
        // Those that were tried before are not tried again.
        ids.used.remove("a-2");
        assert_eq!(ids.add("a".to_owned()), "a-6");
    }
}
