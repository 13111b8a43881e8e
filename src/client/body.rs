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

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use futures::stream::{self, BoxStream};
    use tokio::time::sleep;

    use super::*;

    /// Pieces that come after pauses of so many seconds.
    fn pieces(pauses: &'static [u64]) -> BoxStream<'static, reqwest::Result<Bytes>> {
        let after = |seconds: &u64| {
            let pause = Duration::from_secs(*seconds);
            async move {
                sleep(pause).await;
                Ok(Bytes::from_static(b"x"))
            }
        };
        stream::iter(pauses).then(after).boxed()
    }

    fn body(pauses: &'static [u64], limit: Option<u64>) -> Body<BoxStream<'static, reqwest::Result<Bytes>>> {
        Body::new(pieces(pauses), limit.map(Duration::from_secs))
    }

    #[tokio::test(start_paused = true)]
    async fn every_piece_starts_the_pause_anew() {
        assert_eq!(
            body(&[9, 9, 9, 9], Some(10)).filter(|piece| std::future::ready(piece.is_ok())).count().await,
            4
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_is_too_long_is_a_timeout() {
        let mut body = Box::pin(body(&[9, 11, 1], Some(10)));
        assert!(body.next().await.expect("a piece").is_ok());
        let error = body.next().await.expect("an item").expect_err("too long");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("idle_timeout"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_loses_nothing() {
        let mut body = Box::pin(body(&[1, 5, 5], Some(10)));
        for _ in 0..3 {
            assert!(body.next().await.expect("a piece").is_ok());
            sleep(Duration::from_secs(60)).await;
        }
        assert!(body.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn no_limit_and_the_longest_are_no_limit() {
        let mut longest = Box::pin(Body::new(pieces(&[1_000_000]), Some(Duration::MAX)));
        assert!(longest.next().await.expect("a piece").is_ok());
        assert!(Box::pin(body(&[1_000_000], None)).next().await.expect("a piece").is_ok());
    }
}
