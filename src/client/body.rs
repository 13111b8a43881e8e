//! The body of an answer, piece by piece, with a limit on its pauses.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use pin_project::pin_project;
use tokio::time::{Instant, Sleep};

use super::failure;
use crate::error::{Error, ErrorKind};

/// As good as none, and far from where adding to the clock overflows.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// The pieces of a body; ends with an error when it pauses for too long. The
/// pause is counted while somebody waits: one who reads slowly loses nothing.
#[pin_project]
pub(super) struct Body<S> {
    #[pin]
    pieces: S,
    limit: Option<Duration>,
    #[pin]
    pause: Option<Sleep>,
    waiting: bool,
}

impl<S> Body<S> {
    pub(super) fn new(pieces: S, idle_timeout: Option<Duration>) -> Self {
        Self { pieces, limit: idle_timeout.map(|limit| limit.min(LONGEST)), pause: None, waiting: false }
    }
}

impl<S: Stream<Item = reqwest::Result<Bytes>>> Stream for Body<S> {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        if let Poll::Ready(piece) = this.pieces.poll_next(cx) {
            *this.waiting = false;
            return Poll::Ready(piece.map(|piece| piece.map_err(failure::of_body)));
        }
        let Some(limit) = *this.limit else { return Poll::Pending };
        if !*this.waiting {
            *this.waiting = true;
            match this.pause.as_mut().as_pin_mut() {
                Some(pause) => pause.reset(Instant::now() + limit),
                None => this.pause.set(Some(tokio::time::sleep(limit))),
            }
        }
        match this.pause.as_pin_mut().map(|pause| pause.poll(cx)) {
            Some(Poll::Ready(())) => {
                let message = "the answer paused for longer than idle_timeout";
                Poll::Ready(Some(Err(Error::new(ErrorKind::Timeout, message))))
            }
            _ => Poll::Pending,
        }
    }
}
