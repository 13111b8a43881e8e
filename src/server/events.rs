//! The events of a handler, as the bytes of an HTTP response.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures::Stream;
use http::HeaderMap;

use super::draining::{self, Draining};
use super::error_body::error_body;
use super::gathering::Gathering;
use super::protocol::WriteMessage;
use super::request_id::RequestId;
use super::schedule::{Due, Schedule};
use crate::ends::Fate;
use crate::error::{ApiError, Error};
use crate::guard::Guarded;
use crate::handler::Reply;
use crate::stream::{AccumulateError, Checked, Checker, MessageStream, encode_event};
use crate::types::events::{PingEvent, StreamEvent};

/// The size in bytes at which a chunk is sent even if more events are ready. It is what waits here for
/// a reader that is slow, beside the buffer of the HTTP server.
const CHUNK_BYTES: usize = 16 * 1024;

/// The most events that are taken in one turn. Most chunks are full before, but there are events by which
/// nothing is written.
const EVENTS_PER_TURN: usize = 512;

/// The future of a handler's reply.
pub(super) type ReplyFuture = Pin<Box<dyn Future<Output = Result<Reply, ApiError>> + Send>>;

/// The encoded events of a handler, with pings in between.
///
/// It owns the work of the handler from the start, so that the HTTP response can begin before the
/// handler replies.
///
/// Invariants: `buffer` holds whole events only, so a chunk never ends within one; and once
/// `source` has ended, nothing is added to `buffer`.
pub(super) struct Events {
    source: Source,
    checker: Checker,
    /// Writes the events in a protocol other than this API's.
    writer: Option<Box<dyn WriteMessage>>,
    /// The headers of the reply, until the head of the HTTP response is decided.
    headers: HeaderMap,
    has_head: bool,
    /// Encoded and not yet sent.
    buffer: BytesMut,
    schedule: Schedule,
    /// Whether an event was ready when the stream was last polled.
    is_in_a_row: bool,
    /// Whether the last chunk was cut off by its size, so that the stream may never be pending.
    must_yield: bool,
    gathering: Gathering,
    request_id: RequestId,
    draining: Draining,
    fate: Fate,
}

/// What the handler has returned so far.
enum Source {
    Reply(Guarded<ReplyFuture>),
    Stream(Guarded<Box<MessageStream>>),
    /// It has ended or failed, and was dropped.
    Ended,
}

impl Events {
    pub(super) fn new(
        reply: ReplyFuture,
        writer: Option<Box<dyn WriteMessage>>,
        schedule: Schedule,
        request_id: RequestId,
        draining: Draining,
        fate: Fate,
    ) -> Self {
        Self {
            source: Source::Reply(Guarded::new(reply)),
            checker: Checker::new(),
            writer,
            headers: HeaderMap::new(),
            has_head: false,
            buffer: BytesMut::new(),
            schedule,
            is_in_a_row: true,
            must_yield: false,
            gathering: Gathering::new(),
            request_id,
            draining,
            fate,
        }
    }

    /// Waits until there is something to send, and returns the headers of the reply.
    ///
    /// That is the first event, or a ping if there is none for as long as the interval of pings. Until
    /// then the HTTP response has not begun, so a failure can still have a status of its own.
    pub(super) async fn start(&mut self) -> Result<HeaderMap, ApiError> {
        if let Err(error) = poll_fn(|cx| self.poll_start(cx)).await {
            self.fate.give_up(&error);
            return Err(error);
        }
        self.has_head = true;
        if let Source::Stream(stream) = &mut self.source {
            stream.call(|stream| stream.clear_headers())?;
        }
        Ok(mem::take(&mut self.headers))
    }

