//! Blocks of the code execution tools.

use crate::types::CacheControl;
use crate::types::server_tools::{Caller, ServerToolErrorCode};
use crate::wire::{wire_string, wire_struct, wire_union};

wire_struct! {
    /// What code gave.
    ///
    /// ```
    /// use messages_api::types::server_tools::{CodeExecutionResult, CodeExecutionToolResultBlock};
    ///
    /// let block = CodeExecutionToolResultBlock::new("srvtoolu_1", CodeExecutionResult::new("4\n", "", 0, vec![]));
    /// ```
    pub struct CodeExecutionToolResultBlock = "code_execution_tool_result",
        /// The answer to the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the `server_tool_use` block that this answers.
        tool_use_id: String,
        /// The result, or why there is none.
        content: CodeExecutionToolResultContent,
    }
    optional {
        /// Who called.
        caller: Caller,
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// What code gave, or why it gave nothing.
    ///
    /// ```
    /// use messages_api::types::server_tools::{CodeExecutionResult, CodeExecutionToolResultContent};
    ///
    /// let content = CodeExecutionToolResultContent::from(CodeExecutionResult::new("4\n", "", 0, vec![]));
    /// ```
    pub enum CodeExecutionToolResultContent {
        /// The result.
        Result(Box CodeExecutionResult) = "code_execution_result",
        /// The result, its output encrypted.
        EncryptedResult(Box EncryptedCodeExecutionResult) = "encrypted_code_execution_result",
        /// Why there is none.
        Error(CodeExecutionToolResultError) = "code_execution_tool_result_error",
    }
}

wire_struct! {
    /// What code gave.
    ///
    /// ```
    /// let result = messages_api::types::server_tools::CodeExecutionResult::new("4\n", "", 0, vec![]);
    /// ```
    pub struct CodeExecutionResult = "code_execution_result",
        /// Output, return code and files.
        pub fn new;
    required {
        /// The standard output.
        stdout: String,
        /// The standard error.
        stderr: String,
        /// The return code; 0 is success.
        return_code: i64,
        /// The files it wrote.
        content: [CodeExecutionOutput],
    }
    optional {}
}

wire_struct! {
    /// What code gave, its output encrypted.
    ///
    /// ```
    /// let result = messages_api::types::server_tools::EncryptedCodeExecutionResult::new("RW5j", "", 0, vec![]);
    /// ```
    pub struct EncryptedCodeExecutionResult = "encrypted_code_execution_result",
        /// Output, return code and files.
        pub fn new;
    required {
        /// The standard output, which only the API can read.
        encrypted_stdout: String,
        /// The standard error.
        stderr: String,
        /// The return code; 0 is success.
        return_code: i64,
        /// The files it wrote.
        content: [CodeExecutionOutput],
    }
    optional {}
}

wire_struct! {
    /// A file that code wrote.
    ///
    /// ```
    /// let output = messages_api::types::server_tools::CodeExecutionOutput::new("file_01");
    /// ```
    pub struct CodeExecutionOutput = "code_execution_output",
        /// The file `file_id`.
        pub fn new;
    required {
        /// The file.
        file_id: String,
    }
    optional {}
}

wire_struct! {
    /// Why code could not run.
    ///
    /// ```
    /// let error = messages_api::types::server_tools::CodeExecutionToolResultError::new("unavailable");
    /// ```
    pub struct CodeExecutionToolResultError = "code_execution_tool_result_error",
        /// The failure `error_code`.
        pub fn new;
    required {
        /// Why.
        error_code: ServerToolErrorCode,
    }
    optional {}
}

wire_struct! {
    /// What a shell command gave.
    ///
    /// ```
    /// use messages_api::types::server_tools::{BashCodeExecutionResult, BashCodeExecutionToolResultBlock};
    ///
    /// let result = BashCodeExecutionResult::new("4\n", "", 0, vec![]);
    /// let block = BashCodeExecutionToolResultBlock::new("srvtoolu_1", result);
    /// ```
    pub struct BashCodeExecutionToolResultBlock = "bash_code_execution_tool_result",
        /// The answer to the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the `server_tool_use` block that this answers.
        tool_use_id: String,
        /// The result, or why there is none.
        content: BashCodeExecutionToolResultContent,
    }
    optional {
        /// Who called.
        caller: Caller,
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// What a shell command gave, or why it gave nothing.
    ///
    /// ```
    /// use messages_api::types::server_tools::{
    ///     BashCodeExecutionToolResultContent, BashCodeExecutionToolResultError,
    /// };
    ///
    /// let content = BashCodeExecutionToolResultContent::from(BashCodeExecutionToolResultError::new("unavailable"));
    /// ```
    pub enum BashCodeExecutionToolResultContent {
        /// The result.
        Result(Box BashCodeExecutionResult) = "bash_code_execution_result",
        /// Why there is none.
        Error(BashCodeExecutionToolResultError) = "bash_code_execution_tool_result_error",
    }
}

wire_struct! {
    /// What a shell command gave.
    ///
    /// ```
    /// let result = messages_api::types::server_tools::BashCodeExecutionResult::new("4\n", "", 0, vec![]);
    /// ```
    pub struct BashCodeExecutionResult = "bash_code_execution_result",
        /// Output, return code and files.
        pub fn new;
    required {
        /// The standard output.
        stdout: String,
        /// The standard error.
        stderr: String,
        /// The return code; 0 is success.
        return_code: i64,
        /// The files it wrote.
        content: [BashCodeExecutionOutput],
    }
    optional {}
}

