//! The commands of the memory tool.

use messages_api::Json;
use messages_api::tools::{MemoryCommand, ToolContext, ToolError, ToolSet};
use messages_api::types::tools::MemoryTool20250818;
use serde_json::{Value, json};

use crate::common::*;

async fn memory(command: MemoryCommand, cx: ToolContext<Log>) -> Result<(), ToolError> {
    cx.state().lock().unwrap().push(match command {
        MemoryCommand::View { path, view_range } => format!("view {path} {view_range:?}"),
        MemoryCommand::Create { path, file_text } => format!("create {path} {file_text}"),
        MemoryCommand::StrReplace { path, old_str, new_str } => format!("replace {path} {old_str} {new_str}"),
        MemoryCommand::Insert { path, insert_line, insert_text } => {
            format!("insert {path} {insert_line} {insert_text}")
        }
        MemoryCommand::Delete { path } => format!("delete {path}"),
        MemoryCommand::Rename { old_path, new_path } => format!("rename {old_path} {new_path}"),
        other => panic!("{other:?}"),
    });
    Ok(())
}

#[tokio::test]
async fn every_command_of_the_memory_is_dispatched() {
    let commands = [
        (json!({"command": "view", "path": "/memories"}), "view /memories None"),
        (json!({"command": "view", "path": "/m/a", "view_range": null}), "view /m/a None"),
        (json!({"command": "view", "path": "/m/a", "view_range": [2, -1]}), "view /m/a Some((2, -1))"),
        (json!({"command": "create", "path": "/m/a", "file_text": "A"}), "create /m/a A"),
        (
            json!({"command": "str_replace", "path": "/m/a", "old_str": "A", "new_str": "B"}),
            "replace /m/a A B",
        ),
        (json!({"path": "/m/a", "old_str": "A", "command": "str_replace"}), "replace /m/a A "),
        (
            json!({"command": "insert", "path": "/m/a", "insert_line": 0, "insert_text": "C"}),
            "insert /m/a 0 C",
        ),
        (json!({"command": "delete", "path": "/m/a"}), "delete /m/a"),
        (json!({"command": "rename", "old_path": "/m/a", "new_path": "/m/b"}), "rename /m/a /m/b"),
    ];
    let log = Log::default();
    let tools = ToolSet::with_state(log.clone()).raw(MemoryTool20250818::new(), memory);
    let calls =
        commands.iter().enumerate().map(|(n, (input, _))| call(&n.to_string(), "memory", input.clone()));
    let script = Script::start([asks(calls), says("done")]).await;
    script.client().run_tools(request(), &tools).finish().await.unwrap();
    assert_eq!(logged(&log), commands.map(|(_, expected)| expected.to_owned()));
    let sent = serde_json::to_value(&script.requests()[0].tools).unwrap();
    assert_eq!(sent, json!([{"type": "memory_20250818", "name": "memory"}]));
}

#[test]
fn a_command_that_is_unknown_or_incomplete_does_not_fit() {
    let bad: [Value; 4] = [
        json!({"command": "format", "path": "/m"}),
        json!({"command": "create", "path": "/m"}),
        json!({"path": "/m"}),
        json!({"command": "insert", "path": "/m", "insert_line": -1, "insert_text": ""}),
    ];
    for input in bad {
        assert!(Json::from(input.clone()).decode::<MemoryCommand>().is_err(), "{input}");
    }
}
