//! Those who watch the events of a stream on their way.

use std::mem;
use std::task::{Context, Poll};

use futures::stream;

use super::message_stream::{BoxEvents, Item};
use crate::ends::{Delivered, Piece};

/// Someone who watches the events of a stream: in effect a stream around it. But nearly all events are deltas
/// that a watch lets pass, so they are shown to it on their way, or only counted for all watches together.
pub(crate) trait Watch: Send {
    /// Polls for the next event that leaves, out of what `within` yields.
    fn poll_next(&mut self, within: &mut Within<'_>, cx: &mut Context<'_>) -> Poll<Item>;

    /// Returns what the watch wants to see of the deltas to come. Unless that is everything, its next
    /// [`poll_next`](Self::poll_next) must begin with `within.poll_next`, or an event that was polled already
    /// would be lost.
    fn wants(&self) -> Wants;

    /// Takes note of deltas that have passed the watch without a call of [`poll_next`](Self::poll_next). They
    /// may never leave, if a review further out holds them.
    fn see(&mut self, _deltas: &Delivered) {}

    /// Returns `true` if a delta with this text may leave as it is. If not, it is the next event that
    /// [`poll_next`](Self::poll_next) finds within. Called if the watch wants [each](Wants::Each) delta. But
    /// a delta comes through `poll_next` at once if another watch wants everything, if there is a second review,
    /// or if another watch does not let so many bytes leave.
    fn lets_pass(&mut self, _piece: Piece, _text: &mut String, _cx: &mut Context<'_>) -> bool {
        true
    }
}

/// What a watch wants to see of the deltas that have nothing but text, thinking or tool input.
#[derive(Clone, Copy)]
pub(crate) enum Wants {
    /// All polls go through the watch, which may have something else to poll or to return.
    Everything,
    /// The watch is asked for each delta whether it may leave.
    Each,
    /// Fewer bytes than this may leave before the watch has to look.
    Nothing { for_bytes: u64 },
}

/// What is within a watch: the watches that began before it, around the events.
pub(crate) struct Within<'a> {
    /// What has been polled already, and how many watches have let it pass.
    polled: &'a mut Option<(usize, Poll<Item>)>,
    events: &'a mut BoxEvents,
    watches: &'a mut [Box<dyn Watch>],
}

impl Within<'_> {
    #[inline]
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        if let Some((_, polled)) = self.polled.take_if(|(passed, _)| *passed == self.watches.len()) {
            return polled;
        }
        match self.watches.split_last_mut() {
            Some((watch, watches)) => {
                watch.poll_next(&mut Within { polled: self.polled, events: self.events, watches }, cx)
            }
            None => self.events.as_mut().poll_next(cx),
        }
    }

    /// Drops all of it, so that nothing follows.
    pub(crate) fn end(&mut self) {
        // Neither of these boxes takes memory.
        *self.events = Box::pin(stream::empty());
        self.watches.iter_mut().for_each(|watch| *watch = Box::new(Ended));
    }
}

/// A watch that has ended.
struct Ended;

impl Watch for Ended {
    fn poll_next(&mut self, within: &mut Within<'_>, cx: &mut Context<'_>) -> Poll<Item> {
        within.poll_next(cx)
    }

    fn wants(&self) -> Wants {
        Wants::Nothing { for_bytes: u64::MAX }
    }
}

/// The watches of a stream.
#[derive(Default)]
pub(super) struct Watches {
    /// From the innermost to the outermost.
    all: Vec<Box<dyn Watch>>,
    /// The position of the one that is asked for each delta.
    asked: Option<usize>,
    /// Fewer bytes than this may leave before a watch has to look; 0 if one wants everything, or if that is
    /// unknown.
    spare: u64,
    /// What has left since the watches were told.
    untold: Delivered,
    /// The delta that a watch has not let pass, and the position of the watch.
    held: Option<(usize, Piece)>,
}

impl Watches {
    pub(super) fn add(&mut self, watch: Box<dyn Watch>) {
        self.tell();
        self.all.push(watch);
        self.spare = 0;
    }

    /// Polls for the next event that leaves, out of `events`.
    pub(super) fn poll_next(&mut self, events: &mut BoxEvents, cx: &mut Context<'_>) -> Poll<Item> {
        self.tell();
        self.poll_watched(None, events, cx)
    }

    /// Returns `true` if no watch has anything else to do before an event is polled.
    #[inline(always)]
    pub(super) fn is_idle(&mut self) -> bool {
        if self.spare == 0 {
            self.note_wants();
        }
        self.spare > 0
    }

