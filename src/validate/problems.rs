//! What was found.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use crate::error::ApiError;
use crate::types::{ApiVersion, CacheControl};
use crate::wire::push_segment;

/// How many problems are told. A request can hold a million.
const MAX_PROBLEMS: usize = 100;

/// How many parts of a request may be marked for the cache.
const MAX_CACHE_MARKERS: usize = 4;

/// Why the API would refuse a request: at least one [`ValidationProblem`].
///
/// A server may answer with it: it becomes an
/// [`ApiError`](crate::error::ApiError) of the type `invalid_request_error`.
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
    /// What the API would refuse: settings first, then tools, system and
    /// messages.
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

/// One thing in a request that the API would refuse.
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
    /// Where in the request: `messages.3.content.0.tool_use_id`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong, and the limit.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Display for ValidationProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Collects problems on a walk through a request.
pub(super) struct Problems {
    path: String,
    found: Vec<ValidationProblem>,
    cache_markers: usize,
    version: ApiVersion,
}

impl Problems {
    pub(super) fn new(version: &ApiVersion) -> Self {
        Self { path: String::new(), found: Vec::new(), cache_markers: 0, version: version.clone() }
    }

    pub(super) fn into_result(self) -> Result<(), ValidationError> {
        if self.found.is_empty() { Ok(()) } else { Err(ValidationError(self.found)) }
    }

    pub(super) fn is_under(&self, version: &ApiVersion) -> bool {
        self.version == *version
    }

    /// Runs `check` one level below, at `segment`.
    pub(super) fn below(&mut self, segment: impl Display, check: impl FnOnce(&mut Self)) {
        let len = push_segment(&mut self.path, segment);
        check(self);
        self.path.truncate(len);
    }

    /// Notes that what is here is refused.
    pub(super) fn refuse(&mut self, message: impl Into<String>) {
        if self.found.len() < MAX_PROBLEMS {
            self.found.push(ValidationProblem { path: self.path.clone(), message: message.into() });
        }
    }

    /// Notes that the field below is refused.
    pub(super) fn refuse_field(&mut self, field: &str, message: impl Into<String>) {
        self.below(field, |problems| problems.refuse(message));
    }

    /// Checks how many characters the field below has.
    pub(super) fn length(&mut self, field: &str, text: Option<&str>, limits: RangeInclusive<usize>) {
        let length = text.map_or(*limits.start(), |text| text.chars().count());
        if !limits.contains(&length) {
            let (min, max) = limits.into_inner();
            self.refuse_field(field, format!("must have {min} to {max} characters, has {length}"));
        }
    }

    /// Checks that the field below is not empty.
    pub(super) fn not_empty(&mut self, field: &str, text: Option<&str>) {
        if text == Some("") {
            self.refuse_field(field, "must not be empty");
        }
    }

    /// Checks that the number below is not 0.
    pub(super) fn at_least_one(&mut self, field: &str, number: Option<u64>) {
        if number == Some(0) {
            self.refuse_field(field, "must be at least 1");
        }
    }

    /// Checks that not too many parts are marked for the cache.
    pub(super) fn cache_marker(&mut self, marker: Option<&CacheControl>) {
        self.cache_markers += usize::from(marker.is_some());
        if marker.is_some() && self.cache_markers > MAX_CACHE_MARKERS {
            let message =
                format!("at most {MAX_CACHE_MARKERS} a request, this is number {}", self.cache_markers);
            self.refuse_field("cache_control", message);
        }
    }
}
