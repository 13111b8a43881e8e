//! The names and ids of calls.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::openai::exchange::Exchange;

/// The number of letters and digits of an id after its prefix.
const ID_LEN: usize = 24;

/// Returns the name of the tool under which the caller knows it.
pub(in crate::openai) fn tool_name(name: String, exchange: &Exchange) -> String {
    exchange.tool_names.get(&name).cloned().unwrap_or(name)
}

/// The ids of the calls of a message.
#[derive(Debug, Default)]
pub(in crate::openai) struct CallIds {
    /// The number that was last appended to an id.
    counts: HashMap<String, u64>,
}

impl CallIds {
    /// Returns an id for a call that is legal in the Messages protocol and new in the conversation, close to
    /// the one that the server has given, if it has.
    ///
    /// Claude Code takes `_` and digits after an id that it knows for a mark of its own, and loses the result
    /// of such a call, so a hyphen stands before the number.
    pub(in crate::openai) fn of_call(&mut self, given: Option<&str>, exchange: &mut Exchange) -> String {
        let base = match given {
            None | Some("") => format!("toolu_{}", random(ID_LEN)),
            Some(id) => legal(id),
        };
        let mut id = base.clone();
        while exchange.used_ids.contains(&id) {
            // A conversation may have any number of calls with the same id, so it is not counted anew.
            let count = self.counts.entry(base.clone()).or_insert(1);
            *count += 1;
            id = format!("{base}-{count}");
        }
        exchange.used_ids.insert(id.clone());
        id
    }
}

/// Replaces what must not be in an id, and tells ids apart that then look the same.
pub(in crate::openai) fn legal(id: &str) -> String {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !id.is_empty() && id.chars().all(is_legal) {
        return id.to_owned();
    }
    let replaced: String = id.chars().map(|c| if is_legal(c) { c } else { '_' }).collect();
    let hash = Sha256::digest(id.as_bytes());
    format!("{replaced}_{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2])
}

fn random(len: usize) -> String {
    (0..len).map(|_| fastrand::alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::CallIds;
    use crate::openai::profile::UpstreamProfile;
    use crate::openai::request::request_to_openai;
    use crate::types::CreateMessageRequest;

    #[test]
    fn numbers_are_not_counted_anew() {
        let request = CreateMessageRequest::new("m", 1).user("hi");
        let profile = Arc::new(UpstreamProfile::default());
        let (_, mut exchange) = request_to_openai(&request, "m", &profile).expect("a request");
        exchange.used_ids.extend(["a", "a-2", "a-4"].map(str::to_owned));
        let mut ids = CallIds::default();
        assert_eq!(["b", "a", "a"].map(|id| ids.of_call(Some(id), &mut exchange)), ["b", "a-3", "a-5"]);
        // Those that were tried before are not tried again.
        exchange.used_ids.remove("a-2");
        assert_eq!(ids.of_call(Some("a"), &mut exchange), "a-6");
        assert!(ids.of_call(None, &mut exchange).starts_with("toolu_"));
    }
}
