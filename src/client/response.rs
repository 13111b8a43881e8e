//! Reading HTTP responses as messages, streams, token counts or errors.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use http::header::{CONNECTION, TRANSFER_ENCODING};
use http::{HeaderMap, Response, StatusCode, Version};
use http_body::Body as _;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny};
use tokio::time::Instant;

use super::body::read_all;
use super::call_info::CallInfo;
use super::content::{self, Chunks, Content, recognize};
use super::events::Events;
use super::limits::Limits;
use super::response_body::ResponseBody;
use super::secrets::Secrets;
use super::span::Span;
use super::{error_document, error_response};
use crate::error::{Error, ErrorKind};
use crate::json::{Budget, replace_lone_halves};
use crate::stream::MessageStream;
use crate::types::{Message, MessageTokensCount};

/// An HTTP response whose head has arrived and whose body has yet to be read.
pub(super) struct ResponseReader<'a> {
    status: StatusCode,
    /// Redacted.
    headers: HeaderMap,
    length: Option<u64>,
    body: Chunks,
    limits: &'a Limits,
    call_deadline: Option<Instant>,
    /// How long to wait for the end of the body once the message of a stream is complete.
    end_timeout: Option<Duration>,
    secrets: Secrets,
    /// The call, with the number of this attempt.
    info: CallInfo,
}

impl<'a> ResponseReader<'a> {
    pub(super) fn new(
        response: Response<ResponseBody>,
        limits: &'a Limits,
        call_deadline: Option<Instant>,
        secrets: Secrets,
        info: CallInfo,
    ) -> Self {
        let end_timeout = if has_late_end(&response) { limits.end_timeout } else { Some(Duration::ZERO) };
        let (head, body) = response.into_parts();
        let (status, mut headers, length) = (head.status, head.headers, body.size_hint().exact());
        secrets.redact_headers(&mut headers);
        let body = Chunks::new(body, limits.idle_timeout);
        Self { status, headers, length, body, limits, call_deadline, end_timeout, secrets, info }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Reads a whole message. If the server streams it, its events are added up.
    pub(super) async fn message(self) -> Result<Response<Message>, Error> {
        let head = self.head();
        with_head(head, self.added_up().await)
    }

    async fn added_up(self) -> Result<Message, Error> {
        match self.recognized().await? {
            (Content::Events, mut reader) => {
                let events = reader.events();
                reader.message_stream(events).final_message().await
            }
            (_, reader) => reader.json().await,
        }
    }

    /// Reads a JSON document.
    pub(super) async fn document<T: Document>(self) -> Result<Response<T>, Error> {
        let head = self.head();
        let document = async { self.recognized().await?.1.json().await };
        with_head(head, document.await)
    }

    /// Reads a stream up to its first event. If the server sends a whole message, its events are
    /// replayed.
    pub(super) async fn stream(self, span: &Span) -> Result<MessageStream, Error> {
        let (limit, deadline) = (self.limits.first_event_timeout, self.call_deadline);
        let stream = Limits::within(self.opened(span), limit, Limits::first_event_elapsed, deadline).await;
        stream.map_err(Error::mark_from_upstream)?
    }

    async fn opened(self, span: &Span) -> Result<MessageStream, Error> {
        match self.recognized().await? {
            (Content::Events, mut reader) => {
                let mut events = reader.events();
                let (starts, attempt) = (events.start(span).await, reader.info.attempt);
                let mut stream = reader.message_stream(events);
                match if starts { None } else { stream.next().await } {
                    Some(Err(error)) => Err(error),
                    _ => Ok(stream.with_attempts(attempt)),
                }
            }
            (_, reader) => {
                let (status, headers, max) =
                    (reader.status, reader.headers.clone(), reader.limits.max_response_bytes);
                let attempt = reader.info.attempt;
                let message: Message = reader.json().await?;
                span.record_message(&message);
                let stream = MessageStream::from(message).with_attempts(attempt);
                Ok(stream
                    .max_message_bytes(max)
                    .with_status(status)
                    .with_headers(headers)
                    .mark_from_upstream())
            }
        }
    }

    /// Reads an error response.
    pub(super) async fn error(self) -> Error {
        let limit = self.limits.error_timeout;
        error_response::read(self.status, self.headers, self.body, limit, &self.secrets).await
    }

    /// Returns the head of the HTTP response.
    fn head(&self) -> Response<()> {
        let mut head = Response::new(());
        head.extensions_mut().insert(self.info.clone());
        *head.status_mut() = self.status;
        *head.headers_mut() = self.headers.clone();
        head
    }

    /// Reads until the form of the body is known, and rejects bodies of unusable forms.
    async fn recognized(mut self) -> Result<(Content, Self), Error> {
        let body = std::mem::take(&mut self.body);
        let content = recognize(&self.headers, body);
        let (limit, deadline) = (self.limits.event_timeout, self.call_deadline);
        let (content, body) = Limits::within(content, limit, Limits::event_elapsed, deadline)
            .await
            .map_err(|error| self.annotated(error))?;
        self.body = body;
        let unusable = match content {
            Content::Compressed => protocol(content::COMPRESSED),
            Content::WebPage => protocol(content::WEB_PAGE),
            Content::Empty => Error::new(ErrorKind::Incomplete, "the response is empty"),
            Content::Events | Content::Json | Content::Other => return Ok((content, self)),
        };
        Err(self.annotated(unusable))
    }

    fn events(&mut self) -> Events {
        let body = std::mem::take(&mut self.body).of_stream();
        Events::new(body, self.limits, self.call_deadline, self.end_timeout, self.secrets.clone())
    }

    fn message_stream(self, events: Events) -> MessageStream {
        MessageStream::new(events)
            .max_message_bytes(self.limits.max_response_bytes)
            .strict(self.limits.is_strict)
            .with_status(self.status)
            .with_headers(self.headers)
            .mark_from_upstream()
    }

    async fn json<T: Document>(mut self) -> Result<T, Error> {
        let body = std::mem::take(&mut self.body);
        let reading = read_all(body, self.length, self.limits.max_response_bytes);
        let (limit, deadline) = (self.limits.event_timeout, self.call_deadline);
        let bytes = Limits::within(reading, limit, Limits::body_elapsed, deadline).await;
        let bytes = bytes.and_then(|bytes| bytes).map_err(|error| self.annotated(error))?;
        self.parse(&bytes)
    }

    fn parse<T: Document>(self, bytes: &[u8]) -> Result<T, Error> {
        let parsed = match std::str::from_utf8(bytes).map(content::trimmed) {
            Ok(text) if text.len() <= error_response::MAX_BODY_BYTES && error_document::is_error(text) => {
                return Err(error_response::from_body(self.status, self.headers, bytes, true, &self.secrets));
            }
            Ok(text) => read_document(text),
            Err(_) => within_memory(bytes.len(), || serde_json::from_slice(bytes)),
        };
        parsed.map_err(|error| self.annotated(error))
    }

    fn annotated(&self, error: Error) -> Error {
        error.mark_from_upstream().with_headers(self.headers.clone())
    }
}

/// Returns what was read from the body together with the head.
fn with_head<T>(head: Response<()>, read: Result<T, Error>) -> Result<Response<T>, Error> {
    let attempts = head.extensions().get().map_or(0, CallInfo::attempt);
    read.map(|body| head.map(|()| body)).map_err(|error| error.with_attempts(attempts, None))
}

/// Returns `true` if the connection can be used again only once the end of the body has arrived,
/// which is not known from its bytes.
///
/// In HTTP/2, a stream can be dropped without its connection. In HTTP/1.1, only the chunked coding
/// ends a body in this way (RFC 9112, section 7.1).
fn has_late_end<B>(response: &Response<B>) -> bool {
    let headers = response.headers();
    let options = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let closes = options.flat_map(|value| value.split(',')).any(|it| it.trim().eq_ignore_ascii_case("close"));
    response.version() == Version::HTTP_11 && headers.contains_key(TRANSFER_ENCODING) && !closes
}

/// A document that a server sends with a status of success. All of its fields may be absent.
pub(super) trait Document: DeserializeOwned {
    const NAME: &str;

