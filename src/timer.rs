//! A timer for waits that begin anew with each event.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

/// A timer whose deadline may be another one each time it is polled.
///
/// It is created at the first wait. A later deadline than before costs nothing: it is caught up with once the
/// timer fires. Nor does it cost much to be polled again by the same task.
#[derive(Default)]
pub(crate) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    /// Who is woken when the timer fires, once it was polled.
    waker: Option<Waker>,
}

impl Timer {
    /// Polls whether `deadline` has passed.
    pub(crate) fn poll(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if deadline < sleep.deadline() {
            sleep.as_mut().reset(deadline);
        } else if !sleep.is_elapsed() && self.waker.as_ref().is_some_and(|it| it.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        // Once the budget of a task is spent, a timer does not remember whom to wake, so it is polled outside
        // of the budget.
        while pin!(unconstrained(sleep.as_mut())).poll(cx).is_ready() {
            if deadline <= sleep.deadline() {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
        self.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use std::time::Duration;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_task_that_polled_last_is_woken() {
        let (deadline, mut timer) = (Instant::now() + Duration::from_secs(5), Timer::default());
        let tasks = [Arc::new(Count::default()), Arc::new(Count::default())];
        for turn in [0, 0, 1, 1, 0, 1, 1] {
            let waker = tasks[turn].clone().into();
            assert!(timer.poll(deadline, &mut Context::from_waker(&waker)).is_pending());
        }
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(tasks.each_ref().map(|task| task.0.load(Ordering::SeqCst)), [0, 1]);
        let waker = tasks[1].clone().into();
        assert!(timer.poll(deadline, &mut Context::from_waker(&waker)).is_ready());
    }

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
}
