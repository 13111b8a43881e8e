//! Helpers of the tests in this folder.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a `T` from `json` and checks that it is written as the same text.
#[track_caller]
pub(crate) fn verbatim<T: Serialize + DeserializeOwned>(json: &str) -> T {
    let typed: T = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&typed).unwrap(), json);
    typed
}
