//! What a tool returns: its output, or an error.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::json::Json;
use crate::types::{ContentBlock, ToolResultBlock, ToolResultContent, ToolUseBlock};

/// The output of a tool, which the model reads as the content of a
/// [`ToolResultBlock`].
///
/// Strings, blocks, [`Json`] and `()` convert into it, and [`json`](Self::json) writes a value of any type
/// that implements `Serialize`.
///
/// ```
/// use messages_api::tools::ToolOutput;
/// use messages_api::types::{ImageBlock, UrlSource};
///
/// #[derive(serde::Serialize)]
/// struct Weather {
///     celsius: f32,
/// }
///
/// let text = ToolOutput::from("4 °C");
/// let value = ToolOutput::json(&Weather { celsius: 4.0 })?; // the text {"celsius":4.0}
/// let image = ToolOutput::from(ImageBlock::new(UrlSource::new("https://example.test/radar.png")));
/// let nothing = ToolOutput::from(());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolOutput(Option<ToolResultContent>);

impl ToolOutput {
    /// Creates an output whose text is `value` as JSON.
    ///
    /// # Errors
    ///
    /// When JSON cannot represent the value, as [`Json::encode`] describes.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        Json::encode(value).map(Self::from)
    }

    /// Returns the content; `None` if the tool returned nothing.
    pub fn content(&self) -> Option<&ToolResultContent> {
        self.0.as_ref()
    }
}

impl From<()> for ToolOutput {
    fn from((): ()) -> Self {
        Self(None)
    }
}

impl From<String> for ToolOutput {
    fn from(text: String) -> Self {
        Self(Some(text.into()))
    }
}

impl From<&str> for ToolOutput {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

/// The model reads the JSON as text.
impl From<Json> for ToolOutput {
    fn from(json: Json) -> Self {
        Self::from(json.as_raw_str())
    }
}

impl From<ToolResultContent> for ToolOutput {
    fn from(content: ToolResultContent) -> Self {
        Self(Some(content))
    }
}

impl From<Vec<ContentBlock>> for ToolOutput {
    fn from(blocks: Vec<ContentBlock>) -> Self {
        Self(Some(blocks.into()))
    }
}

/// Makes a single block, such as an [`ImageBlock`](crate::types::ImageBlock), the whole output.
impl<B: Into<ContentBlock>> From<B> for ToolOutput {
    fn from(block: B) -> Self {
        Self::from(vec![block.into()])
    }
}

/// The failure of a tool, for two readers: the model reads the content, and the program that runs the tool
/// reads the [source](Self::source).
///
/// The model receives the content in a result that is marked as an error, so that it can correct its input or
/// try something else. [`new`](Self::new) creates an error whose text says what the model can do about it.
/// Every [`std::error::Error`] converts into a `ToolError` with `?`. The model then reads only that the tool
/// failed, because the text of such an error may tell it about paths, addresses or queries that are none of
/// its business.
///
/// ```
/// use messages_api::tools::{ToolError, ToolOutput};
///
/// fn read(name: &str) -> Result<ToolOutput, ToolError> {
///     if name.contains('/') {
///         return Err(ToolError::new("A name must not contain a slash")); // the model reads this text
///     }
///     let text = std::fs::read_to_string(name)?; // the model reads "The tool failed"
///     Ok(text.into())
/// }
///
/// let error = read("missing").expect_err("there is no such file");
/// assert_eq!(error.content().to_text(), "The tool failed");
/// assert!(error.source().is_some_and(|source| source.is::<std::io::Error>()));
/// ```
///
/// For the same reason the type does not implement [`std::error::Error`] itself.
#[derive(Clone)]
pub struct ToolError {
    content: ToolResultContent,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl ToolError {
    /// Creates an error with a text or blocks for the model.
    ///
    /// Blocks can show more than text can, such as the screenshot of a page that did not load.
    pub fn new(content: impl Into<ToolResultContent>) -> Self {
        Self { content: content.into(), source: None }
    }

    /// Sets the source, which the model does not read.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// Returns what the model reads.
    pub fn content(&self) -> &ToolResultContent {
        &self.content
    }

    /// Returns the source: the error that was converted with `?`, or that of
    /// [`with_source`](Self::with_source).
    pub fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }

    /// Creates the error of a tool that failed with `source`.
    pub(super) fn failed(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new("The tool failed").with_source(source)
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for ToolError {
    /// Creates an error with the source `error` and a text that does not repeat it.
    fn from(error: E) -> Self {
        Self::failed(error)
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolError").field("content", &self.content).field("source", &self.source).finish()
    }
}

/// Returns the result of `call`, and the error if it failed.
pub(super) fn result_of(
    call: &ToolUseBlock,
    result: Result<ToolOutput, ToolError>,
) -> (ToolResultBlock, Option<ToolError>) {
    let mut block = ToolResultBlock::new(&*call.id);
    block.toolset_name.clone_from(&call.toolset_name);
    match result {
        Ok(output) => {
            block.content = output.0;
            (block, None)
        }
        Err(error) => (block.content(error.content.clone()).is_error(true), Some(error)),
    }
}
