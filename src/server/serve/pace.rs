//! The pace of a body over HTTP/2.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::task::Context;

use bytes::{Buf, Bytes};
use futures::task::AtomicWaker;

use super::activity::MAX_UNSENT;

/// How much of a body waits to be written, on a connection that many bodies share.
///
/// hyper's own limit allows for less than it holds: a chunk beside the buffer, another one that waits for room in it,
/// and a frame that is being written.
#[derive(Default)]
pub(super) struct Pace {
    unsent: AtomicUsize,
    /// The task of the body, while it is held back.
    task: AtomicWaker,
}

/// A chunk of a body, which tells the body's pace how much of it has been written.
pub(super) struct Chunk {
    bytes: Bytes,
    /// None over HTTP/1.1, where the transport knows what has been written.
    pace: Option<Arc<Pace>>,
}

impl Pace {
    /// Returns `false` if so much of the body waits to be written that its next chunk has to wait. The task is woken
    /// once that is over.
    pub(super) fn may_poll_body(&self, cx: &Context<'_>) -> bool {
        if self.unsent.load(SeqCst) < MAX_UNSENT {
            return true;
        }
        self.task.register(cx.waker());
        self.unsent.load(SeqCst) < MAX_UNSENT // in case it was written meanwhile
    }

    fn wrote(&self, bytes: usize) {
        let before = self.unsent.fetch_sub(bytes, SeqCst);
        if before >= MAX_UNSENT && before - bytes < MAX_UNSENT {
            self.task.wake();
        }
    }
}

impl Chunk {
    pub(super) fn new(bytes: Bytes, pace: Option<&Arc<Pace>>) -> Self {
        if let Some(pace) = pace {
            pace.unsent.fetch_add(bytes.len(), SeqCst);
        }
        Self { bytes, pace: pace.cloned() }
    }
}

impl Buf for Chunk {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(pace) = &self.pace {
            pace.wrote(count);
        }
    }
}
