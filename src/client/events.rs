//! The events of a stream, within limits of time.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{Stream, StreamExt};
use tokio::time::{Instant, Sleep, sleep_until};

use super::content::Chunks;
use super::limits::Limits;
use super::secrets::Secrets;
use crate::error::Error;
use crate::stream::{EventDecoder, FromBytes};
use crate::types::events::StreamEvent;

/// The time to wait for `message_stop` once the stop reason is known. The message is complete by
/// then, and some servers never send that event.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// The events of a body. They end with an error if none arrives within the event timeout, or if
/// they go on beyond the deadline of the call.
///
/// The timer runs only while an event is being waited for. Bytes that are no event, such as
/// comments, do not restart it.
pub(super) struct Events {
    /// `None` once they have ended.
    events: Option<FromBytes<Chunks>>,
    secrets: Secrets,
    event_timeout: Option<Duration>,
    call_deadline: Option<Instant>,
    /// When the current wait ends.
    deadline: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the stop reason is known.
    is_stopping: bool,
}

impl Events {
    pub(super) fn new(
        body: Chunks,
        limits: &Limits,
        call_deadline: Option<Instant>,
        secrets: Secrets,
    ) -> Self {
        let decoder = EventDecoder::new().max_event_bytes(limits.max_event_bytes).strict(limits.is_strict);
        Self {
            events: Some(FromBytes::new(body, decoder)),
            secrets,
            event_timeout: limits.event_timeout,
            call_deadline,
            deadline: None,
            timer: None,
            is_stopping: false,
        }
    }

    /// Notes the arrival of an event, and redacts it if it is an error.
    fn accept(&mut self, event: StreamEvent) -> StreamEvent {
        // Once the stop reason is known, a ping does not extend the wait.
        if !self.is_stopping || matches!(event, StreamEvent::MessageDelta(_)) {
            self.deadline = None;
        }
        match event {
            StreamEvent::MessageDelta(ref delta) if delta.delta.stop_reason.is_some() => {
                self.is_stopping = true;
                event
            }
            StreamEvent::Error(error) => StreamEvent::Error(Box::new(self.secrets.redact_error(*error))),
            event => event,
        }
    }

    /// Waits for the end of the time in which an event must arrive.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Option<Error>> {
        let limit = if self.is_stopping { Some(STOP_TIMEOUT) } else { self.event_timeout };
        let now = Instant::now();
        let deadline = self.deadline.or_else(|| now.checked_add(limit?));
        self.deadline = deadline;
        let Some(next) = [deadline, self.call_deadline].into_iter().flatten().min() else {
            return Poll::Pending;
        };
        if next > now {
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(next)));
            if timer.deadline() != next {
                timer.as_mut().reset(next);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        Poll::Ready(if self.call_deadline.is_some_and(|deadline| deadline <= next) {
            Some(Limits::total_elapsed())
        } else if self.is_stopping {
            None
        } else {
            Some(Limits::event_elapsed())
        })
    }
}

impl Stream for Events {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(events) = &mut self.events else { return Poll::Ready(None) };
        let end = match events.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(_))) if self.call_deadline.is_some_and(|end| end <= Instant::now()) => {
                Some(Limits::total_elapsed())
            }
            Poll::Ready(Some(Ok(event))) => return Poll::Ready(Some(Ok(self.accept(event)))),
            Poll::Ready(end) => return Poll::Ready(end),
            Poll::Pending => match self.poll_deadline(cx) {
                Poll::Ready(end) => end,
                Poll::Pending => return Poll::Pending,
            },
        };
        self.events = None;
        Poll::Ready(end.map(Err))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::stream;
    use tokio::time::sleep;

    use super::*;
    use crate::error::ErrorKind;
    use crate::stream::MessageStream;

    const START: &str = "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n";
    const DELTA: &str = "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n";
    const PING: &str = "data: {\"type\":\"ping\"}\n\n";
    const STOP: &str = "data: {\"type\":\"message_stop\"}\n\n";

    /// Chunks that arrive after pauses of the given seconds, and then nothing, for ever.
    fn events(chunks: &[(u64, &'static str)], limits: &Limits, total: Option<u64>) -> Events {
        let chunks = stream::iter(chunks.to_vec()).then(|(pause, text)| async move {
            sleep(Duration::from_secs(pause)).await;
            Ok(Bytes::from_static(text.as_bytes()))
        });
        let deadline = total.map(|seconds| Instant::now() + Duration::from_secs(seconds));
        Events::new(chunks.chain(stream::pending()).boxed(), limits, deadline, Secrets::default())
    }

    async fn end(mut events: Events) -> (usize, Option<Error>, u64) {
        let (start, mut count) = (Instant::now(), 0);
        let error = loop {
            match events.next().await {
                Some(Ok(_)) => count += 1,
                Some(Err(error)) => break Some(error),
                None => break None,
            }
        };
        assert!(events.next().await.is_none());
        (count, error, start.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn pings_restart_the_event_timeout_and_comments_do_not() {
        let limits = Limits { event_timeout: Some(Duration::from_secs(60)), ..Limits::default() };
        let chunks = [(50, START), (50, PING), (50, ": x\n\n"), (50, ": x\n\n")];
        let (count, error, seconds) = end(events(&chunks, &limits, None)).await;
        assert_eq!((count, seconds), (2, 160));
        let error = error.expect("an error");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("event_timeout"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_extends_the_deadline_of_the_call() {
        let chunks: Vec<_> = std::iter::once((0, START)).chain([(7, PING); 20]).collect();
        let (count, error, seconds) = end(events(&chunks, &Limits::default(), Some(30))).await;
        assert_eq!((count, seconds), (5, 30));
        assert!(error.expect("an error").to_string().contains("total_timeout"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_that_does_not_come_is_not_waited_for() {
        for (chunks, seconds) in [
            (&[(0, START), (1, DELTA)][..], 11),
            (&[(0, START), (1, DELTA), (4, PING), (4, PING), (4, PING)], 11),
            (&[(0, START), (1, DELTA), (8, DELTA)], 19),
        ] {
            let (_, error, elapsed) = end(events(chunks, &Limits::default(), None)).await;
            assert_eq!((error.is_none(), elapsed), (true, seconds));
        }
        let stream = MessageStream::new(events(&[(0, START), (1, DELTA)], &Limits::default(), None));
        let error = stream.final_message().await.expect_err("no stop");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Incomplete, false));

        let chunks = [(0, START), (1, DELTA), (9, STOP)];
        let stream = MessageStream::new(events(&chunks, &Limits::default(), None));
        assert!(stream.final_message().await.is_ok());
    }
}
