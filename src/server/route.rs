//! Routing: from method and path to an endpoint.

use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};

use super::query::decoded;
use crate::error::ApiError;
use crate::text;
use crate::types::ErrorType;

/// Where a request leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// To an operation, with the decoded id in the path; empty if the path of the operation has none.
    Operation(Operation, String),
    /// To the question which methods a path has, asked by `HEAD` or `OPTIONS`: the header `allow`.
    Methods(HeaderValue),
}

/// What a handler can be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    CreateMessage,
    CountTokens,
    ListModels,
    GetModel,
    CreateBatch,
    ListBatches,
    GetBatch,
    CancelBatch,
    DeleteBatch,
    BatchResults,
}

struct Endpoint {
    /// The last segments of the path.
    path: &'static [&'static str],
    operations: &'static [(&'static str, Operation)],
}

const ID: &str = "{id}";

/// The endpoints. Where several match a path, as for `…/models/messages`, the first counts that has the
/// method, so longer paths come first.
const ENDPOINTS: [Endpoint; 8] = [
    Endpoint {
        path: &["messages", "batches", ID, "results"],
        operations: &[("GET", Operation::BatchResults)],
    },
    Endpoint {
        path: &["messages", "batches", ID, "cancel"],
        operations: &[("POST", Operation::CancelBatch)],
    },
    Endpoint {
        path: &["messages", "batches", ID],
        operations: &[("GET", Operation::GetBatch), ("DELETE", Operation::DeleteBatch)],
    },
    Endpoint {
        path: &["messages", "batches"],
        operations: &[("GET", Operation::ListBatches), ("POST", Operation::CreateBatch)],
    },
    Endpoint { path: &["messages", "count_tokens"], operations: &[("POST", Operation::CountTokens)] },
    Endpoint { path: &["models", ID], operations: &[("GET", Operation::GetModel)] },
    Endpoint { path: &["models"], operations: &[("GET", Operation::ListModels)] },
    Endpoint { path: &["messages"], operations: &[("POST", Operation::CreateMessage)] },
];

/// The number of segments of the longest path.
const MAX_SEGMENTS: usize = 4;

/// The length in bytes to which a method and a path are cut in the text of an error.
const MAX_METHOD_BYTES: usize = 20;
const MAX_PATH_BYTES: usize = 200;

impl Route {
    /// Finds the route of a request by the end of its path: a service may be mounted below any
    /// prefix, and clients disagree on whether the base URL ends in `/v1`.
    pub(super) fn find(method: &Method, path: &str) -> Result<Self, ApiError> {
        // These are nearly all requests. No other endpoint with such a path has this method.
        if *method == Method::POST && path.ends_with("/messages") {
            return Ok(Self::Operation(Operation::CreateMessage, String::new()));
        }
        let mut end = [""; MAX_SEGMENTS];
        // Paths are too short for the search that a single `char` starts.
        let segments = path.rsplit(['/']).filter(|segment| !segment.is_empty());
        end.iter_mut().rev().zip(segments).for_each(|(place, segment)| *place = segment);

        let operations = || {
            let endpoints = ENDPOINTS.iter().filter(|endpoint| endpoint.matches(&end));
            endpoints.flat_map(|endpoint| {
                endpoint.operations.iter().map(move |(method, operation)| (endpoint, *method, *operation))
            })
        };
        if let Some((endpoint, _, operation)) = operations().find(|(_, name, _)| *name == method.as_str()) {
            return Ok(Self::Operation(operation, decoded(endpoint.id(&end), false)));
        }
        if operations().next().is_none() {
            return Err(unknown_path(method, path));
        }
        let has = |name: &&str| operations().any(|(_, other, _)| other == *name);
        let names = ["GET", "POST", "DELETE"].into_iter().filter(has).chain(["HEAD", "OPTIONS"]);
        let names: Vec<&str> = names.collect();
        let allow =
            HeaderValue::try_from(names.join(", ")).expect("the names of methods make a header value");
        match *method {
            Method::HEAD | Method::OPTIONS => Ok(Self::Methods(allow)),
            _ => Err(wrong_method(method, path, allow)),
        }
    }
}

impl Operation {
    /// Returns the name of the operation, that of OpenTelemetry's conventions where they have one.
    #[cfg(feature = "tracing")]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CreateMessage => "chat",
            Self::CountTokens => "count_tokens",
            Self::ListModels => "list_models",
            Self::GetModel => "get_model",
            Self::CreateBatch => "create_batch",
            Self::ListBatches => "list_batches",
            Self::GetBatch => "get_batch",
            Self::CancelBatch => "cancel_batch",
            Self::DeleteBatch => "delete_batch",
            Self::BatchResults => "batch_results",
        }
    }

    /// Returns `true` if the request has a body to read.
    pub(super) fn has_body(self) -> bool {
        matches!(self, Self::CreateMessage | Self::CountTokens | Self::CreateBatch)
    }
}

impl Endpoint {
    fn matches(&self, end: &[&str]) -> bool {
        let mut pairs = self.path.iter().rev().zip(end.iter().rev());
        pairs.all(
            |(expected, segment)| if *expected == ID { !segment.is_empty() } else { expected == segment },
        )
    }

    /// Returns the segment that stands for the id.
    fn id<'a>(&self, end: &[&'a str]) -> &'a str {
        let mut pairs = self.path.iter().rev().zip(end.iter().rev());
        pairs.find(|(expected, _)| **expected == ID).map_or("", |(_, segment)| *segment)
    }
}

fn unknown_path(method: &Method, path: &str) -> ApiError {
    let expected: Vec<String> =
        ENDPOINTS.iter().rev().map(|endpoint| format!("/{}", endpoint.path.join("/"))).collect();
    let (seen, expected) = (seen(method, path), expected.join(", "));
    ApiError::not_found(format!("Not found: {seen}; the path must end in one of {expected}"))
}

fn wrong_method(method: &Method, path: &str, allow: HeaderValue) -> ApiError {
    let expected = allow.to_str().unwrap_or_default();
    let message = format!("Method not allowed: {}; use one of {expected}", seen(method, path));
    let mut error =
        ApiError::new(ErrorType::InvalidRequest, message).with_status(StatusCode::METHOD_NOT_ALLOWED);
    error.headers_mut().insert(ALLOW, allow);
    error
}

/// Returns method and path for the text of an error, without what could break a line of a log.
fn seen(method: &Method, path: &str) -> String {
    let shortened = |text: &str, max| {
        let start = text::start(text, max);
        let ellipsis = if start.len() < text.len() { "…" } else { "" };
        format!("{}{ellipsis}", start.escape_debug())
    };
    format!("{} {}", shortened(method.as_str(), MAX_METHOD_BYTES), shortened(path, MAX_PATH_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_is_longer_than_what_is_looked_at() {
        let longest = ENDPOINTS.iter().map(|endpoint| endpoint.path.len()).max();
        assert_eq!(longest, Some(MAX_SEGMENTS));
        // A path that is the end of another one comes after it.
        for (at, endpoint) in ENDPOINTS.iter().enumerate() {
            assert!(ENDPOINTS[at..].iter().all(|later| later.path.len() <= endpoint.path.len()));
        }
    }

    #[test]
    fn a_post_to_a_path_that_ends_in_messages_creates_one_whatever_comes_before() {
        for endpoint in &ENDPOINTS {
            let is_last = |end: &&&str| **end == "messages" || **end == ID;
            let has_post = endpoint.operations.iter().any(|(method, _)| *method == "POST");
            assert_eq!(
                has_post && endpoint.path.last().filter(is_last).is_some(),
                endpoint.path == ["messages"]
            );
        }
    }
}
