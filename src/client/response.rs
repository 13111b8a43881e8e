//! Reading HTTP responses as messages, streams, whole documents, batch results or errors.

use std::pin::pin;
use std::time::Duration;

use http::header::{CONNECTION, TRANSFER_ENCODING};
use http::{HeaderMap, Response, StatusCode, Version};
use http_body::Body as _;
use tokio::time::Instant;

use super::batch_results::BatchResults;
use super::body::read_all;
use super::call_info::CallInfo;
use super::content::{self, Chunks, Content, recognize};
use super::dialect::Dialect;
use super::document::Whole;
use super::error_response;
use super::events::Events;
use super::head::Head;
use super::limits::Limits;
use super::response_body::ResponseBody;
use super::secrets::Secrets;
use super::span::Span;
use crate::error::{Error, ErrorKind};
use crate::stream::{Decode, MessageStream};
use crate::types::Message;

/// An HTTP response whose head has arrived and whose body has yet to be read.
pub(super) struct ResponseReader<'a> {
    head: Head,
    version: Version,
    length: Option<u64>,
    body: Chunks,
    limits: &'a Limits,
    call_deadline: Option<Instant>,
}

impl<'a> ResponseReader<'a> {
    pub(super) fn new(
        response: Response<ResponseBody>,
        limits: &'a Limits,
        call_deadline: Option<Instant>,
        secrets: Secrets,
        info: CallInfo,
    ) -> Self {
        let (head, body) = response.into_parts();
        let (status, version, mut headers) = (head.status, head.version, head.headers);
        let length = body.size_hint().exact();
        secrets.redact_headers(&mut headers);
        let body = Chunks::new(body, limits.idle_timeout);
        let head = Head { status, headers, secrets, info };
        Self { head, version, length, body, limits, call_deadline }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Reads a whole message. If the server streams it, its events are added up.
    pub(super) async fn message<D: Dialect>(
        mut self: Box<Self>,
        dialect: D,
    ) -> Result<(Head, Box<Message>), Error> {
        match self.recognized().await? {
            Content::Events => {
                let (events, head) = (self.events(dialect), self.head.clone());
                // In a box, so that messages that come whole have no room for it.
                match Box::pin(self.message_stream(events).final_message()).await {
                    Ok(message) => Ok((head, Box::new(message))),
                    Err(error) => Err(error.with_attempts(head.info.attempt, None)),
                }
            }
            _ => {
                let whole = self.bytes().await?;
                let message =
                    dialect.message(whole.document()?).map_err(|error| whole.head.annotated(error))?;
                Ok((whole.head, message))
            }
        }
    }

    /// Reads the whole body.
    pub(super) async fn whole(mut self: Box<Self>) -> Result<Whole, Error> {
        self.recognized().await?;
        self.bytes().await
    }

    /// Reads a stream up to its first event. If the server sends a whole message, its events are
    /// replayed.
    pub(super) async fn stream<D: Dialect>(
        self: Box<Self>,
        dialect: D,
        span: &Span,
    ) -> Result<MessageStream, Error> {
        let (limit, deadline) = (self.limits.first_event_timeout, self.call_deadline);
        let head = (limit.is_some() || deadline.is_some()).then(|| self.head.clone());
        let opened = pin!(self.opened(dialect, span));
        let stream = Limits::within(opened, limit, Limits::first_event_elapsed, deadline).await;
        stream.map_err(|error| match head {
            Some(head) => head.annotated(error),
            None => error,
        })?
    }

    async fn opened<D: Dialect>(
        mut self: Box<Self>,
        dialect: D,
        span: &Span,
    ) -> Result<MessageStream, Error> {
        match self.recognized().await? {
            Content::Events => {
                let mut events = self.events(dialect);
                let (starts, attempt) = (events.start(span).await, self.head.info.attempt);
                let mut stream = self.message_stream(events);
                match if starts { None } else { stream.next().await } {
                    Some(Err(error)) => Err(error),
                    _ => Ok(span.around_stream(stream.with_attempts(attempt))),
                }
            }
            _ => {
                let max = self.limits.max_response_bytes;
                let whole = self.bytes().await?;
                let message =
                    dialect.message(whole.document()?).map_err(|error| whole.head.annotated(error))?;
                span.record_message(&message);
                Ok(MessageStream::from(*message)
                    .with_attempts(whole.head.info.attempt)
                    .max_message_bytes(max)
                    .with_status(whole.head.status)
                    .with_headers(whole.head.headers)
                    .mark_from_upstream())
            }
        }
    }

    /// Reads the results of a batch up to the first byte.
    pub(super) async fn batch_results(
        mut self: Box<Self>,
        span: &Span,
    ) -> Result<(Head, Box<BatchResults>), Error> {
        self.recognized().await?;
        if let Some(error) = self.body.error_at_start() {
            return Err(self.head.annotated(error));
        }
        let head = self.head.clone();
        let results = BatchResults::new(self.head, self.body, self.limits, self.call_deadline, span.clone());
        Ok((head, Box::new(results)))
    }

    /// Reads an error response.
    pub(super) async fn error(self: Box<Self>) -> Error {
        let Head { status, headers, secrets, .. } = self.head;
        let left = self.call_deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let limit = [self.limits.error_timeout, left].into_iter().flatten().min();
        error_response::read(status, headers, self.body, limit, &secrets).await
    }

    /// Reads until the form of the body is known, and rejects bodies of unusable forms.
    async fn recognized(&mut self) -> Result<Content, Error> {
        let (limit, deadline) = (self.limits.event_timeout, self.call_deadline);
        let content = {
            let content = pin!(recognize(&self.head.headers, &mut self.body));
            Limits::within(content, limit, Limits::event_elapsed, deadline).await
        };
        let content = content.map_err(|error| self.head.annotated(error))?;
        let (kind, message) = match content {
            Content::Compressed => (ErrorKind::Protocol, content::COMPRESSED),
            Content::WebPage => (ErrorKind::Protocol, content::WEB_PAGE),
            Content::Empty => (ErrorKind::Incomplete, "the response is empty"),
            Content::Events | Content::Json | Content::Other => return Ok(content),
        };
        Err(self.head.annotated(Error::new(kind, message)))
    }

    fn events<D: Dialect>(&mut self, dialect: D) -> Events<D::Decoder> {
        let body = std::mem::take(&mut self.body).of_stream();
        let decoder = dialect.decoder(self.limits.max_event_bytes, self.limits.is_strict);
        let secrets = self.head.secrets.clone();
        // How long to wait for the end of the body once the message is complete.
        let has_late_end = has_late_end(self.version, &self.head.headers);
        let end_timeout = if has_late_end { self.limits.end_timeout } else { Some(Duration::ZERO) };
        Events::new(body, decoder, self.limits, self.call_deadline, end_timeout, secrets)
    }

    fn message_stream<D: Decode + Unpin + Send + 'static>(
        self: Box<Self>,
        events: Events<D>,
    ) -> MessageStream {
        MessageStream::new(events)
            .max_message_bytes(self.limits.max_response_bytes)
            .strict(self.limits.is_strict)
            .with_status(self.head.status)
            .with_headers(self.head.headers)
            .mark_from_upstream()
    }

