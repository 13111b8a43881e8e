//! Error responses of a server of Chat Completions as errors of the Messages API.

mod headers;
mod overflow;
mod redact;

use std::borrow::Cow;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;

#[cfg(feature = "client")]
pub(super) use headers::{REQUEST_ID, with_anthropic_headers};

use crate::error::{ApiError, read_document};
use crate::json::Json;
use crate::text;
use crate::types::ErrorType;

/// The maximum length of the name of a model in a message, in bytes.
const MAX_NAME: usize = 256;

/// Translates an error response of a server of Chat Completions into the error that a caller of the Messages
/// API understands; `model` is the model that the request names.
///
/// The status and the code that the server sent decide, and where servers agree on neither, the words of its
/// message:
///
/// | server | error | to be retried |
/// |---|---|---|
/// | 400, 415, 422, any other 4xx, a 500 for a kind of input that the model cannot read | 400 `invalid_request_error` | no |
/// | the prompt exceeds the context window, in any of the known wordings | 400 `invalid_request_error`, `prompt is too long: N tokens > M maximum` | no; Claude Code compacts the conversation |
/// | prompt and completion exceed it only together | 400 `invalid_request_error`, ``input length and `max_tokens` exceed context limit: I + O > M`` | no; Claude Code lowers `max_tokens` |
/// | `max_tokens` exceeds what the model can write | 400 `invalid_request_error`, `max_tokens: A > B, which is the maximum …` | no; Claude Code lowers it |
/// | 401, 403 | the same, `authentication_error` or `permission_error` | no |
/// | 402, `insufficient_quota` and its like | 402 `billing_error`, `x-should-retry: false` | no |
/// | 404 or 400 for an unknown model | 404 `not_found_error`, `model: NAME` | no |
/// | 404 for anything else | 502 `api_error` | yes |
/// | 408, 504, 524 | 504 `timeout_error` | yes |
/// | 409 | 409 `invalid_request_error` | yes |
/// | 413 | 413 `request_too_large` | no |
/// | 429 | 429 `rate_limit_error` | yes |
/// | 503, 529, any 5xx whose words are those of an overloaded server | 529 `overloaded_error` | yes |
/// | 500 | 500 `api_error` | yes |
/// | any other | 502 `api_error` | yes, unless it is a redirect |
///
/// An error under a status of success, as some servers send it, has the status that it names itself.
///
/// The message is the server's, on one line and cut to 500 characters, without keys, addresses and stack
/// traces; a web page is replaced by a few words. The headers `retry-after`, `retry-after-ms` and
/// `x-should-retry` are taken over, and `x-ratelimit-*` become `anthropic-ratelimit-*`.
///
/// ```
/// use messages_api::http::{HeaderMap, StatusCode};
/// use messages_api::openai::error_from_openai;
///
/// let body = r#"{"error":{"code":"context_length_exceeded","message":
///     "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."}}"#;
/// let error = error_from_openai(StatusCode::BAD_REQUEST, &HeaderMap::new(), body, "gpt-4");
/// assert_eq!(error.message(), "prompt is too long: 9000 tokens > 8192 maximum");
/// ```
pub fn error_from_openai(status: StatusCode, headers: &HeaderMap, body: &str, model: &str) -> ApiError {
    let received = Received::read(status, body);
    let error = received.translated(model).with_retry_headers(headers);
    // The header of the server must not overrule what is known of a bill that is not paid.
    let error = match error.error_type() {
        ErrorType::Billing => error.with_should_retry(false),
        _ if received.status.is_redirection() => error.with_should_retry(false),
        _ => error,
    };
    let mut error = error;
    headers::add_rate_limits(error.headers_mut(), headers);
    error
}

/// Returns `true` for the error response of a content filter, which has rejected the prompt.
#[cfg(feature = "client")]
pub(super) fn is_filtered(status: StatusCode, body: &str) -> bool {
    let received = Received::read(status, body);
    let text = received.message.to_lowercase();
    received.status == 400 && (received.has_tag(FILTERED) || has_any(&text, FILTERED_WORDS))
}

/// Creates the error for a model that does not exist.
pub(super) fn no_model(name: &str) -> ApiError {
    ApiError::not_found(format!("model: {}", short(name)))
}

