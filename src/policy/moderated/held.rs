//! A stream from which nothing leaves before a review has looked at it.

use std::collections::VecDeque;

use futures::{Stream, stream};

use super::cut::Progress;
use super::review::{DynReview, Verdict};
use crate::error::Error;
use crate::stream::MessageStream;
use crate::types::ContentBlock;
use crate::types::events::{ContentBlockDelta, ContentBlockDeltaEvent, StreamEvent};
use crate::types::events::{TextDelta, ThinkingDelta};

/// Returns the events of `inner` that `review` lets pass.
pub(super) fn held(
    inner: MessageStream,
    review: Box<dyn DynReview>,
    hold_back: usize,
) -> impl Stream<Item = Result<StreamEvent, Error>> + Send {
    let state = Box::new(Held {
        inner: Some(inner),
        review,
        hold_back,
        kind: None,
        pending: String::new(),
        waiting: VecDeque::new(),
        leaving: VecDeque::new(),
        failure: None,
        progress: Progress::default(),
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

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Thinking,
}

impl Held {
    async fn next(&mut self) -> Option<Result<StreamEvent, Error>> {
        loop {
            if let Some(event) = self.leaving.pop_front() {
                self.progress.see(&event);
                return Some(Ok(event));
            }
            if let Some(error) = self.failure.take() {
                return Some(Err(error));
            }
            match self.inner.as_mut()?.next().await? {
                Ok(event) => self.take(event).await,
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

    async fn take(&mut self, mut event: StreamEvent) {
        if let StreamEvent::ContentBlockStart(start) = &mut event {
            let kind = match &start.content_block {
                ContentBlock::Text(_) => Some(Kind::Text),
                ContentBlock::Thinking(_) => Some(Kind::Thinking),
                _ => None,
            };
            if kind != self.kind {
                self.look(true).await;
                self.kind = kind;
            }
            // Text at the start of a block is looked at as if it had come in a delta.
            let text = match &mut start.content_block {
                ContentBlock::Text(block) => std::mem::take(&mut block.text),
                ContentBlock::Thinking(block) => std::mem::take(&mut block.thinking),
                _ => String::new(),
            };
            let (index, kind) = (start.index, self.kind);
            self.add(event);
            if let Some(delta) = kind.filter(|_| !text.is_empty()).map(|kind| delta(kind, text)) {
                self.add(ContentBlockDeltaEvent::new(index, delta).into());
                self.look(false).await;
            }
            return;
        }
        let is_end = matches!(event, StreamEvent::MessageDelta(_) | StreamEvent::MessageStop(_));
        if is_end {
            self.look(true).await;
        }
        let has_text = text_of(&event).is_some();
        self.add(event);
        if has_text {
            self.look(false).await;
        }
    }

    /// Adds an event that leaves after what is pending.
    fn add(&mut self, event: StreamEvent) {
        if self.inner.is_none() {
            return; // The message was cut off.
        }
        match text_of(&event) {
            Some(text) => {
                self.progress.written += text.len() as u64;
                self.pending += text;
                self.waiting.push_back(event);
            }
            None if self.waiting.is_empty() || matches!(event, StreamEvent::Ping(_)) => {
                self.leaving.push_back(event);
            }
            None => self.waiting.push_back(event),
        }
    }

    /// Asks the review about the pending text.
    async fn look(&mut self, is_end: bool) {
        if self.pending.is_empty() {
            return;
        }
        match self.review.look(&self.pending, is_end).await {
            Verdict::Release(_) if is_end => self.release(self.pending.len()),
            Verdict::Release(bytes) => {
                let excess = self.pending.len().saturating_sub(self.hold_back);
                self.release(bytes.min(self.pending.len()).max(excess));
            }
            Verdict::Refuse(details) => self.cut(|progress| Ok(progress.refusal(details))),
            Verdict::Fail(error) => self.cut(|_| Err(error.into())),
        }
    }

    /// Lets the first bytes of the pending text leave, and the events around them.
    fn release(&mut self, bytes: usize) {
        let mut bytes = floor(&self.pending, bytes);
        self.pending.drain(..bytes);
        while let Some(event) = self.waiting.pop_front() {
            let length = text_of(&event).map_or(0, str::len);
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

    /// Ends the message here.
    fn cut(&mut self, end: impl FnOnce(&Progress) -> Result<VecDeque<StreamEvent>, Error>) {
        self.inner = None;
        self.pending.clear();
        self.waiting.clear();
        for event in &self.leaving {
            self.progress.see(event);
        }
        match end(&self.progress) {
            Ok(events) => self.leaving.extend(events),
            Err(error) => self.failure = Some(error),
        }
    }
}

/// Returns the text of an event that a review looks at.
pub(super) fn text_of(event: &StreamEvent) -> Option<&str> {
    let StreamEvent::ContentBlockDelta(event) = event else { return None };
    let text = match &event.delta {
        ContentBlockDelta::Text(delta) => &delta.text,
        ContentBlockDelta::Thinking(delta) => &delta.thinking,
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn delta(kind: Kind, text: String) -> ContentBlockDelta {
    match kind {
        Kind::Text => TextDelta::new(text).into(),
        Kind::Thinking => ThinkingDelta::new(text).into(),
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

/// Lowers a position to the start of a character.
pub(super) fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
