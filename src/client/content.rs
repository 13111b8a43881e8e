//! The form of the body of an HTTP response.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body::Body as _;

use super::body::Body;
use super::foreign_error;
use super::response_body::ResponseBody;
use crate::error::Error;

/// A body that begins with more white space than this counts as an event stream, in which blank
/// lines have no meaning.
const MAX_LEADING_BYTES: usize = 4096;

const BOM: &[u8] = b"\xef\xbb\xbf";

pub(super) const COMPRESSED: &str = "the response is compressed, although the client did not ask for that";
pub(super) const WEB_PAGE: &str = "the response is a web page";

/// The chunks of a body, some of which have been read ahead.
#[derive(Default)]
pub(super) struct Chunks {
    start: Option<Bytes>,
    /// The error that followed the start.
    error: Option<Error>,
    /// `None` in place of a body that has been taken.
    body: Option<Body<ResponseBody>>,
    is_stream: bool,
    /// Whether a chunk has arrived since it was last asked.
    has_arrived: bool,
}

impl Chunks {
    pub(super) fn new(body: ResponseBody, idle_timeout: Option<Duration>) -> Self {
        Self { body: Some(Body::new(body, idle_timeout)), ..Self::default() }
    }

    /// Converts errors into those of a stream of events.
    pub(super) fn of_stream(self) -> Self {
        Self { is_stream: true, ..self }
    }

    /// Leaves the idle timeout to the caller, who has more than one limit of time for a single timer.
    pub(super) fn take_idle_timeout(&mut self) -> Option<Duration> {
        self.body.as_mut().and_then(Body::take_idle_timeout)
    }

    /// Returns `true` if a chunk has arrived since the last call.
    pub(super) fn take_arrival(&mut self) -> bool {
        std::mem::take(&mut self.has_arrived)
    }

    /// Returns the whole body if what has been read ahead is all of it, as is usual for a short one, and no
    /// longer than `max`.
    pub(super) fn take_whole(&mut self, max: usize) -> Option<Bytes> {
        let is_end = self.body.as_ref().is_some_and(|body| body.chunks().is_end_stream());
        let has_ended = is_end && self.error.is_none();
        self.start.take_if(|start| has_ended && start.len() <= max)
    }

    /// Returns the error of a body that has failed before its first byte.
    pub(super) fn error_at_start(&mut self) -> Option<Error> {
        if self.start.is_none() { self.error.take() } else { None }
    }
}

impl Stream for Chunks {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = if let Some(start) = self.start.take() {
            Some(Ok(start))
        } else if let Some(error) = self.error.take() {
            Some(Err(error))
        } else if let Some(body) = &mut self.body {
            ready!(Pin::new(body).poll_next(cx))
        } else {
            None
        };
        self.has_arrived = true;
        let is_stream = self.is_stream;
        let convert = |error| if is_stream { foreign_error::of_stream(error) } else { error };
        Poll::Ready(chunk.map(|chunk| chunk.map_err(convert)))
    }
}

/// The form of a body, as its first byte shows it. Servers send event streams under any content
/// type, so that is only consulted if the body is empty or plain text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Content {
    Events,
    Json,
    WebPage,
    Compressed,
    /// No bytes but white space.
    Empty,
    Other,
}

impl Content {
    /// Returns the form of a body that begins with `bytes`, or `None` if that takes more of them.
    fn of(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start();
        let first = rest.first()?;
        Some(match first {
            b'{' | b'[' => Self::Json,
            b'<' => Self::WebPage,
            // The magic numbers of gzip and zstd.
            0x1f | 0x28 if rest.len() == 1 => return None,
            0x1f if rest[1] == 0x8b => Self::Compressed,
            0x28 if rest[1] == 0xb5 => Self::Compressed,
            // A byte order mark that is not complete yet.
            0xef if BOM.starts_with(rest) => return None,
            _ if is_event_stream(rest) => Self::Events,
            _ => Self::Other,
        })
    }
}

/// Reads `body` until its form is known. What was read, and an error of the body, are left in it.
pub(super) async fn recognize(headers: &HeaderMap, body: &mut Chunks) -> Content {
    if is_encoded(headers) {
        return Content::Compressed;
    }
    let mut start = Bytes::new();
    let content = loop {
        match body.try_next().await {
            Ok(Some(chunk)) if start.is_empty() => start = chunk,
            Ok(Some(chunk)) => start = [start, chunk].concat().into(),
            Ok(None) => break Content::of(&start).unwrap_or(Content::Empty),
            Err(error) => {
                body.error = Some(error);
                break Content::Other;
            }
        }
        match Content::of(&start) {
            Some(content) => break content,
            None if start.len() > MAX_LEADING_BYTES => break Content::Events,
            None => {}
        }
    };
    let content = match content {
        Content::Empty | Content::Other if content_type(headers) == "text/event-stream" => Content::Events,
        content => content,
    };
    body.start = (!start.is_empty()).then_some(start);
    content
}

/// Describes a body that can be no JSON, in the words of an error.
pub(super) fn described(headers: &HeaderMap, bytes: &[u8]) -> Option<&'static str> {
    if is_encoded(headers) || Content::of(bytes) == Some(Content::Compressed) {
        Some(COMPRESSED)
    } else if Content::of(bytes) == Some(Content::WebPage) || content_type(headers) == "text/html" {
        Some(WEB_PAGE)
    } else {
        None
    }
}

/// Returns `true` if `text` begins with a field of an event or a comment.
pub(super) fn is_event_stream(text: &[u8]) -> bool {
    let end = text.iter().position(|byte| matches!(byte, b':' | b'\n' | b'\r'));
    let name = &text[..end.unwrap_or(text.len())];
    let fields: [&[u8]; 5] = [b"event", b"data", b"id", b"retry", b""];
    match end {
        Some(_) => fields.contains(&name),
        // The end of the line has not arrived yet.
        None => !name.is_empty() && fields.iter().any(|field| field.starts_with(name)),
    }
}

/// Removes a byte order mark and white space from around a text.
pub(super) fn trimmed(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text).trim_ascii()
}

/// Whether the body is declared to be compressed. The client never asks for that and cannot
/// read it.
fn is_encoded(headers: &HeaderMap) -> bool {
    let encoding = headers.get(CONTENT_ENCODING).map(|encoding| encoding.as_bytes().trim_ascii());
    encoding.is_some_and(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity"))
}

fn content_type(headers: &HeaderMap) -> String {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_decides() {
        for (bytes, content) in [
            (&b""[..], None),
            (b" \r\n", None),
            (b"\xef", None),
            (b"\xef\xbb\xbf", None),
            (b"\xef\xbb\xbf\n{", Some(Content::Json)),
            (b"e", Some(Content::Events)),
            (b"event: x", Some(Content::Events)),
            (b"\n\ndata:{}", Some(Content::Events)),
            (b": comment", Some(Content::Events)),
            (b"\xef\xbb\xbfid: 1", Some(Content::Events)),
            (b"data\n", Some(Content::Events)),
            (b"error: x", Some(Content::Other)),
            (b"<!doctype html>", Some(Content::WebPage)),
            (b"\x1f\x8b\x08", Some(Content::Compressed)),
            (b"No route", Some(Content::Other)),
            (b"null", Some(Content::Other)),
        ] {
            assert_eq!(Content::of(bytes), content, "{bytes:?}");
        }
    }
}