wire_struct! {
    /// A file that a shell command wrote.
    ///
    /// ```
    /// let output = messages_api::types::server_tools::BashCodeExecutionOutput::new("file_01");
    /// ```
    pub struct BashCodeExecutionOutput = "bash_code_execution_output",
        /// The file `file_id`.
        pub fn new;
    required {
        /// The file.
        file_id: String,
    }
    optional {}
}

wire_struct! {
    /// Why a shell command could not run.
    ///
    /// ```
    /// let error = messages_api::types::server_tools::BashCodeExecutionToolResultError::new("output_file_too_large");
    /// ```
    pub struct BashCodeExecutionToolResultError = "bash_code_execution_tool_result_error",
        /// The failure `error_code`.
        pub fn new;
    required {
        /// Why.
        error_code: ServerToolErrorCode,
    }
    optional {}
}

wire_struct! {
    /// What an edit of a file gave.
    ///
    /// ```
    /// use messages_api::types::server_tools::{
    ///     TextEditorCodeExecutionCreateResult, TextEditorCodeExecutionToolResultBlock,
    /// };
    ///
    /// let result = TextEditorCodeExecutionCreateResult::new(false);
    /// let block = TextEditorCodeExecutionToolResultBlock::new("srvtoolu_1", result);
    /// ```
    pub struct TextEditorCodeExecutionToolResultBlock = "text_editor_code_execution_tool_result",
        /// The answer to the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the `server_tool_use` block that this answers.
        tool_use_id: String,
        /// The result, or why there is none.
        content: TextEditorCodeExecutionToolResultContent,
    }
    optional {
        /// Who called.
        caller: Caller,
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// What an edit of a file gave, or why it gave nothing.
    ///
    /// ```
    /// use messages_api::types::server_tools::{
    ///     TextEditorCodeExecutionCreateResult, TextEditorCodeExecutionToolResultContent,
    /// };
    ///
    /// let created = TextEditorCodeExecutionCreateResult::new(false);
    /// let content = TextEditorCodeExecutionToolResultContent::from(created);
    /// ```
    pub enum TextEditorCodeExecutionToolResultContent {
        /// The file was shown.
        View(Box TextEditorCodeExecutionViewResult) = "text_editor_code_execution_view_result",
        /// The file was written.
        Create(TextEditorCodeExecutionCreateResult) = "text_editor_code_execution_create_result",
        /// A piece of the file was replaced.
        StrReplace(Box TextEditorCodeExecutionStrReplaceResult) = "text_editor_code_execution_str_replace_result",
        /// Why there is no result.
        Error(Box TextEditorCodeExecutionToolResultError) = "text_editor_code_execution_tool_result_error",
    }
}

wire_struct! {
    /// A file was shown.
    ///
    /// ```
    /// use messages_api::types::server_tools::{FileType, TextEditorCodeExecutionViewResult};
    ///
    /// let result = TextEditorCodeExecutionViewResult::new("a line\n", FileType::Text);
    /// ```
    pub struct TextEditorCodeExecutionViewResult = "text_editor_code_execution_view_result",
        /// A file and its kind.
        pub fn new;
    required {
        /// What was shown.
        content: String,
        /// The kind of file.
        file_type: FileType,
    }
    optional {
        /// How many lines were shown.
        num_lines: u64,
        /// The first of them, from 1 on.
        start_line: u64,
        /// How many lines there are.
        total_lines: u64,
    }
}

wire_string! {
    /// The kind of a file that was shown.
    ///
    /// ```
    /// assert_eq!(messages_api::types::server_tools::FileType::Pdf.as_str(), "pdf");
    /// ```
    pub enum FileType {
        /// Text.
        Text = "text",
        /// A picture.
        Image = "image",
        /// A PDF.
        Pdf = "pdf",
    }
}

wire_struct! {
    /// A file was written.
    ///
    /// ```
    /// let result = messages_api::types::server_tools::TextEditorCodeExecutionCreateResult::new(false);
    /// ```
    pub struct TextEditorCodeExecutionCreateResult = "text_editor_code_execution_create_result",
        /// A new file, or an old one with new content.
        pub fn new;
    required {
        /// Whether the file was there before.
        is_file_update: bool,
    }
    optional {}
}

wire_struct! {
    /// A piece of a file was replaced.
    ///
    /// ```
    /// let result = messages_api::types::server_tools::TextEditorCodeExecutionStrReplaceResult::new().old_start(3).old_lines(1);
    /// ```
    pub struct TextEditorCodeExecutionStrReplaceResult = "text_editor_code_execution_str_replace_result",
        /// A change that is not told.
        pub fn new;
    required {}
    optional {
        /// The change, as lines of a diff.
        lines: [String],
        /// How many lines there are now.
        new_lines: u64,
        /// The first line that changed, as it is now.
        new_start: u64,
        /// How many lines there were.
        old_lines: u64,
        /// The first line that changed, as it was.
        old_start: u64,
    }
}

wire_struct! {
    /// Why an edit failed.
    ///
    /// ```
    /// let error = messages_api::types::server_tools::TextEditorCodeExecutionToolResultError::new("file_not_found");
    /// ```
    pub struct TextEditorCodeExecutionToolResultError = "text_editor_code_execution_tool_result_error",
        /// The failure `error_code`.
        pub fn new;
    required {
        /// Why.
        error_code: ServerToolErrorCode,
    }
    optional {
        /// Why, for people.
        error_message: String,
    }
}
