//! The events of a stream, within limits of time.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::{Stream, StreamExt};
use tokio::time::Instant;

use super::content::Chunks;
use super::limits::Limits;
use super::secrets::Secrets;
use super::span::Span;
use crate::error::Error;
use crate::stream::{Decode, FromBytes};
use crate::timer::Timer;
use crate::types::events::StreamEvent;

/// The events of a body. They end with an error if none arrives within the event timeout, if nothing
/// arrives within the idle timeout, or if they go on beyond the deadline of the call.
///
/// Time counts only while an event is being waited for. Bytes that are no event, such as comments,
/// begin the idle timeout anew, but not the event timeout. The clock is read once for each wait.
///
/// After `message_stop` they end no later than the end timeout. Nothing that they return then counts
/// any more; they are read on to reach the end of the body, so that the connection can be used again.
pub(super) struct Events<D> {
    /// `None` once they have ended.
    events: Option<FromBytes<Chunks, D>>,
    secrets: Secrets,
    idle_timeout: Option<Duration>,
    event_timeout: Option<Duration>,
    call_deadline: Option<Instant>,
    /// When the wait for the next bytes ends.
    idle_deadline: Option<Instant>,
    /// When the wait for what is awaited ends.
    deadline: Option<Instant>,
    /// The earliest of all deadlines, in the current wait.
    next: Option<Instant>,
    timer: Timer,
    awaited: Awaited,
    /// The time to wait for `message_stop`.
    stop_timeout: Option<Duration>,
    /// The time to wait for the end of the body.
    end_timeout: Option<Duration>,
    /// What [`start`](Self::start) has read ahead.
    first: Option<Option<Result<StreamEvent, Error>>>,
    /// The span of the call, in which what the events say of the message is recorded.
    span: Option<Span>,
}

/// What has yet to arrive.
#[derive(Clone, Copy, PartialEq)]
enum Awaited {
    /// Any event.
    Event,
    /// `message_stop`, as the stop reason is known. A decoder that [can end](Decode::can_end) the message by
    /// itself does so if nothing comes.
    Stop,
    /// The end of the body, as the message is complete.
    End,
}

impl<D: Decode + Unpin> Events<D> {
    pub(super) fn new(
        mut body: Chunks,
        decoder: D,
        limits: &Limits,
        call_deadline: Option<Instant>,
        end_timeout: Option<Duration>,
        secrets: Secrets,
    ) -> Self {
        let idle_timeout = body.take_idle_timeout();
        Self {
            events: Some(FromBytes::new(body, decoder)),
            secrets,
            idle_timeout,
            event_timeout: limits.event_timeout,
            stop_timeout: limits.stop_timeout,
            call_deadline,
            idle_deadline: None,
            deadline: None,
            next: None,
            timer: Timer::default(),
            awaited: Awaited::Event,
            end_timeout,
            first: None,
            span: None,
        }
    }

    /// Waits for the first event that is not a ping. Returns `false` if it is an error, or if there
    /// is none. Otherwise, it and the later ones are recorded in `span`.
    pub(super) async fn start(&mut self, span: &Span) -> bool {
        let first = loop {
            match self.next().await {
                Some(Ok(StreamEvent::Ping(_))) => {}
                first => break first,
            }
        };
        let starts = matches!(first, Some(Ok(ref event)) if !matches!(event, StreamEvent::Error(_)));
        if let (true, Some(Ok(event))) = (starts, &first) {
            span.record_event(event);
            self.span = Some(span.clone());
        }
        self.first = Some(first);
        starts
    }

    /// Returns the next event if it is a delta that has arrived already, and if nothing depends on the clock.
    /// So the many deltas in a chunk cost little more than reading them.
    #[inline]
    fn next_delta(&mut self) -> Option<StreamEvent> {
        if self.awaited != Awaited::Event || self.call_deadline.is_some() || self.first.is_some() {
            return None;
        }
        let delta = self.events.as_mut()?.next_delta()?;
        self.deadline = None;
        Some(delta)
    }

    /// Notes the arrival of an event, and redacts it if it is an error.
    fn accept(&mut self, event: &mut StreamEvent) {
        // What follows the message is no part of the call.
        if let Some(span) = self.span.as_ref().filter(|_| self.awaited != Awaited::End) {
            span.record_event(event);
        }
        let (awaited, is_extended) = match (self.awaited, &*event) {
            (Awaited::End, _) => (Awaited::End, false),
            (_, StreamEvent::MessageStop(_)) => (Awaited::End, true),
            (_, StreamEvent::MessageDelta(event)) if event.delta.stop_reason.is_some() => {
                (Awaited::Stop, true)
            }
            // Servers of other protocols go on to write after they have said why the model stopped.
            (Awaited::Stop, event) => {
                (Awaited::Stop, !matches!(event, StreamEvent::Ping(_) | StreamEvent::Unknown(_)))
            }
            (Awaited::Event, _) => (Awaited::Event, true),
        };
        self.awaited = awaited;
        if is_extended {
            self.deadline = None;
        }
        if let StreamEvent::Error(error) = event {
            **error = self.secrets.redact_error((**error).clone());
        }
    }

