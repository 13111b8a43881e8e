//! Request bodies like those of a coding agent, generated and the same in every
//! run.

use std::fmt::Write;

/// A request body.
pub struct Body {
    pub name: &'static str,
    pub json: Vec<u8>,
}

/// Returns bodies of about `size` bytes: long texts of code, the history of a tool
/// loop, prose, many small blocks, and many tools.
pub fn requests(size: usize) -> [Body; 5] {
    [
        Body { name: "long texts", json: request(2, size, long_text) },
        Body { name: "history", json: request(12, size, tool_round) },
        Body { name: "prose", json: request(2, size, prose) },
        Body { name: "small blocks", json: request(2, size, small_blocks) },
        Body { name: "many tools", json: many_tools(size) },
    ]
}

/// Returns a question about an image of `size` bytes in base64.
pub fn image_request(size: usize) -> Body {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = 1_u64;
    let image: String = (0..size & !3)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(ALPHABET[(state >> 58) as usize])
        })
        .collect();
    let json = format!(
        r#"{{"model":"claude-sonnet-5","max_tokens":1024,"messages":[{{"role":"user","content":[{{"type":"image","source":{{"type":"base64","media_type":"image/png","data":"{image}"}}}},{{"type":"text","text":"What is this?"}}]}}]}}"#
    );
    Body { name: "image", json: json.into_bytes() }
}

/// Makes a request with `tools` tools, and with messages until it is `size`
/// bytes long.
fn request(tools: usize, size: usize, message: impl Fn(&mut String, usize)) -> Vec<u8> {
    let mut out = head(tools);
    let mut at = 0;
    while out.len() + 2 < size {
        if at > 0 {
            out.push(',');
        }
        message(&mut out, at);
        at += 1;
    }
    out.push_str("]}");
    out.into_bytes()
}

fn many_tools(size: usize) -> Vec<u8> {
    let mut count = size / head_len_of_a_tool();
    count = count.max(1);
    let mut out = head(count);
    out.push_str(r#"{"role":"user","content":"Which of these fits?"}]}"#);
    out.into_bytes()
}

fn head_len_of_a_tool() -> usize {
    head(2).len() - head(1).len()
}

/// Makes the part of the request before the messages.
fn head(tools: usize) -> String {
    let mut out = String::from(
        r#"{"model":"claude-sonnet-5","max_tokens":32000,"stream":true,"thinking":{"type":"adaptive"},"output_config":{"effort":"high"},"metadata":{"user_id":"user_0123456789abcdef"},"system":[{"type":"text","text":"You are an agent in a terminal."},{"type":"text","text":"Work in small steps.\nRead a file before you change it.\nSay what you did.","cache_control":{"type":"ephemeral"}}],"tools":["#,
    );
    for at in 0..tools {
        if at > 0 {
            out.push(',');
        }
        tool(&mut out, at);
    }
    out.push_str(r#"],"messages":["#);
    out
}

/// Writes a tool without a `type`, as agents do.
fn tool(out: &mut String, at: usize) {
    let _ = write!(
        out,
        r#"{{"name":"tool_{at:05}","description":"Reads a file from the working directory.\n\nUsage:\n- The path must be absolute.\n- Lines come numbered, at most 2000 of them.\n- \"limit\" and \"offset\" choose a part of a large file.","input_schema":{{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{{"file_path":{{"description":"The absolute path of the file","type":"string"}},"offset":{{"description":"The first line to read","type":"integer","minimum":0,"maximum":9007199254740991}},"limit":{{"description":"How many lines to read","type":"integer","exclusiveMinimum":0,"maximum":9007199254740991}},"mode":{{"type":"string","enum":["text","bytes","pages"],"default":"text"}},"ranges":{{"type":"array","items":{{"type":"object","properties":{{"from":{{"type":"number"}},"to":{{"type":"number"}}}},"required":["from","to"],"additionalProperties":false}}}}}},"required":["file_path"],"additionalProperties":false}}}}"#
    );
}

const LINES: [&str; 6] = [
    r"fn main() -> Result<(), Error> {\n",
    r"    let total: usize = parts.iter().map(Vec::len).sum();\n",
    r#"    println!(\"{total} bytes in {} parts\", parts.len());\n"#,
    r"The second branch is never taken, so the test above it decides alone.\n",
    r"\n",
    r"\t// größer als erwartet — see the note below\n",
];

fn lines(out: &mut String, from: usize, len: usize) {
    let start = out.len();
    let mut at = from;
    while out.len() - start < len {
        out.push_str(LINES[at % LINES.len()]);
        at += 1;
    }
}

/// Writes a message of prose and code, from 500 bytes to 4 kB.
fn long_text(out: &mut String, at: usize) {
    let role = if at.is_multiple_of(2) { "user" } else { "assistant" };
    let _ = write!(out, r#"{{"role":"{role}","content":[{{"type":"text","text":""#);
    lines(out, at, 500 + at * 1_300 % 3_500);
    out.push_str(r#""}]}"#);
}

const SENTENCES: [&str; 7] = [
    "The harbour had been quiet since the last of the ferries left, and nobody expected another before spring. ",
    "She read the letter twice, folded it along the old creases and put it back where she had found it. ",
    r#"\"We could still turn around,\" he said, though neither of them slowed down. "#,
    "It rained. ",
    "What the survey did not mention, perhaps because nobody had asked, was how many of the houses stood empty for most of the year. ",
    "Years later, in a café on the other side of the river, they would argue about who had seen the light first. ",
    "By then the road was dry again, the bridge had been mended, and the traffic went past as if there had never been a flood. ",
];

/// Writes a message of prose, from 2 to 8 kB, with a line break after every few sentences.
fn prose(out: &mut String, at: usize) {
    let role = if at.is_multiple_of(2) { "user" } else { "assistant" };
    let _ = write!(out, r#"{{"role":"{role}","content":[{{"type":"text","text":""#);
    let end = out.len() + 2_000 + at * 1_700 % 6_000;
    let mut sentence = at;
    while out.len() < end {
        out.push_str(SENTENCES[sentence % SENTENCES.len()]);
        sentence += 1;
        if sentence.is_multiple_of(5) {
            out.push_str(r"\n\n");
        }
    }
    out.push_str(r#""}]}"#);
}

/// Writes a tool call and its result.
fn tool_round(out: &mut String, at: usize) {
    let _ = write!(
        out,
        r#"{{"role":"assistant","content":[{{"type":"text","text":"Let me look at the next part."}},{{"type":"tool_use","id":"toolu_{at:08}","name":"tool_00001","input":{{"file_path":"/home/user/project/src/part_{at}.rs","offset":{at},"limit":40}}}}]}},{{"role":"user","content":[{{"tool_use_id":"toolu_{at:08}","type":"tool_result","content":[{{"type":"text","text":""#
    );
    lines(out, at, 200 + at * 37 % 900);
    out.push_str(r#""}]}]}"#);
}

/// Writes a message of many small blocks.
fn small_blocks(out: &mut String, at: usize) {
    let role = if at.is_multiple_of(2) { "user" } else { "assistant" };
    let _ = write!(out, r#"{{"role":"{role}","content":["#);
    for block in 0..40 {
        if block > 0 {
            out.push(',');
        }
        let _ = write!(out, r#"{{"type":"text","text":"part {block}"}}"#);
    }
    out.push_str("]}");
}