    async fn bytes(mut self: Box<Self>) -> Result<Whole, Error> {
        let max = self.limits.max_response_bytes;
        if let Some(bytes) = self.body.take_whole(max) {
            return Ok(Whole { head: self.head, bytes, span: None });
        }
        let reading = pin!(read_all(self.body, self.length, max));
        let (limit, deadline) = (self.limits.event_timeout, self.call_deadline);
        let bytes = Limits::within(reading, limit, Limits::body_elapsed, deadline).await;
        match bytes.and_then(|bytes| bytes) {
            Ok(bytes) => Ok(Whole { head: self.head, bytes: bytes.into(), span: None }),
            Err(error) => Err(self.head.annotated(error)),
        }
    }
}

/// Returns `true` if the connection can be used again only once the end of the body has arrived,
/// which is not known from its bytes.
///
/// In HTTP/2, a stream can be dropped without its connection. In HTTP/1.1, only the chunked coding
/// ends a body in this way (RFC 9112, section 7.1).
fn has_late_end(version: Version, headers: &HeaderMap) -> bool {
    let closes = || {
        let options = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
        options.flat_map(|value| value.split(',')).any(|it| it.trim().eq_ignore_ascii_case("close"))
    };
    version == Version::HTTP_11 && headers.contains_key(TRANSFER_ENCODING) && !closes()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

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
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(has_late_end(version, &headers), has_end, "{version:?} {headers:?}");
        }
    }
}