    /// Returns `false` if the object `text` has no field by which a document can be told from any
    /// other object.
    fn is_likely(text: &str) -> bool;
}

impl Document for Message {
    const NAME: &str = "a message";

    fn is_likely(text: &str) -> bool {
        let fields = [r#""content""#, r#""role""#, r#""usage""#, r#""stop_reason""#, r#""id""#];
        fields.iter().any(|field| text.contains(field))
    }
}

impl Document for MessageTokensCount {
    const NAME: &str = "a token count";

    fn is_likely(text: &str) -> bool {
        let object = serde_json::from_str::<HashMap<Cow<'_, str>, IgnoredAny>>(text);
        object.is_ok_and(|object| object.contains_key("input_tokens"))
    }
}

fn protocol(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Protocol, message)
}

/// Reads a document, in which half of a surrogate pair that stands alone counts as U+FFFD.
fn read_document<T: Document>(text: &str) -> Result<T, Error> {
    let read = |text: &str| within_memory(text.len(), || serde_json::from_str(text));
    let document = read(text).or_else(|error| match replace_lone_halves(text) {
        Some(mended) => read(&mended),
        None => Err(error),
    })?;
    if T::is_likely(text) {
        Ok(document)
    } else {
        Err(not_a::<T>(serde_json::Error::custom("it has no field of one")))
    }
}

/// Parses a document of `bytes`, but fails if it would take too much memory for its size.
fn within_memory<T: Document>(
    bytes: usize,
    parse: impl FnOnce() -> serde_json::Result<T>,
) -> Result<T, Error> {
    let budget = Budget::of_document(bytes);
    parse().map_err(|error| {
        if !budget.is_exceeded() {
            return not_a::<T>(error);
        }
        Error::new(ErrorKind::TooLarge, "the response would take more than 12 times its size in memory")
            .with_source(error)
    })
}

fn not_a<T: Document>(error: serde_json::Error) -> Error {
    protocol(format!("the response is not {}: {error}", T::NAME)).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_chunked_body_whose_connection_stays_open_has_a_late_end() {
        const CHUNKED: (&str, &str) = ("transfer-encoding", "chunked");
        for (version, headers, has_end) in [
            (Version::HTTP_11, &[CHUNKED][..], true),
            (Version::HTTP_11, &[CHUNKED, ("connection", "keep-alive")], true),
            (Version::HTTP_11, &[CHUNKED, ("connection", "x, Close")], false),
            (Version::HTTP_11, &[("content-length", "3")], false),
            (Version::HTTP_11, &[], false),
            (Version::HTTP_10, &[CHUNKED], false),
            (Version::HTTP_2, &[], false),
        ] {
            let mut response = Response::builder().version(version);
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            let response = response.body(()).expect("a response");
            assert_eq!(has_late_end(&response), has_end, "{version:?} {headers:?}");
        }
    }
}
