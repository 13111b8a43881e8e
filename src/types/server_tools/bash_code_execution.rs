//! The results of calls named `bash_code_execution`.

use crate::types::CacheControl;
use crate::types::server_tools::{Caller, ServerToolErrorCode};
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// The result of running a shell command in the container of code execution.
    ///
    /// The API sends it for a call named `bash_code_execution`; the caller sends it back unchanged. It
    /// belongs to the code execution tools, not to
    /// [`ToolBash20250124`](crate::types::tools::ToolBash20250124), which the caller runs.
    ///
    /// ```
    /// use messages_api::types::server_tools::{BashCodeExecutionResult, BashCodeExecutionToolResultBlock};
    ///
    /// let result = BashCodeExecutionResult::new(0, "data.csv\n", "", vec![]);
    /// let block = BashCodeExecutionToolResultBlock::new("srvtoolu_1", result);
    /// assert_eq!(
    ///     serde_json::to_string(&block.content)?,
    ///     concat!(
    ///         r#"{"type":"bash_code_execution_result","return_code":0,"stdout":"data.csv\n","#,
    ///         r#""stderr":"","content":[]}"#,
    ///     ),
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct BashCodeExecutionToolResultBlock = "bash_code_execution_tool_result",
        /// Creates the result of the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the [`ServerToolUseBlock`](crate::types::server_tools::ServerToolUseBlock).
        tool_use_id: String,
        /// The output of the command, or the reason why it did not run.
        content: BashCodeExecutionToolResultContent,
    }
    optional {
        /// The origin of the call: the model itself, or code that the model runs.
        caller: Caller,
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// The content of a [`BashCodeExecutionToolResultBlock`].
    pub enum BashCodeExecutionToolResultContent {
        /// The command ran.
        Result(Boxed BashCodeExecutionResult) = "bash_code_execution_result",
        /// The call failed, and there is no output.
        Error(BashCodeExecutionToolResultError) = "bash_code_execution_tool_result_error",
    }
}

wire_struct! {
    /// The output of a shell command.
    ///
    /// Variant of [`BashCodeExecutionToolResultContent`].
    pub struct BashCodeExecutionResult = "bash_code_execution_result",
        /// Creates the result of a command that ran to its end.
        pub fn new;
    required {
        /// The exit status of the command; 0 means success.
        return_code: i64,
    }
    defaulted {
        /// The standard output.
        stdout: String,
        /// The standard error.
        stderr: String,
        /// The files that the command wrote.
        content: [BashCodeExecutionOutput],
    }
    optional {}
}

wire_struct! {
    /// A file that a shell command wrote, part of a [`BashCodeExecutionResult`].
    pub struct BashCodeExecutionOutput = "bash_code_execution_output",
        /// Creates a reference to the file `file_id`.
        pub fn new;
    required {
        /// The id of the file.
        file_id: String,
    }
    optional {}
}

wire_struct! {
    /// The failure of a shell call.
    ///
    /// Variant of [`BashCodeExecutionToolResultContent`]. A command that runs and fails has a
    /// [`BashCodeExecutionResult`] with a `return_code` other than 0 instead.
    pub struct BashCodeExecutionToolResultError = "bash_code_execution_tool_result_error",
        /// Creates the failure with the code `error_code`.
        pub fn new;
    required {
        /// The reason for the failure.
        error_code: ServerToolErrorCode,
    }
    optional {}
}