    /// Waits for the end of the time in which an event, or the end, must arrive.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Elapsed> {
        let limit = match self.awaited {
            Awaited::Event => self.event_timeout,
            Awaited::Stop => self.stop_timeout,
            Awaited::End => self.end_timeout,
        };
        let bytes = self.events.as_mut().and_then(FromBytes::bytes_mut);
        let has_arrived = bytes.is_some_and(Chunks::take_arrival);
        if has_arrived {
            self.idle_deadline = None;
        }
        if has_arrived || self.deadline.is_none() {
            self.begin_wait(limit);
        }
        let Some(next) = self.next else { return Poll::Pending };
        // A timer would take a moment to find that there is nothing to wait for.
        if limit != Some(Duration::ZERO) && self.timer.poll(next, cx).is_pending() {
            return Poll::Pending;
        }
        let has_passed = |end: Option<Instant>| end.is_some_and(|end| end <= next);
        Poll::Ready(if has_passed(self.call_deadline) {
            Elapsed::Call
        } else if has_passed(self.deadline) {
            Elapsed::Awaited
        } else {
            Elapsed::Idle
        })
    }

    /// Starts the waits that have not begun: for the next bytes, and for what is awaited.
    fn begin_wait(&mut self, limit: Option<Duration>) {
        // Without a limit the clock is not read, for there may be none.
        let mut now = None;
        for (end, limit) in [(&mut self.idle_deadline, self.idle_timeout), (&mut self.deadline, limit)] {
            if let (None, Some(limit)) = (&end, limit) {
                *end = now.get_or_insert_with(Instant::now).checked_add(limit);
            }
        }
        self.next = [self.call_deadline, self.deadline, self.idle_deadline].into_iter().flatten().min();
    }

    /// Ends the stream before its body has ended.
    fn end(&mut self, error: Option<Error>) -> Poll<Option<Result<StreamEvent, Error>>> {
        self.events = None;
        Poll::Ready(error.map(Err))
    }
}

/// The limit of time that has passed.
enum Elapsed {
    Call,
    Awaited,
    Idle,
}

impl<D: Decode + Unpin> Stream for Events<D> {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.next_delta() {
            Some(delta) => Poll::Ready(Some(Ok(delta))),
            None => self.poll_other(cx),
        }
    }
}

