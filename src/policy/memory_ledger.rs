//! A ledger in memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ledger::{Call, Estimate, Hold, Ledger, Settlement};
use crate::types::usage::Usage;

/// A ledger in the memory of one process, exact however many calls there are at a time.
///
/// It is for tests, and for hosts whose credits need not survive a restart, such as daily allowances. A
/// principal without a [deposit](Self::deposit) has no credit. A settlement of a call that the ledger holds
/// nothing for is one that it has seen before, and has no effect; so settlements of an earlier process cannot
/// be replayed into it.
///
/// Credit is counted in tokens, each of the input and the output as one, unless [`priced`](Self::priced) says
/// otherwise. An account is overdrawn if a call used more than was held for it.
///
/// ```
/// use messages_api::policy::{Account, MemoryLedger};
///
/// // In millionths of a cent: 300 for a token of the input, 1,500 for one of the output.
/// let ledger = MemoryLedger::new()
///     .priced(|_model, usage| 300 * usage.total_input_tokens() + 1500 * usage.output_tokens);
/// ledger.deposit("acme", 5_000_000);
/// assert_eq!(ledger.account("acme"), Account { balance: 5_000_000, held: 0 });
/// ```
pub struct MemoryLedger {
    price: Box<Price>,
    books: Mutex<Books>,
}

type Price = dyn Fn(&str, &Usage) -> u64 + Send + Sync;

/// What an account of a [`MemoryLedger`] has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct Account {
    /// What was deposited, without what was settled; negative if the account is overdrawn.
    pub balance: i64,
    /// What of this is held for open calls.
    pub held: u64,
}

#[derive(Default)]
struct Books {
    accounts: HashMap<String, Account>,
    /// What is held for each open call, by its id.
    holds: HashMap<String, u64>,
}

impl MemoryLedger {
    /// Creates a ledger without accounts.
    pub fn new() -> Self {
        Self {
            price: Box::new(|_model, usage| usage.total_input_tokens().saturating_add(usage.output_tokens)),
            books: Mutex::default(),
        }
    }

    /// Sets what a usage costs, given the model that the request names.
    #[must_use]
    pub fn priced(mut self, price: impl Fn(&str, &Usage) -> u64 + Send + Sync + 'static) -> Self {
        self.price = Box::new(price);
        self
    }

    /// Adds to the balance of a principal.
    pub fn deposit(&self, principal: impl Into<String>, amount: u64) {
        let mut books = self.books();
        let account = books.accounts.entry(principal.into()).or_default();
        account.balance = account.balance.saturating_add_unsigned(amount);
    }

    /// Returns the account of a principal.
    pub fn account(&self, principal: &str) -> Account {
        self.books().accounts.get(principal).copied().unwrap_or_default()
    }

    /// Raises what is held for a call to what `total` costs, if the balance allows it.
    fn hold(&self, call: &Call, total: Estimate, is_new: bool) -> Hold {
        let cost = (self.price)(&call.model, &total.to_usage());
        let books = &mut *self.books();
        let hold = books.holds.entry(call.id.clone());
        let held = match &hold {
            Entry::Occupied(held) => *held.get(),
            Entry::Vacant(_) if is_new => 0,
            Entry::Vacant(_) => return Hold::NoCredit,
        };
        let more = cost.saturating_sub(held);
        let Some(account) = books.accounts.get_mut(&call.principal) else { return Hold::NoCredit };
        let wanted = i128::from(account.held) + i128::from(more);
        if more > 0 && wanted > i128::from(account.balance) {
            return Hold::NoCredit;
        }
        account.held += more;
        *hold.or_default() += more;
        Hold::Granted
    }

    fn end(&self, settlement: &Settlement) {
        let Settlement { call, used, .. } = settlement;
        let cost = used.usage().map_or(0, |usage| (self.price)(&call.model, usage));
        let books = &mut *self.books();
        let Some(held) = books.holds.remove(&call.id) else { return };
        // An account is never removed, and without one nothing is held.
        let Some(account) = books.accounts.get_mut(&call.principal) else { return };
        account.held -= held;
        account.balance = account.balance.saturating_sub_unsigned(cost);
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        // Nothing that can panic runs between two changes that belong together.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every method takes effect when it is called, and its future is ready.
impl Ledger for MemoryLedger {
    fn reserve(
        &self,
        call: &Call,
        estimate: Estimate,
    ) -> impl Future<Output = Result<Hold, Box<dyn StdError + Send + Sync>>> + Send {
        ready(Ok(self.hold(call, estimate, true)))
    }

    fn extend(
        &self,
        call: &Call,
        total: Estimate,
    ) -> impl Future<Output = Result<Hold, Box<dyn StdError + Send + Sync>>> + Send {
        ready(Ok(self.hold(call, total, false)))
    }

    fn settle(
        &self,
        settlement: &Settlement,
    ) -> impl Future<Output = Result<(), Box<dyn StdError + Send + Sync>>> + Send {
        self.end(settlement);
        ready(Ok(()))
    }

    fn unsettled(&self, settlement: Settlement) {
        self.end(&settlement);
    }
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let books = self.books();
        f.debug_struct("MemoryLedger")
            .field("accounts", &books.accounts)
            .field("holds", &books.holds)
            .finish_non_exhaustive()
    }
}
