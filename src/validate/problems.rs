//! The problems that validation finds.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use crate::error::ApiError;
use crate::types::{ApiVersion, CacheControl, CacheTtl};
use crate::wire::push_segment;

/// The maximum number of problems in an error. A hostile request can contain a million.
pub(super) const MAX_PROBLEMS: usize = 100;

/// The maximum number of cache markers in a request.
const MAX_CACHE_MARKERS: usize = 4;

/// The reasons why the API would reject a request.
///
/// Returned by [`CreateMessageRequest::validate`](crate::types::CreateMessageRequest::validate);
/// contains at least one and at most 100 [`ValidationProblem`]s. A server can return it to the
/// caller: it converts into an [`ApiError`] of type `invalid_request_error`, whose message lists
/// the problems.
///
/// ```
/// use messages_api::{ApiError, CreateMessageRequest};
/// use messages_api::types::ApiVersion;
///
/// let request = CreateMessageRequest::new("", 64).user("");
/// let error = request.validate(&ApiVersion::V2026_10_21).unwrap_err();
/// let paths: Vec<&str> = error.problems().iter().map(|problem| problem.path()).collect();
/// assert_eq!(paths, ["model", "messages.0.content"]);
/// assert_eq!(ApiError::from(error).status().as_u16(), 400);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidationError(Vec<ValidationProblem>);

impl ValidationError {
    /// Returns the problems: first those of the settings, then those of the tools, the system
    /// prompt and the messages.
    pub fn problems(&self) -> &[ValidationProblem] {
        &self.0
    }
}

impl Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            f.write_str(if index > 0 { "; " } else { "" })?;
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ValidationError {}

impl From<ValidationError> for ApiError {
    fn from(error: ValidationError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

/// A part of a request that the API would reject, and the reason.
///
/// ```
/// use messages_api::{CreateMessageRequest, ToolResultBlock};
/// use messages_api::types::ApiVersion;
///
/// let result = ToolResultBlock::text("toolu_01", "4 °C");
/// let request = CreateMessageRequest::new("claude-sonnet-5", 64).user(result);
/// let error = request.validate(&ApiVersion::V2023_06_01).unwrap_err();
/// assert_eq!(error.problems()[0].path(), "messages.0.content.0.tool_use_id");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidationProblem {
    path: String,
    message: String,
}

impl ValidationProblem {
    /// Returns the path to the part, such as `messages.3.content.0.tool_use_id`. List indices count
    /// from 0.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns a description of the broken rule, usually with the limit and the actual value.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Display for ValidationProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// The problems found so far, and the path of the part that is being checked.
pub(super) struct Problems {
    path: String,
    found: Vec<ValidationProblem>,
    cache_markers: usize,
    has_short_cache_marker: bool,
    version: ApiVersion,
}

impl Problems {
    pub(super) fn new(version: &ApiVersion) -> Self {
        Self {
            path: String::new(),
            found: Vec::new(),
            cache_markers: 0,
            has_short_cache_marker: false,
            version: version.clone(),
        }
    }

    pub(super) fn into_result(self) -> Result<(), ValidationError> {
        if self.found.is_empty() { Ok(()) } else { Err(ValidationError(self.found)) }
    }

    pub(super) fn is_under(&self, version: &ApiVersion) -> bool {
        self.version == *version
    }

    /// Runs `check` with the path extended by `segment`.
    pub(super) fn below(&mut self, segment: impl Display, check: impl FnOnce(&mut Self)) {
        let len = push_segment(&mut self.path, segment);
        check(self);
        self.path.truncate(len);
    }

    /// Records a problem at the current path.
    pub(super) fn reject(&mut self, message: impl Into<String>) {
        if self.found.len() < MAX_PROBLEMS {
            self.found.push(ValidationProblem { path: self.path.clone(), message: message.into() });
        }
    }

    /// Records a problem with `field`, one level below the current path.
    pub(super) fn reject_field(&mut self, field: &str, message: impl Into<String>) {
        self.below(field, |problems| problems.reject(message));
    }

    /// Checks that the number of characters of `field` is within `limits`.
    pub(super) fn length(&mut self, field: &str, text: Option<&str>, limits: RangeInclusive<usize>) {
        let length = text.map_or(*limits.start(), |text| text.chars().count());
        if !limits.contains(&length) {
            let (min, max) = limits.into_inner();
            self.reject_field(field, format!("must have {min} to {max} characters, has {length}"));
        }
    }

    /// Checks that `field` is not empty, if it is present.
    pub(super) fn not_empty(&mut self, field: &str, text: Option<&str>) {
        if text == Some("") {
            self.reject_field(field, "must not be empty");
        }
    }

    /// Checks that `field` is not 0, if it is present.
    pub(super) fn at_least_one(&mut self, field: &str, number: Option<u64>) {
        if number == Some(0) {
            self.reject_field(field, "must be at least 1");
        }
    }

    /// Counts a cache marker of the tool or block at the current path. Rejects it if the request
    /// already has as many as are allowed, or one with a shorter lifetime. The walk through the
    /// request meets the markers in the order in which the API reads them: those of the tools, of
    /// the system prompt and of the messages.
    pub(super) fn cache_marker(&mut self, marker: Option<&CacheControl>) {
        let Some(marker) = marker else { return };
        self.cache_markers += 1;
        if self.cache_markers > MAX_CACHE_MARKERS {
            let message = format!(
                "at most {MAX_CACHE_MARKERS} are allowed per request, this is number {}",
                self.cache_markers
            );
            self.reject_field("cache_control", message);
        }
        match marker.ttl {
            None | Some(CacheTtl::FiveMinutes) => self.has_short_cache_marker = true,
            Some(CacheTtl::OneHour) if self.has_short_cache_marker => {
                let message = "must not be `1h`, because an earlier marker has `5m`, the default; markers \
                               with `1h` must come first in the order tools, system, messages";
                self.below("cache_control", |problems| problems.reject_field("ttl", message));
            }
            Some(CacheTtl::OneHour | CacheTtl::Unknown(_)) => {}
        }
    }
}
