//! A ledger that keeps a journal and fails when it is told to.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::{Mutex, MutexGuard};

use messages_api::policy::{Account, Call, Estimate, Hold, Ledger, MemoryLedger, Settlement, Used};

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// What a ledger is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Reserve,
    Extend,
    Settle,
}

/// What goes wrong in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The step fails, and has no effect.
    Before,
    /// The step takes effect, and fails all the same.
    After,
    /// The step takes effect, and never ends.
    Hang,
    Panic,
}

/// A [`MemoryLedger`] with a journal, in which one token costs one.
pub(crate) struct Books {
    ledger: MemoryLedger,
    journal: Mutex<Journal>,
    fault: Box<Faults>,
}

type Faults = dyn Fn(Step, &Call) -> Fault + Send + Sync;

#[derive(Default)]
pub(crate) struct Journal {
    pub(crate) calls: BTreeMap<String, Entry>,
    /// The holds that took effect or were refused, with the ids of their calls.
    pub(crate) steps: Vec<(Step, String, Estimate)>,
    pub(crate) unsettled: Vec<Settlement>,
    deposits: BTreeMap<String, u64>,
}

/// A call in the journal.
#[derive(Default)]
pub(crate) struct Entry {
    /// What was granted in total.
    pub(crate) reserved: u64,
    /// What was entered, each time that it was.
    pub(crate) settlements: Vec<Settlement>,
}

impl Books {
    pub(crate) fn new() -> Self {
        Self::failing(|_, _| Fault::None)
    }

    pub(crate) fn failing(fault: impl Fn(Step, &Call) -> Fault + Send + Sync + 'static) -> Self {
        Self { ledger: MemoryLedger::new(), journal: Mutex::default(), fault: Box::new(fault) }
    }

    pub(crate) fn deposit(&self, principal: &str, amount: u64) {
        *self.journal().deposits.entry(principal.to_owned()).or_default() += amount;
        self.ledger.deposit(principal, amount);
    }

    pub(crate) fn account(&self, principal: &str) -> Account {
        self.ledger.account(principal)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap()
    }

    /// Returns the totals that were reserved, and then extended to, of the output.
    pub(crate) fn held_outputs(&self) -> Vec<u64> {
        let journal = self.journal();
        journal.steps.iter().map(|(_, _, total)| total.output_tokens).collect()
    }

    /// Returns the only settlement that was entered.
    pub(crate) fn settlement(&self) -> Settlement {
        let journal = self.journal();
        let settlements: Vec<_> = journal.calls.values().flat_map(|entry| &entry.settlements).collect();
        assert_eq!(settlements.len(), 1, "{settlements:?}");
        settlements[0].clone()
    }

    /// Checks that nothing is held any more, that every call was charged once, and that the accounts agree.
    pub(crate) fn check_balanced(&self) {
        let journal = self.journal();
        let (mut reserved, mut settled, mut released, mut excess) = (0, 0, 0, 0);
        let mut spent = BTreeMap::<&str, u64>::new();
        for (id, entry) in &journal.calls {
            let [first, others @ ..] = &*entry.settlements else {
                assert_eq!(entry.reserved, 0, "{id} is not settled");
                continue;
            };
            assert!(others.iter().all(|other| other == first), "{id} was settled differently");
            let used = cost(&first.used);
            *spent.entry(&first.call.principal).or_default() += used;
            reserved += entry.reserved;
            settled += used;
            released += entry.reserved.saturating_sub(used);
            excess += used.saturating_sub(entry.reserved);
        }
        assert_eq!(reserved + excess, settled + released);
        for (principal, deposit) in &journal.deposits {
            let spent = spent.remove(&**principal).unwrap_or(0);
            let balance = i64::try_from(*deposit).unwrap() - i64::try_from(spent).unwrap();
            assert_eq!(self.account(principal), Account { balance, held: 0 }, "{principal}");
        }
        assert!(spent.is_empty(), "charged without a deposit: {spent:?}");
    }

    async fn step<T>(&self, step: Step, call: &Call, work: impl FnOnce() -> T) -> Result<T, BoxError> {
        match (self.fault)(step, call) {
            Fault::None => Ok(work()),
            Fault::Before => Err("down".into()),
            Fault::After => {
                work();
                Err("cut off".into())
            }
            Fault::Hang => {
                work();
                std::future::pending().await
            }
            Fault::Panic => panic!("a ledger that panics"),
        }
    }

    fn note(&self, step: Step, call: &Call, estimate: Estimate, hold: Hold) -> Hold {
        let mut journal = self.journal();
        journal.steps.push((step, call.id.clone(), estimate));
        let entry = journal.calls.entry(call.id.clone()).or_default();
        if hold == Hold::Granted {
            entry.reserved = entry.reserved.max(estimate.input_tokens + estimate.output_tokens);
        }
        hold
    }
}

/// What the tokens cost.
pub(crate) fn cost(used: &Used) -> u64 {
    used.usage().map_or(0, |usage| usage.total_input_tokens() + usage.output_tokens)
}

impl Ledger for Books {
    async fn reserve(&self, call: &Call, estimate: Estimate) -> Result<Hold, BoxError> {
        let work = || now(self.ledger.reserve(call, estimate));
        let hold = || self.note(Step::Reserve, call, estimate, work());
        self.step(Step::Reserve, call, hold).await
    }

    async fn extend(&self, call: &Call, total: Estimate) -> Result<Hold, BoxError> {
        let work = || now(self.ledger.extend(call, total));
        let hold = || self.note(Step::Extend, call, total, work());
        self.step(Step::Extend, call, hold).await
    }

    async fn settle(&self, settlement: &Settlement) -> Result<(), BoxError> {
        let work = || {
            now(self.ledger.settle(settlement));
            let mut journal = self.journal();
            let entry = journal.calls.entry(settlement.call.id.clone()).or_default();
            entry.settlements.push(settlement.clone());
        };
        self.step(Step::Settle, &settlement.call, work).await
    }

    fn unsettled(&self, settlement: Settlement) {
        self.journal().unsettled.push(settlement);
    }
}

/// Returns the result of a future that is ready.
fn now<T>(future: impl Future<Output = Result<T, BoxError>>) -> T {
    futures::FutureExt::now_or_never(future).unwrap().unwrap()
}
