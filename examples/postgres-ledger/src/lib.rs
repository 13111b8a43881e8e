//! A ledger in PostgreSQL: the credits survive a restart, and many servers share them.
//!
//! Each step is one function of `schema.sql`, and so one statement, one round trip and one transaction.
//! One token costs one here; a host puts its prices into [`cost`].

use std::error::Error as StdError;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use messages_api::Usage;
use messages_api::policy::{Call, Estimate, Hold, Ledger, Settlement};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

type BoxError = Box<dyn StdError + Send + Sync>;

/// How long it may take to connect, and how long a step may, after which its connection counts as dead: a peer
/// that has vanished closes nothing. Together they are less than the time limit of `Metered`.
const TIME_LIMIT: Duration = Duration::from_secs(4);

/// A ledger whose books are in PostgreSQL.
///
/// All steps share one connection, which is opened again when it has broken or counts as dead. A host that has
/// a pool takes the connection from there.
pub struct PostgresLedger {
    config: Config,
    connection: Mutex<Option<Arc<Connection>>>,
    hold_time: Duration,
    unsettled: PathBuf,
}

struct Connection {
    client: Client,
    hold: Statement,
    settle: Statement,
    driver: JoinHandle<()>,
    is_dead: AtomicBool,
}

impl PostgresLedger {
    /// Creates a ledger that writes what it cannot settle into the file `unsettled`, which no other process may
    /// use.
    ///
    /// `hold_time` should be longer than any call takes: a call whose hold has expired is still charged, but
    /// meanwhile its credit can be spent by others.
    pub fn new(config: Config, hold_time: Duration, unsettled: impl Into<PathBuf>) -> Self {
        Self { config, connection: Mutex::new(None), hold_time, unsettled: unsettled.into() }
    }

    /// Creates the tables and the functions, unless they exist.
    pub async fn set_up(&self) -> Result<(), BoxError> {
        let (client, connection) = self.config.connect(NoTls).await?;
        let driver = tokio::spawn(connection);
        client.batch_execute(include_str!("schema.sql")).await?;
        drop(client);
        Ok(driver.await??)
    }

    /// Adds to the balance of an account.
    pub async fn deposit(&self, account: &str, amount: i64) -> Result<(), BoxError> {
        let sql = "INSERT INTO accounts (id, balance) VALUES ($1, $2)
            ON CONFLICT (id) DO UPDATE SET balance = accounts.balance + excluded.balance";
        self.connection().await?.client.execute(sql, &[&account, &amount]).await?;
        Ok(())
    }

    /// Releases the holds that have expired, of this process and of others, and returns their number.
    pub async fn release_expired(&self) -> Result<i64, BoxError> {
        let row = self.connection().await?.client.query_one("SELECT release_expired()", &[]).await?;
        Ok(row.get(0))
    }

    /// Deletes the calls that have ended longer ago than `age`, and returns their number.
    ///
    /// That a call is charged once depends on its row, so nothing older may still be replayed.
    pub async fn prune(&self, age: Duration) -> Result<u64, BoxError> {
        let sql = "DELETE FROM calls WHERE ended < now() - make_interval(secs => $1) AND expires IS NULL";
        Ok(self.connection().await?.client.execute(sql, &[&age.as_secs_f64()]).await?)
    }

    /// Releases the holds that have expired and deletes the calls that have ended longer ago than `age`, from
    /// time to time, for ever.
    pub async fn sweep(&self, period: Duration, age: Duration) {
        loop {
            tokio::time::sleep(period).await;
            if let Err(error) = self.release_expired().await {
                eprintln!("expired holds were not released: {error}");
            }
            if let Err(error) = self.prune(age).await {
                eprintln!("old calls were not deleted: {error}");
            }
        }
    }

