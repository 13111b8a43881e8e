//! A watch of a stream from which nothing leaves before a review has looked at it.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use super::cut::Progress;
use super::review::{BoxReview, Decision};
use super::text::{Kind, Source, quote_of, text_mut, text_of};
use crate::ends::{Piece, PieceKind};
use crate::error::{Error, ErrorKind};
use crate::stream::{Item, Wants, Watch, Within, size_of_held};
use crate::text;
use crate::types::events::StreamEvent;
use crate::types::fallback::RefusalStopDetails;

/// The memory that events without text may take while they wait: about a thousand of the smallest. If the review
/// holds a single byte back, an upstream could send any number of them, of any size.
const MAX_BYTES_WITHOUT_TEXT: usize = 1 << 20;

/// A watch that lets an event leave once a review has released the text before it.
pub(super) struct Held {
    /// `None` once the events within have ended or the message was cut off. Then what is within is dropped.
    source: Option<Source>,
    review: BoxReview,
    /// The look at the next event within, if that was shown to the review already.
    look: Option<Poll<Decision>>,
    /// What the review looks at.
    looking: Option<Subject>,
    hold_back: usize,
    /// What the pending text is.
    kind: Option<Kind>,
    /// The text of all events that wait, unless the review looks at it. What is released at once never comes
    /// here.
    pending: String,
    /// The text that the review looks at, if it stands alone.
    quote: String,
    /// The events that wait for the review: the first one has text, unless there is none.
    waiting: VecDeque<StreamEvent>,
    /// The memory that those of them take which have no text.
    bytes_without_text: usize,
    /// The events that may leave.
    leaving: VecDeque<StreamEvent>,
    /// The event that comes after all of these, and what is to be looked at before.
    next: Option<Box<(StreamEvent, Step)>>,
    /// The error after that.
    failure: Option<Error>,
    progress: Progress,
}

/// What a review looks at.
#[derive(Clone, Copy)]
enum Subject {
    /// The text of the only event that waits, which is not pending yet.
    Event,
    Pending,
    /// All of it, since it has ended.
    End,
    Quote,
}

/// What is done next with an event.
#[derive(Clone, Copy)]
enum Step {
    /// The text before it may end.
    EndText,
    /// It may have a quote.
    Quote,
    Last,
}

/// Where an event belongs.
enum Place {
    Leaving,
    Waiting,
    /// Nowhere, since too much waits already.
    Excess,
    /// Among those that wait, of which a review has said something.
    Decided(Decision, Subject),
    /// Before all others, since a review has to look at something before this step.
    Next(Step),
}

impl Held {
    pub(super) fn new(source: Source, review: BoxReview, hold_back: usize, progress: Progress) -> Self {
        Self {
            source: Some(source),
            review,
            look: None,
            looking: None,
            hold_back,
            kind: None,
            pending: String::new(),
            quote: String::new(),
            waiting: VecDeque::new(),
            bytes_without_text: 0,
            leaving: VecDeque::new(),
            next: None,
            failure: None,
            progress,
        }
    }

    fn poll_event(&mut self, within: &mut Within<'_>, cx: &mut Context<'_>) -> Poll<Item> {
        loop {
            if let Some(subject) = self.looking {
                let decision = ready!(self.poll_look(subject, cx));
                self.looking = None;
                self.decide(decision, subject);
                continue;
            }
            if let Some(event) = self.leaving.pop_front() {
                self.progress.left(&event);
                return Poll::Ready(Some(Ok(event)));
            }
            let mut step = Step::EndText;
            let mut item = match (self.next.take(), &mut self.source) {
                (Some(next), _) => {
                    let (event, next_step) = *next;
                    step = next_step;
                    Poll::Ready(Some(Ok(event)))
                }
                (None, Some(_)) if self.look.is_some() => within.poll_next(cx),
                (None, Some(source)) => source.poll_next(&mut self.progress, within, cx),
                (None, None) => return Poll::Ready(self.failure.take().map(Err)),
            };
            let Poll::Ready(Some(Ok(event))) = &mut item else {
                let end = ready!(item);
                self.source = None;
                self.failure = end.and_then(Result::err);
                self.end_text();
                continue;
            };
            let place = self.place(event, step, cx);
            if matches!(place, Place::Leaving) {
                self.progress.left(event);
                return item;
            }
            let Poll::Ready(Some(Ok(event))) = item else { return item };
            match place {
                Place::Next(step) => self.next = Some(Box::new((event, step))),
                Place::Leaving | Place::Waiting => self.waiting.push_back(event),
                Place::Excess => {
                    let message = format!(
                        "the events that wait for a review take more than {MAX_BYTES_WITHOUT_TEXT} bytes"
                    );
                    self.cut_off(Err(Error::new(ErrorKind::TooLarge, message)));
                }
                Place::Decided(decision, subject) => {
                    self.waiting.push_back(event);
                    self.decide(decision, subject);
                }
            }
        }
    }

    /// Does the next steps with an event, until the review has to look at something. Returns where it belongs.
    fn place(&mut self, event: &mut StreamEvent, step: Step, cx: &mut Context<'_>) -> Place {
        if let Some(text) = text_mut(event) {
            // The text of an event that was shown to the review may be there.
            if self.look.is_some() || !text.is_empty() {
                return self.place_text(text, cx);
            }
        }
        if matches!(step, Step::EndText) && self.ends_text(event) && self.end_text() {
            return Place::Next(Step::Quote);
        }
        if let Some(quote) = quote_of(event).filter(|_| !matches!(step, Step::Last)) {
            quote.clone_into(&mut self.quote);
            self.looking = Some(Subject::Quote);
            return Place::Next(Step::Last);
        }
        if self.waiting.is_empty() || matches!(event, StreamEvent::Ping(_)) {
            return Place::Leaving;
        }
        self.bytes_without_text += size_of_held(event);
        if self.bytes_without_text > MAX_BYTES_WITHOUT_TEXT { Place::Excess } else { Place::Waiting }
    }

