//! The commands of the memory tool.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};

use crate::json::{Json, fields};
use crate::wire::{Problem, at, missing, without_position};

/// A command of the model to its memory: the input of a
/// [`MemoryTool20250818`](crate::types::tools::MemoryTool20250818).
///
/// The memory is a directory tree of text files that the program keeps for the model. All paths begin with
/// `/memories`. They are written by the model, so whoever maps them to real files must reject those that lead
/// out of the directory, such as `/memories/../secret`.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
///
/// use messages_api::tools::{MemoryCommand, ToolContext, ToolError, ToolSet};
/// use messages_api::types::tools::MemoryTool20250818;
///
/// type Files = Mutex<BTreeMap<String, String>>;
///
/// async fn memory(command: MemoryCommand, cx: ToolContext<Files>) -> Result<String, ToolError> {
///     let mut files = cx.state().lock().map_err(|_| ToolError::new("The memory is unavailable"))?;
///     match command {
///         MemoryCommand::Create { path, file_text } => {
///             files.insert(path, file_text);
///             Ok("Created".to_owned())
///         }
///         MemoryCommand::View { path, .. } => {
///             files.get(&path).cloned().ok_or_else(|| ToolError::new("There is no such file"))
///         }
///         // …
///         _ => Err(ToolError::new("This memory cannot do that")),
///     }
/// }
///
/// let tools = ToolSet::with_state(Files::default()).raw(MemoryTool20250818::new(), memory);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryCommand {
    /// Shows the text of a file, or the entries of a directory.
    View {
        /// The path of the file or directory.
        path: String,
        /// The first and the last line to show, counted from 1, where −1 stands for the end of the file; the
        /// whole file if absent.
        view_range: Option<(i64, i64)>,
    },
    /// Creates a file, or replaces the one at its path.
    Create {
        /// The path of the file.
        path: String,
        /// The text of the file.
        file_text: String,
    },
    /// Replaces a text in a file.
    StrReplace {
        /// The path of the file.
        path: String,
        /// The text to replace, which should occur exactly once.
        old_str: String,
        /// The text to put in its place; nothing if absent.
        new_str: String,
    },
    /// Inserts text into a file.
    Insert {
        /// The path of the file.
        path: String,
        /// The number of the line after which to insert; 0 for the beginning of the file.
        insert_line: u64,
        /// The text to insert.
        insert_text: String,
    },
    /// Deletes a file, or a directory with everything in it.
    Delete {
        /// The path of the file or directory.
        path: String,
    },
    /// Renames or moves a file or a directory.
    Rename {
        /// The path before.
        old_path: String,
        /// The path after.
        new_path: String,
    },
}

// By hand, since otherwise every client would compile the macros of serde for this type alone.
impl<'de> Deserialize<'de> for MemoryCommand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(Json::deserialize(deserializer)?.as_raw_str()).map_err(D::Error::custom)
    }
}

fn read(input: &str) -> Result<MemoryCommand, Problem> {
    let command: String = required(input, "command")?;
    Ok(match &*command {
        "view" => {
            MemoryCommand::View { path: required(input, "path")?, view_range: optional(input, "view_range")? }
        }
        "create" => {
            MemoryCommand::Create { path: required(input, "path")?, file_text: required(input, "file_text")? }
        }
        "str_replace" => MemoryCommand::StrReplace {
            path: required(input, "path")?,
            old_str: required(input, "old_str")?,
            new_str: optional(input, "new_str")?.unwrap_or_default(),
        },
        "insert" => MemoryCommand::Insert {
            path: required(input, "path")?,
            insert_line: required(input, "insert_line")?,
            insert_text: required(input, "insert_text")?,
        },
        "delete" => MemoryCommand::Delete { path: required(input, "path")? },
        "rename" => MemoryCommand::Rename {
            old_path: required(input, "old_path")?,
            new_path: required(input, "new_path")?,
        },
        unknown => {
            let problem = Problem::custom(format_args!("`{unknown}` is not a command of the memory"));
            return Err(at("command", problem));
        }
    })
}

fn required<T: DeserializeOwned>(input: &str, name: &str) -> Result<T, Problem> {
    optional(input, name)?.ok_or_else(|| missing(name))
}

fn optional<T: DeserializeOwned>(input: &str, name: &str) -> Result<Option<T>, Problem> {
    let [value] = fields(input, [name]).map_err(without_position)?;
    let value = value.map(serde_json::from_str).transpose();
    value.map_err(|error| at(name, without_position(error)))
}
