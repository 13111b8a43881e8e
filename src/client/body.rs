//! Reading the bodies of HTTP responses within limits of time and size.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use pin_project::pin_project;
use tokio::time::Instant;

use super::limits::Limits;
use crate::error::{Error, ErrorKind};
use crate::timer::Timer;

/// About 30 years: as good as no limit, and adding it to the clock cannot overflow.
const MAX_IDLE_TIMEOUT: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// The chunks of a body, which fail when no chunk arrives within the idle timeout.
///
/// The timer only runs while a chunk is being waited for, so a slow reader does
/// not make the body fail.
#[pin_project]
pub(super) struct Body<S> {
    #[pin]
    chunks: S,
    idle_timeout: Option<Duration>,
    /// When the current wait ends; `None` while no chunk is being waited for.
    deadline: Option<Instant>,
    timer: Timer,
}

impl<S> Body<S> {
    pub(super) fn new(chunks: S, idle_timeout: Option<Duration>) -> Self {
        let idle_timeout = idle_timeout.map(|limit| limit.min(MAX_IDLE_TIMEOUT));
        Self { chunks, idle_timeout, deadline: None, timer: Timer::default() }
    }

    pub(super) fn chunks(&self) -> &S {
        &self.chunks
    }

    /// Removes the idle timeout, and returns it to whoever keeps it from now on.
    pub(super) fn take_idle_timeout(&mut self) -> Option<Duration> {
        self.idle_timeout.take()
    }
}

impl<S: Stream<Item = Result<Bytes, Error>>> Stream for Body<S> {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if let Poll::Ready(chunk) = this.chunks.poll_next(cx) {
            *this.deadline = None;
            return Poll::Ready(chunk);
        }
        let Some(limit) = *this.idle_timeout else { return Poll::Pending };
        let deadline = *this.deadline.get_or_insert_with(|| Instant::now() + limit);
        this.timer.poll(deadline, cx).map(|()| Some(Err(Limits::idle_elapsed())))
    }
}

/// Reads all of `body`, or fails if it is longer than `max`.
pub(super) async fn read_all(
    body: impl Stream<Item = Result<Bytes, Error>>,
    content_length: Option<u64>,
    max: usize,
) -> Result<Vec<u8>, Error> {
    let too_large = || {
        let message = format!("the response is longer than max_response_bytes ({max})");
        Error::new(ErrorKind::TooLarge, message)
    };
    let content_length = content_length.map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if content_length > max {
        return Err(too_large());
    }
    let expected = if content_length > 0 { content_length } else { max };
    let mut bytes = Vec::new();
    let mut body = pin!(body);
    while let Some(chunk) = body.try_next().await? {
        // Cannot underflow: `bytes` never grows beyond `max`.
        if chunk.len() > max - bytes.len() {
            return Err(too_large());
        }
        append(&mut bytes, &chunk, expected);
    }
    Ok(bytes)
}

/// Appends `chunk`, doubling the capacity as needed, but not beyond `expected` unless the bytes
/// are more than that. Nothing is reserved before it arrives, because a server can announce much
/// and send little.
pub(super) fn append(bytes: &mut Vec<u8>, chunk: &[u8], expected: usize) {
    let needed = bytes.len() + chunk.len();
    if needed > bytes.capacity() {
        let capacity = bytes.capacity().saturating_mul(2).min(expected).max(needed);
        bytes.reserve_exact(capacity - bytes.len());
    }
    bytes.extend_from_slice(chunk);
}

