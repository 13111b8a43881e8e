//! The results of a batch, as the lines of an HTTP response.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures::Stream;

use super::draining::{self, Draining};
use super::error_body::error_body;
use super::request_id::RequestId;
use crate::ends::Fate;
use crate::error::ApiError;
use crate::guard::Guarded;
use crate::handler::BatchResultStream;
use crate::wire::{Field, push_json};

/// The size in bytes at which a chunk is sent even if more results are ready.
const CHUNK_BYTES: usize = 16 * 1024;

/// The lines of a handler's results. Each is one document of JSON.
pub(super) struct Lines {
    /// Empty once it has ended or panicked.
    results: Guarded<BatchResultStream>,
    /// Whole lines that have yet to be sent.
    buffer: BytesMut,
    /// Whether the last chunk was cut off by its size, so that the stream may never be pending.
    must_yield: bool,
    request_id: RequestId,
    draining: Draining,
    fate: Fate,
    /// The first error among the results.
    failure: Option<ApiError>,
}

impl Lines {
    pub(super) fn new(
        results: BatchResultStream,
        request_id: RequestId,
        draining: Draining,
        fate: Fate,
    ) -> Self {
        let results = Guarded::new(results);
        let buffer = BytesMut::new();
        Self { results, buffer, must_yield: false, request_id, draining, fate, failure: None }
    }

    /// Returns `true` if nothing more is to be sent.
    pub(super) fn is_over(&self) -> bool {
        self.results.is_empty() && self.buffer.is_empty()
    }

    /// Returns the first error that was sent.
    pub(super) fn failure(&self) -> Option<&ApiError> {
        self.failure.as_ref()
    }

    /// Polls for the next chunk, which holds the lines that are ready now. After a chunk that was full,
    /// other tasks of the runtime get a turn first.
    pub(super) fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if std::mem::take(&mut self.must_yield) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while self.buffer.len() < CHUNK_BYTES && !self.results.is_empty() {
            match self.results.call(|results| Pin::new(results).poll_next(cx)) {
                Ok(Poll::Pending) => break,
                Ok(Poll::Ready(Some(Ok(result)))) => self.push(&result),
                Ok(Poll::Ready(Some(Err(error)))) => self.push_error(error.into()),
                Ok(Poll::Ready(None)) => self.results.clear(),
                Err(panicked) => self.fail(panicked),
            }
        }
        if !self.results.is_empty() && self.draining.poll_deadline(cx).is_ready() {
            self.fail(draining::error());
        }
        if !self.buffer.is_empty() {
            self.must_yield = self.buffer.len() >= CHUNK_BYTES && !self.results.is_empty();
            return Poll::Ready(Some(self.buffer.split().freeze()));
        }
        if self.results.is_empty() { Poll::Ready(None) } else { Poll::Pending }
    }

    fn push<T: Field>(&mut self, value: &T) {
        push_json(&mut self.buffer, value.view());
        self.buffer.extend_from_slice(b"\n");
    }

    fn push_error(&mut self, error: ApiError) {
        self.push(&error_body(&error, &self.request_id));
        self.failure.get_or_insert(error);
    }

    /// Ends the results with an error.
    fn fail(&mut self, error: ApiError) {
        self.fate.give_up(&error);
        self.push_error(error);
        self.results.clear();
    }
}

impl Drop for Lines {
    /// Results that nobody reads are not polled, and so they cannot end by themselves.
    fn drop(&mut self) {
        if self.draining.is_over() {
            self.fate.give_up(&draining::error());
        }
    }
}
