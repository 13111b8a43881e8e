//! A queue between requests and whatever stores their records.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::{fmt, mem};

use super::Sink;
use super::record::Record;

/// A [`Sink`] that holds records until its [`Records`] are read, up to a number of them.
///
/// When it is full, new records are dropped, so that a slow database neither delays requests nor fills the
/// memory; how many they were, and what they had used, is reported with the next batch. Clones share the queue.
#[derive(Clone)]
pub struct RecordQueue(Arc<Handle>);

/// The other end of a [`RecordQueue`].
pub struct Records(Arc<Shared>);

/// What has come into a [`RecordQueue`] since the last batch.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct RecordBatch {
    /// The records, in the order in which their requests ended.
    pub records: Vec<Record>,
    /// What was dropped since the last batch because the queue was full.
    pub dropped: DroppedRecords,
}

/// The records that a [`RecordQueue`] has dropped, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DroppedRecords {
    /// Their number.
    pub records: u64,
    /// The input tokens that they reported, those of the prompt cache included.
    pub input_tokens: u64,
    /// The output tokens that they reported.
    pub output_tokens: u64,
}

/// Closes the queue with the last clone of it.
struct Handle(Arc<Shared>);

struct Shared {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    records: Vec<Record>,
    dropped: DroppedRecords,
    /// Whether one end is gone.
    is_closed: bool,
    reader: Option<Waker>,
}

impl RecordQueue {
    /// Creates a queue of at most `capacity` records, and its other end.
    ///
    /// A record takes about half a kilobyte, and with content also twice the limit of that at most.
    pub fn new(capacity: usize) -> (Self, Records) {
        let shared = Arc::new(Shared { capacity, state: Mutex::default() });
        (Self(Arc::new(Handle(Arc::clone(&shared)))), Records(shared))
    }
}

impl Sink for RecordQueue {
    fn record(&self, record: Record) {
        let shared = &self.0.0;
        let mut state = shared.lock();
        if state.is_closed {
            return;
        }
        if state.records.len() < shared.capacity {
            if state.records.is_empty() {
                state.records.reserve_exact(1); // Often the reader takes each record before there is another.
            }
            state.records.push(record);
        } else {
            state.dropped.add(&record);
        }
        state.wake();
    }
}

impl Records {
    /// Waits until there is something in the queue and returns all of it; `None` once every clone of the queue
    /// has been dropped and everything was returned.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, nothing is lost.
    pub async fn next(&mut self) -> Option<RecordBatch> {
        poll_fn(|cx| {
            let mut state = self.0.lock();
            if !state.records.is_empty() || state.dropped.records > 0 {
                let records = mem::take(&mut state.records);
                return Poll::Ready(Some(RecordBatch { records, dropped: mem::take(&mut state.dropped) }));
            }
            if state.is_closed {
                return Poll::Ready(None);
            }
            state.reader = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl DroppedRecords {
    fn add(&mut self, record: &Record) {
        self.records += 1;
        if let Some(usage) = &record.usage {
            self.input_tokens = self.input_tokens.saturating_add(usage.total_input_tokens());
            self.output_tokens = self.output_tokens.saturating_add(usage.output_tokens);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_closed = true;
        state.wake();
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_closed = true;
        state.records = Vec::new();
    }
}

impl fmt::Debug for RecordQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordQueue").field("capacity", &self.0.0.capacity).finish_non_exhaustive()
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("capacity", &self.0.capacity).finish_non_exhaustive()
    }
}
