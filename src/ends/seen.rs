//! What the hooks of a reply have seen of it.

use super::outcome::Delivered;
use crate::clock::Moment;
use crate::types::events::StreamEvent;
use crate::types::usage::Usage;
use crate::types::{Message, StopReason};

#[derive(Default)]
pub(super) struct Seen {
    pub(super) usage: Option<Usage>,
    pub(super) stop_reason: Option<StopReason>,
    pub(super) delivered: Delivered,
    pub(super) first_event: Option<Moment>,
    pub(super) first_token: Option<Moment>,
}

impl Seen {
    /// Takes note of what a whole message reports. It is not delivered yet.
    pub(super) fn message(&mut self, message: &Message) {
        self.usage = Some(message.usage.clone());
        self.stop_reason.clone_from(&message.stop_reason);
    }

    /// Returns `true` if the time of the first piece of content is known.
    pub(super) fn has_token(&self) -> bool {
        self.first_token.is_some()
    }

    /// Takes note of what an event reports, and counts it if it is handed over.
    pub(super) fn event(&mut self, event: &StreamEvent, is_delivered: bool) {
        match event {
            StreamEvent::MessageStart(event) => self.message(&event.message),
            StreamEvent::MessageDelta(event) => {
                if let Some(usage) = &event.usage {
                    // Not the fields that the crate does not know, so that the counts stay small however many
                    // events there are.
                    self.usage.get_or_insert_with(|| Usage::new(0, 0)).update(usage);
                }
                if event.delta.stop_reason.is_some() {
                    self.stop_reason.clone_from(&event.delta.stop_reason);
                }
            }
            _ => {}
        }
        if is_delivered {
            self.deliver(event);
        }
    }

    fn deliver(&mut self, event: &StreamEvent) {
        self.first_event.get_or_insert_with(Moment::now);
        if self.delivered.add(event) {
            self.first_token.get_or_insert_with(Moment::now);
        }
    }
}
