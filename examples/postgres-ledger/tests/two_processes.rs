//! Two servers that share the credits, one of which is killed half-way.

mod common;
#[path = "../../../tests/support/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use common::Postgres;
use messages_api::policy::{CallEnd, Settlement, Used};
use messages_api_postgres_ledger::PostgresLedger;
use random::Random;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const DEPOSIT: i64 = 1_000_000;

/// The calls to each server.
const CALLS: usize = 150;

/// How many calls to the server that is killed are still open then, at least.
const OPEN: usize = 20;

struct Server {
    child: Child,
    address: String,
}

impl Server {
    async fn start(postgres: &Postgres, unsettled: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        command.env("DATABASE", postgres.config()).env("HOLD_SECONDS", "3").env("UNSETTLED", unsettled);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut address).await.unwrap();
        Self { child, address: address.trim().to_owned() }
    }
}

/// What a caller knows of its call.
#[derive(Default)]
struct Seen {
    request_id: String,
    words: usize,
    is_complete: bool,
}

/// Makes a call whose reply has so many words, and leaves after `most` bytes.
async fn call(address: String, words: usize, most: usize) -> Seen {
    let mut seen = Seen::default();
    let Ok(mut socket) = TcpStream::connect(address).await else { return seen };
    let text = "word ".repeat(words);
    let body = format!(
        r#"{{"model":"m","max_tokens":5000,"stream":true,"messages":[{{"role":"user","content":"{}"}}]}}"#,
        text.trim()
    );
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: key-alice\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let _ = socket.write_all((head + &body).as_bytes()).await;
    let (mut received, mut chunk) = (Vec::new(), [0; 1024]);
    while received.len() < most {
        match socket.read(&mut chunk).await {
            Ok(count) if count > 0 => received.extend(&chunk[..count]),
            _ => break,
        }
    }
    let received = String::from_utf8_lossy(&received);
    if let Some((_, rest)) = received.split_once("request-id: ") {
        seen.request_id = rest.split("\r\n").next().unwrap_or_default().to_owned();
    }
    seen.words = received.matches("text_delta").count();
    seen.is_complete = received.contains("message_stop");
    seen
}

/// Makes many calls at random, each with a chance of one in three that the caller leaves.
fn calls(server: &Server, seed: u64) -> JoinSet<Seen> {
    let (mut calls, mut random) = (JoinSet::new(), Random::new(seed));
    for number in 0..CALLS {
        let most = if random.one_in(3) { random.below(20_000) } else { usize::MAX };
        let (address, words) = (server.address.clone(), 1 + random.below(600));
        calls.spawn(async move {
            sleep(Duration::from_millis(number as u64 * 10)).await;
            call(address, words, most).await
        });
    }
    calls
}

#[tokio::test]
async fn what_a_killed_server_held_is_released_and_nothing_is_charged_twice() {
    let Some(postgres) = Postgres::start() else { return };
    let [first, second] = ["first", "second"].map(|name| {
        std::env::temp_dir().join(format!("unsettled-{}-{name}", std::process::id())).display().to_string()
    });
    let ledger = PostgresLedger::new(postgres.config().parse().unwrap(), Duration::from_secs(60), &first);
    ledger.set_up().await.unwrap();
    ledger.deposit("alice", DEPOSIT).await.unwrap();
    let client = postgres.client().await;

    let mut killed = Server::start(&postgres, &first).await;
    let first_calls = calls(&killed, 1);
    let mut other = Server::start(&postgres, &second).await;
    let other_calls = calls(&other, 2);
    // Half-way: some of its calls are settled, and many are open.
    let settled = "SELECT count(*) FROM calls WHERE used IS NOT NULL";
    while client.query_one(settled, &[]).await.unwrap().get::<_, i64>(0) < CALLS as i64 / 2 {
        sleep(Duration::from_millis(5)).await;
    }
    killed.child.kill().await.unwrap();
    let mut seen = first_calls.join_all().await;
    let cut = seen.iter().filter(|seen| !seen.request_id.is_empty() && !seen.is_complete).count();
    assert!(cut >= OPEN, "only {cut} calls were open");
    seen.extend(other_calls.join_all().await);

    // The other server releases what the killed one held.
    let held = "SELECT count(*) FROM calls WHERE expires IS NOT NULL";
    let released = async {
        while client.query_one(held, &[]).await.unwrap().get::<_, i64>(0) > 0 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(60), released).await.unwrap();
    let pid = other.child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    assert!(timeout(Duration::from_secs(60), other.child.wait()).await.unwrap().unwrap().success());
    assert!(!std::path::Path::new(&second).exists(), "something was not settled");

    // The books: each call has one row, which is settled, or was held by the killed server.
    let sql = "SELECT request_id, reserved, held, used, settlement FROM calls";
    let (mut rows, mut expired) = (BTreeMap::new(), 0);
    let (mut spent, mut reserved, mut released, mut excess) = (0, 0, 0, 0);
    for row in client.query(sql, &[]).await.unwrap() {
        let (request_id, total): (String, i64) = (row.get(0), row.get(1));
        assert_eq!(row.get::<_, i64>(2), 0, "{request_id} is still held");
        let used = row.get::<_, Option<i64>>(3).unwrap_or(0);
        let settlement: Option<String> = row.get(4);
        let settlement = settlement.map(|json| serde_json::from_str::<Settlement>(&json).unwrap());
        expired += usize::from(settlement.is_none());
        spent += used;
        reserved += total;
        released += (total - used).max(0);
        excess += (used - total).max(0);
        assert!(rows.insert(request_id, (used, settlement)).is_none(), "two calls of one request");
    }
    assert_eq!(reserved + excess, spent + released);
    let account =
        client.query_one("SELECT balance, held FROM accounts WHERE id = 'alice'", &[]).await.unwrap();
    assert_eq!((account.get::<_, i64>(0), account.get::<_, i64>(1)), (DEPOSIT - spent, 0));

    // What the callers saw.
    let (mut complete, mut left) = (0, 0);
    for (number, seen) in seen.iter().enumerate().filter(|(_, seen)| !seen.request_id.is_empty()) {
        let (used, settlement) = &rows[&seen.request_id];
        let Some(settlement) = settlement else {
            assert!(number < CALLS, "a call to the other server was not settled");
            continue;
        };
        if seen.is_complete {
            complete += 1;
            assert_eq!(settlement.end, CallEnd::Completed);
            assert!(
                matches!(&settlement.used, Used::Reported(usage) if usage.output_tokens == seen.words as u64)
            );
            assert_eq!(*used as u64, settlement.used.usage().unwrap().input_tokens + seen.words as u64);
        } else if let Used::Estimated(usage) = &settlement.used {
            left += 1;
            assert!(usage.output_tokens as usize >= seen.words, "{} words for {usage:?}", seen.words);
        }
    }
    println!(
        "{} calls, {complete} complete, {left} left, {expired} expired; reserved {reserved} + excess {excess} = \
         settled {spent} + released {released}",
        rows.len()
    );
    assert!(complete > CALLS / 2 && left > 10 && expired >= OPEN / 2);
}