    /// Enters what could not be settled before, and empties the file. To be called before the server starts.
    ///
    /// A line that cannot be read, such as one that a crash has cut off, is moved to a file beside it, whose
    /// name ends in `.unreadable`.
    pub async fn replay(&self) -> Result<(), BoxError> {
        let lines = match fs::read(&self.unsettled) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            lines => lines?,
        };
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line) {
                Ok(settlement) => self.settle(&settlement).await?,
                Err(error) => {
                    let mut name = self.unsettled.clone().into_os_string();
                    name.push(".unreadable");
                    let path = PathBuf::from(name);
                    eprintln!("a settlement cannot be read, see {}: {error}", path.display());
                    append(&path, line)?;
                }
            }
        }
        Ok(fs::remove_file(&self.unsettled)?)
    }

    async fn connection(&self) -> Result<Arc<Connection>, BoxError> {
        let mut current = self.connection.lock().await;
        match &*current {
            Some(connection) if !connection.is_broken() => Ok(connection.clone()),
            _ => {
                let connection = timeout(TIME_LIMIT, Connection::open(&self.config)).await??;
                Ok(current.insert(Arc::new(connection)).clone())
            }
        }
    }

    async fn hold(&self, call: &Call, total: Estimate) -> Result<Hold, BoxError> {
        let (amount, seconds) = (cost(&total.to_usage())?, self.hold_time.as_secs_f64());
        let connection = self.connection().await?;
        let row = connection
            .call(&connection.hold, &[&call.id, &call.principal, &call.request_id, &amount, &seconds])
            .await?;
        Ok(if row.get(0) { Hold::Granted } else { Hold::NoCredit })
    }
}

/// Returns what the tokens cost.
fn cost(usage: &Usage) -> Result<i64, BoxError> {
    Ok(usage.total_input_tokens().saturating_add(usage.output_tokens).try_into()?)
}

impl Connection {
    async fn open(config: &Config) -> Result<Self, BoxError> {
        let (client, connection) = config.connect(NoTls).await?;
        let driver = tokio::spawn(async {
            if let Err(error) = connection.await {
                eprintln!("the connection to the database broke: {error}");
            }
        });
        let hold = client.prepare("SELECT hold_credit($1, $2, $3, $4, $5)").await?;
        let settle = client.prepare("SELECT settle_call($1, $2, $3, $4, $5)").await?;
        Ok(Self { client, hold, settle, driver, is_dead: AtomicBool::new(false) })
    }

    async fn call(&self, statement: &Statement, values: &[&(dyn ToSql + Sync)]) -> Result<Row, BoxError> {
        let row = timeout(TIME_LIMIT, self.client.query_one(statement, values)).await;
        if row.is_err() {
            self.is_dead.store(true, Ordering::Relaxed);
        }
        Ok(row??)
    }

    fn is_broken(&self) -> bool {
        self.client.is_closed() || self.is_dead.load(Ordering::Relaxed)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Ledger for PostgresLedger {
    async fn reserve(&self, call: &Call, estimate: Estimate) -> Result<Hold, BoxError> {
        self.hold(call, estimate).await
    }

    async fn extend(&self, call: &Call, total: Estimate) -> Result<Hold, BoxError> {
        self.hold(call, total).await
    }

    async fn settle(&self, settlement: &Settlement) -> Result<(), BoxError> {
        let Settlement { call, used, .. } = settlement;
        let amount = used.usage().map_or(Ok(0), cost)?;
        let details = serde_json::to_string(settlement)?;
        let connection = self.connection().await?;
        connection
            .call(&connection.settle, &[&call.id, &call.principal, &call.request_id, &amount, &details])
            .await?;
        Ok(())
    }

    fn unsettled(&self, settlement: Settlement) {
        let write = |line: Vec<u8>| Ok(append(&self.unsettled, &line)?);
        let written: Result<(), BoxError> =
            serde_json::to_vec(&settlement).map_err(Into::into).and_then(write);
        if let Err(error) = written {
            eprintln!("not written to {}: {error}: {settlement:?}", self.unsettled.display());
        }
    }
}

/// Appends a line to a file, and waits until it is on the disk. The line begins with a line break as well, so
/// that one before it that was cut off does not spoil it.
fn append(path: &Path, line: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(&[b"\n", line, b"\n"].concat())?;
    file.sync_data()
}
