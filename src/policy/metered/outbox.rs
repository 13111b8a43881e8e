//! What lies between the end of a call and its settlement.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::dyn_ledger::DynLedger;
use crate::guard::contain;
use crate::policy::ledger::Settlement;

/// A queue of settlements, bounded by slots. A call takes its slot before it begins, and the slot goes with
/// its settlement until that is entered, so that there is room for every settlement.
pub(super) struct Outbox {
    slots: Arc<Semaphore>,
    sender: UnboundedSender<Envelope>,
}

/// The right to send one settlement.
pub(super) type Slot = OwnedSemaphorePermit;

/// A settlement on its way.
pub(super) struct Envelope {
    pub(super) settlement: Arc<Settlement>,
    /// The number of attempts that have failed.
    pub(super) failures: u32,
    _slot: Slot,
}

impl Envelope {
    /// Leaves the settlement to the host.
    pub(super) fn give_up(self, ledger: &dyn DynLedger) {
        #[cfg(feature = "tracing")]
        tracing::error!(call = self.settlement.call.id, "a call could not be settled");
        let settlement = Arc::unwrap_or_clone(self.settlement);
        contain(|| ledger.unsettled(settlement));
    }
}

/// The worker's side.
pub(super) struct Inbox {
    slots: Arc<Semaphore>,
    pub(super) receiver: UnboundedReceiver<Envelope>,
}

/// Creates an outbox with this many slots. Its inbox ends when the outbox has been dropped.
pub(super) fn outbox(slots: usize) -> (Outbox, Inbox) {
    let slots = Arc::new(Semaphore::new(slots.min(Semaphore::MAX_PERMITS)));
    let (sender, receiver) = unbounded_channel();
    (Outbox { slots: Arc::clone(&slots), sender }, Inbox { slots, receiver })
}

impl Outbox {
    /// Takes a slot; returns `None` if none is free, or if nobody will settle anything any more.
    pub(super) fn slot(&self) -> Option<Slot> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }

    pub(super) fn send(&self, slot: Slot, settlement: Settlement, ledger: &dyn DynLedger) {
        let envelope = Envelope { settlement: Arc::new(settlement), failures: 0, _slot: slot };
        if let Err(rejected) = self.sender.send(envelope) {
            rejected.0.give_up(ledger);
        }
    }
}

impl Inbox {
    /// Lets no more calls begin, and returns the settlements that nobody has received.
    pub(super) fn close(&mut self) -> impl Iterator<Item = Envelope> + '_ {
        self.slots.close();
        self.receiver.close();
        std::iter::from_fn(|| self.receiver.try_recv().ok())
    }
}