/// Returns a name as messages show it: of a long one, only the beginning.
fn short(name: &str) -> Cow<'_, str> {
    let start = text::start(name, MAX_NAME);
    if start.len() == name.len() { name.into() } else { format!("{start}…").into() }
}

/// Translates an error that stands in place of a completion or a chunk, under a status of success.
pub(super) fn error_in_document(document: &str, model: &str) -> ApiError {
    error_from_openai(StatusCode::OK, &HeaderMap::new(), document, model)
}

/// What a server said.
struct Received {
    /// That of the HTTP response, or the one that an error under a status of success names.
    status: StatusCode,
    /// The codes and types of the error in lower case, each with a blank around it.
    tags: String,
    /// The message; empty if there is none.
    message: String,
    /// The tokens of the prompt and the size of the context window, if there are fields for them.
    counts: (Option<u64>, Option<u64>),
}

/// The fields of an error in any form. Each may have any JSON type.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    error: Option<Json>,
    r#type: Option<Json>,
    code: Option<Json>,
    status: Option<Json>,
    param: Option<Json>,
    metadata: Option<Json>,
    raw: Option<Json>,
    n_prompt_tokens: Option<Json>,
    n_ctx: Option<Json>,
}

impl Fields {
    fn read(text: &str) -> Option<Self> {
        text.starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
    }
}