    /// Returns `true` if a delta may leave as it is. If not, [`look`](Self::look) must follow.
    #[inline(always)]
    pub(super) fn pass(&mut self, piece: Piece, text: &mut String, cx: &mut Context<'_>) -> bool {
        if piece.bytes >= self.spare {
            return false;
        }
        if let Some(at) = self.asked {
            if !self.all[at].lets_pass(piece, text, cx) {
                self.held = Some((at, piece));
                return false;
            }
        }
        self.spare -= piece.bytes;
        self.untold.add_piece(piece);
        true
    }

    /// Passes an item through the watches that have not let it pass.
    #[inline(never)]
    pub(super) fn look(&mut self, item: &mut Poll<Item>, events: &mut BoxEvents, cx: &mut Context<'_>) {
        if item.is_pending() {
            return;
        }
        self.tell();
        let mut passed = 0;
        if let Some((at, piece)) = self.held.take() {
            let mut delta = Delivered::default();
            delta.add_piece(piece);
            self.all[..at].iter_mut().for_each(|watch| watch.see(&delta));
            passed = at;
        }
        let polled = mem::replace(item, Poll::Pending);
        *item = self.poll_watched(Some((passed, polled)), events, cx);
    }

    #[inline(always)]
    fn poll_watched(
        &mut self,
        mut polled: Option<(usize, Poll<Item>)>,
        events: &mut BoxEvents,
        cx: &mut Context<'_>,
    ) -> Poll<Item> {
        self.spare = 0;
        let item = Within { polled: &mut polled, events, watches: &mut self.all }.poll_next(cx);
        debug_assert!(polled.is_none(), "a watch has not taken what was polled for it");
        item
    }

    /// Tells the watches what has left.
    fn tell(&mut self) {
        let untold = mem::take(&mut self.untold);
        if untold.bytes() == 0 {
            return;
        }
        self.all.iter_mut().for_each(|watch| watch.see(&untold));
    }

