//! The results of a batch.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::time::Instant;

use super::content::Chunks;
use super::head::Head;
use super::limits::Limits;
use super::lines::{Line, Lines};
use super::span::Span;
use crate::error::{Error, ErrorKind};
use crate::timer::Timer;
use crate::types::batches::{BatchResult, BatchResultKind};

/// The number of chunks without a result after which the stream lets other tasks run.
const MAX_CHUNKS_IN_A_ROW: usize = 64;

/// The results of a batch as they arrive, in any order. [`Client::batch_results`] returns this stream.
///
/// # Errors
///
/// Each item is a result, or an error. One line that is no result does not end the stream:
///
/// | cause | [`ErrorKind`] | the stream |
/// |---|---|---|
/// | a line that is no result; the text of the error has the number of the line | `Protocol` | goes on |
/// | a line that is an error document | `Api` | goes on |
/// | a line longer than [`max_event_bytes`], or one that would take too much memory | `TooLarge` | goes on |
/// | a connection that breaks | `Transport` | ends |
/// | a [time limit](crate::client#timeouts-and-limits): as for the events of a stream | `Timeout` | ends |
///
/// # Cancel safety
///
/// If the future of [`next`](Self::next) is dropped before it is ready, no result is lost. Dropping the
/// stream closes the connection.
///
/// [`Client::batch_results`]: super::Client::batch_results
/// [`max_event_bytes`]: super::ClientBuilder::max_event_bytes
pub struct BatchResults {
    head: Head,
    lines: Lines,
    /// `None` once it has ended.
    body: Option<Chunks>,
    line_timeout: Option<Duration>,
    call_deadline: Option<Instant>,
    /// When the current wait ends.
    deadline: Option<Instant>,
    timer: Timer,
    /// The span of the call; `None` once the results have ended, and with them the call.
    span: Option<Span>,
    /// Whether an error has been reported: a call fails once.
    has_failed: bool,
}

impl BatchResults {
    pub(super) fn new(
        head: Head,
        body: Chunks,
        limits: &Limits,
        call_deadline: Option<Instant>,
        span: Span,
    ) -> Self {
        Self {
            head,
            lines: Lines::new(limits.max_event_bytes),
            body: Some(body),
            line_timeout: limits.event_timeout,
            call_deadline,
            deadline: None,
            timer: Timer::default(),
            span: Some(span),
            has_failed: false,
        }
    }

    /// Returns the next result; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<BatchResult, Error>> {
        poll_fn(|cx| self.poll_next_unpin(cx)).await
    }

    /// Polls for the next line; `None` at the end of the body.
    fn poll_line(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Line, Error>>> {
        for _ in 0..MAX_CHUNKS_IN_A_ROW {
            if let Some(line) = self.lines.next() {
                return Poll::Ready(Some(Ok(line)));
            }
            let Some(body) = &mut self.body else { return Poll::Ready(None) };
            match ready!(body.poll_next_unpin(cx)) {
                Some(Ok(chunk)) => self.lines.push(chunk),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    // The last line may lack its end.
                    self.lines.push(Bytes::from_static(b"\n"));
                    self.body = None;
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Waits for the end of the time in which a line must arrive.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        let limit = self.line_timeout;
        self.deadline = self.deadline.or_else(|| Limits::deadline(limit));
        match [self.deadline, self.call_deadline].into_iter().flatten().min() {
            None => Poll::Pending,
            Some(next) => self.timer.poll(next, cx).map(|()| match self.call_deadline {
                Some(deadline) if deadline <= next => Limits::total_elapsed(),
                _ => Limits::event_elapsed(),
            }),
        }
    }

    fn read(&self, line: Line) -> Result<BatchResult, Error> {
        let number = line.number;
        let Some(text) = line.text else {
            let message =
                format!("line {number} is longer than max_event_bytes ({})", self.lines.max_bytes());
            return Err(self.head.annotated(Error::new(ErrorKind::TooLarge, message)));
        };
        let mut result: BatchResult = *self.head.read(&text, &format_args!("line {number}"))?;
        if let BatchResultKind::Errored(errored) = &mut result.result {
            errored.error = self.head.secrets.redact_error(errored.error.clone());
        }
        Ok(result)
    }

    /// Ends the stream with an error.
    fn end(&mut self, error: Error) -> Error {
        self.body = None;
        self.lines = Lines::new(0);
        self.head.annotated(error)
    }

    fn poll_result(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<BatchResult, Error>>> {
        let result = match self.poll_line(cx) {
            Poll::Ready(Some(Ok(_))) if self.call_deadline.is_some_and(|end| end <= Instant::now()) => {
                Err(self.end(Limits::total_elapsed()))
            }
            Poll::Ready(Some(Ok(line))) => self.read(line),
            Poll::Ready(Some(Err(error))) => Err(self.end(error)),
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => {
                let error = ready!(self.poll_deadline(cx));
                Err(self.end(error))
            }
        };
        self.deadline = None;
        Poll::Ready(Some(result))
    }
}

impl Stream for BatchResults {
    type Item = Result<BatchResult, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let result = ready!(self.poll_result(cx));
        match (&result, &self.span) {
            (Some(Err(error)), Some(span)) if !self.has_failed => {
                span.fail(error);
                self.has_failed = true;
            }
            (None, _) => self.span = None,
            _ => {}
        }
        Poll::Ready(result)
    }
}

impl fmt::Debug for BatchResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchResults").finish_non_exhaustive()
    }
}