impl Received {
    fn read(status: StatusCode, body: &str) -> Self {
        let body = body.trim_start_matches('\u{feff}').trim();
        // Gemini wraps the document in a list.
        let document = body.strip_prefix('[').map_or(body, |rest| rest.trim_end_matches(']').trim());
        let outer = Fields::read(document).unwrap_or_default();
        let inner = outer.error.as_ref().and_then(|error| Fields::read(error.as_raw_str()));
        let inner = inner.unwrap_or_default();
        let both = [&inner, &outer];
        let tags: Vec<String> = both
            .iter()
            .flat_map(|fields| [&fields.code, &fields.r#type, &fields.status])
            .filter_map(|tag| tag.as_ref().map(|tag| tag.as_raw_str().trim_matches('"').to_lowercase()))
            .collect();
        let message = read_document(document, status).map(|(_, response)| response.error.message);
        let mut message =
            message.unwrap_or_else(|| if document.starts_with('{') { "" } else { body }.to_owned());
        // OpenRouter says `Provider returned error`, and in `metadata.raw` what that was.
        let raw = inner.metadata.as_ref().and_then(|metadata| Fields::read(metadata.as_raw_str())?.raw);
        if let Some(raw) = raw.and_then(|raw| raw.decode::<String>().ok()).filter(|raw| !raw.is_empty()) {
            let nested = read_document(&raw, status).map(|(_, response)| response.error.message);
            message = format!("{message}: {}", nested.unwrap_or(raw));
        }
        let count = |get: fn(&Fields) -> &Option<Json>| {
            both.iter().find_map(|fields| get(fields).as_ref()?.decode::<u64>().ok())
        };
        let counts = (count(|fields| &fields.n_prompt_tokens), count(|fields| &fields.n_ctx));
        let own_status =
            tags.iter().find_map(|tag| tag.parse().ok().filter(|code| (400..600).contains(code)));
        let status = match own_status.and_then(|code| StatusCode::from_u16(code).ok()) {
            Some(own) if status.is_success() => own,
            None if status.is_success() => status_of(&tags),
            _ => status,
        };
        Self { status, tags: format!(" {} ", tags.join(" ")), message, counts }
    }

    fn translated(&self, model: &str) -> ApiError {
        let text = self.message.to_lowercase();
        let code = self.status.as_u16();
        if !matches!(code, 401..=403 | 429) && overflow::is_overflow(&self.tags, &text) {
            return ApiError::invalid_request(overflow::message(&text, self.counts));
        }
        if let Some(message) = overflow::too_many_asked_for(&text, &short(model)).filter(|_| code < 500) {
            return ApiError::invalid_request(message);
        }
        if code == 402 || self.has_tag(UNPAID) || has_any(&text, UNPAID_WORDS) {
            return self.error(ErrorType::Billing);
        }
        if matches!(code, 400 | 404 | 422) && (self.has_tag(NO_MODEL) || has_any(&text, NO_MODEL_WORDS)) {
            return no_model(model);
        }
        match code {
            401 => self.error(ErrorType::Authentication),
            403 => self.error(ErrorType::Permission),
            404 if text.contains("model") => no_model(model),
            404 => bad_gateway("The upstream has no such endpoint"),
            408 | 504 | 524 => self.error(ErrorType::Timeout),
            409 => self.error(ErrorType::InvalidRequest).with_status(StatusCode::CONFLICT),
            413 => self.error(ErrorType::RequestTooLarge),
            429 => self.error(ErrorType::RateLimit),
            400..=499 => self.error(ErrorType::InvalidRequest),
            503 | 529 => self.error(ErrorType::Overloaded),
            500.. if self.has_tag(OVERLOADED) || has_any(&text, OVERLOADED_WORDS) => {
                self.error(ErrorType::Overloaded)
            }
            500 if has_any(&text, UNSUPPORTED_WORDS) => self.error(ErrorType::InvalidRequest),
            500 => self.error(ErrorType::Api),
            _ => bad_gateway(self.redacted(ErrorType::Api)),
        }
    }

    fn error(&self, error_type: ErrorType) -> ApiError {
        let message = self.redacted(error_type.clone());
        ApiError::new(error_type, message)
    }

    /// Returns the message for the caller; a few words that fit the type of the error if there is none.
    fn redacted(&self, error_type: ErrorType) -> String {
        redact::message(&self.message).unwrap_or_else(|| {
            match error_type {
                ErrorType::InvalidRequest => "The upstream rejected the request",
                ErrorType::Authentication | ErrorType::Permission => "The upstream denied access",
                ErrorType::Billing => "The upstream demands payment",
                ErrorType::RequestTooLarge => "The request is too large for the upstream",
                ErrorType::RateLimit => "The upstream limits the rate of requests",
                ErrorType::Timeout => "The upstream did not respond in time",
                ErrorType::Overloaded => "The upstream is overloaded",
                _ => "The upstream failed",
            }
            .to_owned()
        })
    }

    fn has_tag(&self, tags: &[&str]) -> bool {
        tags.iter().any(|tag| self.tags.contains(&format!(" {tag} ")))
    }
}

/// Bills that are not paid, as OpenAI, Kimi, Z.ai and DeepSeek call them.
const UNPAID: &[&str] = &[
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "exceeded_current_quota_error",
    "insufficient_balance",
    "1113",
];
const UNPAID_WORDS: &[&str] = &["insufficient balance", "insufficient credits", "insufficient funds"];

/// Prompts that a content filter has rejected, as Azure, DashScope and DeepSeek call them.
#[cfg(feature = "client")]
const FILTERED: &[&str] = &["content_filter", "content_policy_violation", "data_inspection_failed"];
#[cfg(feature = "client")]
const FILTERED_WORDS: &[&str] = &["content exists risk"];

/// Models that do not exist.
const NO_MODEL: &[&str] = &["model_not_found", "invalid_model", "unknown_model", "1211"];
const NO_MODEL_WORDS: &[&str] =
    &["is not a valid model id", "invalid model:", "model not found", "unknown model"];

/// Servers that are overloaded.
const OVERLOADED: &[&str] =
    &["overloaded_error", "overloaded", "engine_overloaded", "engine_overloaded_error", "unavailable"];
const OVERLOADED_WORDS: &[&str] = &["overloaded", "server is busy", "at capacity", "loading model"];

/// What a model cannot read, to which llama.cpp responds with the status 500.
const UNSUPPORTED_WORDS: &[&str] = &["input is not supported"];

/// Returns the status of an error under a status of success that names none.
fn status_of(tags: &[String]) -> StatusCode {
    let has = |word: &str| tags.iter().any(|tag| tag.contains(word));
    let code = if has("rate_limit") {
        429
    } else if has("overloaded") {
        529
    } else if has("invalid_request") || has("badrequest") || has("context") {
        400
    } else if has("authentication") || has("invalid_api_key") {
        401
    } else if has("permission") {
        403
    } else if has("not_found") {
        404
    } else if has("timeout") {
        504
    } else {
        502
    };
    StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY)
}

fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

fn bad_gateway(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorType::Api, message).with_status(StatusCode::BAD_GATEWAY)
}
