//! A timer for waits that begin anew with each event.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

/// Returns the current time, which the paused clock of a test may decide.
#[cfg(feature = "server")]
pub(crate) fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// A timer whose deadline may be another one each time it is polled.
///
/// It is created at the first wait. A later deadline than before costs nothing: it is caught up with once the
/// timer fires. Neither does it cost anything to be polled again by the same task.
#[derive(Default)]
pub(crate) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    /// The task that is woken when the timer fires.
    task: Option<Waker>,
}

impl Timer {
    /// Polls whether `deadline` has passed.
    pub(crate) fn poll(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let Self { sleep, task } = self;
        let sleep = sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        let is_earlier = deadline < sleep.deadline();
        let is_registered = task.as_ref().is_some_and(|task| task.will_wake(cx.waker()));
        if is_registered && !is_earlier && !sleep.is_elapsed() {
            return Poll::Pending;
        }
        if is_earlier {
            sleep.as_mut().reset(deadline);
        }
        while poll_always(sleep.as_mut(), cx).is_ready() {
            if deadline <= sleep.deadline() {
                *task = None;
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
        if !is_registered {
            *task = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// Polls `sleep` even if the task has used up its budget. Otherwise a timer that is pending might not know the task.
fn poll_always(mut sleep: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<()> {
    pin!(unconstrained(poll_fn(|cx| sleep.as_mut().poll(cx)))).poll(cx)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_last_deadline_counts() {
        let (start, mut timer) = (Instant::now(), Timer::default());
        let at = |seconds| start + Duration::from_secs(seconds);
        for (deadlines, end) in [(&[5, 9, 7][..], 7), (&[20, 30, 10], 10), (&[12, 12], 12), (&[3], 12)] {
            for (turn, seconds) in deadlines.iter().enumerate() {
                let is_last = turn + 1 == deadlines.len();
                poll_fn(|cx| match timer.poll(at(*seconds), cx) {
                    Poll::Pending if is_last => Poll::Pending,
                    polled => {
                        assert_eq!(polled.is_ready(), is_last);
                        Poll::Ready(())
                    }
                })
                .await;
            }
            assert_eq!(start.elapsed().as_secs(), end);
        }
    }

    /// Tasks of tokio have a budget, after which everything is pending until their next turn.
    #[tokio::test(start_paused = true)]
    async fn a_task_without_budget_is_woken_too() {
        let (start, mut timer) = (Instant::now(), Timer::default());
        let deadline = start + Duration::from_secs(5);
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            // Twice in a row there is nothing left of it.
            while polls < 3 && pin!(tokio::task::consume_budget()).poll(cx).is_ready() {}
            timer.poll(deadline, cx)
        })
        .await;
        assert_eq!(start.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_task_is_woken() {
        let (start, mut timer) = (Instant::now(), Timer::default());
        let deadline = start + Duration::from_secs(5);
        for _ in 0..3 {
            assert!(timer.poll(deadline, &mut Context::from_waker(Waker::noop())).is_pending());
        }
        poll_fn(|cx| timer.poll(deadline, cx)).await;
        assert_eq!(start.elapsed().as_secs(), 5);
    }
}