    #[inline(never)]
    fn note_wants(&mut self) {
        self.spare = u64::MAX;
        self.asked = None;
        for (at, watch) in self.all.iter().enumerate() {
            match watch.wants() {
                Wants::Everything => self.spare = 0,
                Wants::Each if self.asked.is_none() => self.asked = Some(at),
                Wants::Each => self.spare = 0, // Two reviews of one message are rare.
                Wants::Nothing { for_bytes } => self.spare = self.spare.min(for_bytes),
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::task::Waker;

    use futures::{Stream, StreamExt};

    use super::*;
    use crate::stream::{MessageStream, replay};
    use crate::types::events::{ContentBlockDeltaEvent, StreamEvent, TextDelta};
    use crate::types::usage::Usage;
    use crate::types::{ContentBlock, Message};

    /// A watch that counts the bytes of all deltas, and wants to see another part of them again and again.
    struct Counts {
        bytes: Arc<AtomicU64>,
        /// The number of events that it was asked for or that went through it.
        seen: u64,
        asks: bool,
        /// What it has not let pass yet.
        waiting: Option<StreamEvent>,
    }

    impl Counts {
        fn add(&mut self, deltas: &Delivered) {
            self.bytes.fetch_add(deltas.bytes(), Ordering::Relaxed);
        }
    }

    impl Watch for Counts {
        fn poll_next(&mut self, within: &mut Within<'_>, cx: &mut Context<'_>) -> Poll<Item> {
            if let Some(event) = self.waiting.take() {
                return Poll::Ready(Some(Ok(event)));
            }
            let item = within.poll_next(cx);
            let Poll::Ready(Some(Ok(event))) = item else { return item };
            let mut deltas = Delivered::default();
            deltas.add(&event);
            self.add(&deltas);
            self.seen += 1;
            if self.seen % 5 == 0 {
                self.waiting = Some(event);
                return Poll::Pending;
            }
            Poll::Ready(Some(Ok(event)))
        }

        fn wants(&self) -> Wants {
            match (self.seen % 3, self.asks) {
                _ if self.waiting.is_some() => Wants::Everything,
                (0, _) => Wants::Everything,
                (_, true) => Wants::Each,
                (_, false) => Wants::Nothing { for_bytes: 4 },
            }
        }

        fn see(&mut self, deltas: &Delivered) {
            if !self.asks {
                self.add(deltas);
            }
        }

        fn lets_pass(&mut self, piece: Piece, _text: &mut String, _cx: &mut Context<'_>) -> bool {
            self.seen += 1;
            let passes = self.seen % 4 != 0;
            if passes {
                self.bytes.fetch_add(piece.bytes, Ordering::Relaxed);
            }
            passes
        }
    }

    /// A review that keeps the first delta that it is asked for back for one poll.
    #[derive(Default)]
    struct KeepsBack {
        was_asked: bool,
        keeps_next: bool,
        waiting: Option<StreamEvent>,
    }

    impl Watch for KeepsBack {
        fn poll_next(&mut self, within: &mut Within<'_>, cx: &mut Context<'_>) -> Poll<Item> {
            if let Some(event) = self.waiting.take() {
                return Poll::Ready(Some(Ok(event)));
            }
            match within.poll_next(cx) {
                Poll::Ready(Some(Ok(event))) if mem::take(&mut self.keeps_next) => {
                    self.waiting = Some(event);
                    Poll::Pending
                }
                item => item,
            }
        }

        fn wants(&self) -> Wants {
            if self.waiting.is_some() { Wants::Everything } else { Wants::Each }
        }

        fn lets_pass(&mut self, _piece: Piece, _text: &mut String, _cx: &mut Context<'_>) -> bool {
            self.keeps_next = !mem::replace(&mut self.was_asked, true);
            !self.keeps_next
        }
    }

    #[test]
    fn a_delta_that_a_review_keeps_back_has_passed_the_watches_within_only() {
        let message = Message::new("msg_01", "m", vec![ContentBlock::text("abc")], Usage::new(9, 9));
        let mut stream = MessageStream::new(stream::iter(replay(message)).map(Ok));
        let counts: [Arc<AtomicU64>; 2] = Default::default();
        let count =
            |at: usize| Counts { bytes: Arc::clone(&counts[at]), seen: 0, asks: false, waiting: None };
        stream.watch(count(0));
        stream.watch(KeepsBack::default());
        stream.watch(count(1));
        let mut cx = Context::from_waker(Waker::noop());
        while Pin::new(&mut stream).poll_next(&mut cx).is_ready() {}
        assert_eq!(counts.each_ref().map(|count| count.load(Ordering::Relaxed)), [3, 0]);
        let released = Pin::new(&mut stream).poll_next(&mut cx);
        assert!(matches!(released, Poll::Ready(Some(Ok(event))) if event.text_delta() == Some("abc")));
        assert_eq!(counts.each_ref().map(|count| count.load(Ordering::Relaxed)), [3, 3]);
    }

    #[test]
    fn each_watch_sees_every_delta_once_and_none_is_lost() {
        let message = Message::new("msg_01", "m", vec![ContentBlock::text("start")], Usage::new(9, 9));
        let mut events: Vec<StreamEvent> = replay(message).collect();
        let deltas = (0..200).map(|at: usize| {
            let delta = TextDelta::new("x".repeat(at % 3));
            StreamEvent::from(ContentBlockDeltaEvent::new(0, delta))
        });
        events.splice(3..3, deltas);
        let bytes: u64 = 5 + (0..200).map(|at| at % 3).sum::<u64>();
        for case in 0..8 {
            for is_added_up in [false, true] {
                let mut stream = MessageStream::new(stream::iter(events.clone()).map(Ok));
                if !is_added_up {
                    stream = stream.without_accumulation();
                }
                let counts: Vec<_> = (0..3).map(|_| Arc::<AtomicU64>::default()).collect();
                for (at, bytes) in counts.iter().enumerate() {
                    let (bytes, asks) = (Arc::clone(bytes), case >> at & 1 == 1);
                    stream.watch(Counts { bytes, seen: at as u64, asks, waiting: None });
                }
                let (sender, outcome) = std::sync::mpsc::channel();
                let mut stream = stream.on_end(move |outcome| sender.send(outcome.delivered).unwrap());
                let mut left = Vec::new();
                let mut cx = Context::from_waker(Waker::noop());
                loop {
                    match Pin::new(&mut stream).poll_next(&mut cx) {
                        Poll::Ready(Some(event)) => left.push(event.unwrap()),
                        Poll::Ready(None) => break,
                        Poll::Pending => {} // a watch lets an event wait for one poll
                    }
                }
                assert_eq!(left, events, "{case} {is_added_up}");
                for count in counts {
                    assert_eq!(count.load(Ordering::Relaxed), bytes, "{case} {is_added_up}");
                }
                let delivered = outcome.recv().unwrap();
                assert_eq!((delivered.events, delivered.bytes()), (events.len() as u64, bytes));
            }
        }
    }
}
