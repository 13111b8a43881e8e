//! A ledger in PostgreSQL: the credits survive a restart, and many servers share them.
//!
//! Each step is one function of `schema.sql`, and so one statement, one round trip and one transaction.
//! One token costs one here; a host puts its prices into [`cost`].

use std::error::Error as StdError;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use messages_api::Usage;
use messages_api::policy::{Call, Estimate, Hold, Ledger, Settlement};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

type BoxError = Box<dyn StdError + Send + Sync>;

/// A ledger whose books are in PostgreSQL.
///
/// All steps share one connection, which is opened again when it has broken. A host that has a pool takes the
/// connection from there.
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

    /// Releases the holds that have expired from time to time, for ever.
    pub async fn sweep(&self, period: Duration) {
        loop {
            tokio::time::sleep(period).await;
            if let Err(error) = self.release_expired().await {
                eprintln!("expired holds were not released: {error}");
            }
        }
    }

    /// Enters what could not be settled before, and empties the file. To be called before the server starts.
    pub async fn replay(&self) -> Result<(), BoxError> {
        let lines = match fs::read_to_string(&self.unsettled) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            lines => lines?,
        };
        for line in lines.lines() {
            self.settle(&serde_json::from_str(line)?).await?;
        }
        Ok(fs::remove_file(&self.unsettled)?)
    }

    async fn connection(&self) -> Result<Arc<Connection>, BoxError> {
        let mut current = self.connection.lock().await;
        match &*current {
            Some(connection) if !connection.client.is_closed() => Ok(connection.clone()),
            _ => Ok(current.insert(Arc::new(Connection::open(&self.config).await?)).clone()),
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
        Ok(Self { client, hold, settle, driver })
    }

    async fn call(&self, statement: &Statement, values: &[&(dyn ToSql + Sync)]) -> Result<Row, BoxError> {
        Ok(self.client.query_one(statement, values).await?)
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
        let write = || -> Result<(), BoxError> {
            let line = serde_json::to_string(&settlement)? + "\n";
            let mut file = OpenOptions::new().create(true).append(true).open(&self.unsettled)?;
            Ok(file.write_all(line.as_bytes())?)
        };
        if let Err(error) = write() {
            eprintln!("not written to {}: {error}: {settlement:?}", self.unsettled.display());
        }
    }
}
