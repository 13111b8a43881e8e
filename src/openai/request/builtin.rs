//! The tools that the Messages API defines and the caller runs.
//!
//! A request has only their names, since Claude models know their schemas. Other models have to be told.

use crate::json::Json;
use crate::openai::types::ChatFunction;
use crate::types::tools::Tool;

/// Returns `tool` as a function; `None` if it is not a tool that the caller runs, or one that stands for others.
pub(super) fn function(tool: &Tool) -> Option<ChatFunction> {
    let (description, parameters) = match tool {
        Tool::Bash20241022(_) | Tool::Bash20250124(_) => (BASH.0.to_owned(), BASH.1),
        Tool::TextEditor20241022(_) | Tool::TextEditor20250124(_) => (EDITOR.0.to_owned(), EDITOR_WITH_UNDO),
        Tool::TextEditor20250429(_) | Tool::TextEditor20250728(_) => (EDITOR.0.to_owned(), EDITOR.1),
        Tool::Memory20250818(_) => (MEMORY.0.to_owned(), MEMORY.1),
        Tool::Computer20241022(tool) => computer(tool.display_width_px, tool.display_height_px),
        Tool::Computer20250124(tool) => computer(tool.display_width_px, tool.display_height_px),
        Tool::Computer20251124(tool) => computer(tool.display_width_px, tool.display_height_px),
        _ => return None,
    };
    let parameters = Json::parse(parameters).ok()?;
    Some(ChatFunction::new(tool.name()?).description(description).parameters(parameters))
}

fn computer(width: u64, height: u64) -> (String, &'static str) {
    (format!("{} The screen is {width} pixels wide and {height} pixels high.", COMPUTER.0), COMPUTER.1)
}

const BASH: (&str, &str) = (
    "Runs a command in a bash session that lasts for the whole conversation.",
    concat!(
        r#"{"type":"object","properties":{"#,
        r#""command":{"type":"string","description":"The command. Required unless `restart` is true."},"#,
        r#""restart":{"type":"boolean","description":"Whether to start a new session."}}}"#,
    ),
);

const EDITOR: (&str, &str) = (
    "Views and edits files.",
    concat!(
        r#"{"type":"object","properties":{"#,
        r#""command":{"type":"string","enum":["view","create","str_replace","insert"]},"#,
        r#""path":{"type":"string","description":"The absolute path of a file or folder."},"#,
        r#""view_range":{"type":"array","items":{"type":"integer"},"#,
        r#""description":"For `view`: the first and the last line, from 1; -1 is the end of the file."},"#,
        r#""file_text":{"type":"string","description":"For `create`: the content of the file."},"#,
        r#""old_str":{"type":"string","description":"For `str_replace`: the text to replace, which must occur once."},"#,
        r#""new_str":{"type":"string","description":"For `str_replace`: the text that takes its place."},"#,
        r#""insert_line":{"type":"integer","description":"For `insert`: the line after which to insert; 0 is the start."},"#,
        r#""insert_text":{"type":"string","description":"For `insert`: the text to insert."}},"#,
        r#""required":["command","path"]}"#,
    ),
);

const EDITOR_WITH_UNDO: &str = concat!(
    r#"{"type":"object","properties":{"#,
    r#""command":{"type":"string","enum":["view","create","str_replace","insert","undo_edit"]},"#,
    r#""path":{"type":"string","description":"The absolute path of a file or folder."},"#,
    r#""view_range":{"type":"array","items":{"type":"integer"},"#,
    r#""description":"For `view`: the first and the last line, from 1; -1 is the end of the file."},"#,
    r#""file_text":{"type":"string","description":"For `create`: the content of the file."},"#,
    r#""old_str":{"type":"string","description":"For `str_replace`: the text to replace, which must occur once."},"#,
    r#""new_str":{"type":"string","description":"For `str_replace` and `insert`: the new text."},"#,
    r#""insert_line":{"type":"integer","description":"For `insert`: the line after which to insert; 0 is the start."}},"#,
    r#""required":["command","path"]}"#,
);

const MEMORY: (&str, &str) = (
    "Reads and writes notes in the folder /memories, which outlasts the conversation.",
    concat!(
        r#"{"type":"object","properties":{"#,
        r#""command":{"type":"string","enum":["view","create","str_replace","insert","delete","rename"]},"#,
        r#""path":{"type":"string","description":"The path of a file or folder; not for `rename`."},"#,
        r#""view_range":{"type":"array","items":{"type":"integer"},"#,
        r#""description":"For `view`: the first and the last line, from 1."},"#,
        r#""file_text":{"type":"string","description":"For `create`: the content of the file."},"#,
        r#""old_str":{"type":"string","description":"For `str_replace`: the text to replace, which must occur once."},"#,
        r#""new_str":{"type":"string","description":"For `str_replace`: the text that takes its place."},"#,
        r#""insert_line":{"type":"integer","description":"For `insert`: the line after which to insert; 0 is the start."},"#,
        r#""insert_text":{"type":"string","description":"For `insert`: the text to insert."},"#,
        r#""old_path":{"type":"string","description":"For `rename`: the present path."},"#,
        r#""new_path":{"type":"string","description":"For `rename`: the new path."}},"#,
        r#""required":["command"]}"#,
    ),
);

const COMPUTER: (&str, &str) = (
    "Controls the screen, the mouse and the keyboard of a computer.",
    concat!(
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
    ),
);
