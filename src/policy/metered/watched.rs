//! A stream that may run past what is held for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::Stream;

use super::meter::{Meter, Tab, output_tokens};
use crate::ends::Delivered;
use crate::error::{ApiError, Error};
use crate::stream::BoxEvents;
use crate::types::events::StreamEvent;

/// The events of a stream. The hold is extended while they come, and they wait if it does not suffice.
pub(super) struct Watched {
    events: BoxEvents,
    meter: Arc<Meter>,
    tab: Arc<Tab>,
    delivered: Delivered,
    /// The tokens of output that are held, or would be if the ledger were well.
    held: u64,
    max_tokens: u64,
    extension: Extension,
}

enum Extension {
    None,
    /// The hold is being raised to this many tokens.
    Asked(u64, Pin<Box<dyn Future<Output = Result<(), ApiError>> + Send>>),
    /// The stream ends with this error once it has used what is held.
    Refused(ApiError),
}

impl Watched {
    pub(super) fn new(
        events: BoxEvents,
        meter: Arc<Meter>,
        tab: Arc<Tab>,
        delivered: Delivered,
        max_tokens: u64,
    ) -> Self {
        let held = tab.held();
        Self { events, meter, tab, delivered, held, max_tokens, extension: Extension::None }
    }

    /// Takes note of an event, and begins to extend the hold when three quarters of its last step are used.
    fn see(&mut self, event: &StreamEvent) {
        let is_content = self.delivered.add(event);
        if !is_content || self.held >= self.max_tokens || !matches!(self.extension, Extension::None) {
            return;
        }
        let (used, step) = (output_tokens(&self.delivered), self.meter.step);
        if used.saturating_add(step / 4) >= self.held {
            let held = self.held.max(used).saturating_add(step).min(self.max_tokens);
            let future = Arc::clone(&self.meter).extend(Arc::clone(&self.tab), held);
            self.extension = Extension::Asked(held, Box::pin(future));
        }
    }

    /// Polls until what is held suffices for what was delivered.
    fn poll_covered(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ApiError>> {
        if let Extension::Asked(held, future) = &mut self.extension {
            if let Poll::Ready(result) = future.as_mut().poll(cx) {
                let held = *held;
                match result {
                    Ok(()) => (self.held, self.extension) = (held, Extension::None),
                    Err(error) => self.extension = Extension::Refused(error),
                }
            }
        }
        match &self.extension {
            _ if output_tokens(&self.delivered) <= self.held => Poll::Ready(Ok(())),
            Extension::None => Poll::Ready(Ok(())),
            Extension::Asked(..) => Poll::Pending,
            Extension::Refused(error) => Poll::Ready(Err(error.clone())),
        }
    }
}

impl Stream for Watched {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Err(error) = ready!(self.poll_covered(cx)) {
            return Poll::Ready(Some(Err(error.into())));
        }
        let item = ready!(self.events.as_mut().poll_next(cx));
        if let Some(Ok(event)) = &item {
            self.see(event);
        }
        Poll::Ready(item)
    }
}
