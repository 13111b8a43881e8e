//! Limits that many processes share, on a Redis server.

use std::error::Error as StdError;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, RedisResult, Script, ServerErrorKind};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::bucket::level;
use super::store::{LimitCharge, LimitLevel, LimitStore};
use crate::error::{Error, ErrorKind};

type BoxError = Box<dyn StdError + Send + Sync>;

/// The number of corrections that may wait for the worker.
const MAX_CORRECTIONS: usize = 10_000;

/// The number of corrections that are sent together.
const BATCH: usize = 100;

/// How often an idle connection is tried, so that a broken one is replaced before a request needs it.
const PING_INTERVAL: Duration = Duration::from_secs(1);

/// The pause after the first attempt to connect that fails.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause between two attempts to connect, and how long a connection has to last until it counts as
/// a success.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The arithmetic of `Bucket`, for all limits of a principal. If the clock of the server has gone back, time
/// passes from where it is now. Lua's numbers hold whole numbers up to 2^53
/// exactly, which suffices for limits up to 150 billion a minute.
///
/// The arguments are `take` or `correct`, and three for each charge. Returned are two numbers for each charge:
/// the milliseconds to wait, or -1 for ever, and the level.
const SCRIPT: &str = r"
local key, asks = KEYS[1], ARGV[1] == 'take'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local charges, fits = {}, true
for i = 2, #ARGV, 3 do
    local kind, limit, amount = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]) * 60000
    local stored = redis.call('HMGET', key, kind, kind .. '_at')
    local level, at = tonumber(stored[1] or 0), tonumber(stored[2] or now)
    if at > now then
        redis.call('HSET', key, kind .. '_at', string.format('%.0f', now))
    end
    level = math.max(0, level - math.max(0, now - at) * limit)
    local size, wait = limit * 60000, 0
    if asks and limit == 0 then
        wait = -1
    elseif asks then
        wait = math.ceil(math.max(0, level + math.min(amount, size) - size) / limit)
    end
    fits = fits and wait == 0
    charges[#charges + 1] = { kind = kind, limit = limit, amount = amount, level = level, wait = wait }
end
local reply, lifetime = {}, redis.call('PTTL', key)
for _, charge in ipairs(charges) do
    if fits and charge.limit > 0 then
        charge.level = math.max(0, charge.level + charge.amount)
        redis.call('HSET', key, charge.kind, string.format('%.0f', charge.level),
            charge.kind .. '_at', string.format('%.0f', now))
        lifetime = math.max(lifetime, math.ceil(charge.level / charge.limit))
    end
    reply[#reply + 1] = charge.wait
    reply[#reply + 1] = charge.level
end
if fits then
    redis.call('PEXPIRE', key, string.format('%.0f', math.max(1, lifetime)))
end
return reply
";

/// A [`LimitStore`] on a Redis server, for many processes that share their limits.
///
/// A script on the server decides, so that limits are exact however many requests and processes there are,
/// and by the clock of the server. A request waits for one round trip; what corrects its estimates later is
/// sent by the [`RedisWorker`], many corrections at once. The keys of a principal that has used nothing for a
/// minute expire.
///
/// If the server cannot be reached or does not reply within [`timeout`](RedisLimitsBuilder::timeout),
/// [`StoreFailure`](super::StoreFailure) decides what becomes of the request. While the server is known to be
/// away, nothing waits for it.
///
/// It works with one server, or a primary one, from Redis 5 on, and with servers of the same protocol, such as
/// Valkey; not with a cluster, unless a proxy in front makes it look like one server. For `rediss` URLs, enable
/// a TLS feature of the crate `redis`, such as `tokio-rustls-comp`.
///
/// ```no_run
/// use messages_api::policy::{Limited, Limits, RedisLimits, StoreFailure};
///
/// # async fn example() -> Result<(), messages_api::Error> {
/// let (store, worker) = RedisLimits::builder("redis://127.0.0.1/").build()?;
/// let worker = tokio::spawn(worker.run());
/// let limits = Limited::layer(Limits::new().requests(50)).store(store, StoreFailure::Serve);
/// // … MessagesService::builder(handler).layer(limits) …, and after the server has shut down:
/// # drop(limits);
/// let _ = worker.await; // returns when everything has been sent
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisLimits {
    shared: Arc<Shared>,
    corrections: mpsc::Sender<Correction>,
}

struct Shared {
    script: Script,
    prefix: String,
    timeout: Duration,
    state: watch::Sender<State>,
}

/// What is known of the server.
enum State {
    /// It may be there; requests wait for the connection.
    Connecting,
    Connected(Connection),
    /// The last attempt to connect has failed.
    Down,
}

#[derive(Clone)]
struct Connection {
    /// Which of the connections this is, one after the other.
    number: u64,
    redis: MultiplexedConnection,
}

struct Correction {
    key: String,
    charges: Vec<LimitCharge>,
}

/// A builder of a [`RedisLimits`] and its worker.
#[must_use = "a builder does nothing until the store is built"]
pub struct RedisLimitsBuilder {
    url: String,
    prefix: String,
    timeout: Duration,
}

/// What works for a [`RedisLimits`] beside the requests: it connects to the server, and sends the corrections.
///
/// Run it in a task. Without it, the store fails every request.
#[must_use = "the store does nothing without its worker"]
pub struct RedisWorker {
    client: Client,
    shared: Arc<Shared>,
    corrections: mpsc::Receiver<Correction>,
    /// Those that were received and have not been sent.
    unsent: Vec<Correction>,
}

impl RedisLimits {
    /// Creates a builder of a store on the server at `url`, such as `redis://:password@127.0.0.1:6379/0` or
    /// `unix:///run/redis.sock`.
    pub fn builder(url: impl Into<String>) -> RedisLimitsBuilder {
        let (prefix, timeout) = ("messages-api:limits:".to_owned(), Duration::from_millis(250));
        RedisLimitsBuilder { url: url.into(), prefix, timeout }
    }
}

impl RedisLimitsBuilder {
    /// Sets what the keys begin with, before the id of the principal; `messages-api:limits:` by default.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long a request waits for the server; 250 ms by default. After that, the connection counts as
    /// broken and is replaced.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Builds the store and its worker, which connects once it runs.
    ///
    /// # Errors
    ///
    /// When the URL cannot be used ([`ErrorKind::Config`]).
    pub fn build(self) -> Result<(RedisLimits, RedisWorker), Error> {
        let Self { url, prefix, timeout } = self;
        // The source does not quote the URL, which may have a password.
        let client = Client::open(url).map_err(|error| {
            Error::new(ErrorKind::Config, "invalid URL of a Redis server").with_source(error)
        })?;
        let (sender, corrections) = mpsc::channel(MAX_CORRECTIONS);
        let state = watch::Sender::new(State::Connecting);
        let shared = Arc::new(Shared { script: Script::new(SCRIPT), prefix, timeout, state });
        let store = RedisLimits { shared: Arc::clone(&shared), corrections: sender };
        Ok((store, RedisWorker { client, shared, corrections, unsent: Vec::new() }))
    }
}

impl LimitStore for RedisLimits {
    async fn take(&self, principal: &str, charges: &[LimitCharge]) -> Result<Vec<LimitLevel>, BoxError> {
        let deadline = Instant::now() + self.shared.timeout;
        let Ok(connection) = timeout_at(deadline, self.shared.connection()).await else {
            return Err(self.shared.late());
        };
        let mut connection = connection?;
        let taken = timeout_at(deadline, self.shared.take(&mut connection.redis, principal, charges)).await;
        let (error, is_broken) = match taken {
            Ok(Ok(levels)) => return levels_of(charges, &levels),
            Ok(Err(error)) => (error.to_string().into(), error.is_io_error() || is_rejected(&error)),
            Err(_) => (self.shared.late(), true),
        };
        if is_broken {
            self.shared.abandon(connection.number);
        }
        Err(error)
    }

    /// If 10,000 corrections are waiting already, this one is dropped, and its estimates stand. So they do if
    /// the connection breaks before the server has replied, since it may have applied the correction, and
    /// twice would be too much.
    fn correct(&self, principal: &str, charges: &[LimitCharge]) {
        let correction = Correction { key: self.shared.key(principal), charges: charges.to_vec() };
        let _dropped = self.corrections.try_send(correction).is_err();
        #[cfg(feature = "tracing")]
        if _dropped {
            tracing::warn!("a correction of rate limits is dropped, since too many are waiting");
        }
    }
}

impl Shared {
    async fn take(
        &self,
        connection: &mut MultiplexedConnection,
        principal: &str,
        charges: &[LimitCharge],
    ) -> RedisResult<Vec<i64>> {
        let mut call = self.script.key(self.key(principal));
        add_arguments(&mut call, "take", charges);
        call.invoke_async(connection).await
    }

    /// Returns the connection, and waits for it if it may soon be there.
    async fn connection(&self) -> Result<Connection, BoxError> {
        let mut state = self.state.subscribe();
        match &*state.wait_for(|state| !matches!(state, State::Connecting)).await? {
            State::Connected(connection) => Ok(connection.clone()),
            _ => Err("there is no connection to the Redis server".into()),
        }
    }

    /// Says that a connection is broken, so that the worker replaces it.
    fn abandon(&self, number: u64) {
        self.state.send_if_modified(|state| {
            let is_current = matches!(state, State::Connected(connection) if connection.number == number);
            if is_current {
                *state = State::Connecting;
            }
            is_current
        });
    }

    fn late(&self) -> BoxError {
        format!("the Redis server did not reply within {:?}", self.timeout).into()
    }

    fn key(&self, principal: &str) -> String {
        format!("{}{principal}", self.prefix)
    }
}

impl RedisWorker {
    /// Works until the last clone of the store is dropped and all corrections have been sent.
    ///
    /// It connects again whenever the connection breaks, after pauses of up to two seconds. If the connection
    /// breaks when the store has been dropped, the future is ready as well, and what was not sent is lost.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the store fails from then on, and corrections that are waiting are lost.
    pub async fn run(mut self) {
        let (mut pause, mut number) = (FIRST_PAUSE, 0);
        loop {
            match self.connect().await {
                Ok(redis) => {
                    number += 1;
                    let connection = Connection { number, redis: redis.clone() };
                    self.shared.state.send_replace(State::Connected(connection));
                    let start = Instant::now();
                    // At the end there is no second attempt, since the server may reject all of them.
                    if self.serve(redis).await || self.corrections.is_closed() {
                        return;
                    }
                    if start.elapsed() >= LONGEST_PAUSE {
                        pause = FIRST_PAUSE;
                        self.shared.state.send_replace(State::Connecting);
                        continue;
                    }
                }
                Err(_error) => {
                    #[cfg(feature = "tracing")]
                    tracing::warn!(error = %_error, "cannot connect to the Redis server of the rate limits");
                    if self.corrections.is_closed() {
                        return;
                    }
                }
            }
            self.shared.state.send_replace(State::Down);
            sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, BoxError> {
        let limit = self.shared.timeout.max(Duration::from_secs(1));
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(Some(self.shared.timeout));
        timeout(limit, async {
            let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
            self.shared.script.load_async(&mut connection).await?;
            Ok(connection)
        })
        .await?
    }

    /// Sends corrections over a connection until it breaks. Returns `true` if there will be no more of them.
    async fn serve(&mut self, mut connection: MultiplexedConnection) -> bool {
        let mut state = self.shared.state.subscribe();
        loop {
            if self.unsent.is_empty() && !self.receive(&mut state).await {
                return false;
            }
            let result = match &self.unsent[..] {
                [] if self.corrections.is_closed() && self.corrections.is_empty() => return true,
                [] => redis::cmd("PING").query_async(&mut connection).await,
                corrections => send(&self.shared.script, &mut connection, corrections).await,
            };
            if let Err(error) = result {
                #[cfg(feature = "tracing")]
                tracing::warn!(%error, "lost the Redis server of the rate limits");
                // A server that was reached may have applied them, unless it says that it has not.
                if !is_rejected_from_the_start(&error) {
                    self.unsent.clear();
                }
                return false;
            }
            self.unsent.clear();
        }
    }

    /// Waits for corrections. There are none if there are none for a while or will be none. Returns `false` if
    /// the connection is broken.
    async fn receive(&mut self, state: &mut watch::Receiver<State>) -> bool {
        let received = timeout(PING_INTERVAL, self.corrections.recv_many(&mut self.unsent, BATCH));
        let broken = state.wait_for(|state| !matches!(state, State::Connected(_)));
        matches!(select(pin!(received), pin!(broken)).await, Either::Left(_))
    }
}

/// Without a worker, nothing waits for a connection that never comes.
impl Drop for RedisWorker {
    fn drop(&mut self) {
        self.shared.state.send_replace(State::Down);
    }
}

/// Reads what the script returns.
fn levels_of(charges: &[LimitCharge], numbers: &[i64]) -> Result<Vec<LimitLevel>, BoxError> {
    if numbers.len() != charges.len() * 2 {
        return Err("the Redis server returned something else than levels".into());
    }
    let levels = numbers.chunks_exact(2).zip(charges).map(|(numbers, charge)| {
        let wait = u64::try_from(numbers[0]).map_or(Duration::MAX, Duration::from_millis);
        level(charge.limit, numbers[1].unsigned_abs(), wait)
    });
    Ok(levels.collect())
}

/// Returns `true` if the server does not serve the connection, for instance because it has become a replica.
///
/// Servers before Redis 7 hide the code in the text of an error of the script.
fn is_rejected(error: &RedisError) -> bool {
    use ServerErrorKind::{BusyLoading, MasterDown, ReadOnly};
    let text = error.to_string();
    matches!(error.kind(), redis::ErrorKind::Server(BusyLoading | MasterDown | ReadOnly))
        || ["-READONLY ", "-MASTERDOWN "].iter().any(|code| text.contains(code))
}

/// Returns `true` if the server has rejected the first of several corrections, and so all of them.
fn is_rejected_from_the_start(error: &RedisError) -> bool {
    let errors = error.clone().into_server_errors();
    is_rejected(error) && errors.is_some_and(|errors| errors.first().is_some_and(|(at, _)| *at == 0))
}

async fn send(
    script: &Script,
    connection: &mut MultiplexedConnection,
    corrections: &[Correction],
) -> RedisResult<()> {
    let mut pipeline = redis::pipe();
    for Correction { key, charges } in corrections {
        let mut call = script.key(key);
        add_arguments(&mut call, "correct", charges);
        pipeline.invoke_script(&call).ignore();
    }
    pipeline.query_async(connection).await
}

fn add_arguments(call: &mut redis::ScriptInvocation<'_>, mode: &str, charges: &[LimitCharge]) {
    call.arg(mode);
    for LimitCharge { kind, limit, amount } in charges {
        call.arg(kind.as_str()).arg(*limit).arg(*amount);
    }
}

impl fmt::Debug for RedisLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { prefix, timeout, .. } = &*self.shared;
        f.debug_struct("RedisLimits")
            .field("prefix", prefix)
            .field("timeout", timeout)
            .finish_non_exhaustive()
    }
}

/// Leaves out the URL, which may have a password.
impl fmt::Debug for RedisLimitsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url: _, prefix, timeout } = self;
        f.debug_struct("RedisLimitsBuilder")
            .field("prefix", prefix)
            .field("timeout", timeout)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RedisWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisWorker").finish_non_exhaustive()
    }
}
