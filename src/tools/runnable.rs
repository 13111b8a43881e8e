//! Tools that can be run, and how they become one type.
//!
//! A tool of any type is behind [`DynTool`], whose impls are all that is compiled for each tool: they read
//! the input and box the future.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use futures::FutureExt;
use serde::de::DeserializeOwned;

use super::context::ToolContext;
use super::output::{ToolError, ToolOutput};
use crate::guard::guarded;
use crate::types::ToolUseBlock;

/// A tool with fields of its own: what it needs beyond the state that all tools of a set share.
///
/// Add it to a [`ToolSet`](crate::tools::ToolSet) with `tool`, which derives the schema of the input with the
/// feature `schemars`, or with [`raw_tool`](crate::tools::ToolSet::raw_tool), which takes the definition. For
/// a tool without fields, an async function or closure is shorter; see [`raw`](crate::tools::ToolSet::raw).
///
/// The name is not part of the tool. It is given once, when the tool is added, so that the definition which
/// the model reads and the name under which calls are found cannot differ.
///
/// ```
/// use messages_api::tools::{RunnableTool, ToolContext, ToolError, ToolOutput, ToolSet};
/// use messages_api::{CustomTool, Json};
///
/// struct Handbook {
///     pages: Vec<String>,
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Search {
///     word: String,
/// }
///
/// // For any state, so the tool fits into every set.
/// impl<S: Send + Sync + 'static> RunnableTool<S> for Handbook {
///     type Input = Search;
///
///     async fn call(&self, input: Search, _cx: ToolContext<S>) -> Result<ToolOutput, ToolError> {
///         let found = self.pages.iter().find(|page| page.contains(&input.word));
///         Ok(found.ok_or_else(|| ToolError::new("No page contains this word"))?.clone().into())
///     }
/// }
///
/// let schema = Json::parse(r#"{"type":"object","properties":{"word":{"type":"string"}}}"#)?;
/// let definition = CustomTool::new("search", schema).description("Searches the handbook");
/// let tools = ToolSet::new().raw_tool(definition, Handbook { pages: Vec::new() });
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait RunnableTool<S = ()>: Send + Sync + 'static {
    /// The type of the input, read from the JSON that the model writes.
    type Input: DeserializeOwned + Send;

    /// Runs the tool for one call.
    ///
    /// The future runs inside that of the [`ToolRun`](crate::tools::ToolRun), side by side with the other
    /// calls of the message, so it must not block. Work that computes for long belongs in a task of its own.
    ///
    /// # Errors
    ///
    /// A [`ToolError`] becomes a result that tells the model what went wrong. The run goes on.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped together with the run.
    fn call(
        &self,
        input: Self::Input,
        cx: ToolContext<S>,
    ) -> impl Future<Output = Result<ToolOutput, ToolError>> + Send;
}

/// The future of a tool, which may borrow from it.
type BorrowedFuture<'a> = Pin<Box<dyn Future<Output = Result<ToolOutput, ToolError>> + Send + 'a>>;

/// The future of a tool, with all that it needs.
pub(super) type ToolFuture = BorrowedFuture<'static>;

/// A tool of any type, with any type of input.
pub(super) trait DynTool<S>: Send + Sync {
    /// Reads the input and starts the call.
    ///
    /// # Errors
    ///
    /// When the input does not fit.
    fn start(self: Arc<Self>, cx: ToolContext<S>) -> Result<ToolFuture, ToolError>;
}

/// An async function or closure as a tool. `I` is its input.
pub(super) struct FunctionTool<F, I> {
    function: F,
    input: PhantomData<fn(I)>,
}

impl<F, I> FunctionTool<F, I> {
    pub(super) fn new(function: F) -> Self {
        Self { function, input: PhantomData }
    }
}

impl<S, F, I, Fut, O> DynTool<S> for FunctionTool<F, I>
where
    F: Fn(I, ToolContext<S>) -> Fut + Send + Sync,
    I: DeserializeOwned,
    Fut: Future<Output = Result<O, ToolError>> + Send + 'static,
    O: Into<ToolOutput>,
{
    fn start(self: Arc<Self>, cx: ToolContext<S>) -> Result<ToolFuture, ToolError> {
        let input = read(cx.call())?;
        // Not an async block, for the reason that `handler/boxed.rs` gives.
        Ok(Box::pin((self.function)(input, cx).map(|result| result.map(Into::into))))
    }
}

/// A type as a tool.
pub(super) struct TypeTool<T>(pub(super) T);

impl<S, T> DynTool<S> for TypeTool<T>
where
    S: Send + Sync + 'static,
    T: RunnableTool<S>,
{
    fn start(self: Arc<Self>, cx: ToolContext<S>) -> Result<ToolFuture, ToolError> {
        let input = read(cx.call())?;
        Ok(Box::pin(async move { confined(Box::pin(self.0.call(input, cx))).await }))
    }
}

/// Reads the input of a call. The text of an error tells the model what does not fit.
fn read<I: DeserializeOwned>(call: &ToolUseBlock) -> Result<I, ToolError> {
    call.input().map_err(|error| ToolError::new(error.to_string()).with_source(error))
}

/// Awaits a future that an async block owns, so that a panic does not unwind that block.
async fn confined(future: BorrowedFuture<'_>) -> Result<ToolOutput, ToolError> {
    guarded(move || future).await.unwrap_or_else(|_| Err(panicked()))
}

/// Creates and reports the error of a tool that has panicked.
pub(super) fn panicked() -> ToolError {
    #[cfg(feature = "tracing")]
    tracing::error!("caught a panic of a tool");
    ToolError::failed("the tool panicked")
}
