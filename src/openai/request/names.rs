//! The names of tools.

use std::collections::HashMap;

use crate::openai::ids::{hex, is_legal};

/// The length of the end of a name that was shortened: `_` and eight digits of its hash.
const HASH_LEN: usize = 9;

/// The names of the tools of a request, and those that are sent in their place.
///
/// A name that the server does not accept is replaced by its beginning and a hash of the whole, so that it is
/// the same in every request, whatever other tools there are.
#[derive(Debug)]
pub(super) struct Names {
    max: usize,
    /// The name of each tool by the one that is sent.
    names: HashMap<String, String>,
}

impl Names {
    pub(super) fn new(max: usize) -> Self {
        Self { max: max.max(HASH_LEN), names: HashMap::new() }
    }

    /// Returns the name to send for the tool `name`.
    ///
    /// # Errors
    ///
    /// The name of another tool, if the one to send stands for it already.
    pub(super) fn send(&mut self, name: &str) -> Result<String, String> {
        let sent = self.shorten(name);
        match self.names.get(&sent) {
            Some(other) if other != name => return Err(other.clone()),
            Some(_) => {}
            None => {
                self.names.insert(sent.clone(), name.to_owned());
            }
        }
        Ok(sent)
    }

    /// Returns the names that were replaced, by those that were sent.
    pub(super) fn into_replaced(self) -> HashMap<String, String> {
        self.names.into_iter().filter(|(sent, name)| sent != name).collect()
    }

    fn shorten(&self, name: &str) -> String {
        if (1..=self.max).contains(&name.len()) && name.chars().all(is_legal) {
            return name.to_owned();
        }
        let legal = name.chars().map(|c| if is_legal(c) { c } else { '_' });
        let start: String = legal.take(self.max - HASH_LEN).collect();
        format!("{start}_{}", &hex(name)[..HASH_LEN - 1])
    }
}
