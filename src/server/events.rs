//! The events of a handler, as the bytes of an HTTP response.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::Stream;
use tokio::time::Instant;

use super::error_body::error_body;
use super::request_id::RequestId;
use crate::error::ApiError;
use crate::guard::Guarded;
use crate::stream::{MessageStream, encode_event};
use crate::timer::Timer;
use crate::types::events::{PingEvent, StreamEvent};

/// The size in bytes at which a chunk is sent even if more events are ready.
const CHUNK_BYTES: usize = 16 * 1024;

/// The encoded events of a handler, with pings in between.
///
/// Invariants: `buffer` holds whole events only, so a chunk never ends within one; and once
/// `stream` is empty, nothing is added to `buffer`.
pub(super) struct Events {
    /// Empty once it has ended or failed.
    stream: Guarded<MessageStream>,
    /// Whether `message_stop` was written.
    is_complete: bool,
    /// Encoded and not yet sent.
    buffer: BytesMut,
    pings: Pings,
    /// Whether an event was ready when the stream was last polled.
    is_in_a_row: bool,
    /// Whether the last chunk was cut off by its size, so that the stream may never be pending.
    must_yield: bool,
    request_id: RequestId,
}

impl Events {
    /// Waits for the first event. Until it is there the HTTP response has not begun, so a failure
    /// can still have a status of its own.
    pub(super) async fn start(
        stream: MessageStream,
        ping_interval: Duration,
        request_id: RequestId,
    ) -> Result<Self, ApiError> {
        let mut stream = Guarded::new(stream.without_accumulation());
        let first = poll_fn(|cx| stream.poll(|stream| Pin::new(stream).poll_next(cx)));
        let first = match first.await? {
            Some(first) => first?,
            None => return Err(ApiError::internal()),
        };
        // The head of the HTTP response is decided. The headers of an upstream would keep the buffer alive
        // that they were received in.
        stream.call(MessageStream::clear_headers)?;
        let mut this = Self {
            stream,
            is_complete: false,
            must_yield: false,
            buffer: BytesMut::new(),
            is_in_a_row: true,
            pings: Pings::new(ping_interval),
            request_id,
        };
        this.is_complete = matches!(first, StreamEvent::MessageStop(_));
        encode_event(&first, &mut this.buffer);
        Ok(this)
    }

    pub(super) fn is_over(&self) -> bool {
        self.stream.is_empty() && self.buffer.is_empty()
    }

    /// Polls for the next chunk. It holds events that are ready now; none of them waits for a later one.
    ///
    /// After a chunk that was full, other tasks of the runtime get a turn first: the reader of a
    /// stream that is always ready would otherwise keep its thread for itself.
    pub(super) fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if std::mem::take(&mut self.must_yield) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.fill(cx);
        let is_waiting = self.buffer.is_empty() && !self.stream.is_empty() && !self.is_complete;
        if is_waiting && self.pings.poll_due(cx).is_ready() {
            self.write(&StreamEvent::from(PingEvent::new()));
        }
        if !self.buffer.is_empty() {
            self.pings.restart();
            self.must_yield = self.buffer.len() >= CHUNK_BYTES && !self.stream.is_empty();
            return Poll::Ready(Some(self.buffer.split().freeze()));
        }
        if self.stream.is_empty() { Poll::Ready(None) } else { Poll::Pending }
    }

    /// Encodes the events that are ready, until there are enough for a chunk.
    ///
    /// After a wait, only the first event is encoded. Usually it is alone, and whoever sends it polls again
    /// in any case, so there is no need to find that out twice.
    fn fill(&mut self, cx: &mut Context<'_>) {
        while self.buffer.len() < CHUNK_BYTES && !self.stream.is_empty() {
            match self.stream.call(|stream| Pin::new(stream).poll_next(cx)) {
                Ok(Poll::Pending) => {
                    self.is_in_a_row = false;
                    return;
                }
                Ok(Poll::Ready(Some(Ok(event)))) => {
                    self.write(&event);
                    if !std::mem::replace(&mut self.is_in_a_row, true) {
                        return;
                    }
                }
                Ok(Poll::Ready(Some(Err(error)))) => self.fail(&ApiError::from(error)),
                Ok(Poll::Ready(None)) => self.stream.clear(),
                // The message is complete, so it does not matter what became of the stream.
                Err(_panicked) if self.is_complete => return,
                Err(panicked) => self.fail(&panicked),
            }
        }
    }

    fn write(&mut self, event: &StreamEvent) {
        self.is_complete |= matches!(event, StreamEvent::MessageStop(_));
        encode_event(event, &mut self.buffer);
    }

    /// Ends the stream with an `error` event. Without one, some clients would take what they have
    /// received for the whole message.
    fn fail(&mut self, error: &ApiError) {
        encode_event(&error_body(error, &self.request_id).into(), &mut self.buffer);
        self.stream.clear();
    }
}

/// The timing of pings.
struct Pings {
    interval: Duration,
    /// When the next ping is due; `None` if there are no pings, because the interval reaches beyond
    /// what an [`Instant`] can hold.
    due: Option<Instant>,
    timer: Timer,
}

impl Pings {
    fn new(interval: Duration) -> Self {
        let mut this = Self { interval, due: None, timer: Timer::default() };
        this.restart();
        this
    }

    /// Starts the interval anew; called whenever something is sent.
    fn restart(&mut self) {
        self.due = Instant::now().checked_add(self.interval);
    }

    fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.due.map_or(Poll::Pending, |due| self.timer.poll(due, cx))
    }
}
