//! A watch of a stream that may run past what is held for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::meter::{Meter, Tab};
use crate::ends::Delivered;
use crate::error::{ApiError, Error};
use crate::policy::ledger::Estimate;
use crate::stream::{Item, Wants, Watch, Within};
use crate::types::events::StreamEvent;

/// What a stream has used, and what is held for it. The hold is extended while events come, and content waits
/// if it does not suffice.
pub(super) struct HoldWatch {
    meter: Arc<Meter>,
    tab: Arc<Tab>,
    /// The tokens of input, as reported.
    input_tokens: u64,
    delivered: Delivered,
    /// The tokens of output, as estimated from that.
    output_tokens: u64,
    /// What is held, or would be if the ledger were well.
    held: Estimate,
    max_tokens: u64,
    extension: Extension,
    /// An event with content that the hold does not cover yet.
    waiting: Option<StreamEvent>,
    /// How many bytes of content may still come before any of this can matter: even if each is a token, the
    /// hold need not be extended.
    spare: u64,
}

enum Extension {
    None,
    /// The hold is being raised to this total.
    Asked(Estimate, Pin<Box<dyn Future<Output = Result<(), ApiError>> + Send>>),
    /// The stream ends with this error once it has used what is held.
    Refused(ApiError),
}

impl HoldWatch {
    pub(super) fn new(meter: Arc<Meter>, tab: Arc<Tab>, max_tokens: u64) -> Self {
        let (held, extension) = (tab.held(), Extension::None);
        let delivered = Delivered::default();
        Self {
            meter,
            tab,
            input_tokens: 0,
            delivered,
            output_tokens: 0,
            held,
            max_tokens,
            extension,
            waiting: None,
            spare: 0,
        }
    }

    /// Takes note of an event, and begins to extend the hold when three quarters of its last step are used.
    /// Returns `false` for content that has to wait until the hold covers it. What ends a message must not be
    /// lost, so it never waits.
    pub(super) fn look(&mut self, event: &StreamEvent) -> bool {
        if let StreamEvent::MessageStart(event) = event {
            self.input_tokens = event.message.usage.total_input_tokens();
        }
        self.delivered.add(event);
        self.output_tokens = self.delivered.estimate_tokens();
        self.spare = 0;
        if matches!(self.extension, Extension::None) {
            let due_at = self.held.output_tokens.saturating_sub(self.meter.step / 4);
            self.spare = if self.is_all_held() { u64::MAX } else { due_at.saturating_sub(self.used()) };
            if self.spare == 0 {
                self.extend();
            }
        }
        !matches!(event, StreamEvent::ContentBlockStart(_) | StreamEvent::ContentBlockDelta(_))
            || self.is_covered()
    }

    fn extend(&mut self) {
        let mut total = Estimate { input_tokens: self.held.input_tokens.max(self.input_tokens), ..self.held };
        if self.output_tokens > 0 {
            let output = total.output_tokens.max(self.output_tokens).saturating_add(self.meter.step);
            total.output_tokens = output.min(self.max_tokens);
        }
        let future = Arc::clone(&self.meter).extend(Arc::clone(&self.tab), total);
        self.extension = Extension::Asked(total, Box::pin(future));
    }

    /// Returns how much of the held output is used. Input beyond the estimate counts as output, until it is
    /// held itself.
    fn used(&self) -> u64 {
        let excess = self.input_tokens.saturating_sub(self.held.input_tokens);
        self.output_tokens.saturating_add(excess)
    }

    fn is_covered(&self) -> bool {
        self.used() <= self.held.output_tokens || self.is_all_held()
    }

    /// Returns `true` if there is nothing more to hold.
    fn is_all_held(&self) -> bool {
        self.held.output_tokens >= self.max_tokens && self.held.input_tokens >= self.input_tokens
    }

    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        let covered = ready!(self.poll_covered(cx));
        let event = self.waiting.take();
        if covered.is_err() {
            self.tab.cut();
        }
        Poll::Ready(event.map(|event| covered.map(|()| event).map_err(Error::from)))
    }

    /// Polls until what is held covers what was seen.
    fn poll_covered(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ApiError>> {
        loop {
            self.poll_extension(cx);
            if self.is_covered() {
                return Poll::Ready(Ok(()));
            }
            match &self.extension {
                Extension::None => self.extend(),
                Extension::Asked(..) => return Poll::Pending,
                Extension::Refused(error) => return Poll::Ready(Err(error.clone())),
            }
        }
    }

    fn poll_extension(&mut self, cx: &mut Context<'_>) {
        let Extension::Asked(total, future) = &mut self.extension else { return };
        if let Poll::Ready(result) = future.as_mut().poll(cx) {
            let total = *total;
            match result {
                Ok(()) => (self.held, self.extension) = (total, Extension::None),
                Err(error) => self.extension = Extension::Refused(error),
            }
        }
    }
}

impl Watch for HoldWatch {
    fn poll_next(&mut self, within: &mut Within<'_>, cx: &mut Context<'_>) -> Poll<Item> {
        if self.waiting.is_some() {
            return self.poll_waiting(cx);
        }
        self.poll_extension(cx);
        match within.poll_next(cx) {
            Poll::Ready(Some(Ok(event))) if !self.look(&event) => {
                self.waiting = Some(event);
                self.poll_waiting(cx)
            }
            item => item,
        }
    }

    fn wants(&self) -> Wants {
        match self.spare {
            0 => Wants::Everything,
            for_bytes => Wants::Nothing { for_bytes },
        }
    }

    fn see(&mut self, deltas: &Delivered) {
        self.delivered.join(deltas);
        self.spare = self.spare.saturating_sub(deltas.bytes());
    }
}
