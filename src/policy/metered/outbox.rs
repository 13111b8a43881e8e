//! What lies between the end of a call and its settlement.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::dyn_ledger::{DynLedger, within};
use crate::guard::{contain, guarded};
use crate::policy::ledger::Settlement;

type BoxError = Box<dyn StdError + Send + Sync>;

/// A queue of settlements, bounded by slots. A call takes its slot before it begins, and the slot goes with
/// its settlement until that is entered, so that there is room for every settlement.
pub(super) struct Outbox {
    slots: Arc<Semaphore>,
    sender: Sender<Envelope>,
}

/// The right to send one settlement.
pub(super) type Slot = OwnedSemaphorePermit;

/// A settlement on its way. If it is dropped, wherever that is, the settlement is left to the host.
pub(super) struct Envelope {
    /// `None` once it is entered.
    settlement: Option<Box<Settlement>>,
    ledger: Arc<dyn DynLedger>,
    /// The number of attempts that have failed.
    pub(super) failures: u32,
    _slot: Slot,
}

impl Envelope {
    /// Attempts to enter the settlement.
    pub(super) async fn attempt(&mut self, time_limit: Duration) -> Result<(), BoxError> {
        if let Some(settlement) = &self.settlement {
            within(time_limit, guarded(|| self.ledger.settle(settlement))).await???;
        }
        self.settlement = None;
        Ok(())
    }

    #[cfg(feature = "tracing")]
    pub(super) fn call_id(&self) -> Option<&str> {
        self.settlement.as_ref().map(|settlement| &*settlement.call.id)
    }
}

impl Drop for Envelope {
    fn drop(&mut self) {
        if let Some(settlement) = self.settlement.take() {
            #[cfg(feature = "tracing")]
            tracing::error!(call = settlement.call.id, "a call could not be settled");
            contain(|| self.ledger.unsettled(*settlement));
        }
    }
}

/// The worker's side.
pub(super) struct Inbox {
    slots: Arc<Semaphore>,
    pub(super) receiver: Receiver<Envelope>,
}

/// Creates an outbox with this many slots. Its inbox ends when the outbox has been dropped.
pub(super) fn outbox(slots: usize) -> (Outbox, Inbox) {
    let count = slots.min(Semaphore::MAX_PERMITS);
    let slots = Arc::new(Semaphore::new(count));
    // What waits in the channel has a slot, so the channel is never full.
    let (sender, receiver) = channel(count.max(1));
    (Outbox { slots: Arc::clone(&slots), sender }, Inbox { slots, receiver })
}

impl Outbox {
    /// Takes a slot; returns `None` if none is free, or if nobody will settle anything any more.
    pub(super) fn slot(&self) -> Option<Slot> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }

    /// Sends a settlement to the worker, or leaves it to the host if there is none any more.
    pub(super) fn send(&self, slot: Slot, settlement: Settlement, ledger: &Arc<dyn DynLedger>) {
        let (settlement, ledger) = (Some(Box::new(settlement)), Arc::clone(ledger));
        drop(self.sender.try_send(Envelope { settlement, ledger, failures: 0, _slot: slot }));
    }
}

/// Lets no more calls begin. The settlements that nobody has received are dropped.
impl Drop for Inbox {
    fn drop(&mut self) {
        self.slots.close();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::policy::ledger::{Call, CallEnd, Estimate, Hold, Ledger, Used};

    /// A ledger that says which settlements are left to it.
    struct Left(std::sync::mpsc::Sender<String>);

    impl Ledger for Left {
        async fn reserve(&self, _call: &Call, _estimate: Estimate) -> Result<Hold, BoxError> {
            Ok(Hold::Granted)
        }

        async fn extend(&self, _call: &Call, _total: Estimate) -> Result<Hold, BoxError> {
            Ok(Hold::Granted)
        }

        async fn settle(&self, _settlement: &Settlement) -> Result<(), BoxError> {
            Ok(())
        }

        fn unsettled(&self, settlement: Settlement) {
            self.0.send(settlement.call.id).unwrap();
        }
    }

    #[tokio::test]
    async fn a_settlement_that_is_dropped_anywhere_is_left_to_the_host() {
        let (sender, left) = std::sync::mpsc::channel();
        let ledger: Arc<dyn DynLedger> = Arc::new(Left(sender));
        let (outbox, mut inbox) = outbox(4);
        let send = |id: &str| {
            let settlement = Settlement::new(Call::new(id, "a", "m"), Used::Nothing, CallEnd::Completed);
            outbox.send(outbox.slot().unwrap(), settlement, &ledger);
        };
        for id in ["received", "entered", "sent"] {
            send(id);
        }
        let slot = outbox.slot().unwrap();
        drop(inbox.receiver.recv().await.unwrap());
        let mut entered = inbox.receiver.recv().await.unwrap();
        entered.attempt(Duration::from_secs(1)).await.unwrap();
        drop((entered, inbox));
        assert!(outbox.slot().is_none());
        let late = Settlement::new(Call::new("late", "a", "m"), Used::Nothing, CallEnd::Completed);
        outbox.send(slot, late, &ledger);
        assert_eq!(left.try_iter().collect::<Vec<_>>(), ["received", "sent", "late"]);
    }
}
