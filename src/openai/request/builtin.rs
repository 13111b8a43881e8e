//! The tools that the Messages API defines and the caller runs.
//!
//! A request has only their names, since Claude models know their schemas. Other models have to be told.

use crate::json::Json;
use crate::openai::types::ChatFunction;
use crate::types::tools::Tool;

/// Returns `tool` as a function; `None` if the API runs it, or if it stands for several tools.
pub(super) fn function(tool: &Tool) -> Option<ChatFunction> {
    let (description, parameters) = match tool {
        Tool::Bash20241022(_) | Tool::Bash20250124(_) => (BASH.to_owned(), BASH_SCHEMA),
        Tool::TextEditor20241022(_) | Tool::TextEditor20250124(_) => {
            (EDITOR.to_owned(), EDITOR_WITH_UNDO_SCHEMA)
        }
        Tool::TextEditor20250429(_) | Tool::TextEditor20250728(_) => (EDITOR.to_owned(), EDITOR_SCHEMA),
        Tool::Memory20250818(_) => (MEMORY.to_owned(), MEMORY_SCHEMA),
        Tool::Computer20241022(tool) => computer(tool.display_width_px, tool.display_height_px),
        Tool::Computer20250124(tool) => computer(tool.display_width_px, tool.display_height_px),
        Tool::Computer20251124(tool) => computer(tool.display_width_px, tool.display_height_px),
        _ => return None,
    };
    let parameters = Json::parse(parameters).ok()?;
    Some(ChatFunction::new(tool.name()?).description(description).parameters(parameters))
}

fn computer(width: u64, height: u64) -> (String, &'static str) {
    let text = format!("{COMPUTER} The screen is {width} pixels wide and {height} pixels high.");
    (text, COMPUTER_SCHEMA)
}

const BASH: &str = "Runs a command in a bash session that lasts for the whole conversation.";
const BASH_SCHEMA: &str = concat!(
    r#"{"type":"object","properties":{"#,
    r#""command":{"type":"string","description":"The command. Required unless `restart` is true."},"#,
    r#""restart":{"type":"boolean","description":"Whether to start a new session."}}}"#,
);

const EDITOR: &str = "Views and edits files.";

/// The fields that all versions of the editor have after `command`, and the memory tool.
macro_rules! editing {
    () => {
        concat!(
            r#""path":{"type":"string","description":"The absolute path of a file or folder."},"#,
            r#""view_range":{"type":"array","items":{"type":"integer"},"#,
            r#""description":"For `view`: the first and the last line, from 1; -1 is the last one."},"#,
            r#""file_text":{"type":"string","description":"For `create`: the content of the file."},"#,
            r#""old_str":{"type":"string","#,
            r#""description":"For `str_replace`: the text to replace, which must occur once."},"#,
            r#""insert_line":{"type":"integer","#,
            r#""description":"For `insert`: the line after which to insert; 0 is the start."},"#,
        )
    };
}

const EDITOR_WITH_UNDO_SCHEMA: &str = concat!(
    r#"{"type":"object","properties":{"#,
    r#""command":{"type":"string","enum":["view","create","str_replace","insert","undo_edit"]},"#,
    editing!(),
    r#""new_str":{"type":"string","description":"For `str_replace` and `insert`: the new text."}},"#,
    r#""required":["command","path"]}"#,
);

const EDITOR_SCHEMA: &str = concat!(
    r#"{"type":"object","properties":{"#,
    r#""command":{"type":"string","enum":["view","create","str_replace","insert"]},"#,
    editing!(),
    r#""new_str":{"type":"string","description":"For `str_replace`: the text that takes its place."},"#,
    r#""insert_text":{"type":"string","description":"For `insert`: the text to insert."}},"#,
    r#""required":["command","path"]}"#,
);

const MEMORY: &str = "Reads and writes notes in the folder /memories, which outlasts the conversation.";
const MEMORY_SCHEMA: &str = concat!(
    r#"{"type":"object","properties":{"#,
    r#""command":{"type":"string","enum":["view","create","str_replace","insert","delete","rename"]},"#,
    editing!(),
    r#""new_str":{"type":"string","description":"For `str_replace`: the text that takes its place."},"#,
    r#""insert_text":{"type":"string","description":"For `insert`: the text to insert."},"#,
    r#""old_path":{"type":"string","description":"For `rename`: the present path."},"#,
    r#""new_path":{"type":"string","description":"For `rename`: the new path."}},"#,
    r#""required":["command"]}"#,
);

const COMPUTER: &str = "Controls the screen, the mouse and the keyboard of a computer.";
const COMPUTER_SCHEMA: &str = concat!(
    r#"{"type":"object","properties":{"#,
    r#""action":{"type":"string","enum":["key","hold_key","type","cursor_position","mouse_move","#,
    r#""left_mouse_down","left_mouse_up","left_click","left_click_drag","right_click","middle_click","#,
    r#""double_click","triple_click","scroll","wait","screenshot"]},"#,
    r#""coordinate":{"type":"array","items":{"type":"integer"},"#,
    r#""description":"The pixel of the action, as x and y from the top left."},"#,
    r#""start_coordinate":{"type":"array","items":{"type":"integer"},"#,
    r#""description":"For `left_click_drag`: the pixel at which it begins."},"#,
    r#""text":{"type":"string","description":"The text to type, or the keys, such as `ctrl+s`."},"#,
    r#""scroll_direction":{"type":"string","enum":["up","down","left","right"]},"#,
    r#""scroll_amount":{"type":"integer","description":"The number of steps to scroll."},"#,
    r#""duration":{"type":"number","description":"For `hold_key` and `wait`: the time in seconds."}},"#,
    r#""required":["action"]}"#,
);
