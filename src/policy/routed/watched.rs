//! A stream that comes to the caller as it is, and whose beginning says how its upstream does.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;

use super::breaker::Attempt;
use super::handler::noted;
use crate::error::{ApiError, Error};
use crate::handler::Reply;
use crate::stream::{BoxEvents, is_content};
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
        let watched = |events| Watched { events, attempt: Some(attempt), from_upstream };
        stream.wrap_events(|events| Box::pin(watched(events)));
        stream
    })
}

struct Watched {
    events: BoxEvents,
    /// `None` once it is known how the upstream does.
    attempt: Option<Attempt>,
    /// Whether a client has received the stream.
    from_upstream: bool,
}

impl Watched {
    fn fail(&mut self, error: Error) -> Error {
        let error = if self.from_upstream { error.mark_from_upstream() } else { error };
        if let Some(attempt) = self.attempt.take() {
            let _ = noted::<()>(attempt, Err(ApiError::for_caller(&error)));
        }
        error
    }
}

impl Stream for Watched {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let item = this.events.as_mut().poll_next(cx);
        if this.attempt.is_none() {
            return item; // which has not been moved
        }
        Poll::Ready(match ready!(item) {
            Some(Ok(StreamEvent::Error(response))) => Some(Err(this.fail(ApiError::from(*response).into()))),
            Some(Ok(event)) => {
                if let Some(attempt) = this.attempt.take_if(|_| is_content(&event)) {
                    attempt.succeed();
                }
                Some(Ok(event))
            }
            Some(Err(error)) => Some(Err(this.fail(error))),
            None => {
                this.fail(ApiError::internal().into());
                None
            }
        })
    }
}