    /// Lets the review look at the text of an event, and returns where the event belongs.
    fn place_text(&mut self, text: &mut String, cx: &mut Context<'_>) -> Place {
        let (text, subject) = if self.waiting.is_empty() {
            (text, Subject::Event)
        } else {
            self.pending += text;
            (&mut self.pending, Subject::Pending)
        };
        let look = match self.look.take() {
            Some(look) => look,
            None => self.review.as_mut().poll_look(text, false, cx),
        };
        match look {
            Poll::Pending => {
                self.looking = Some(subject);
                Place::Waiting
            }
            Poll::Ready(Ok(bytes)) if matches!(subject, Subject::Event) && bytes >= text.len() => {
                Place::Leaving
            }
            Poll::Ready(decision) => Place::Decided(decision, subject),
        }
    }

    /// Goes on with a look, or begins it.
    fn poll_look(&mut self, subject: Subject, cx: &mut Context<'_>) -> Poll<Decision> {
        let (text, is_end) = match subject {
            Subject::Event => {
                (self.waiting.back_mut().and_then(text_mut).unwrap_or(&mut self.pending), false)
            }
            Subject::Pending => (&mut self.pending, false),
            Subject::End => (&mut self.pending, true),
            Subject::Quote => (&mut self.quote, true),
        };
        self.review.as_mut().poll_look(text, is_end, cx)
    }

    /// Returns `true` if the text before an event ends there.
    fn ends_text(&mut self, event: &StreamEvent) -> bool {
        match event {
            StreamEvent::ContentBlockStart(event) => {
                let kind = Kind::of(&event.content_block);
                std::mem::replace(&mut self.kind, kind) != kind
            }
            StreamEvent::MessageDelta(_) | StreamEvent::MessageStop(_) | StreamEvent::Error(_) => true,
            _ => false,
        }
    }

    /// Lets the review decide about all of the pending text. Returns `false` if there is none.
    fn end_text(&mut self) -> bool {
        let has_text = !self.pending.is_empty();
        if has_text {
            self.looking = Some(Subject::End);
        }
        has_text
    }

    /// Does what a review has said.
    fn decide(&mut self, decision: Decision, subject: Subject) {
        if let (Subject::Event, Some((_, text))) = (subject, self.waiting.back().and_then(text_of)) {
            self.pending += text;
        }
        match (decision, subject) {
            (Ok(_), Subject::Quote) => {}
            (Ok(_), Subject::End) => self.release(self.pending.len()),
            (Ok(bytes), Subject::Event | Subject::Pending) => {
                let excess = self.pending.len().saturating_sub(self.hold_back);
                self.release(bytes.max(excess));
            }
            (Err(end), _) => self.cut_off((*end).map_err(Error::from)),
        }
    }

    /// Drops what may not leave, and ends the message with a refusal or an error.
    fn cut_off(&mut self, end: Result<RefusalStopDetails, Error>) {
        (self.source, self.next, self.failure) = (None, None, None);
        self.pending.clear();
        self.waiting.clear();
        for event in &self.leaving {
            self.progress.left(event);
        }
        match end {
            Ok(details) => self.leaving.extend(self.progress.refuse(details)),
            Err(error) => {
                self.progress.cut_off();
                self.failure = Some(error);
            }
        }
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
            if length == 0 {
                self.bytes_without_text -= size_of_held(&event);
            }
            bytes -= length;
            self.leaving.push_back(event);
        }
    }
}

impl Watch for Held {
    fn poll_next(&mut self, within: &mut Within<'_>, cx: &mut Context<'_>) -> Poll<Item> {
        let item = self.poll_event(within, cx);
        if self.source.is_none() {
            within.end();
        }
        item
    }

    fn wants(&self) -> Wants {
        // Whatever a review looks at is in an event that waits, or that comes next.
        let is_idle = self.waiting.is_empty() && self.leaving.is_empty() && self.next.is_none();
        match &self.source {
            Some(source) if is_idle && source.is_empty() => Wants::Each,
            _ => Wants::Everything,
        }
    }

    // Most texts are released at once and as a whole, so they are neither copied nor moved.
    fn lets_pass(&mut self, piece: Piece, text: &mut String, cx: &mut Context<'_>) -> bool {
        self.progress.written_piece(piece);
        if text.is_empty() || matches!(piece.kind, PieceKind::ToolInput) {
            return true;
        }
        match self.review.as_mut().poll_look(text, false, cx) {
            Poll::Ready(Ok(bytes)) if bytes >= text.len() => true,
            look => {
                self.look = Some(look);
                false
            }
        }
    }
}

/// Cuts the first bytes of its text off an event, and returns an event with them.
fn split(event: &mut StreamEvent, bytes: usize) -> StreamEvent {
    let mut first = event.clone();
    for (event, is_first) in [(&mut first, true), (event, false)] {
        let Some(text) = text_mut(event) else { continue };
        if is_first {
            text.truncate(bytes);
        } else {
            text.drain(..bytes);
        }
    }
    first
}