    fn poll_start(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ApiError>> {
        for _ in 0..EVENTS_PER_TURN {
            if !self.buffer.is_empty() {
                return Poll::Ready(Ok(()));
            }
            match self.poll_source(cx) {
                Poll::Ready(Ok(Some(event))) => self.write(&event)?,
                Poll::Ready(Ok(None)) => return Poll::Ready(Err(incomplete())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => match self.schedule.poll(cx) {
                    Poll::Ready(Due::Ping) => self.write_ping(),
                    Poll::Ready(Due::End(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    pub(super) fn is_over(&self) -> bool {
        self.has_ended() && self.buffer.is_empty()
    }

    /// Polls for the next chunk. It holds the events that are ready, and those that [become so](Gathering) while
    /// other tasks have their turn.
    ///
    /// After a chunk that was full, other tasks of the runtime get a turn first: the reader of a
    /// stream that is always ready would otherwise keep its thread for itself.
    pub(super) fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if mem::take(&mut self.must_yield) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = self.buffer.len();
        self.fill(cx);
        if !self.has_ended() && !self.checker.is_complete() {
            self.keep_time(cx);
        }
        if !self.buffer.is_empty() {
            let is_whole = self.buffer.len() >= CHUNK_BYTES || self.has_ended() || self.checker.is_complete();
            if self.gathering.goes_on(self.buffer.len() > before, is_whole) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.schedule.send();
            self.must_yield = self.buffer.len() >= CHUNK_BYTES && !self.has_ended();
            return Poll::Ready(Some(self.buffer.split().freeze()));
        }
        if self.has_ended() { Poll::Ready(None) } else { Poll::Pending }
    }

    /// Encodes the events that are ready, until there are enough for a chunk.
    ///
    /// After a wait, only the first event is encoded. Usually it is alone, and the next turn, or the HTTP server
    /// after it has taken the chunk, asks for more in any case.
    fn fill(&mut self, cx: &mut Context<'_>) {
        for _ in 0..EVENTS_PER_TURN {
            if self.buffer.len() >= CHUNK_BYTES || self.has_ended() {
                return;
            }
            let written = match self.poll_source(cx) {
                Poll::Pending => {
                    self.is_in_a_row = false;
                    return;
                }
                // Once the message is complete, it does not matter what becomes of the stream.
                Poll::Ready(Ok(None) | Err(_)) if self.checker.is_complete() => {
                    self.source = Source::Ended;
                    return;
                }
                Poll::Ready(Ok(Some(event))) => self.write(&event),
                Poll::Ready(Ok(None)) => Err(incomplete()),
                Poll::Ready(Err(error)) => Err(error),
            };
            if let Err(error) = written {
                self.fail(&error);
            }
            if !self.buffer.is_empty() && !mem::replace(&mut self.is_in_a_row, true) {
                return;
            }
        }
        cx.waker().wake_by_ref();
    }

    /// Sends a ping if it is due, and ends a stream that has taken too long or that a drain ends.
    fn keep_time(&mut self, cx: &mut Context<'_>) {
        if !self.buffer.is_empty() {
            // There is nothing to wait for.
            if self.draining.is_over() {
                self.fail(&draining::error());
            } else if let Some(error) = self.schedule.overdue() {
                self.fail(&error);
            }
            return;
        }
        if self.draining.poll_deadline(cx).is_ready() {
            return self.fail(&draining::error());
        }
        match self.schedule.poll(cx) {
            Poll::Ready(Due::Ping) => self.write_ping(),
            Poll::Ready(Due::End(error)) => self.fail(&error),
            Poll::Pending => {}
        }
    }

    /// Polls the handler for its next event, or first for its reply.
    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<StreamEvent>, ApiError>> {
        loop {
            match &mut self.source {
                Source::Reply(reply) => match reply.poll(|reply| reply.as_mut().poll(cx)) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(Ok(reply))) => self.accept(reply),
                    Poll::Ready(Ok(Err(error)) | Err(error)) => return Poll::Ready(Err(error)),
                },
                Source::Stream(stream) => {
                    let item = match stream.call(|stream| Pin::new(&mut **stream).poll_next(cx)) {
                        Ok(Poll::Pending) => return Poll::Pending,
                        Ok(Poll::Ready(item)) => item.transpose(),
                        Err(panicked) => return Poll::Ready(Err(panicked)),
                    };
                    if let Ok(Some(event)) = &item {
                        self.schedule.hear(matches!(event, StreamEvent::Ping(_)));
                    }
                    return Poll::Ready(item.map_err(ApiError::from));
                }
                Source::Ended => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// Goes on with the stream of a reply. If the head has been sent, the headers come too late.
    fn accept(&mut self, mut reply: Reply) {
        let headers = mem::take(reply.headers_mut());
        let stream = reply.into_stream();
        let mut stream = Box::new(stream.without_message());
        if let Some(hooks) = &mut stream.hooks {
            hooks.check();
        }
        if self.has_head {
            // They would keep the buffer alive that they were received in.
            stream.clear_headers();
        } else {
            self.headers = headers;
        }
        self.source = Source::Stream(Guarded::new(stream));
    }

    fn has_ended(&self) -> bool {
        matches!(self.source, Source::Ended)
    }

    /// Encodes what leaves the checker for `event`. Fails if the handler has violated the protocol.
    fn write(&mut self, event: &StreamEvent) -> Result<(), ApiError> {
        match self.checker.push(event) {
            Ok(Checked::Unchanged) => self.encode(event),
            Ok(Checked::Replaced(events)) => events.iter().for_each(|event| self.encode(event)),
            Err(fault) => return Err(self.at_fault(fault).into()),
        }
        if matches!(event, StreamEvent::MessageStop(_)) {
            self.stream(|stream| stream.hooks.iter_mut().for_each(|hooks| hooks.pass()));
        }
        Ok(())
    }

    /// Returns the error of a stream that violates the protocol, which says where it comes from.
    fn at_fault(&mut self, fault: AccumulateError) -> Error {
        let is_from_upstream = self.stream(|stream| stream.is_from_upstream()) == Some(true);
        Error::from(fault).mark_from_upstream_if(is_from_upstream)
    }

    /// Calls a function with the stream of the handler, unless there is none or it has panicked.
    fn stream<T>(&mut self, call: impl FnOnce(&mut MessageStream) -> T) -> Option<T> {
        match &mut self.source {
            Source::Stream(stream) => stream.call(|stream| call(stream)).ok(),
            _ => None,
        }
    }

    fn write_ping(&mut self) {
        self.encode(&PingEvent::new().into());
    }

    fn encode(&mut self, event: &StreamEvent) {
        match &mut self.writer {
            None => encode_event(event, &mut self.buffer),
            Some(writer) => writer.event(event, &mut self.buffer),
        }
    }

    /// Ends the stream with an `error` event. Without one, some clients would take what they have
    /// received for the whole message.
    fn fail(&mut self, error: &ApiError) {
        self.fate.give_up(error);
        // An `error` event is never refused.
        let _ = self.write(&error_body(error, &self.request_id).into());
        self.source = Source::Ended;
    }
}

/// Returns the error of a handler whose events have ended without an end of the message.
fn incomplete() -> ApiError {
    Error::from(AccumulateError::Incomplete).into()
}

impl Drop for Events {
    /// A stream whose caller does not read is not polled, and so it cannot end by itself.
    fn drop(&mut self) {
        if self.draining.is_over() {
            self.fate.give_up(&draining::error());
        }
    }
}
