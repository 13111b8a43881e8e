//! The names of models.

use std::collections::BTreeMap;

use crate::text;

/// Which models of a server the names stand for that callers use.
///
/// A name is looked up in this order, without the suffix `[1m]` by which Claude Code asks for a large context
/// window:
///
/// 1. the [models of the server](Self::serve) that are named as they are,
/// 2. the [aliases](Self::alias),
/// 3. the [families](Self::family), whose word occurs in the name,
/// 4. the [default](Self::default_model).
///
/// A name that leads nowhere is an error, `not_found_error` with the text `model: NAME`. An empty map leaves
/// all names as they are.
///
/// Claude Code uses a model of the family `haiku` for work in the background, beside the one that its user
/// chose.
///
/// ```
/// use messages_api::openai::ModelMap;
///
/// let models = ModelMap::new()
///     .serve(["qwen3:32b", "qwen3:4b"])
///     .alias("claude-opus-5", "gpt-oss:120b")
///     .family("haiku", "qwen3:4b")
///     .default_model("qwen3:32b");
/// assert_eq!(models.resolve("qwen3:4b"), Some("qwen3:4b"));
/// assert_eq!(models.resolve("claude-opus-5[1m]"), Some("gpt-oss:120b"));
/// assert_eq!(models.resolve("claude-haiku-4-5"), Some("qwen3:4b"));
/// assert_eq!(models.resolve("claude-sonnet-5"), Some("qwen3:32b"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelMap {
    served: Vec<String>,
    aliases: BTreeMap<String, String>,
    families: Vec<(String, String)>,
    default: Option<String>,
}

impl ModelMap {
    /// Creates an empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds models of the server that callers may name as they are.
    #[must_use]
    pub fn serve(mut self, models: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.served.extend(models.into_iter().map(Into::into));
        self
    }

    /// Adds a name for a model of the server, which the list of models shows as well.
    #[must_use]
    pub fn alias(mut self, name: impl Into<String>, model: impl Into<String>) -> Self {
        self.aliases.insert(name.into(), model.into());
        self
    }

    /// Sets the model of the server for all names that contain the word `family`, such as `haiku`, `sonnet` or `opus`.
    ///
    /// Words consist of letters and digits, and their case does not matter.
    #[must_use]
    pub fn family(mut self, family: impl Into<String>, model: impl Into<String>) -> Self {
        self.families.push((family.into(), model.into()));
        self
    }

    /// Sets the model of the server for all other names.
    #[must_use]
    pub fn default_model(mut self, model: impl Into<String>) -> Self {
        self.default = Some(model.into());
        self
    }

    /// Returns the model of the server for a name, or `None` if there is none.
    pub fn resolve<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let given = name;
        let name = name.strip_suffix("[1m]").unwrap_or(name);
        if *self == Self::default() || self.served.iter().any(|model| model == name) {
            return Some(name);
        }
        let family = || self.families.iter().find(|(family, _)| text::has_word(name, family));
        let alias = self.aliases.get(given).or_else(|| self.aliases.get(name));
        let found = alias.or_else(|| family().map(|(_, model)| model));
        found.or(self.default.as_ref()).map(String::as_str)
    }

    /// Returns `true` if the host has said to which model the name leads.
    pub(super) fn leads(&self, name: &str) -> bool {
        *self != Self::default() && self.resolve(name).is_some()
    }

    /// Returns the names that the list of models shows beside those of the server.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.aliases.keys().chain(&self.served).map(String::as_str)
    }
}
