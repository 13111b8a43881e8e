//! The events of a stream, and those who watch them.

use std::task::{Context, Poll};

use super::message_stream::{BoxEvents, Item};
#[cfg(feature = "policy")]
use super::watch::{Watch, Watches};
use crate::ends::Piece;

/// The events of a stream, and the policies that watch them.
pub(super) struct WatchedEvents {
    events: BoxEvents,
    /// `None` if nobody watches.
    #[cfg(feature = "policy")]
    watches: Option<Box<Watches>>,
}

impl WatchedEvents {
    pub(super) fn new(events: BoxEvents) -> Self {
        Self {
            events,
            #[cfg(feature = "policy")]
            watches: None,
        }
    }

    /// Polls for the next event that leaves.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        #[cfg(feature = "policy")]
        if let Some(watches) = &mut self.watches {
            return watches.poll_next(&mut self.events, cx);
        }
        self.poll_unwatched(cx)
    }

    /// Lets `watch` watch what leaves from now on.
    #[cfg(feature = "policy")]
    pub(super) fn watch(&mut self, watch: Box<dyn Watch>) {
        self.watches.get_or_insert_default().add(watch);
    }
}

/// The same in two steps, by which most events are not moved: to [poll](Self::poll_unwatched), if the watches
/// [are idle](Self::is_idle), and then to let what was polled [pass](Self::pass).
impl WatchedEvents {
    #[inline(always)]
    pub(super) fn is_watched(&self) -> bool {
        #[cfg(feature = "policy")]
        return self.watches.is_some();
        #[cfg(not(feature = "policy"))]
        false
    }

    /// Returns `true` if the watches have nothing else to do before an event is polled.
    #[inline(always)]
    pub(super) fn is_idle(&mut self) -> bool {
        #[cfg(feature = "policy")]
        if let Some(watches) = &mut self.watches {
            return watches.is_idle();
        }
        true
    }

    #[inline(always)]
    pub(super) fn poll_unwatched(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        self.events.as_mut().poll_next(cx)
    }

    /// Returns `true` if a delta may leave as it is. If not, [`look`](Self::look) must follow.
    #[inline(always)]
    pub(super) fn pass(&mut self, piece: Piece, text: &mut String, cx: &mut Context<'_>) -> bool {
        #[cfg(feature = "policy")]
        if let Some(watches) = &mut self.watches {
            return watches.pass(piece, text, cx);
        }
        let _ = (piece, text, cx);
        true
    }

    /// Replaces what was polled, and did not pass, by what leaves.
    pub(super) fn look(&mut self, item: &mut Poll<Item>, cx: &mut Context<'_>) {
        #[cfg(feature = "policy")]
        if let Some(watches) = &mut self.watches {
            watches.look(item, &mut self.events, cx);
        }
        let _ = (item, cx);
    }
}
