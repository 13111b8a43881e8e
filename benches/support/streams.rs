//! Event streams as the API writes them, generated and the same in every run.

use std::fmt::Write;

/// A body of server-sent events.
pub struct Stream {
    pub name: &'static str,
    pub body: Vec<u8>,
    pub events: usize,
}

impl Stream {
    /// Cuts the body into chunks of `size` bytes.
    pub fn chunks(&self, size: usize) -> impl Iterator<Item = &[u8]> + Clone {
        self.body.chunks(size)
    }

    /// Cuts the body into its events.
    pub fn frames(&self) -> impl Iterator<Item = &[u8]> {
        let ends = memchr::memmem::find_iter(&self.body, b"\n\n").map(|at| at + 2);
        ends.scan(0, |start, end| Some(&self.body[std::mem::replace(start, end)..end]))
    }
}

/// Returns three streams: 50,000 text deltas of a token each, as many deltas of
/// tool input and thinking, and one complete message.
pub fn streams() -> [Stream; 3] {
    [tokens(50_000), mixed(50_000), message()]
}

/// Returns a complete message, a text of `deltas` tokens.
pub fn text_message(deltas: usize) -> Stream {
    let mut body = String::new();
    event(&mut body, "message_start", START);
    event(&mut body, "content_block_start", r#","index":0,"content_block":{"type":"text","text":""}"#);
    for at in 0..deltas {
        text(&mut body, 0, &WORDS[at % WORDS.len()][..7]);
    }
    event(&mut body, "content_block_stop", r#","index":0"#);
    end(&mut body, "end_turn");
    Stream { name: "a text", body: body.into_bytes(), events: deltas + 5 }
}

/// Returns the chunks of a completion, a text of `deltas` tokens, as OpenAI streams it.
pub fn completion(deltas: usize) -> Stream {
    let mut body = String::new();
    chunk(&mut body, r#"{"role":"assistant","content":""}"#, "null");
    for at in 0..deltas {
        chunk(&mut body, &format!(r#"{{"content":"{}"}}"#, &WORDS[at % WORDS.len()][..7]), "null");
    }
    chunk(&mut body, "{}", r#""stop""#);
    let usage = r#"{"prompt_tokens":2048,"completion_tokens":512,"total_tokens":2560}"#;
    let _ = write!(body, "data: {CHUNK}\"choices\":[],\"usage\":{usage}}}\n\ndata: [DONE]\n\n");
    Stream { name: "a completion", body: body.into_bytes(), events: deltas + 4 }
}

const CHUNK: &str = r#"{"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion.chunk","created":1741570283,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_fc9f1d7035","#;

fn chunk(body: &mut String, delta: &str, finish_reason: &str) {
    let choice = format!(r#"{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish_reason}}}"#);
    let _ = write!(body, "data: {CHUNK}\"choices\":[{choice}],\"usage\":null}}\n\n");
}

const START: &str = r#","message":{"id":"msg_01","type":"message","role":"assistant","model":"claude-sonnet-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":2048,"cache_creation_input_tokens":0,"cache_read_input_tokens":1792,"output_tokens":1,"service_tier":"standard"}}"#;

const WORDS: [&str; 8] =
    [" little", " stream", " of text", " passes", " by here", " and the", " reader", " counts"];

fn tokens(count: usize) -> Stream {
    let mut body = String::new();
    for at in 0..count {
        text(&mut body, 0, &WORDS[at % WORDS.len()][..7]);
    }
    Stream { name: "tokens", body: body.into_bytes(), events: count }
}

fn mixed(count: usize) -> Stream {
    const INPUT: [&str; 5] = [r#"{\"path\":"#, r#" \"src/"#, r#"lib.rs\", "#, r#"\"line\":"#, r" 42, \n"];
    let mut body = String::new();
    for at in 0..count {
        if at % 2 == 0 {
            delta(&mut body, 1, "input_json_delta", "partial_json", INPUT[(at / 2) % INPUT.len()]);
        } else {
            delta(&mut body, 0, "thinking_delta", "thinking", WORDS[at % WORDS.len()]);
        }
    }
    Stream { name: "tool input and thinking", body: body.into_bytes(), events: count }
}

fn message() -> Stream {
    let mut body = String::new();
    event(&mut body, "message_start", START);
    event(
        &mut body,
        "content_block_start",
        r#","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}"#,
    );
    event(&mut body, "ping", "");
    for at in 0..120 {
        delta(&mut body, 0, "thinking_delta", "thinking", WORDS[at % WORDS.len()]);
    }
    delta(&mut body, 0, "signature_delta", "signature", &"c2lnbmF0dXJl".repeat(30));
    event(&mut body, "content_block_stop", r#","index":0"#);
    event(&mut body, "content_block_start", r#","index":1,"content_block":{"type":"text","text":""}"#);
    for at in 0..280 {
        let token = match at % 14 {
            5 => r"\n\n",
            9 => r#" \"so\""#,
            12 => " größer",
            _ => WORDS[at % WORDS.len()],
        };
        text(&mut body, 1, token);
    }
    event(&mut body, "content_block_stop", r#","index":1"#);
    event(
        &mut body,
        "content_block_start",
        r#","index":2,"content_block":{"type":"tool_use","id":"toolu_01","name":"read_file","input":{}}"#,
    );
    for at in 0..89 {
        let piece = ["", r#"{\"path\": \""#, "src/stream", r#"/mod.rs\", "#, r#"\"limit\": 2"#][at % 5];
        delta(&mut body, 2, "input_json_delta", "partial_json", piece);
    }
    event(&mut body, "content_block_stop", r#","index":2"#);
    end(&mut body, "tool_use");
    let events = body.matches("\n\n").count();
    Stream { name: "a message", body: body.into_bytes(), events }
}

fn end(body: &mut String, stop_reason: &str) {
    let delta = format!(
        r#","delta":{{"stop_reason":"{stop_reason}","stop_sequence":null}},"usage":{{"output_tokens":512}}"#
    );
    event(body, "message_delta", &delta);
    event(body, "message_stop", "");
}

fn event(body: &mut String, name: &str, data: &str) {
    let _ = write!(body, "event: {name}\ndata: {{\"type\":\"{name}\"{data}}}\n\n");
}

fn text(body: &mut String, index: usize, text: &str) {
    delta(body, index, "text_delta", "text", text);
}

/// Writes a delta as the API does.
fn delta(body: &mut String, index: usize, kind: &str, field: &str, text: &str) {
    let _ = write!(
        body,
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{index},\
         \"delta\":{{\"type\":\"{kind}\",\"{field}\":\"{text}\"}}}}\n\n"
    );
}
