//! A stream from which nothing leaves before a review has looked at it.

use std::collections::VecDeque;

use futures::{Stream, stream};

use super::cut::Progress;
use super::review::{DynReview, Verdict};
use super::text::{Kind, quote_of, spread, text_of};
use crate::error::Error;
use crate::stream::MessageStream;
use crate::text;
use crate::types::events::{ContentBlockDelta, StreamEvent};

/// Returns the events of `inner` that `review` lets pass.
pub(super) fn held(
    inner: MessageStream,
    review: Box<dyn DynReview>,
    hold_back: usize,
    progress: Progress,
) -> impl Stream<Item = Result<StreamEvent, Error>> + Send {
    let state = Box::new(Held {
        inner: Some(inner),
        review,
        hold_back,
        arrived: VecDeque::new(),
        kind: None,
        pending: String::new(),
        waiting: VecDeque::new(),
        leaving: VecDeque::new(),
        failure: None,
        progress,
    });
    stream::unfold(state, |mut state| async move {
        let event = state.next().await?;
        Some((event, state))
    })
}

struct Held {
    /// `None` once the message was cut off.
    inner: Option<MessageStream>,
    review: Box<dyn DynReview>,
    hold_back: usize,
    /// The events that nobody has looked at.
    arrived: VecDeque<StreamEvent>,
    /// What the pending text is.
    kind: Option<Kind>,
    /// The text of all events that wait.
    pending: String,
    /// The events that wait for the review: the first one has text, unless there is none.
    waiting: VecDeque<StreamEvent>,
    /// The events that may leave.
    leaving: VecDeque<StreamEvent>,
    /// The error after them.
    failure: Option<Error>,
    progress: Progress,
}

impl Held {
    async fn next(&mut self) -> Option<Result<StreamEvent, Error>> {
        loop {
            if let Some(event) = self.leaving.pop_front() {
                self.progress.left(&event);
                return Some(Ok(event));
            }
            if let Some(error) = self.failure.take() {
                return Some(Err(error));
            }
            if let Some(event) = self.arrived.pop_front() {
                self.take(event).await;
                continue;
            }
            match self.inner.as_mut()?.next().await? {
                Ok(event) => {
                    self.progress.written(&event);
                    spread(event, &mut self.arrived);
                }
                Err(error) => {
                    self.look(true).await;
                    // Unless the review has ended the message in another way.
                    if self.inner.take().is_some() {
                        self.failure = Some(error);
                    }
                }
            }
        }
    }

    async fn take(&mut self, event: StreamEvent) {
        match &event {
            StreamEvent::ContentBlockStart(event) => {
                let kind = Kind::of(&event.content_block);
                if kind != self.kind {
                    self.look(true).await;
                    self.kind = kind;
                }
            }
            StreamEvent::MessageDelta(_) | StreamEvent::MessageStop(_) => self.look(true).await,
            _ => {}
        }
        if let Some(quote) = quote_of(&event) {
            let verdict = self.review.look(quote, true).await;
            self.object(verdict);
        }
        if self.inner.is_none() {
            return; // The message was cut off.
        }
        if let Some((_, text)) = text_of(&event) {
            self.pending += text;
            self.waiting.push_back(event);
            self.look(false).await;
        } else if self.waiting.is_empty() || matches!(event, StreamEvent::Ping(_)) {
            self.leaving.push_back(event);
        } else {
            self.waiting.push_back(event);
        }
    }

    /// Asks the review about the pending text.
    async fn look(&mut self, is_end: bool) {
        if self.pending.is_empty() {
            return;
        }
        let verdict = self.review.look(&self.pending, is_end).await;
        if let Some(bytes) = self.object(verdict) {
            let excess = self.pending.len().saturating_sub(self.hold_back);
            self.release(if is_end { self.pending.len() } else { bytes.max(excess) });
        }
    }

    /// Ends the message here, unless the verdict does not object. Returns how many bytes may leave.
    fn object(&mut self, verdict: Verdict) -> Option<usize> {
        let end = match verdict {
            Verdict::Release(bytes) => return Some(bytes),
            Verdict::Refuse(details) => Ok(details),
            Verdict::Fail(error) => Err(error),
        };
        self.inner = None;
        self.arrived.clear();
        self.pending.clear();
        self.waiting.clear();
        for event in &self.leaving {
            self.progress.left(event);
        }
        match end {
            Ok(details) => self.leaving.extend(self.progress.refuse(details)),
            Err(error) => {
                self.progress.cut_off();
                self.failure = Some(error.into());
            }
        }
        None
    }

    /// Lets the first bytes of the pending text leave, and the events around them.
    fn release(&mut self, bytes: usize) {
        let mut bytes = text::start(&self.pending, bytes).len();
        self.pending.drain(..bytes);
        while let Some(event) = self.waiting.pop_front() {
            let length = text_of(&event).map_or(0, |(_, text)| text.len());
            if length > bytes {
                let mut rest = event;
                if bytes > 0 {
                    self.leaving.push_back(split(&mut rest, bytes));
                }
                self.waiting.push_front(rest);
                return;
            }
            bytes -= length;
            self.leaving.push_back(event);
        }
    }
}

/// Cuts the first bytes of its text off an event, and returns an event with them.
fn split(event: &mut StreamEvent, bytes: usize) -> StreamEvent {
    let mut first = event.clone();
    for (event, is_first) in [(&mut first, true), (event, false)] {
        if let StreamEvent::ContentBlockDelta(event) = event {
            let text = match &mut event.delta {
                ContentBlockDelta::Text(delta) => &mut delta.text,
                ContentBlockDelta::Thinking(delta) => &mut delta.thinking,
                _ => continue,
            };
            if is_first {
                text.truncate(bytes);
            } else {
                text.drain(..bytes);
            }
        }
    }
    first
}
