//! A watch of the beginning of a stream, which says how its upstream does.

use std::task::{Context, Poll, ready};

use super::breaker::Attempt;
use super::handler::noted;
use crate::error::{ApiError, Error};
use crate::handler::Reply;
use crate::stream::{Item, Wants, Watch, Within, is_content};
use crate::types::events::StreamEvent;

/// Leaves it to a reply to take note of how its upstream does.
pub(super) fn watched(reply: Reply, attempt: Attempt) -> Reply {
    if reply.message().is_some() {
        attempt.succeed();
        return reply;
    }
    reply.map_stream(|mut stream| {
        if stream.held_events().any(is_content) {
            attempt.succeed();
            return stream;
        }
        let from_upstream = stream.is_from_upstream();
        stream.watch(Beginning { attempt: Some(attempt), from_upstream });
        stream
    })
}

/// A watch of the beginning of a stream.
struct Beginning {
    /// `None` once it is known how the upstream does.
    attempt: Option<Attempt>,
    /// Whether a client has received the stream.
    from_upstream: bool,
}

impl Beginning {
    fn fail(&mut self, error: Error) -> Error {
        let error = error.mark_from_upstream_if(self.from_upstream);
        if let Some(attempt) = self.attempt.take() {
            let _ = noted::<()>(attempt, Err(ApiError::for_caller(&error)));
        }
        error
    }
}

impl Watch for Beginning {
    fn poll_next(&mut self, within: &mut Within<'_>, cx: &mut Context<'_>) -> Poll<Item> {
        let item = within.poll_next(cx);
        if self.attempt.is_none() {
            return item;
        }
        Poll::Ready(match ready!(item) {
            Some(Ok(StreamEvent::Error(response))) => Some(Err(self.fail(ApiError::from(*response).into()))),
            Some(Ok(event)) => {
                if let Some(attempt) = self.attempt.take_if(|_| is_content(&event)) {
                    attempt.succeed();
                }
                Some(Ok(event))
            }
            Some(Err(error)) => Some(Err(self.fail(error))),
            None => {
                self.fail(ApiError::internal().into());
                None
            }
        })
    }

    fn wants(&self) -> Wants {
        match self.attempt {
            Some(_) => Wants::Everything,
            None => Wants::Nothing { for_bytes: u64::MAX },
        }
    }
}
