//! A watch of a stream that a review looks at while it passes.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use super::cut::Progress;
use super::review::BoxReview;
use super::text::{Kind, Source, quote_of, text_of};
use crate::error::Error;
use crate::stream::{Item, Wants, Watch, Within};
use crate::text;
use crate::types::events::StreamEvent;

/// A watch that lets all events leave until a review objects.
pub(super) struct Watched {
    /// `None` once the message was cut off. Then what is within is dropped.
    source: Option<Source>,
    /// The review, until the message is complete or was cut off.
    review: Option<BoxReview>,
    /// What it looks at, and whether that is at its end.
    looking: Option<(String, bool)>,
    hold_back: usize,
    /// Texts that stand alone and have not been looked at.
    quotes: VecDeque<String>,
    /// The texts of which the review has not released all.
    runs: VecDeque<Run>,
    /// The events that end a message that was cut off.
    leaving: VecDeque<StreamEvent>,
    progress: Progress,
}

/// A text that has left.
struct Run {
    kind: Kind,
    /// What the review has not released, apart from what it looks at.
    text: String,
    has_ended: bool,
    /// Whether there is something to look at.
    is_new: bool,
}

impl Watched {
    pub(super) fn new(source: Source, review: BoxReview, hold_back: usize, progress: Progress) -> Self {
        Self {
            source: Some(source),
            review: Some(review),
            looking: None,
            hold_back,
            quotes: VecDeque::new(),
            runs: VecDeque::new(),
            leaving: VecDeque::new(),
            progress,
        }
    }

    fn poll_event(&mut self, within: &mut Within<'_>, cx: &mut Context<'_>) -> Poll<Item> {
        if let Some(error) = self.poll_look(cx) {
            return Poll::Ready(Some(Err(error)));
        }
        let Some(source) = &mut self.source else { return Poll::Ready(self.leaving.pop_front().map(Ok)) };
        let item = ready!(source.poll_next(&mut self.progress, within, cx));
        let Some(Ok(event)) = item else { return Poll::Ready(item) };
        self.see(&event);
        if matches!(event, StreamEvent::MessageDelta(_)) {
            // The last moment at which the message can be cut off.
            if let Some(error) = self.poll_look(cx) {
                return Poll::Ready(Some(Err(error)));
            }
            if let Some(event) = self.leaving.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            self.end_review();
        }
        self.progress.left(&event);
        Poll::Ready(Some(Ok(event)))
    }

    /// Copies the text of an event.
    fn see(&mut self, event: &StreamEvent) {
        if self.review.is_none() {
            return; // The message is complete.
        }
        match event {
            StreamEvent::ContentBlockStart(event) => self.end_run(Kind::of(&event.content_block)),
            StreamEvent::MessageDelta(_) => self.end_run(None),
            _ => {}
        }
        if let Some(quote) = quote_of(event) {
            self.quotes.push_back(quote.to_owned());
        }
        if let Some((kind, text)) = text_of(event) {
            self.end_run(Some(kind));
            match self.runs.back_mut().filter(|run| !run.has_ended) {
                Some(run) => {
                    run.text += text;
                    run.is_new = true;
                }
                None => {
                    self.runs.push_back(Run { kind, text: text.to_owned(), has_ended: false, is_new: true });
                }
            }
        }
    }

    /// Ends the last text, unless it is of this kind.
    fn end_run(&mut self, kind: Option<Kind>) {
        if let Some(run) = self.runs.back_mut().filter(|run| Some(run.kind) != kind) {
            (run.has_ended, run.is_new) = (true, true);
        }
    }

    /// Goes on with the look at what has left, or begins one. Returns the error that it ends the message with.
    fn poll_look(&mut self, cx: &mut Context<'_>) -> Option<Error> {
        loop {
            let review = self.review.as_mut()?;
            if self.looking.is_none() {
                self.looking = Some(next_look(&mut self.quotes, &mut self.runs)?);
            }
            let Some((text, is_end)) = &mut self.looking else { return None };
            let Poll::Ready(decision) = review.as_mut().poll_look(text, *is_end, cx) else { return None };
            let looked_at = self.looking.take();
            match decision {
                Ok(bytes) => {
                    if let Some((text, false)) = looked_at {
                        self.keep(&text, bytes);
                    }
                }
                Err(objection) => {
                    self.end_review();
                    self.source = None;
                    match *objection {
                        Ok(details) => self.leaving = self.progress.refuse(details),
                        Err(error) => {
                            self.progress.cut_off();
                            return Some(error.into());
                        }
                    }
                }
            }
        }
    }

    fn end_review(&mut self) {
        (self.review, self.looking) = (None, None);
    }

    /// Keeps what was not released of the first text for the next look at it.
    fn keep(&mut self, looked_at: &str, released: usize) {
        let released = text::start(looked_at, released).len();
        let rest = text::end(&looked_at[released..], self.hold_back);
        if let Some(run) = self.runs.front_mut() {
            run.text.insert_str(0, rest);
        }
    }
}

impl Watch for Watched {
    fn poll_next(&mut self, within: &mut Within<'_>, cx: &mut Context<'_>) -> Poll<Item> {
        let item = self.poll_event(within, cx);
        if self.source.is_none() {
            within.end();
        }
        item
    }

    fn wants(&self) -> Wants {
        Wants::Everything
    }
}

/// Returns what is to be looked at next, if there is something new.
fn next_look(quotes: &mut VecDeque<String>, runs: &mut VecDeque<Run>) -> Option<(String, bool)> {
    if let Some(quote) = quotes.pop_front() {
        return Some((quote, true));
    }
    while runs.front().is_some_and(|run| run.has_ended && run.text.is_empty()) {
        runs.pop_front();
    }
    let run = runs.front_mut().filter(|run| run.is_new)?;
    run.is_new = false;
    Some((std::mem::take(&mut run.text), run.has_ended))
}
