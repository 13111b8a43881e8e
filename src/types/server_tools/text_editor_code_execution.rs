//! The results of calls named `text_editor_code_execution`.

use crate::types::CacheControl;
use crate::types::server_tools::{Caller, ServerToolErrorCode};
use crate::wire::{wire_string, wire_struct, wire_union};

wire_struct! {
    /// The result of viewing or editing a file in the container of code execution.
    ///
    /// The API sends it for a call named `text_editor_code_execution`; the caller sends it back unchanged. It
    /// belongs to the code execution tools, not to
    /// [`ToolTextEditor20250728`](crate::types::tools::ToolTextEditor20250728), which the caller runs.
    ///
    /// ```
    /// use messages_api::types::server_tools::{
    ///     TextEditorCodeExecutionToolResultBlock, TextEditorCodeExecutionToolResultContent as Content,
    /// };
    ///
    /// let block: TextEditorCodeExecutionToolResultBlock = serde_json::from_str(r#"{
    ///     "type": "text_editor_code_execution_tool_result", "tool_use_id": "srvtoolu_1",
    ///     "content": {
    ///         "type": "text_editor_code_execution_str_replace_result",
    ///         "old_start": 4, "old_lines": 1, "new_start": 4, "new_lines": 1, "lines": ["-rain", "+sun"]
    ///     }
    /// }"#)?;
    /// let Content::StrReplace(edit) = &block.content else { panic!("not an edit") };
    /// assert_eq!(edit.lines.as_deref().unwrap_or_default(), ["-rain", "+sun"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct TextEditorCodeExecutionToolResultBlock = "text_editor_code_execution_tool_result",
        /// Creates the result of the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the [`ServerToolUseBlock`](crate::types::server_tools::ServerToolUseBlock).
        tool_use_id: String,
        /// The outcome of the editor's command, or the reason why it failed.
        content: TextEditorCodeExecutionToolResultContent,
    }
    optional {
        /// The origin of the call: the model itself, or code that the model runs.
        caller: Caller,
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// The content of a [`TextEditorCodeExecutionToolResultBlock`]; each command of the editor has its own
    /// variant.
    pub enum TextEditorCodeExecutionToolResultContent {
        /// The editor showed a file.
        View(Boxed TextEditorCodeExecutionViewResult) = "text_editor_code_execution_view_result",
        /// The editor created or overwrote a file.
        Create(TextEditorCodeExecutionCreateResult) = "text_editor_code_execution_create_result",
        /// The editor replaced text within a file.
        StrReplace(Boxed TextEditorCodeExecutionStrReplaceResult) = "text_editor_code_execution_str_replace_result",
        /// The call failed.
        Error(Boxed TextEditorCodeExecutionToolResultError) = "text_editor_code_execution_tool_result_error",
    }
}

wire_struct! {
    /// A file, or part of it, that the editor showed.
    ///
    /// Variant of [`TextEditorCodeExecutionToolResultContent`].
    pub struct TextEditorCodeExecutionViewResult = "text_editor_code_execution_view_result",
        /// Creates the result of viewing `content` in a file of the type `file_type`.
        pub fn new;
    required {
        /// The content that was shown.
        content: String,
        /// The type of the file.
        file_type: FileType,
    }
    optional {
        /// The number of lines shown.
        num_lines: u64,
        /// The first line shown, counted from 1.
        start_line: u64,
        /// The number of lines in the file.
        total_lines: u64,
    }
}

wire_string! {
    /// The type of a file in a [`TextEditorCodeExecutionViewResult`].
    pub enum FileType {
        /// A text file, whose lines are shown and counted.
        Text = "text",
        /// An image.
        Image = "image",
        /// A PDF document.
        Pdf = "pdf",
    }
}

wire_struct! {
    /// The creation or replacement of a whole file by the editor.
    ///
    /// Variant of [`TextEditorCodeExecutionToolResultContent`].
    pub struct TextEditorCodeExecutionCreateResult = "text_editor_code_execution_create_result",
        /// Creates the result of writing a file.
        pub fn new;
    required {}
    defaulted {
        /// Whether the file existed before and was overwritten.
        is_file_update: bool,
    }
    optional {}
}

wire_struct! {
    /// The replacement of text within a file, described as one hunk of a diff.
    ///
    /// Variant of [`TextEditorCodeExecutionToolResultContent`].
    pub struct TextEditorCodeExecutionStrReplaceResult = "text_editor_code_execution_str_replace_result",
        /// Creates the result of a replacement without details.
        pub fn new;
    required {}
    optional {
        /// The lines of the diff, each with its leading `-` or `+`.
        lines: [String],
        /// The number of lines in the hunk after the replacement.
        new_lines: u64,
        /// The first line of the hunk after the replacement.
        new_start: u64,
        /// The number of lines in the hunk before the replacement.
        old_lines: u64,
        /// The first line of the hunk before the replacement.
        old_start: u64,
    }
}

wire_struct! {
    /// The failure of an editor call.
    ///
    /// Variant of [`TextEditorCodeExecutionToolResultContent`].
    pub struct TextEditorCodeExecutionToolResultError = "text_editor_code_execution_tool_result_error",
        /// Creates the failure with the code `error_code`.
        pub fn new;
    required {
        /// The reason for the failure.
        error_code: ServerToolErrorCode,
    }
    optional {
        /// The reason for the failure, in words.
        error_message: String,
    }
}
