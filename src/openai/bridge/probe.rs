//! Which server it is.

use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::client::{Client, Document, Endpoint, ForeignRequest, Route};
use crate::openai::profile::UpstreamProfile;

/// How long a server may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// The ends of the host names of services, and their profiles.
const HOSTS: [(&str, &str); 5] = [
    ("api.openai.com", "openai"),
    ("openai.azure.com", "openai"),
    ("api.deepseek.com", "deepseek"),
    ("api.mistral.ai", "mistral"),
    ("openrouter.ai", "openrouter"),
];

/// The routes that only one kind of server has, the field by which its document is known, and its profile.
/// Those that others have copied come last.
const ROUTES: [(&str, Check, &str); 6] = [
    ("/props", |about| about.default_generation_settings.is_some(), "llama.cpp"),
    ("/api/version", |about| about.version.is_some(), "ollama"),
    ("/server_info", |about| about.version.is_some() || about.model_path.is_some(), "sglang"),
    ("/get_server_info", |about| about.version.is_some() || about.model_path.is_some(), "sglang"),
    ("/version", |about| about.version.is_some(), "vllm"),
    ("/api/v0/models", |about| about.data.is_some(), "lmstudio"),
];

type Check = fn(&About) -> bool;

/// What a server says about itself.
#[derive(Deserialize)]
struct About {
    version: Option<IgnoredAny>,
    model_path: Option<IgnoredAny>,
    data: Option<IgnoredAny>,
    default_generation_settings: Option<IgnoredAny>,
}

impl Document for About {
    const NAME: &str = "a description of the server";
}

impl UpstreamProfile {
    /// Finds out which server a client leads to, and returns the profile of it.
    ///
    /// Services are known by their host names. Otherwise, the server is asked for the routes that llama.cpp,
    /// Ollama, SGLang, vLLM and LM Studio have beside Chat Completions, for up to 2 seconds each. The result
    /// is the [default](Self::default) if none of them is there.
    ///
    /// ```no_run
    /// use messages_api::Client;
    /// use messages_api::openai::{Bridge, UpstreamProfile};
    ///
    /// # async fn example() -> Result<(), messages_api::Error> {
    /// let upstream = Client::builder().base_url("http://127.0.0.1:11434/v1").build()?;
    /// let profile = UpstreamProfile::probe(&upstream).await;
    /// assert_eq!(profile.name, "ollama");
    /// let bridge = Bridge::new(upstream, profile);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn probe(client: &Client) -> Self {
        let client = client.clone().into_foreign().with_response_timeout(PATIENCE);
        let host = client.host().to_ascii_lowercase();
        let is_below =
            |end: &str| host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if let Some((_, name)) = HOSTS.iter().find(|(end, _)| is_below(end)) {
            return Self::named(name).unwrap_or_default();
        }
        for (route, is_it, name) in ROUTES {
            let request = ForeignRequest {
                endpoint: Endpoint::Models,
                route: Route::Root(route),
                body: None,
                model: None,
                max_tokens: None,
            };
            let about = client.foreign_document::<About>(request).await;
            if about.is_ok_and(|about| is_it(&about)) {
                return Self::named(name).unwrap_or_default();
            }
        }
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_has_its_name() {
        for name in HOSTS.iter().map(|(_, name)| name).chain(ROUTES.iter().map(|(_, _, name)| name)) {
            assert_eq!(UpstreamProfile::named(name).expect(name).name, *name);
        }
    }
}
