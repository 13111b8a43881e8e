//! How the responses are written.

use super::Block::{self, Call, Text};
use super::{End, Expected, INPUT, Script, TEXT, USAGE};

pub(super) const JSON: &str = "application/json";
pub(super) const THINKS: &str = r#"{"thinking":{"type":"enabled","budget_tokens":1024}}"#;
pub(super) const FIVE_STOPS: &str = r#"{"stop_sequences":["A1","B2","C3","D4","FIVE"]}"#;
pub(super) const HEAD: &str = r#""id":"chatcmpl-abc123","object":"chat.completion.chunk","created":1700000000,"model":"served-model","service_tier":"default""#;
pub(super) const USED: &str = r#""usage":{"prompt_tokens":1234,"completion_tokens":6,"total_tokens":1240,"prompt_tokens_details":{"cached_tokens":1000}}"#;
pub(super) const ROLE: &str = r#"{"id":"chatcmpl-abc123","object":"chat.completion.chunk","created":1700000000,"model":"served-model","service_tier":"default","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}"#;

/// A chunk with a delta that has the members `members`.
pub(super) fn delta(members: &str) -> String {
    format!(
        r#"{{{HEAD},"choices":[{{"index":0,"delta":{{{members}}},"logprobs":null,"finish_reason":null}}]}}"#
    )
}

