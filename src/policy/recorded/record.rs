//! The record of a request.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use crate::error::ApiError;
use crate::handler::{Delivered, End, Outcome};
use crate::json::Json;
use crate::types::StopReason;
use crate::types::usage::Usage;

/// The maximum length of each text of an error that is kept.
const MAX_ERROR_BYTES: usize = 512;

/// What is kept of a request: who made it, how it ended and what it used, and no credential.
///
/// It is written as a flat JSON object, for a log of one object a line: times in milliseconds, `started_at`
/// since 1970, and an error as `error_type`, `error_status` and `error_message`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record {
    /// The id of the request, which the caller knows as well.
    pub request_id: String,
    /// The id of the principal that made it.
    pub principal: String,
    /// The model that the request names.
    pub model: String,
    /// The model that served it, by the name that its upstream knows; `None` if no
    /// [`Routed`](crate::policy::Routed) has chosen an upstream, or if none has replied.
    pub upstream_model: Option<Arc<str>>,
    /// Whether the caller asked for a stream.
    pub is_streamed: bool,
    /// When the request started.
    pub started_at: SystemTime,
    /// How it ended. Of an error, the headers and the details are left out, and texts are cut after 512 bytes.
    pub end: End,
    /// The reason why the model stopped; `None` if it had not stopped by then.
    pub stop_reason: Option<StopReason>,
    /// The token counts that the reply reported last; `None` if it reported none.
    pub usage: Option<Usage>,
    /// What was handed over of the message.
    pub delivered: Delivered,
    /// The time from the start to the first piece of text, thinking or tool input of a stream; `None` for a
    /// whole message.
    pub first_token: Option<Duration>,
    /// The time from the start to the end.
    pub duration: Option<Duration>,
    /// The content, if it is [asked for](super::RecordedLayer::content).
    pub content: Option<RecordContent>,
}

/// The content of a request, as far as it is not larger than the limit.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RecordContent {
    /// The request, without the secrets in it; `None` if it is too large.
    pub request: Option<Json>,
    /// The message, or what was read of it; `None` if there is none or it is too large.
    pub message: Option<Json>,
}

impl Record {
    pub(super) fn new(
        outcome: &Outcome,
        is_streamed: bool,
        started_at: SystemTime,
        content: Option<RecordContent>,
    ) -> Self {
        Self {
            request_id: outcome.request_id.clone(),
            principal: outcome.principal.id().to_owned(),
            model: outcome.model.clone(),
            upstream_model: outcome.upstream_model.clone(),
            is_streamed,
            started_at,
            end: match &outcome.end {
                End::Failed(error) => End::Failed(error.abridged(MAX_ERROR_BYTES)),
                end => end.clone(),
            },
            stop_reason: outcome.stop_reason.clone(),
            usage: outcome.usage.clone(),
            delivered: outcome.delivered,
            first_token: outcome.first_token,
            duration: outcome.duration,
            content,
        }
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let milliseconds = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let error = match &self.end {
            End::Failed(error) => Some(error),
            _ => None,
        };
        let content = self.content.as_ref();
        Line {
            request_id: &self.request_id,
            principal: &self.principal,
            model: &self.model,
            upstream_model: self.upstream_model.as_deref(),
            stream: self.is_streamed,
            started_at: milliseconds(self.started_at.duration_since(UNIX_EPOCH).unwrap_or_default()),
            end: self.end.as_str(),
            error_type: error.map(|error| error.error_type().as_str()),
            error_status: error.map(|error| error.status().as_u16()),
            error_message: error.map(ApiError::message),
            stop_reason: self.stop_reason.as_ref(),
            usage: self.usage.as_ref(),
            delivered_events: self.delivered.events,
            delivered_bytes: self.delivered.bytes(),
            first_token: self.first_token.map(milliseconds),
            duration: self.duration.map(milliseconds),
            request: content.and_then(|content| content.request.as_ref()),
            message: content.and_then(|content| content.message.as_ref()),
        }
        .serialize(serializer)
    }
}

/// A record as JSON.
#[derive(Serialize)]
struct Line<'a> {
    request_id: &'a str,
    principal: &'a str,
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_model: Option<&'a str>,
    stream: bool,
    started_at: u64,
    end: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
    stop_reason: Option<&'a StopReason>,
    usage: Option<&'a Usage>,
    delivered_events: u64,
    delivered_bytes: u64,
    first_token: Option<u64>,
    duration: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a Json>,
}
