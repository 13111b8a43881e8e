//! A set of tools: their definitions, and what runs when the model calls them.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::context::{CallContext, ToolContext};
use super::list::{List, key_of};
use super::output::{ToolError, ToolOutput};
use super::runnable::{DynTool, FunctionTool, RunnableTool, ToolFuture, TypeTool};
use crate::types::ToolUseBlock;
use crate::types::tools::Tool;

/// The tools of a program: definitions for the model, and the code that runs when the model calls them.
///
/// `S` is the state that the tools share, such as a connection pool; they read it with
/// [`ToolContext::state`]. A set is cheap to clone, and clones share the state, so create one set for the
/// program and use it for every run.
///
/// | method | the tool | its definition |
/// |---|---|---|
#[cfg_attr(
    feature = "schemars",
    doc = "| [`function`](Self::function) | an async function or closure | from the type of the input |"
)]
#[cfg_attr(
    feature = "schemars",
    doc = "| [`tool`](Self::tool) | a type that implements [`RunnableTool`] | from the type of the input |"
)]
/// | [`raw`](Self::raw) | an async function or closure | given |
/// | [`raw_tool`](Self::raw_tool) | a type that implements [`RunnableTool`] | given |
/// | [`definition`](Self::definition) | not run by the program | given |
///
/// ```
/// use messages_api::tools::{ToolContext, ToolError, ToolSet};
/// use messages_api::types::server_tools::WebSearchTool20260318;
/// use messages_api::{CustomTool, Json};
///
/// struct App {
///     rate: f64,
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Convert {
///     euros: f64,
/// }
///
/// let schema = r#"{"type":"object","properties":{"euros":{"type":"number"}},"required":["euros"]}"#;
/// let convert = CustomTool::new("convert", Json::parse(schema)?).description("Converts euros to crowns");
/// let tools = ToolSet::with_state(App { rate: 11.7 })
///     .raw(convert, async |input: Convert, cx: ToolContext<App>| {
///         if input.euros < 0.0 {
///             return Err(ToolError::new("The amount must not be negative"));
///         }
///         Ok(format!("{:.2}", input.euros * cx.state().rate))
///     })
///     .definition(WebSearchTool20260318::new()); // the API runs it
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Names
///
/// Each name may be used once, whether for a tool that runs or for a definition. A second use, and a
/// definition for which no schema can be made, is reported by the first turn of a run, as an error of the
/// kind [`Config`](crate::error::ErrorKind::Config).
pub struct ToolSet<S = ()> {
    list: Arc<List>,
    bound: Bound<S>,
}

/// What runs, by the position of its definition in the list, and the state that it receives.
struct Bound<S> {
    state: Arc<S>,
    /// `None` for definitions that are only sent.
    tools: Arc<Vec<Option<Arc<dyn DynTool<S>>>>>,
}

/// A set as a run sees it, whatever its state is.
pub(super) trait Start: Send + Sync {
    /// Starts a call to the tool at `position`.
    ///
    /// # Errors
    ///
    /// When the definition is only sent, or when the input does not fit.
    fn start(&self, position: usize, call: CallContext) -> Result<ToolFuture, ToolError>;
}

impl ToolSet {
    /// Creates an empty set without state.
    pub fn new() -> Self {
        Self::with_state(())
    }
}

impl Default for ToolSet {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Send + Sync + 'static> ToolSet<S> {
    /// Creates an empty set whose tools share `state`.
    pub fn with_state(state: S) -> Self {
        let bound = Bound { state: Arc::new(state), tools: Arc::default() };
        Self { list: Arc::default(), bound }
    }

    /// Adds an async function or closure whose input is an `I`, with the schema of `I`.
    ///
    /// The output is a `String`, or anything else that converts into a [`ToolOutput`]. The error is a
    /// [`ToolError`], into which every other error converts with `?`. A closure must not capture anything, or
    /// else return an `async move` block; what tools need belongs in the state of the set.
    ///
    /// To set further fields of the definition, such as `strict`, pass it to [`raw`](Self::raw), as made by
    /// [`CustomTool::from_type`](crate::types::tools::CustomTool::from_type), which also describes the
    /// schema.
    ///
    /// ```
    /// use messages_api::tools::{ToolContext, ToolError, ToolSet};
    ///
    /// #[derive(schemars::JsonSchema, serde::Deserialize)]
    /// struct Weather {
    ///     city: String,
    /// }
    ///
    /// #[derive(schemars::JsonSchema, serde::Deserialize)]
    /// struct Nothing {}
    ///
    /// async fn get_weather(input: Weather, _cx: ToolContext) -> Result<String, ToolError> {
    ///     Ok(format!("4 °C and rain in {}", input.city))
    /// }
    ///
    /// let tools = ToolSet::new()
    ///     .function("get_weather", "Returns the weather in a city", get_weather)
    ///     .function("list_cities", "Lists the cities", async |_: Nothing, _: ToolContext| Ok("Oslo, Bergen"));
    /// ```
    #[cfg(feature = "schemars")]
    #[cfg_attr(docsrs, doc(cfg(feature = "schemars")))]
    #[must_use]
    pub fn function<F, I, Fut, O>(
        self,
        name: impl Into<String>,
        description: impl Into<String>,
        function: F,
    ) -> Self
    where
        F: Fn(I, ToolContext<S>) -> Fut + Send + Sync + 'static,
        I: DeserializeOwned + schemars::JsonSchema + 'static,
        Fut: Future<Output = Result<O, ToolError>> + Send + 'static,
        O: Into<ToolOutput> + 'static,
    {
        let definition = Tool::from_type::<I>(name, description);
        self.add(definition, Some(Arc::new(FunctionTool::new(function))))
    }

    /// Adds a tool that implements [`RunnableTool`], with the schema of its input.
    #[cfg(feature = "schemars")]
    #[cfg_attr(docsrs, doc(cfg(feature = "schemars")))]
    #[must_use]
    pub fn tool<T>(self, name: impl Into<String>, description: impl Into<String>, tool: T) -> Self
    where
        T: RunnableTool<S, Input: schemars::JsonSchema>,
    {
        let definition = Tool::from_type::<T::Input>(name, description);
        self.add(definition, Some(Arc::new(TypeTool(tool))))
    }

    /// Adds an async function or closure with a given definition.
    ///
    /// Use it for a schema that is known only at run time, with [`Json`](crate::json::Json) as the type of
    /// the input, and for tools that the API defines and the caller runs, such as a
    /// [`MemoryTool20250818`](crate::types::tools::MemoryTool20250818) with a
    /// [`MemoryCommand`](crate::tools::MemoryCommand). A toolset, such as a
    /// [`BrowserToolset20260801`](crate::types::tools::BrowserToolset20260801), is run as one tool, which
    /// finds the name of the member in [`ToolContext::call`].
    ///
    /// ```
    /// use messages_api::tools::{ToolContext, ToolError, ToolSet};
    /// use messages_api::{CustomTool, Json};
    ///
    /// # struct Remote;
    /// # impl Remote {
    /// #     async fn call(&self, _name: &str, _input: &Json) -> std::io::Result<String> {
    /// #         Ok(String::new())
    /// #     }
    /// # }
    /// fn proxies(remote: Remote, definitions: Vec<CustomTool>) -> ToolSet<Remote> {
    ///     definitions.into_iter().fold(ToolSet::with_state(remote), |tools, definition| {
    ///         tools.raw(definition, async |input: Json, cx: ToolContext<Remote>| {
    ///             Ok(cx.state().call(&cx.call().name, &input).await?)
    ///         })
    ///     })
    /// }
    /// ```
    #[must_use]
    pub fn raw<F, I, Fut, O>(self, definition: impl Into<Tool>, function: F) -> Self
    where
        F: Fn(I, ToolContext<S>) -> Fut + Send + Sync + 'static,
        I: DeserializeOwned + 'static,
        Fut: Future<Output = Result<O, ToolError>> + Send + 'static,
        O: Into<ToolOutput> + 'static,
    {
        self.add(Ok(definition.into()), Some(Arc::new(FunctionTool::new(function))))
    }

    /// Adds a tool that implements [`RunnableTool`], with a given definition.
    #[must_use]
    pub fn raw_tool(self, definition: impl Into<Tool>, tool: impl RunnableTool<S>) -> Self {
        self.add(Ok(definition.into()), Some(Arc::new(TypeTool(tool))))
    }

    /// Adds a definition that is sent with every request, but run by the API or by nobody.
    ///
    /// If the model calls such a tool in a [`ToolUseBlock`], give its result with
    /// [`ToolRun::resolve`](crate::tools::ToolRun::resolve). Otherwise the model reads that there is no such
    /// tool.
    #[must_use]
    pub fn definition(self, definition: impl Into<Tool>) -> Self {
        self.add(Ok(definition.into()), None)
    }

    fn add(mut self, definition: Result<Tool, serde_json::Error>, tool: Option<Arc<dyn DynTool<S>>>) -> Self {
        if Arc::make_mut(&mut self.list).add(definition, tool.is_some()) {
            Arc::make_mut(&mut self.bound.tools).push(tool);
        }
        self
    }

    /// Returns the two halves of the set, without the type of its state.
    pub(super) fn erased(&self) -> (Arc<List>, Arc<dyn Start>) {
        (self.list.clone(), Arc::new(self.bound.clone()))
    }
}

impl<S: Send + Sync + 'static> Start for Bound<S> {
    fn start(&self, position: usize, call: CallContext) -> Result<ToolFuture, ToolError> {
        match &self.tools[position] {
            Some(tool) => tool.clone().start(ToolContext::of_call(self.state.clone(), call)),
            None => Err(unknown(&call.block)),
        }
    }
}

/// Creates the error of a call to a tool that does not exist, was withdrawn, or is only defined.
pub(super) fn unknown(call: &ToolUseBlock) -> ToolError {
    ToolError::new(format!("There is no tool {:?}", call.name))
}

impl<S> Clone for ToolSet<S> {
    fn clone(&self) -> Self {
        Self { list: self.list.clone(), bound: self.bound.clone() }
    }
}

impl<S> Clone for Bound<S> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone(), tools: self.tools.clone() }
    }
}

impl<S> fmt::Debug for ToolSet<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.list.definitions().map(|tool| key_of(tool).map(|key| key.to_string()));
        f.debug_struct("ToolSet").field("tools", &names.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
