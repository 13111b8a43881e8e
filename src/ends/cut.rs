//! What a message used that a policy cuts off, and whom that concerns.

use std::iter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::types::usage::Usage;

/// What a message used that was cut off.
pub(crate) struct Cut {
    pub(crate) usage: Usage,
    /// Whether the output was not reported yet.
    pub(crate) is_estimated: bool,
    /// The model that the upstream was asked for. The reply may not get so far that its hooks learn of it.
    pub(crate) upstream_model: Option<Arc<str>>,
}

/// One call of a policy, within the calls of the policies around it.
///
/// A context may be cloned and used for any number of calls, of which each has its own scope. So a cut
/// concerns only the calls that contain the message, and those that the message was made of.
pub(super) struct Scope {
    /// Whether the policy reviews messages, or else charges for them.
    is_review: bool,
    /// What this review has cut off, or a review within what is charged for.
    cut: Mutex<Option<Arc<Cut>>>,
    outer: Option<Arc<Scope>>,
}

impl Scope {
    /// Begins a call that is charged for.
    pub(super) fn charged(outer: Option<Arc<Self>>) -> Self {
        Self { is_review: false, cut: Mutex::default(), outer }
    }

    /// Begins a call whose message is reviewed.
    pub(super) fn reviewed(outer: Option<Arc<Self>>) -> Self {
        let this = Self { is_review: true, cut: Mutex::default(), outer };
        this.set(None);
        this
    }

    pub(super) fn cut_off(&self, cut: Cut) {
        self.set(Some(Arc::new(cut)));
    }

    /// Sets what this review has cut off, for itself and for those around it who charge.
    fn set(&self, cut: Option<Arc<Cut>>) {
        for scope in self.around().filter(|scope| !scope.is_review) {
            scope.lock().clone_from(&cut);
        }
        *self.lock() = cut;
    }

    /// Returns what was cut off within this call, or else by a review around it.
    pub(super) fn cut(&self) -> Option<Arc<Cut>> {
        let own = self.lock().clone();
        own.or_else(|| self.around().filter(|scope| scope.is_review).find_map(|scope| scope.lock().clone()))
    }

    fn around(&self) -> impl Iterator<Item = &Self> {
        iter::successors(self.outer.as_deref(), |scope| scope.outer.as_deref())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Cut>>> {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ends::Fate;

    #[test]
    fn a_cut_concerns_the_calls_around_its_message_and_within_it() {
        let request = Fate::default();
        let around = request.charged();
        let review = around.reviewed();
        let within = review.charged();
        let (beside, other) = (around.charged(), request.charged());
        let cut = |output| Cut { usage: Usage::new(9, output), is_estimated: true, upstream_model: None };
        let tokens = |call: &Fate| call.cut().map(|cut| cut.usage.output_tokens);
        let cuts = || [&around, &within, &beside, &other].map(tokens);
        for output in [7, 8] {
            review.cut_off(cut(output));
            assert_eq!(cuts(), [Some(output), Some(output), None, None]);
        }
        // Another message takes the place of the first.
        let second = around.reviewed();
        assert_eq!(cuts(), [None, Some(8), None, None]);
        second.cut_off(cut(3));
        assert_eq!(cuts(), [Some(3), Some(8), None, None]);
    }
}
