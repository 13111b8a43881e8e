//! Beta features that a request asks for.

use std::collections::HashSet;
use std::fmt;

use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::wire::wire_string;

const ANTHROPIC_BETA: HeaderName = HeaderName::from_static("anthropic-beta");

/// The values of the `anthropic-beta` header of a request, in insertion order and without duplicates.
///
/// Each value unlocks a feature that is not part of the API version. A `Client` sends the betas that it was
/// built with, and a `Handler` reads those of the caller from
/// [`RequestContext::betas`](crate::handler::RequestContext::betas). Values that this version of the crate
/// does not know are kept. A string of values, separated by commas, converts into the set, too.
///
/// ```
/// use messages_api::types::{Beta, Betas};
///
/// let mut betas = Betas::from("context-1m-2025-08-07, from-the-future-2030-01-01");
/// betas.extend([Beta::CodeExecution2025_05_22, Beta::Context1m2025_08_07]);
/// assert!(betas.contains(&Beta::Context1m2025_08_07));
/// assert_eq!(
///     betas.to_string(),
///     "context-1m-2025-08-07,from-the-future-2030-01-01,code-execution-2025-05-22",
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Betas(Vec<Beta>);

impl Betas {
    /// Creates an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Collects the values of all `anthropic-beta` headers, each of which may hold several values, separated
    /// by commas.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(ANTHROPIC_BETA).iter();
        lines.filter_map(|line| line.to_str().ok()).flat_map(values).collect()
    }

    /// Returns a single `anthropic-beta` header with all values. A request without betas needs no such
    /// header.
    ///
    /// # Errors
    ///
    /// Returns an error if a value is [`Unknown`](Beta::Unknown) and holds a character that a header
    /// cannot, such as a line break.
    pub fn to_header(&self) -> Result<(HeaderName, HeaderValue), InvalidHeaderValue> {
        Ok((ANTHROPIC_BETA, HeaderValue::try_from(self.to_string())?))
    }

    /// Returns `true` if `beta` is in the set.
    pub fn contains(&self, beta: &Beta) -> bool {
        self.0.contains(beta)
    }

    /// Iterates over the betas in insertion order.
    pub fn iter(&self) -> std::slice::Iter<'_, Beta> {
        self.0.iter()
    }

    /// Returns the number of betas.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Splits the value of one header.
fn values(line: &str) -> impl Iterator<Item = Beta> {
    line.split(',').map(str::trim).filter(|value| !value.is_empty()).map(Beta::from)
}

/// Appends the betas that the set does not hold yet.
impl Extend<Beta> for Betas {
    fn extend<I: IntoIterator<Item = Beta>>(&mut self, betas: I) {
        // The caller chooses how many betas there are, so a linear search for each of them would take
        // quadratic time.
        let mut known: HashSet<Beta> = self.0.iter().cloned().collect();
        self.0.extend(betas.into_iter().filter(|beta| known.insert(beta.clone())));
    }
}

impl FromIterator<Beta> for Betas {
    fn from_iter<I: IntoIterator<Item = Beta>>(betas: I) -> Self {
        let mut list = Self::new();
        list.extend(betas);
        list
    }
}

impl From<Beta> for Betas {
    fn from(beta: Beta) -> Self {
        Self(vec![beta])
    }
}

impl<const N: usize> From<[Beta; N]> for Betas {
    fn from(betas: [Beta; N]) -> Self {
        betas.into_iter().collect()
    }
}

impl From<Vec<Beta>> for Betas {
    fn from(betas: Vec<Beta>) -> Self {
        betas.into_iter().collect()
    }
}

/// Parses one or more values, separated by commas.
impl From<&str> for Betas {
    fn from(line: &str) -> Self {
        values(line).collect()
    }
}

/// Parses one or more values, separated by commas.
impl From<String> for Betas {
    fn from(line: String) -> Self {
        Self::from(line.as_str())
    }
}

impl IntoIterator for Betas {
    type Item = Beta;
    type IntoIter = std::vec::IntoIter<Beta>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Betas {
    type Item = &'a Beta;
    type IntoIter = std::slice::Iter<'a, Beta>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Writes the betas as in the header: separated by commas, without spaces.
impl fmt::Display for Betas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, beta) in self.iter().enumerate() {
            f.write_str(if at > 0 { "," } else { "" })?;
            f.write_str(beta.as_str())?;
        }
        Ok(())
    }
}

