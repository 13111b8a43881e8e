//! All connections of a server.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::Instant;

use super::activity::{Activity, Room};
use super::connection;
use super::limits::Limits;
use super::listener::Io;
use super::requests::{DynService, Requests};
use crate::handler::Drain;
use crate::timer::Timer;

/// The connections of a server, each on a task of its own. Dropping them ends the tasks.
pub(super) struct Connections {
    service: Box<dyn DynService>,
    limits: Limits,
    drain: Drain,
    tasks: JoinSet<()>,
    open: HashMap<Id, Open>,
    /// The number of connections so far.
    count: u64,
    room: Arc<Room>,
    timer: Timer,
}

struct Open {
    task: AbortHandle,
    activity: Arc<Activity>,
    /// Its place in the order in which the connections were accepted.
    number: u64,
    accepted: Instant,
}

/// The time that every connection has for its first request, which may be on its way.
const FIRST_REQUEST: Duration = Duration::from_millis(100);

impl Open {
    /// Returns when the connection may be closed for another one, if it has no request then.
    fn closable_at(&self) -> Instant {
        if self.activity.requests() > 0 { self.accepted } else { self.accepted + FIRST_REQUEST }
    }
}

impl Connections {
    pub(super) fn new(service: Box<dyn DynService>, limits: Limits, drain: Drain) -> Self {
        let (tasks, open, room) = (JoinSet::new(), HashMap::new(), Arc::default());
        Self { service, limits, drain, tasks, open, count: 0, room, timer: Timer::default() }
    }

    /// Serves `io`.
    pub(super) fn start(&mut self, io: Box<dyn Io>) {
        let activity = Arc::new(Activity::new(self.room.clone()));
        let (service, drain) = (self.service.clone_box(), self.drain.clone());
        let requests = Requests { service, drain, activity: activity.clone() };
        let task = self.tasks.spawn(connection::run(io, requests, self.limits));
        self.open.insert(task.id(), Open { task, activity, number: self.count, accepted: Instant::now() });
        self.count += 1;
    }

    /// Polls whether all connections have ended, and forgets those that have.
    pub(super) fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(ended) = ready!(self.tasks.poll_join_next_with_id(cx)) {
            let id = match ended {
                Ok((id, ())) => id,
                Err(error) => {
                    #[cfg(feature = "tracing")]
                    if error.is_panic() {
                        tracing::error!("a service panicked, which closes its connection");
                    }
                    error.id()
                }
            };
            self.open.remove(&id);
        }
        Poll::Ready(())
    }

    /// Polls whether another connection may be opened, which closes one that has no request if there are too many.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.open.len() >= self.limits.max_connections {
            self.room.seek(cx); // first, so that no connection becomes idle unnoticed
            while !self.close_waiting() {
                let closable = self.waiting().map(|(_, open)| open.closable_at()).min();
                ready!(closable.map_or(Poll::Pending, |at| self.timer.poll(at, cx)));
            }
            self.room.found();
        }
        Poll::Ready(())
    }

    /// Returns the connections without a request.
    fn waiting(&self) -> impl Iterator<Item = (&Id, &Open)> {
        self.open.iter().filter(|(_, open)| !open.activity.is_busy())
    }

    /// Closes a connection that waits for a request: the oldest of those that never had any, or else the oldest.
    /// Returns `false` if there is none that may be closed.
    pub(super) fn close_waiting(&mut self) -> bool {
        let now = Instant::now();
        let closable = self.waiting().filter(|(_, open)| open.closable_at() <= now);
        let oldest = closable.min_by_key(|(_, open)| (open.activity.requests() > 0, open.number));
        let Some((&id, _)) = oldest else { return false };
        if let Some(open) = self.open.remove(&id) {
            open.task.abort();
        }
        true
    }

    /// Ends all connections.
    pub(super) async fn close(mut self) {
        self.tasks.shutdown().await;
    }
}
