//! A timer for waits that begin anew with each event.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Instant, Sleep, sleep_until};

/// A timer whose deadline may be another one each time it is polled.
///
/// It is created at the first wait. A later deadline than before costs nothing: it is caught up with once the
/// timer fires.
#[derive(Default)]
pub(crate) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Polls whether `deadline` has passed.
    pub(crate) fn poll(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| {
            let mut sleep = Box::pin(sleep_until(deadline));
            // Starts it, for a task whose budget is used up cannot poll it.
            sleep.as_mut().reset(deadline);
            sleep
        });
        if deadline < sleep.deadline() {
            sleep.as_mut().reset(deadline);
        }
        // A future that uses up the budget of its task leaves none for polling the timer, but `is_elapsed` takes none.
        // Otherwise a server that sends without a pause would not be cut off.
        while sleep.is_elapsed() || sleep.as_mut().poll(cx).is_ready() {
            if deadline <= sleep.deadline() {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
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

    #[tokio::test(start_paused = true)]
    async fn a_timer_fires_although_the_budget_of_its_task_is_used_up() {
        let (deadline, mut timer) = (Instant::now() + Duration::from_secs(1), Timer::default());
        let mut polled = async || {
            poll_fn(|cx| {
                while pin!(tokio::task::consume_budget()).poll(cx).is_ready() {}
                Poll::Ready(timer.poll(deadline, cx))
            })
            .await
        };
        assert!(polled().await.is_pending());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(polled().await.is_ready());
    }
}
