//! The events of a handler, as the bytes of an HTTP response.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::error_body::{FALLBACK, error_body};
use super::guard::guard;
use super::request_id::RequestId;
use crate::error::ApiError;
use crate::stream::{MessageStream, encode_event};
use crate::types::events::{PingEvent, StreamEvent};

/// The size in bytes at which a chunk is sent even if more events are ready.
const CHUNK_BYTES: usize = 16 * 1024;

/// The encoded events of a handler, with pings in between.
///
/// Invariants: `buffer` holds whole events only, so a chunk never ends within one; and once
/// `stream` is `None`, nothing is added to `buffer`.
pub(super) struct Events {
    /// `None` once it has ended or failed.
    stream: Option<MessageStream>,
    /// Encoded and not yet sent.
    buffer: BytesMut,
    pings: Pings,
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
        let mut stream = stream.without_accumulation();
        let first = match stream.next().await {
            Some(first) => first?,
            None => return Err(ApiError::internal()),
        };
        let mut this = Self {
            stream: Some(stream),
            buffer: BytesMut::new(),
            pings: Pings::new(ping_interval),
            request_id,
        };
        encode_event(&first, &mut this.buffer)?;
        Ok(this)
    }

    pub(super) fn is_over(&self) -> bool {
        self.stream.is_none() && self.buffer.is_empty()
    }

    /// Polls for the next chunk. It holds the events that are ready now; none of them waits for a
    /// later one.
    pub(super) fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.fill(cx);
        if self.buffer.is_empty() && self.stream.is_some() && self.pings.poll_due(cx).is_ready() {
            self.write(&StreamEvent::from(PingEvent::new()));
        }
        if !self.buffer.is_empty() {
            self.pings.restart();
            return Poll::Ready(Some(self.buffer.split().freeze()));
        }
        if self.stream.is_none() { Poll::Ready(None) } else { Poll::Pending }
    }

    /// Encodes the events that are ready, until there are enough for a chunk.
    fn fill(&mut self, cx: &mut Context<'_>) {
        while self.buffer.len() < CHUNK_BYTES {
            let Some(stream) = &mut self.stream else { return };
            match guard(|| Pin::new(stream).poll_next(cx)) {
                Ok(Poll::Pending) => return,
                Ok(Poll::Ready(Some(Ok(event)))) => self.write(&event),
                Ok(Poll::Ready(Some(Err(error)))) => self.fail(&ApiError::from(error)),
                Ok(Poll::Ready(None)) => self.close(),
                Err(panicked) => self.fail(&panicked),
            }
        }
    }

    fn write(&mut self, event: &StreamEvent) {
        if let Err(error) = encode_event(event, &mut self.buffer) {
            self.fail(&ApiError::from(error));
        }
    }

    /// Ends the stream with an `error` event. Without one, some clients would take what they have
    /// received for the whole message.
    fn fail(&mut self, error: &ApiError) {
        let event = StreamEvent::from(error_body(error, &self.request_id));
        if encode_event(&event, &mut self.buffer).is_err() {
            for part in ["event: error\ndata: ", FALLBACK, "\n\n"] {
                self.buffer.extend_from_slice(part.as_bytes());
            }
        }
        self.close();
    }

    fn close(&mut self) {
        let stream = self.stream.take();
        // Destructors of the handler may panic as well.
        let _ = guard(|| drop(stream));
    }
}

/// The timing of pings.
struct Pings {
    interval: Duration,
    /// When the next ping is due; `None` if there are no pings, because the interval reaches beyond
    /// what an [`Instant`] can hold.
    due: Option<Instant>,
    /// Created at the first silence. Sending an event moves only `due`; the timer catches up when
    /// it fires.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Pings {
    fn new(interval: Duration) -> Self {
        let mut this = Self { interval, due: None, timer: None };
        this.restart();
        this
    }

    /// Starts the interval anew; called whenever something is sent.
    fn restart(&mut self) {
        self.due = Instant::now().checked_add(self.interval);
    }

    fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = self.due else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
        while timer.as_mut().poll(cx).is_ready() {
            if timer.deadline() >= due {
                return Poll::Ready(());
            }
            timer.as_mut().reset(due);
        }
        Poll::Pending
    }
}
