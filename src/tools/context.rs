//! What a tool learns about its call.

use std::fmt;
use std::sync::Arc;

use http::Extensions;

use crate::types::ToolUseBlock;

/// What a tool receives beside its input: the state of its [`ToolSet`](crate::tools::ToolSet), the call, and
/// the extensions of the run.
///
/// Everything in it is shared, so a clone is cheap and may go into a task that the tool spawns. Create a
/// context with [`new`](Self::new) to test a tool without a client.
///
/// ```
/// use messages_api::tools::{ToolContext, ToolError};
/// use messages_api::{Json, ToolUseBlock};
///
/// #[derive(serde::Deserialize)]
/// struct Find {
///     email: String,
/// }
///
/// async fn find_customer(input: Find, cx: ToolContext<Vec<String>>) -> Result<String, ToolError> {
///     let found = cx.state().iter().find(|customer| **customer == input.email);
///     found.cloned().ok_or_else(|| ToolError::new("There is no such customer"))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let call = ToolUseBlock::new("toolu_01", "find_customer", Json::empty_object());
/// let cx = ToolContext::new(vec!["ada@example.test".to_owned()], call);
/// let input = Find { email: "eve@example.test".to_owned() };
/// let error = find_customer(input, cx).await.expect_err("eve is not a customer");
/// assert_eq!(error.content().to_text(), "There is no such customer");
/// # }
/// ```
pub struct ToolContext<S = ()> {
    state: Arc<S>,
    call: CallContext,
}

/// The part of a context that is the same for all types of state.
#[derive(Clone)]
pub(super) struct CallContext {
    pub(super) block: Arc<ToolUseBlock>,
    pub(super) turn: usize,
    pub(super) extensions: Arc<Extensions>,
}

impl<S> ToolContext<S> {
    /// Creates the context of `call` in the first turn of a run without extensions.
    pub fn new(state: S, call: ToolUseBlock) -> Self {
        let call = CallContext { block: Arc::new(call), turn: 1, extensions: Arc::default() };
        Self::of_call(Arc::new(state), call)
    }

    pub(super) fn of_call(state: Arc<S>, call: CallContext) -> Self {
        Self { state, call }
    }

    /// Returns the state that all tools of the set share.
    pub fn state(&self) -> &S {
        &self.state
    }

    /// Returns the call, with its id, the name of the tool and the input as the model wrote it.
    pub fn call(&self) -> &ToolUseBlock {
        &self.call.block
    }

    /// Returns the number of the turn whose message holds the call; the first is 1.
    pub fn turn(&self) -> usize {
        self.call.turn
    }

    /// Returns the values that [`ToolRun::extension`](crate::tools::ToolRun::extension) added to the run.
    pub fn extensions(&self) -> &Extensions {
        &self.call.extensions
    }
}

impl<S> Clone for ToolContext<S> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone(), call: self.call.clone() }
    }
}

/// Leaves out the state, the input and the extensions, since they may contain secrets.
impl<S> fmt::Debug for ToolContext<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolContext")
            .field("tool", &self.call.block.name)
            .field("call", &self.call.block.id)
            .field("turn", &self.call.turn)
            .finish_non_exhaustive()
    }
}
