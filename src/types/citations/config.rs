//! The switch for citations.

use crate::wire::wire_struct;

wire_struct! {
    /// Whether the model may cite a source.
    ///
    /// Set on a [`DocumentBlock`](crate::types::DocumentBlock), a
    /// [`SearchResultBlock`](crate::types::SearchResultBlock), or a web fetch tool for the pages
    /// that it fetches.
    pub struct CitationsConfig,
        /// Creates a configuration with the API's default.
        pub fn new;
    required {}
    optional {
        /// Whether citations are enabled.
        enabled: bool,
    }
}
