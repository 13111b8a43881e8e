//! The results of calls named `code_execution`.

use crate::types::CacheControl;
use crate::types::server_tools::{Caller, ServerToolErrorCode};
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// The result of running code in a container of the API.
    ///
    /// The API sends it for a call named `code_execution`; the caller sends it back unchanged. Shell commands
    /// and file edits of code execution have blocks of their own, [`BashCodeExecutionToolResultBlock`] and
    /// [`TextEditorCodeExecutionToolResultBlock`].
    ///
    /// [`BashCodeExecutionToolResultBlock`]: crate::types::server_tools::BashCodeExecutionToolResultBlock
    /// [`TextEditorCodeExecutionToolResultBlock`]: super::TextEditorCodeExecutionToolResultBlock
    ///
    /// ```
    /// use messages_api::types::server_tools::{CodeExecutionToolResultBlock, CodeExecutionToolResultContent};
    ///
    /// let block: CodeExecutionToolResultBlock = serde_json::from_str(r#"{
    ///     "type": "code_execution_tool_result", "tool_use_id": "srvtoolu_1",
    ///     "content": {
    ///         "type": "code_execution_result", "stdout": "4\n", "stderr": "", "return_code": 0,
    ///         "content": [{"type": "code_execution_output", "file_id": "file_1"}]
    ///     }
    /// }"#)?;
    /// match &block.content {
    ///     CodeExecutionToolResultContent::Result(result) => assert_eq!(result.stdout, "4\n"),
    ///     CodeExecutionToolResultContent::Error(error) => println!("did not run: {}", error.error_code),
    ///     _ => {}
    /// }
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CodeExecutionToolResultBlock = "code_execution_tool_result",
        /// Creates the result of the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the [`ServerToolUseBlock`](crate::types::server_tools::ServerToolUseBlock).
        tool_use_id: String,
        /// The output of the code, or the reason why it did not run.
        content: CodeExecutionToolResultContent,
    }
    optional {
        /// The origin of the call: the model itself, or code that the model runs.
        caller: Caller,
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// The content of a [`CodeExecutionToolResultBlock`].
    pub enum CodeExecutionToolResultContent {
        /// The code ran; its output is in plain text.
        Result(Boxed CodeExecutionResult) = "code_execution_result",
        /// The code ran; its standard output is encrypted.
        EncryptedResult(Boxed EncryptedCodeExecutionResult) = "encrypted_code_execution_result",
        /// The call failed, and there is no output.
        Error(CodeExecutionToolResultError) = "code_execution_tool_result_error",
    }
}

wire_struct! {
    /// The output of code in plain text.
    ///
    /// Variant of [`CodeExecutionToolResultContent`].
    pub struct CodeExecutionResult = "code_execution_result",
        /// Creates the result of code that ran to its end.
        pub fn new;
    required {
        /// The exit status of the process; 0 means success.
        return_code: i64,
    }
    defaulted {
        /// The standard output.
        stdout: String,
        /// The standard error.
        stderr: String,
        /// The files that the code wrote.
        content: [CodeExecutionOutput],
    }
    optional {}
}

wire_struct! {
    /// The output of code, with the standard output in encrypted form.
    ///
    /// Variant of [`CodeExecutionToolResultContent`].
    pub struct EncryptedCodeExecutionResult = "encrypted_code_execution_result",
        /// Creates the result of code that ran to its end.
        pub fn new;
    required {
        /// The exit status of the process; 0 means success.
        return_code: i64,
    }
    defaulted {
        /// The standard output in encrypted form, which only the API can read.
        encrypted_stdout: String,
        /// The standard error.
        stderr: String,
        /// The files that the code wrote.
        content: [CodeExecutionOutput],
    }
    optional {}
}

wire_struct! {
    /// A file that code wrote, part of a [`CodeExecutionResult`] or an [`EncryptedCodeExecutionResult`].
    pub struct CodeExecutionOutput = "code_execution_output",
        /// Creates a reference to the file `file_id`.
        pub fn new;
    required {
        /// The id of the file.
        file_id: String,
    }
    optional {}
}

wire_struct! {
    /// The failure of a code execution call.
    ///
    /// Variant of [`CodeExecutionToolResultContent`]. Code that runs and fails has a [`CodeExecutionResult`]
    /// with a `return_code` other than 0 instead.
    pub struct CodeExecutionToolResultError = "code_execution_tool_result_error",
        /// Creates the failure with the code `error_code`.
        pub fn new;
    required {
        /// The reason for the failure.
        error_code: ServerToolErrorCode,
    }
    optional {}
}