pub(super) fn last(reason: &str) -> String {
    format!(r#"{{{HEAD},"choices":[{{"index":0,"delta":{{}},"logprobs":null,"finish_reason":"{reason}"}}]}}"#)
}

pub(super) fn usage() -> String {
    format!(r#"{{{HEAD},"choices":[],{USED}}}"#)
}

pub(super) fn content(text: &str) -> String {
    format!(r#""content":{}"#, quote(text))
}

pub(super) fn part(index: usize, id: &str, arguments: &str) -> String {
    format!(r#"{{"index":{index},{}"#, &whole_part(id, arguments)[1..])
}

pub(super) fn whole_part(id: &str, arguments: &str) -> String {
    let arguments = quote(arguments);
    format!(
        r#"{{"id":"{id}","type":"function","function":{{"name":"get_weather","arguments":{arguments}}}}}"#
    )
}

/// A completion with a message that has the members `members`.
pub(super) fn completion(members: &str, reason: &str) -> String {
    let choice =
        format!(r#"{{"index":0,"message":{{"role":"assistant",{members}}},"finish_reason":"{reason}"}}"#);
    format!(r#"{{{},"choices":[{choice}],{USED}}}"#, HEAD.replace(".chunk", ""))
}

/// The text as a JSON string.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// The data as frames of an event stream, with `[DONE]` at the end if `is_done`.
pub(super) fn frames(data: &[String], line_end: &str, is_done: bool) -> Vec<Vec<u8>> {
    let done = is_done.then(|| "[DONE]".to_owned());
    data.iter()
        .cloned()
        .chain(done)
        .map(|data| format!("data: {data}{line_end}{line_end}").into_bytes())
        .collect()
}

pub(super) fn message(content: Vec<Block>, stop_reason: &'static str) -> Expected {
    Expected::Message { content, stop_reason, stop_sequence: None, usage: Some(USAGE), losses: 0 }
}

/// The chunks of a stream with [`TEXT`](super::TEXT).
pub(super) fn texts() -> [String; 5] {
    let half = TEXT.char_indices().nth(24).map_or(0, |(at, _)| at);
    let (first, second) = (content(&TEXT[..half]), content(&TEXT[half..]));
    [ROLE.to_owned(), delta(&first), delta(&second), last("stop"), usage()]
}

/// The message that those chunks become, and the members of the same message in a whole completion.
pub(super) fn text() -> (Expected, String) {
    (message(vec![Text(TEXT)], "end_turn"), content(TEXT))
}

/// The call with [`INPUT`], and a message with calls.
pub(super) fn paris() -> Vec<Block> {
    vec![Call("get_weather", INPUT, Some("call_1"))]
}

pub(super) fn calls(blocks: Vec<Block>) -> Expected {
    message(blocks, "tool_use")
}

/// A chunk that begins a call, and one that goes on with it.
pub(super) fn begin(index: usize, id: &str, text: &str) -> String {
    delta(&format!(r#""tool_calls":[{}]"#, part(index, id, text)))
}

pub(super) fn args(index: usize, text: &str) -> String {
    delta(&format!(r#""tool_calls":[{{"index":{index},"function":{{"arguments":{}}}}}]"#, quote(text)))
}

/// A call in four chunks.
pub(super) fn pieces(index: usize, id: &str, input: &str) -> Vec<String> {
    let (one, two) = (input.char_indices().nth(9), input.char_indices().nth(33));
    let (one, two) = (one.map_or(0, |(at, _)| at), two.map_or(0, |(at, _)| at));
    vec![
        begin(index, id, ""),
        args(index, &input[..one]),
        args(index, &input[one..two]),
        args(index, &input[two..]),
    ]
}

/// The members of a message with one call.
pub(super) fn whole_call(id: &str, arguments: &str) -> String {
    format!(r#""content":null,"tool_calls":[{}]"#, whole_part(id, arguments))
}

/// The chunks with the end of the stream.
pub(super) fn ended(events: &[String], reason: &str) -> Vec<String> {
    [events, &[last(reason), usage()]].concat()
}

/// A chunk with a text in the field `field`.
pub(super) fn think(field: &str, text: &str) -> String {
    delta(&format!(r#""{field}":{}"#, quote(text)))
}

/// Both forms of a kind.
pub(super) struct Kind {
    expected: Expected,
    pub(super) streamed: Option<Script>,
    pub(super) whole: Option<Script>,
}

impl Kind {
    pub(super) fn new(expected: Expected) -> Self {
        Self { expected, streamed: None, whole: None }
    }

    pub(super) fn status(status: u16, body: &str) -> Self {
        let mut kind = Self::new(Expected::Status(status)).document(body.to_owned());
        kind.streamed.clone_from(&kind.whole);
        kind.each(|script| script.status = status)
    }

    pub(super) fn script(&self, content_type: &'static str, chunks: Vec<Vec<u8>>) -> Option<Script> {
        Some(Script {
            status: 200,
            content_type,
            headers: vec![("x-request-id", "up_1")],
            chunks,
            end: End::Eof,
            profile: "{}",
            request: r#"{"stop_sequences":["END"]}"#,
            expected: self.expected.clone(),
        })
    }

    pub(super) fn each(mut self, change: impl Fn(&mut Script)) -> Self {
        self.streamed.iter_mut().chain(&mut self.whole).for_each(change);
        self
    }

    pub(super) fn bytes(mut self, chunks: Vec<Vec<u8>>) -> Self {
        self.streamed = self.script("text/event-stream", chunks);
        self
    }

    pub(super) fn stream(self, data: &[String]) -> Self {
        self.bytes(frames(data, "\n", true))
    }

    pub(super) fn document(mut self, body: String) -> Self {
        self.whole = self.script(JSON, vec![body.into_bytes()]);
        self
    }

    pub(super) fn completion(self, members: &str, reason: &str) -> Self {
        self.document(completion(members, reason))
    }

    pub(super) fn without_usage(self, members: &str, reason: &str) -> Self {
        self.document(completion(members, reason).replace(USED, r#""usage":null"#))
    }

    pub(super) fn whole_expected(mut self, expected: Expected) -> Self {
        self.whole.iter_mut().for_each(|script| script.expected = expected.clone());
        self
    }

    pub(super) fn with_profile(self, profile: &'static str) -> Self {
        self.each(|script| script.profile = profile)
    }

    pub(super) fn asked(self, request: &'static str) -> Self {
        self.each(|script| script.request = request)
    }

    pub(super) fn broken(self) -> Self {
        self.each(|script| script.end = End::Reset)
    }

    pub(super) fn header(self, name: &'static str, value: &'static str) -> Self {
        self.each(|script| script.headers.push((name, value)))
    }

    pub(super) fn of_type(self, content_type: &'static str) -> Self {
        self.each(|script| script.content_type = content_type)
    }
}
