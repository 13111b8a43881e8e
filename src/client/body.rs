//! The body of an answer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use pin_project::pin_project;
use tokio::time::{Instant, Sleep, sleep};

use super::failure;
use crate::error::{Error, ErrorKind};

/// The body of `response`, which must not pause for longer than `idle_timeout`.
pub(super) fn bytes(
    response: reqwest::Response,
    idle_timeout: Option<Duration>,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
    let bytes = response.bytes_stream().map(|chunk| chunk.map_err(failure::of_call));
    Watched { bytes, idle_timeout, timer: idle_timeout.map(|limit| Box::pin(sleep(limit))) }
}

/// Reads `bytes` to the end, up to `limit` of them.
pub(super) async fn collect(
    bytes: impl Stream<Item = Result<Bytes, Error>>,
    limit: usize,
) -> Result<Bytes, Error> {
    let mut bytes = std::pin::pin!(bytes);
    let mut body = BytesMut::new();
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk?;
        if chunk.len() > limit - body.len() {
            let message = format!("the answer is longer than {limit} bytes; see max_response_bytes");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Reads at most `limit` of `bytes`, up to where they end or fail.
pub(super) async fn collect_some(bytes: impl Stream<Item = Result<Bytes, Error>>, limit: usize) -> BytesMut {
    let mut bytes = std::pin::pin!(bytes);
    let mut body = BytesMut::new();
    while let Some(Ok(chunk)) = bytes.next().await {
        body.extend_from_slice(&chunk[..chunk.len().min(limit - body.len())]);
        if body.len() == limit {
            break;
        }
    }
    body
}

/// Bytes and the time since the last of them.
#[pin_project]
struct Watched<S> {
    #[pin]
    bytes: S,
    idle_timeout: Option<Duration>,
    /// None where there is no limit.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S: Stream<Item = Result<Bytes, Error>>> Stream for Watched<S> {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if let Poll::Ready(chunk) = this.bytes.poll_next(cx) {
            let due = this.idle_timeout.and_then(|limit| Instant::now().checked_add(limit));
            if let (Some(timer), Some(due)) = (this.timer, due) {
                timer.as_mut().reset(due);
            }
            return Poll::Ready(chunk);
        }
        let Some(timer) = this.timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Some(Err(Error::new(
            ErrorKind::Timeout,
            "the answer paused for longer than idle_timeout",
        ))))
    }
}