/// Reads the bytes of `body` that arrive within `time_limit`, up to `max`. Also
/// returns whether they are the whole body.
pub(super) async fn read_prefix(
    body: impl Stream<Item = Result<Bytes, Error>>,
    max: usize,
    time_limit: Option<Duration>,
) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let reading = async {
        let mut body = pin!(body);
        loop {
            match body.try_next().await {
                Ok(Some(chunk)) => {
                    let room = max - bytes.len();
                    bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
                    if chunk.len() > room {
                        return false;
                    }
                }
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    };
    let is_complete = match time_limit {
        Some(limit) => tokio::time::timeout(limit, reading).await == Ok(true),
        None => reading.await,
    };
    (bytes, is_complete)
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use futures::stream::{self, BoxStream};
    use tokio::time::sleep;

    use super::*;

    /// Chunks that arrive after pauses of the given seconds.
    fn chunks(pauses: &'static [u64]) -> BoxStream<'static, Result<Bytes, Error>> {
        let after = |seconds: &u64| {
            let pause = Duration::from_secs(*seconds);
            async move {
                sleep(pause).await;
                Ok(Bytes::from_static(b"x"))
            }
        };
        stream::iter(pauses).then(after).boxed()
    }

    fn body(pauses: &'static [u64], limit: Option<u64>) -> Body<BoxStream<'static, Result<Bytes, Error>>> {
        Body::new(chunks(pauses), limit.map(Duration::from_secs))
    }

    #[tokio::test]
    async fn the_buffer_of_a_body_never_exceeds_the_limit() {
        for (chunk, count, length) in [(1, 1000, None), (7, 142, None), (999, 1, None), (10, 100, Some(1000))]
        {
            let chunks = stream::iter((0..count).map(|_| Ok(Bytes::from(vec![b'x'; chunk]))));
            let bytes = read_all(chunks, length, 1000).await.expect("within the limit");
            assert_eq!(bytes.len(), chunk * count);
            assert!(bytes.capacity() <= 1000, "{}", bytes.capacity());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_chunk_restarts_the_timer() {
        assert_eq!(
            body(&[9, 9, 9, 9], Some(10)).filter(|chunk| std::future::ready(chunk.is_ok())).count().await,
            4
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_longer_than_the_idle_timeout_is_an_error() {
        let mut body = Box::pin(body(&[9, 11, 1], Some(10)));
        assert!(body.next().await.expect("a chunk").is_ok());
        let error = body.next().await.expect("an item").expect_err("too long");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("idle_timeout"), "{error}");

        let (start, limit) = (Instant::now(), Duration::from_millis(200));
        let mut body = Box::pin(Body::new(chunks(&[60]), Some(limit)));
        body.next().await.expect("an item").expect_err("too long");
        assert!((limit..limit * 2).contains(&start.elapsed()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_only_moves_ends_at_the_limits() {
        for (total, seconds, name) in [(None, 600, "event_timeout"), (Some(90), 90, "total_timeout")] {
            let moving = stream::repeat(()).then(|()| async {
                sleep(Duration::from_secs(7)).await;
                Ok(Bytes::from_static(b" "))
            });
            let body = Body::new(moving, Some(Duration::from_secs(10)));
            let limits = Limits { total_timeout: total.map(Duration::from_secs), ..Limits::default() };
            let (start, deadline) = (Instant::now(), limits.call_deadline());
            let reading = pin!(read_all(body, None, usize::MAX));
            let read = Limits::within(reading, limits.event_timeout, Limits::body_elapsed, deadline).await;
            let error = read.expect_err("the body never ends");
            assert!(error.to_string().contains(name), "{error}");
            assert_eq!(start.elapsed(), Duration::from_secs(seconds));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_does_not_time_out() {
        let mut body = Box::pin(body(&[1, 5, 5], Some(10)));
        for _ in 0..3 {
            assert!(body.next().await.expect("a chunk").is_ok());
            sleep(Duration::from_secs(60)).await;
        }
        assert!(body.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_timeout_and_with_the_longest_a_body_may_pause() {
        let mut longest = Box::pin(Body::new(chunks(&[1_000_000]), Some(Duration::MAX)));
        assert!(longest.next().await.expect("a chunk").is_ok());
        assert!(Box::pin(body(&[1_000_000], None)).next().await.expect("a chunk").is_ok());
    }
}
