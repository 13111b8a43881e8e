//! The calls of a message on their way to results.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::event::RunEvent;
use super::output::{ToolError, ToolOutput, result_of};
use super::runnable::{ToolFuture, panicked};
use crate::guard::Guarded;
use crate::types::{ToolResultBlock, ToolUseBlock};

/// The calls of the last message, in its order.
#[derive(Default)]
pub(super) struct Calls(Vec<Call>);

struct Call {
    block: Arc<ToolUseBlock>,
    state: State,
}

enum State {
    /// The call has not started.
    Waiting,
    /// The call is not the run's to start. It has a result only if it is given one.
    Ignored,
    /// The result is known without running the tool.
    Given(Result<ToolOutput, ToolError>),
    Running {
        future: Guarded<ToolFuture>,
        since: Instant,
    },
    Finished(ToolResultBlock),
}

impl Calls {
    /// Adds a call that waits to be started.
    pub(super) fn add(&mut self, block: &ToolUseBlock) {
        self.push(block, State::Waiting);
    }

    /// Adds a call that is not started.
    pub(super) fn add_ignored(&mut self, block: &ToolUseBlock) {
        self.push(block, State::Ignored);
    }

    /// Adds a call whose tool is not run, because its input is unusable.
    pub(super) fn add_failed(&mut self, block: &ToolUseBlock, error: ToolError) {
        self.push(block, State::Given(Err(error)));
    }

    fn push(&mut self, block: &ToolUseBlock, state: State) {
        self.0.push(Call { block: Arc::new(block.clone()), state });
    }

    /// Gives the call `id` its result. Returns `false` if there is no such call, or if it has a result.
    pub(super) fn resolve(&mut self, id: &str, result: Result<ToolOutput, ToolError>) -> bool {
        let is_open = |call: &&mut Call| call.block.id == id && !matches!(call.state, State::Finished(_));
        let open = self.0.iter_mut().find(is_open);
        let Some(call) = open else { return false };
        call.state = State::Given(result);
        true
    }

    /// Returns `true` if no result is still to come or to be taken.
    pub(super) fn are_done(&self) -> bool {
        self.0.iter().all(|call| matches!(call.state, State::Ignored))
    }

    /// Starts calls, as many as may run side by side, and polls them. `start` returns `None` if the call is
    /// to be dropped. Returns what happened, one thing at a time, and `None` once every call has its result.
    pub(super) fn poll(
        &mut self,
        max_parallel: usize,
        mut start: impl FnMut(&Arc<ToolUseBlock>) -> Option<Result<ToolFuture, ToolError>>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<RunEvent>> {
        let running = self.0.iter().filter(|call| matches!(call.state, State::Running { .. })).count();
        let waiting = |calls: &[Call]| calls.iter().position(|call| matches!(call.state, State::Waiting));
        while let Some(at) = waiting(&self.0).filter(|_| running < max_parallel) {
            let call = &mut self.0[at];
            match start(&call.block) {
                Some(Ok(future)) => {
                    call.state = State::Running { future: Guarded::new(future), since: Instant::now() };
                    return Poll::Ready(Some(RunEvent::ToolStarted(call.block.clone())));
                }
                Some(Err(error)) => call.state = State::Given(Err(error)),
                None => {
                    self.0.remove(at);
                }
            }
        }
        for call in &mut self.0 {
            if let Poll::Ready(event) = call.poll(cx) {
                return Poll::Ready(Some(event));
            }
        }
        let is_done = self.0.iter().all(|call| matches!(call.state, State::Finished(_) | State::Ignored));
        if is_done { Poll::Ready(None) } else { Poll::Pending }
    }

    /// Removes all calls and returns the results, in the order of the calls.
    pub(super) fn take_results(&mut self) -> Vec<ToolResultBlock> {
        let calls = std::mem::take(&mut self.0);
        let finished = calls.into_iter().filter_map(|call| match call.state {
            State::Finished(result) => Some(result),
            _ => None,
        });
        finished.collect()
    }
}

impl Call {
    /// Returns the event of the result, once there is one.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<RunEvent> {
        let (result, took) = match &mut self.state {
            State::Running { future, since } => {
                let result = ready!(future.poll(|future| future.as_mut().poll(cx)));
                (result.unwrap_or_else(|_| Err(panicked())), since.elapsed())
            }
            State::Given(result) => (result.clone(), Duration::ZERO),
            State::Waiting | State::Ignored | State::Finished(_) => return Poll::Pending,
        };
        let (result, error) = result_of(&self.block, result);
        self.state = State::Finished(result.clone());
        Poll::Ready(RunEvent::ToolFinished { call: self.block.clone(), result, error, took })
    }
}