impl<D: Decode + Unpin> Events<D> {
    #[inline(never)]
    fn poll_other(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent, Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(first);
        }
        let Some(events) = &mut self.events else { return Poll::Ready(None) };
        let mut polled = events.poll_next_unpin(cx);
        if polled.is_pending() {
            let can_end = events.can_end();
            if can_end && self.awaited == Awaited::Event {
                (self.awaited, self.deadline) = (Awaited::Stop, None);
            }
            let is_complete = can_end && self.awaited == Awaited::Stop;
            polled = match ready!(self.poll_deadline(cx)) {
                Elapsed::Call if !is_complete => return self.end(Some(Limits::total_elapsed())),
                Elapsed::Awaited if self.awaited == Awaited::Event => {
                    return self.end(Some(Limits::event_elapsed()));
                }
                Elapsed::Awaited if !is_complete => return self.end(None),
                Elapsed::Call | Elapsed::Awaited | Elapsed::Idle => {
                    // What a complete message lacks comes from the decoder, and takes no time.
                    self.call_deadline = None;
                    let Some(events) = &mut self.events else { return Poll::Ready(None) };
                    events.fail(Limits::idle_elapsed());
                    events.poll_next_unpin(cx)
                }
            };
        }
        match &mut polled {
            Poll::Ready(Some(Ok(_))) if self.call_deadline.is_some_and(|end| end <= Instant::now()) => {
                self.end(Some(Limits::total_elapsed()))
            }
            Poll::Ready(Some(Ok(event))) => {
                self.accept(event);
                polled
            }
            // A decoder of another protocol returns what the server says as an error.
            Poll::Ready(Some(Err(_))) => {
                polled.map_err(|error| error.map_response(|document| self.secrets.redact_error(document)))
            }
            Poll::Ready(None) if self.awaited == Awaited::End => {
                // The task that now returns the connection to the pool gets a turn first. Otherwise a call
                // that follows at once finds none there and opens another one.
                self.events = None;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            _ => polled,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::{TryStreamExt, stream};
    use tokio::time::sleep;

    use super::*;
    use crate::client::ResponseBody;
    use crate::error::ErrorKind;
    use crate::stream::{EventDecoder, MessageStream};

    const START: &str = "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n";
    const DELTA: &str = "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n";
    const PING: &str = "data: {\"type\":\"ping\"}\n\n";
    const STOP: &str = "data: {\"type\":\"message_stop\"}\n\n";

    /// Chunks that arrive after pauses of the given seconds, and then nothing, for ever.
    fn events(chunks: &[(u64, &'static str)], limits: &Limits, total: Option<u64>) -> Events<EventDecoder> {
        let chunks = stream::iter(chunks.to_vec()).then(|(pause, text)| async move {
            sleep(Duration::from_secs(pause)).await;
            Ok::<_, Error>(Bytes::from_static(text.as_bytes()))
        });
        let deadline = total.map(|seconds| Instant::now() + Duration::from_secs(seconds));
        let chunks = chunks.chain(stream::pending()).map_ok(http_body::Frame::data);
        let body = ResponseBody::new(http_body_util::StreamBody::new(chunks));
        let chunks = Chunks::new(body, limits.idle_timeout).of_stream();
        Events::new(chunks, EventDecoder::new(), limits, deadline, limits.end_timeout, Secrets::default())
    }

    async fn end(mut events: Events<EventDecoder>) -> (usize, Option<Error>, u64) {
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
    async fn whatever_arrives_restarts_the_idle_timeout() {
        let idle = |event_timeout: Option<u64>| Limits {
            idle_timeout: Some(Duration::from_secs(60)),
            event_timeout: event_timeout.map(Duration::from_secs),
            ..Limits::default()
        };
        let chunks = [(50, START), (50, ": x\n\n"), (50, ": x\n\n"), (50, ": x\n\n")];
        for (event_timeout, seconds, name) in [(None, 260, "idle"), (Some(100), 150, "event")] {
            let (count, error, elapsed) = end(events(&chunks, &idle(event_timeout), None)).await;
            assert_eq!((count, elapsed), (1, seconds));
            assert!(error.expect("an error").to_string().contains(&format!("{name}_timeout")));
        }
        // What has arrived when the time is up still counts.
        let complete = "data: {\"type\":\"message_stop\"}\n";
        let (count, error, _) = end(events(&[(0, START), (0, complete)], &idle(None), None)).await;
        assert_eq!((count, error.is_none()), (2, true));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_extends_the_deadline_of_the_call() {
        let chunks: Vec<_> = std::iter::once((0, START)).chain([(7, PING); 20]).collect();
        let (count, error, seconds) = end(events(&chunks, &Limits::default(), Some(30))).await;
        assert_eq!((count, seconds), (5, 30));
        assert!(error.expect("an error").to_string().contains("total_timeout"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_of_the_call_ends_a_chunk_of_deltas_too() {
        const TEXT: &str =
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#;
        let chunk: &str = [START, &format!("data: {TEXT}\n\n").repeat(9)].concat().leak();
        for (total, expected) in [(None, 10), (Some(5), 5)] {
            let mut events = events(&[(0, chunk)], &Limits::default(), total);
            let mut count = 0;
            while let Some(Ok(_)) = events.next().await {
                count += 1;
                sleep(Duration::from_secs(1)).await;
            }
            assert_eq!(count, expected);
        }
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

    #[tokio::test(start_paused = true)]
    async fn an_end_that_does_not_come_is_waited_for_once_and_is_no_error() {
        let complete = [(0, START), (1, DELTA), (1, STOP)];
        let late = |seconds, text| [&complete[..], &[(seconds, text); 9]].concat();
        let limits = Limits { idle_timeout: None, ..Limits::default() };
        let patient = Limits { end_timeout: Some(Duration::from_secs(30)), ..limits.clone() };
        let unlimited = Limits { end_timeout: None, ..limits.clone() };
        for (chunks, limits, total, millis) in [
            (complete.to_vec(), &limits, None, 2_250),
            (late(1, PING), &limits, None, 2_250),
            // Nothing extends the wait, and no limit of time makes the message fail.
            (late(4, PING), &patient, None, 32_000),
            (late(4, DELTA), &patient, None, 32_000),
            (late(4, ": x\n\n"), &patient, None, 32_000),
            (late(4, STOP), &patient, None, 32_000),
            (late(4, "data: {]\n\n"), &patient, None, 6_000),
            (complete.to_vec(), &patient, Some(5), 5_000),
            (complete.to_vec(), &unlimited, Some(5), 5_000),
            // Not even without a limit of time is the number of events unlimited.
            ([&complete[..], &[(1, PING); 99]].concat(), &unlimited, None, 18_000),
        ] {
            let start = Instant::now();
            let stream = MessageStream::new(events(&chunks, limits, total)).mark_from_upstream();
            stream.final_message().await.expect("a message");
            assert_eq!(start.elapsed().as_millis(), millis, "{chunks:?}");
        }
    }
}
