//! How a streamed message is polled.
//!
//! An event is large, and so is what a poll returns. So it is looked at where the poll has written it: whatever
//! concerns each event is inlined, and gets a reference.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;

use super::accumulate_error::AccumulateError;
use super::message_stream::{Item, MessageStream};
use crate::ends::Piece;
use crate::error::Error;
use crate::types::events::StreamEvent;

/// The number of events in a row after which the stream lets other tasks of the runtime run.
const MAX_EVENTS_IN_A_ROW: u8 = 128;

impl MessageStream {
    /// Polls for the next event, and lets other tasks run from time to time even if events are always ready.
    pub(super) fn poll_fair(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        if self.must_yield(cx) { Poll::Pending } else { self.poll_event(cx) }
    }

    /// Returns `true` if other tasks are to run before the next event. The task is then woken after them.
    fn must_yield(&mut self, cx: &mut Context<'_>) -> bool {
        let is_due = self.in_a_row >= MAX_EVENTS_IN_A_ROW;
        if is_due {
            self.in_a_row = 0;
            cx.waker().wake_by_ref();
        }
        is_due
    }

    /// Polls until content has begun. Holds the events that come before back, and the first of the content.
    pub(super) fn poll_begun(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            let holds_content = !matches!(self.held.back(), None | Some(StreamEvent::MessageStart(_)));
            if holds_content || self.progress.has_content() || self.progress.is_complete() {
                return Poll::Ready(Ok(()));
            }
            if self.must_yield(cx) {
                return Poll::Pending;
            }
            let error = match ready!(self.poll_new(cx)) {
                Some(Ok(StreamEvent::Ping(_))) => continue,
                Some(Ok(event)) => {
                    self.held.push_back(event);
                    continue;
                }
                Some(Err(error)) => error,
                None => self.annotate(AccumulateError::Incomplete.into()),
            };
            self.held.clear();
            if let Some(hooks) = &mut self.hooks {
                hooks.see(Err(&error));
            }
            return Poll::Ready(Err(error));
        }
    }

    /// Polls for the next event, of which the hooks take note.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        let events = match &mut self.events {
            Some(events) if self.held.is_empty() && !self.progress.is_complete() => events,
            _ => return self.poll_other(cx),
        };
        if let Some(hooks) = &mut self.hooks {
            hooks.set_polled(true);
        }
        let must_look = !events.is_idle();
        let mut item = if must_look { events.poll_next(cx) } else { events.poll_unwatched(cx) };
        if must_look || !self.pass(&mut item, cx) {
            if !self.accept(&mut item) {
                self.poll_further(&mut item, cx);
            }
            self.see(&item);
        }
        if let Some(hooks) = &mut self.hooks {
            hooks.set_polled(false);
        }
        item
    }

    /// Passes what was polled through the watches. Returns `true` for a delta that only had to be counted, as
    /// nearly all events.
    #[inline(always)]
    fn pass(&mut self, item: &mut Poll<Item>, cx: &mut Context<'_>) -> bool {
        let events = match &mut self.events {
            Some(events) if events.is_watched() || self.progress.only_forwards() => events,
            _ => return false,
        };
        if let Poll::Ready(Some(Ok(StreamEvent::ContentBlockDelta(event)))) = item {
            let only_counts = self.progress.only_counts(event)
                && self.hooks.as_ref().is_none_or(|hooks| hooks.only_count());
            if let Some((piece, text)) = Piece::of(&mut event.delta) {
                if events.pass(piece, text, cx) {
                    if only_counts {
                        self.in_a_row = self.in_a_row.saturating_add(1);
                        self.progress.count();
                        self.hooks.iter_mut().for_each(|hooks| hooks.count(piece));
                    }
                    return only_counts;
                }
            }
        }
        events.look(item, cx);
        false
    }

    /// Polls for another event than one that is to be skipped.
    #[inline(never)]
    fn poll_further(&mut self, item: &mut Poll<Item>, cx: &mut Context<'_>) {
        *item = self.poll_accepted(cx);
    }

    /// Polls for the next event if it is held, or if the stream has ended.
    #[inline(never)]
    fn poll_other(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        let item = match self.held.pop_front() {
            Some(event) => Poll::Ready(Some(Ok(event))),
            None => self.poll_new(cx),
        };
        self.see(&item);
        item
    }

    #[inline(always)]
    fn see(&mut self, item: &Poll<Item>) {
        if let (Some(hooks), Poll::Ready(Some(event))) = (&mut self.hooks, item) {
            hooks.see(event.as_ref());
        }
    }

    /// Polls for an event that is not held.
    fn poll_new(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        self.set_polled(true);
        let event = self.poll_accepted(cx);
        self.set_polled(false);
        event
    }

    fn set_polled(&mut self, is_polled: bool) {
        if let Some(hooks) = &mut self.hooks {
            hooks.set_polled(is_polled);
        }
    }

    fn poll_accepted(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        // Events that are skipped must not block the task either.
        for _ in 0..MAX_EVENTS_IN_A_ROW {
            let Some(events) = &mut self.events else { return Poll::Ready(None) };
            if self.progress.is_complete() {
                let error = match self.progress.poll_end(events, &mut self.after_stop, cx) {
                    Poll::Ready(error) => error,
                    Poll::Pending if self.from_upstream => return Poll::Pending,
                    Poll::Pending => None,
                };
                self.events = None;
                let error = error.map(|error| Err(self.failed(error)));
                #[cfg(feature = "tracing")]
                drop(self.span.take());
                return Poll::Ready(error);
            }
            let mut item = events.poll_next(cx);
            if self.accept(&mut item) {
                return item;
            }
        }
        self.in_a_row = 0;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Checks what was polled where it is, since an event is large. Returns `false` if it is to be skipped.
    #[inline(always)]
    fn accept(&mut self, item: &mut Poll<Item>) -> bool {
        let error = match item {
            Poll::Ready(Some(Ok(event))) => {
                self.in_a_row = self.in_a_row.saturating_add(1);
                if let StreamEvent::MessageStart(event) = event {
                    if let Some(model) = self.model.take() {
                        event.message.model = model.into();
                    }
                }
                match self.progress.accept(event) {
                    Ok(is_taken) => return is_taken,
                    Err(error) => error,
                }
            }
            Poll::Pending => {
                self.in_a_row = 0;
                return true;
            }
            Poll::Ready(end) => match end.take() {
                Some(Err(error)) => error,
                _ => AccumulateError::Incomplete.into(),
            },
        };
        self.fail(item, error);
        true
    }

    #[cold]
    fn fail(&mut self, item: &mut Poll<Item>, error: Error) {
        self.events = None;
        *item = Poll::Ready(Some(Err(self.failed(error))));
    }

    /// Returns the error of a stream that has failed, and reports it if the stream comes from a call.
    #[cold]
    fn failed(&mut self, error: Error) -> Error {
        let error = self.annotate(error);
        #[cfg(feature = "tracing")]
        {
            if let Some(span) = self.span.take() {
                error.record_in(&span);
            }
            if self.attempts > 0 {
                error.report(self.is_forwarded);
            }
        }
        error
    }

    /// Adds the message so far and the headers to an error, unless it has some already.
    #[cold]
    pub(super) fn annotate(&self, mut error: Error) -> Error {
        if error.partial_message().is_none() {
            error = error.with_partial(self.progress.partial().cloned());
        }
        if self.progress.has_content() {
            error = error.mark_content_received();
        }
        if error.headers().is_empty() {
            error = error.with_headers(self.headers.clone());
        }
        if error.attempts() == 0 {
            error = error.with_attempts(self.attempts, None);
        }
        error.mark_from_upstream_if(self.from_upstream)
    }
}

impl Stream for MessageStream {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx)
    }
}
