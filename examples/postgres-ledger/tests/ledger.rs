//! The steps of a call in the database: each counts once, in whatever order they come.

mod common;
#[path = "../../../tests/support/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use common::Postgres;
use messages_api::Usage;
use messages_api::policy::{Call, CallEnd, Estimate, Hold, Ledger, Settlement, Used};
use messages_api_postgres_ledger::PostgresLedger;
use random::Random;
use tokio::task::JoinSet;
use tokio_postgres::Client;

async fn ledger(postgres: &Postgres, hold_time: Duration) -> Arc<PostgresLedger> {
    let unsettled = format!("{}.jsonl", std::env::temp_dir().join("ledger").display());
    let ledger = PostgresLedger::new(postgres.config().parse().unwrap(), hold_time, unsettled);
    ledger.set_up().await.unwrap();
    Arc::new(ledger)
}

fn call(id: &str) -> Call {
    Call::new(id, "alice", "m")
}

fn settlement(call: Call, tokens: u64) -> Settlement {
    let used = if tokens == 0 { Used::Nothing } else { Used::Reported(Usage::new(tokens, 0)) };
    Settlement::new(call, used, CallEnd::Completed)
}

/// Returns what the account of `alice` has, and what of it is held.
async fn account(client: &Client) -> (i64, i64) {
    let row = client.query_one("SELECT balance, held FROM accounts WHERE id = 'alice'", &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn steps_count_once_and_late_ones_hold_nothing() {
    let Some(postgres) = Postgres::start() else { return };
    let ledger = ledger(&postgres, Duration::from_secs(60)).await;
    let client = postgres.client().await;
    let hold = |tokens| Estimate::new(tokens, 0);
    assert_eq!(ledger.reserve(&call("a"), hold(1)).await.unwrap(), Hold::NoCredit);
    ledger.deposit("alice", 100).await.unwrap();
    assert_eq!(ledger.reserve(&call("a"), hold(101)).await.unwrap(), Hold::NoCredit);
    for _ in 0..2 {
        assert_eq!(ledger.reserve(&call("a"), hold(60)).await.unwrap(), Hold::Granted);
        assert_eq!(account(&client).await, (100, 60));
    }
    assert_eq!(ledger.reserve(&call("b"), hold(41)).await.unwrap(), Hold::NoCredit);
    for _ in 0..2 {
        assert_eq!(ledger.extend(&call("a"), hold(100)).await.unwrap(), Hold::Granted);
    }
    assert_eq!(ledger.extend(&call("a"), hold(101)).await.unwrap(), Hold::NoCredit);
    for _ in 0..2 {
        ledger.settle(&settlement(call("a"), 70)).await.unwrap();
        assert_eq!(account(&client).await, (30, 0));
    }
    assert_eq!(ledger.extend(&call("a"), hold(1)).await.unwrap(), Hold::NoCredit);

    // The caller has left before the hold arrives.
    ledger.settle(&settlement(call("c"), 0)).await.unwrap();
    assert_eq!(ledger.reserve(&call("c"), hold(1)).await.unwrap(), Hold::NoCredit);
    assert_eq!(account(&client).await, (30, 0));

    // What a caller can put into a request is stored as it is.
    let odd = Call::new("d", "alice", "a\0b\u{1f600}'\\");
    ledger.reserve(&odd, hold(1)).await.unwrap();
    ledger.settle(&settlement(odd, 5)).await.unwrap();
    assert_eq!(account(&client).await, (25, 0));
}

#[tokio::test]
async fn holds_expire_and_their_calls_are_charged_all_the_same() {
    let Some(postgres) = Postgres::start() else { return };
    let ledger = ledger(&postgres, Duration::ZERO).await;
    let client = postgres.client().await;
    ledger.deposit("alice", 100).await.unwrap();
    for id in ["a", "b"] {
        ledger.reserve(&call(id), Estimate::new(30, 0)).await.unwrap();
    }
    assert_eq!(account(&client).await, (100, 60));
    assert_eq!(ledger.release_expired().await.unwrap(), 2);
    assert_eq!(ledger.release_expired().await.unwrap(), 0);
    assert_eq!(account(&client).await, (100, 0));
    // One goes on, and the other ends.
    ledger.extend(&call("a"), Estimate::new(40, 0)).await.unwrap();
    ledger.settle(&settlement(call("b"), 20)).await.unwrap();
    assert_eq!(account(&client).await, (80, 40));
    ledger.settle(&settlement(call("a"), 45)).await.unwrap();
    assert_eq!(account(&client).await, (35, 0));
}

#[tokio::test]
async fn an_account_is_not_overspent_by_calls_at_the_same_time() {
    let Some(postgres) = Postgres::start() else { return };
    let mut tasks = JoinSet::new();
    let ledger_for_deposit = ledger(&postgres, Duration::from_secs(60)).await;
    ledger_for_deposit.deposit("alice", 1000).await.unwrap();
    for number in 0..64 {
        // Each with a connection of its own.
        let ledger = ledger(&postgres, Duration::from_secs(60)).await;
        tasks.spawn(async move {
            let mut granted = 0;
            for turn in 0..4 {
                let call = call(&format!("{number}-{turn}"));
                granted +=
                    i64::from(ledger.reserve(&call, Estimate::new(7, 0)).await.unwrap() == Hold::Granted);
            }
            granted
        });
    }
    let granted: i64 = tasks.join_all().await.iter().sum();
    assert_eq!(granted, 1000 / 7);
    assert_eq!(account(&postgres.client().await).await, (1000, granted * 7));
}

#[tokio::test]
async fn a_ledger_whose_database_crashes_fails_and_recovers() {
    let Some(postgres) = Postgres::start() else { return };
    let ledger = ledger(&postgres, Duration::from_secs(60)).await;
    ledger.deposit("alice", 100).await.unwrap();
    ledger.reserve(&call("a"), Estimate::new(60, 0)).await.unwrap();
    postgres.crash();
    // The first attempt may notice the broken connection.
    if ledger.settle(&settlement(call("a"), 50)).await.is_err() {
        ledger.settle(&settlement(call("a"), 50)).await.unwrap();
    }
    assert_eq!(account(&postgres.client().await).await, (50, 0));
}

#[tokio::test]
async fn a_connection_whose_peer_has_vanished_is_replaced() {
    let Some(postgres) = Postgres::start() else { return };
    let (directory, freeze) = postgres.freezable().await;
    let config = format!("host={directory} user=postgres dbname=postgres");
    let ledger = PostgresLedger::new(config.parse().unwrap(), Duration::from_secs(60), "unused.jsonl");
    ledger.set_up().await.unwrap();
    ledger.deposit("alice", 100).await.unwrap();
    freeze.send(true).unwrap();
    assert!(ledger.reserve(&call("a"), Estimate::new(60, 0)).await.is_err());
    // Connections from now on pass.
    assert_eq!(ledger.reserve(&call("a"), Estimate::new(60, 0)).await.unwrap(), Hold::Granted);
}

#[tokio::test]
async fn what_could_not_be_settled_is_replayed_around_lines_that_were_cut_off() {
    let Some(postgres) = Postgres::start() else { return };
    let path = std::env::temp_dir().join(format!("torn-{}.jsonl", std::process::id()));
    let unreadable = path.with_extension("jsonl.unreadable");
    let ledger = PostgresLedger::new(postgres.config().parse().unwrap(), Duration::from_secs(60), &path);
    ledger.set_up().await.unwrap();
    ledger.deposit("alice", 100).await.unwrap();
    ledger.unsettled(settlement(call("a"), 10));
    let torn = b"{\"call\":{\"id\":\"b\xff";
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    std::io::Write::write_all(&mut file, torn).unwrap();
    ledger.unsettled(settlement(call("c"), 20));
    for _ in 0..2 {
        ledger.replay().await.unwrap();
        assert_eq!(account(&postgres.client().await).await, (70, 0));
        assert!(!path.exists());
        assert_eq!(std::fs::read(&unreadable).unwrap().trim_ascii(), torn);
    }
    std::fs::remove_file(unreadable).unwrap();
}

#[tokio::test]
async fn calls_that_ended_long_ago_are_deleted() {
    let Some(postgres) = Postgres::start() else { return };
    let ledger = ledger(&postgres, Duration::from_millis(1)).await;
    let client = postgres.client().await;
    ledger.deposit("alice", 100).await.unwrap();
    for id in ["settled", "expired", "held"] {
        ledger.reserve(&call(id), Estimate::new(10, 0)).await.unwrap();
    }
    ledger.settle(&settlement(call("settled"), 10)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(ledger.release_expired().await.unwrap(), 2);
    ledger.extend(&call("held"), Estimate::new(20, 0)).await.unwrap();
    assert_eq!(ledger.prune(Duration::from_secs(60)).await.unwrap(), 0);
    assert_eq!(ledger.prune(Duration::ZERO).await.unwrap(), 2);
    assert_eq!(account(&client).await, (90, 20));
    let left = client.query_one("SELECT id FROM calls", &[]).await.unwrap();
    assert_eq!(left.get::<_, &str>(0), "held");
}

/// What the books should be, kept by adding and subtracting.
#[derive(Default)]
struct Model {
    balance: i64,
    holds: BTreeMap<usize, i64>,
    settled: BTreeMap<usize, i64>,
}

impl Model {
    fn held(&self) -> i64 {
        self.holds.values().sum()
    }

    fn hold(&mut self, id: usize, total: i64) -> Hold {
        let more = (total - self.holds.get(&id).copied().unwrap_or(0)).max(0);
        if self.settled.contains_key(&id) || more > 0 && more > self.balance - self.held() {
            return Hold::NoCredit;
        }
        *self.holds.entry(id).or_default() += more;
        Hold::Granted
    }

    fn settle(&mut self, id: usize, amount: i64) {
        if let std::collections::btree_map::Entry::Vacant(entry) = self.settled.entry(id) {
            entry.insert(amount);
            self.balance -= amount;
            self.holds.remove(&id);
        }
    }
}

#[tokio::test]
async fn the_books_agree_with_a_model_in_any_order_of_steps() {
    let Some(postgres) = Postgres::start() else { return };
    let ledger = ledger(&postgres, Duration::from_secs(600)).await;
    let client = postgres.client().await;
    let (mut model, mut random) = (Model::default(), Random::new(14));
    ledger.deposit("alice", 0).await.unwrap();
    for step in 0..800 {
        // Few of the ids are new, so that steps are repeated, come late, and come without a first one.
        let id = step / 10 + random.below(12);
        let amount = random.below(200) as u64;
        let call = call(&id.to_string());
        match random.below(8) {
            0 => {
                ledger.deposit("alice", amount as i64).await.unwrap();
                model.balance += amount as i64;
            }
            1..=3 => {
                let hold = ledger.reserve(&call, Estimate::new(0, amount)).await.unwrap();
                assert_eq!(hold, model.hold(id, amount as i64), "step {step}");
            }
            4..=5 => {
                let hold = ledger.extend(&call, Estimate::new(amount, amount)).await.unwrap();
                assert_eq!(hold, model.hold(id, 2 * amount as i64), "step {step}");
            }
            6 => {
                ledger.settle(&settlement(call, amount)).await.unwrap();
                model.settle(id, amount as i64);
            }
            _ => {
                // A process has died, and its holds expire.
                let sql =
                    "UPDATE calls SET expires = now() - interval '1 s' WHERE id = $1 AND expires IS NOT NULL";
                let expired = client.execute(sql, &[&call.id]).await.unwrap();
                assert_eq!(ledger.release_expired().await.unwrap(), expired as i64);
                assert_eq!(model.holds.remove(&id).is_some(), expired == 1, "step {step}");
            }
        }
        assert_eq!(account(&client).await, (model.balance, model.held()), "step {step}");
    }
    assert!(model.settled.len() > 30 && model.balance > 0);
}