/// Declares the values. Each is documented by its text, as the protocol says no more about most of them.
macro_rules! betas {
    ($(#[$meta:meta])* $($variant:ident = $text:literal,)*) => {
        wire_string! {
            $(#[$meta])*
            pub enum Beta {
                $(#[doc = concat!("The value `", $text, "`.")] $variant = $text,)*
            }
        }
    };
}

betas! {
    /// A value of the `anthropic-beta` header, which unlocks a feature of the API.
    ///
    /// The variants are named after their values: a feature and the date of its revision. The documentation
    /// of the API describes what each value unlocks and whether it is still needed. Use `Beta::from` for a
    /// value that is not listed.
    ///
    /// ```
    /// use messages_api::types::Beta;
    ///
    /// assert_eq!(Beta::from("context-1m-2025-08-07"), Beta::Context1m2025_08_07);
    /// assert_eq!(Beta::from("from-the-future-2030-01-01").as_str(), "from-the-future-2030-01-01");
    /// ```
    AdminUserSignOut2026_10_08 = "admin-user-sign-out-2026-10-08",
    AdvancedToolUse2025_11_20 = "advanced-tool-use-2025-11-20",
    AdvisorTool2026_03_01 = "advisor-tool-2026-03-01",
    AgentMemory2026_07_22 = "agent-memory-2026-07-22",
    AnalyticsUsageCost2026_08_24 = "analytics-usage-cost-2026-08-24",
    CacheDiagnosis2026_04_07 = "cache-diagnosis-2026-04-07",
    ClaudeCode20250219 = "claude-code-20250219",
    CodeExecution2025_05_22 = "code-execution-2025-05-22",
    Compact2026_01_12 = "compact-2026-01-12",
    Compact2026_09_04 = "compact-2026-09-04",
    ComputerUse2024_10_22 = "computer-use-2024-10-22",
    ComputerUse2025_01_24 = "computer-use-2025-01-24",
    ComputerUse2025_11_24 = "computer-use-2025-11-24",
    Context1m2025_08_07 = "context-1m-2025-08-07",
    ContextManagement2025_06_27 = "context-management-2025-06-27",
    DangerousToolUse2026_09_03 = "dangerous-tool-use-2026-09-03",
    DevFullThinking2025_05_14 = "dev-full-thinking-2025-05-14",
    Dreaming2026_04_21 = "dreaming-2026-04-21",
    Effort2025_11_24 = "effort-2025-11-24",
    ExperimentalClaudeTag2026_10_21 = "experimental-claude-tag-2026-10-21",
    ExtendedCacheTtl2025_04_11 = "extended-cache-ttl-2025-04-11",
    FallbackCredit2026_06_01 = "fallback-credit-2026-06-01",
    FallbackCredit2026_07_01 = "fallback-credit-2026-07-01",
    FastMode2026_02_01 = "fast-mode-2026-02-01",
    FilesApi2025_04_14 = "files-api-2025-04-14",
    FineGrainedToolStreaming2025_05_14 = "fine-grained-tool-streaming-2025-05-14",
    InlineTools2026_09_15 = "inline-tools-2026-09-15",
    InterleavedThinking2025_05_14 = "interleaved-thinking-2025-05-14",
    ManagedAgents2026_04_01 = "managed-agents-2026-04-01",
    McpClient2025_04_04 = "mcp-client-2025-04-04",
    McpClient2025_11_20 = "mcp-client-2025-11-20",
    McpClient2026_09_15 = "mcp-client-2026-09-15",
    McpTunnels2026_06_22 = "mcp-tunnels-2026-06-22",
    MessageBatches2024_09_24 = "message-batches-2024-09-24",
    MessageThreads2026_08_12 = "message-threads-2026-08-12",
    MidConversationOutputConfig2026_07_01 = "mid-conversation-output-config-2026-07-01",
    MidConversationSystem2026_04_07 = "mid-conversation-system-2026-04-07",
    MidConversationSystemClearAt2026_08_21 = "mid-conversation-system-clear-at-2026-08-21",
    MidConversationToolChanges2026_07_01 = "mid-conversation-tool-changes-2026-07-01",
    ModelContextWindowExceeded2025_08_26 = "model-context-window-exceeded-2025-08-26",
    Oauth2025_04_20 = "oauth-2025-04-20",
    OidcFederation2026_04_01 = "oidc-federation-2026-04-01",
    Output128k2025_02_19 = "output-128k-2025-02-19",
    Output300k2026_03_24 = "output-300k-2026-03-24",
    Pdfs2024_09_25 = "pdfs-2024-09-25",
    PerTurnControl2026_07_01 = "per-turn-control-2026-07-01",
    PromptCaching2024_07_31 = "prompt-caching-2024-07-31",
    PromptCachingScope2026_01_05 = "prompt-caching-scope-2026-01-05",
    RedactThinking2026_02_12 = "redact-thinking-2026-02-12",
    ServerSideFallback2026_06_01 = "server-side-fallback-2026-06-01",
    ServerSideFallback2026_07_01 = "server-side-fallback-2026-07-01",
    Skills2025_10_02 = "skills-2025-10-02",
    SpendLimitReads2026_09_26 = "spend-limit-reads-2026-09-26",
    StructuredOutputs2025_11_13 = "structured-outputs-2025-11-13",
    StructuredOutputs2025_12_15 = "structured-outputs-2025-12-15",
    TaskBudgets2026_03_13 = "task-budgets-2026-03-13",
    TelemetryDestinations2026_08_11 = "telemetry-destinations-2026-08-11",
    ThinkingBindingControls2026_08_01 = "thinking-binding-controls-2026-08-01",
    ThinkingDisplayUpdates2026_08_18 = "thinking-display-updates-2026-08-18",
    ThinkingTokenCount2026_05_13 = "thinking-token-count-2026-05-13",
    TokenCounting2024_11_01 = "token-counting-2024-11-01",
    TokenEfficientTools2025_02_19 = "token-efficient-tools-2025-02-19",
    UserProfiles2026_03_24 = "user-profiles-2026-03-24",
    UserProfiles2026_08_18 = "user-profiles-2026-08-18",
    UserProfiles2026_09_04 = "user-profiles-2026-09-04",
    UserProfilesBilling2026_10_01 = "user-profiles-billing-2026-10-01",
    Webhooks2026_10_07 = "webhooks-2026-10-07",
}
