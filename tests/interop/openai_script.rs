//! The script of a tool loop: a completion calls tools of the request, and the next one repeats their results.

use std::time::Duration;

use serde_json::{Value, json};

use super::faults::Step;

/// What is to be written in response to one request.
pub(crate) struct Script {
    pub(crate) model: String,
    pub(crate) is_streamed: bool,
    /// The calls that the script makes, as names and arguments in JSON.
    pub(crate) calls: Vec<(String, String)>,
    /// Whether the conversation ends with results of tools.
    pub(crate) has_results: bool,
    text: String,
    includes_usage: bool,
    is_too_long: bool,
}

impl Script {
    /// Reads a request, and checks what servers check.
    pub(crate) fn new(request: &Value) -> Result<Self, String> {
        let messages = request["messages"].as_array().filter(|list| !list.is_empty()).ok_or("no messages")?;
        check_pairs(messages)?;
        let last_call = messages.iter().rposition(|message| message["role"] == "assistant");
        let turn = &messages[last_call.map_or(0, |at| at + 1)..];
        let results: Vec<_> =
            turn.iter().filter(|m| m["role"] == "tool").map(|m| text_of(&m["content"])).collect();
        let said: Vec<_> =
            turn.iter().filter(|m| m["role"] == "user").map(|m| text_of(&m["content"])).collect();
        let prompt = without_reminders(&said.join("\n\n"));
        let is_summary = prompt.contains("summary of the conversation");
        let is_continued = prompt.contains("is being continued from a previous conversation");
        let word = last_word(&request["messages"].to_string());
        let model = request["model"].as_str().ok_or("no model")?.to_owned();
        let mut calls = Vec::new();
        let text = if is_summary {
            format!("<analysis>short</analysis>\n<summary>The file said {word}.</summary>")
        } else if is_continued {
            format!("The summary said: {word}")
        } else if !results.is_empty() && model.starts_with("fault-") {
            format!("The word is {word}.")
        } else if !results.is_empty() {
            format!("The tool said: {}", results.join(" "))
        } else if let Some(schema) = request["response_format"].pointer("/json_schema/schema") {
            object_for(schema, &word).to_string()
        } else {
            calls = calls_for(request, &prompt);
            if calls.is_empty() { format!("Hello. The word is {word}.") } else { "Let me see.".to_owned() }
        };
        Ok(Self {
            is_streamed: request["stream"] == true,
            includes_usage: request["stream_options"]["include_usage"] == true,
            is_too_long: model == "too-long" && !results.is_empty() && !is_summary,
            has_results: !results.is_empty(),
            model,
            calls,
            text,
        })
    }

    /// Whether the request is too long for the model, which is so for the model `too-long` as soon as there
    /// are results, until it is asked for a summary.
    pub(crate) fn is_too_long(&self) -> bool {
        self.is_too_long
    }

    /// The completion in one document.
    pub(crate) fn completion(&self) -> Value {
        let calls: Vec<_> = self.calls.iter().enumerate().map(|(at, (name, arguments))| {
            json!({"id": format!("call_{at}"), "type": "function", "function": {"name": name, "arguments": arguments}})
        }).collect();
        let mut message = json!({"role": "assistant", "content": self.text});
        if !calls.is_empty() {
            message["tool_calls"] = calls.into();
        }
        json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "served-name",
            "choices": [{"index": 0, "message": message, "finish_reason": self.finish_reason()}],
            "usage": usage(),
        })
    }

    /// The completion as a stream.
    pub(crate) fn steps(&self) -> Vec<Step> {
        [self.text_steps(), self.call_steps(), self.end(self.finish_reason())].concat()
    }

    pub(crate) fn start(&self) -> Vec<Step> {
        vec![delta(json!({"role": "assistant", "content": ""}))]
    }

    pub(crate) fn text_steps(&self) -> Vec<Step> {
        [self.start(), words(&self.text)].concat()
    }

    /// The calls, whose arguments come in pieces and alternate.
    pub(crate) fn call_steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (at, (name, _)) in self.calls.iter().enumerate() {
            let function = json!({"name": name, "arguments": ""});
            let call =
                json!({"index": at, "id": format!("call_{at}"), "type": "function", "function": function});
            steps.push(delta(json!({ "tool_calls": [call] })));
        }
        let pieces: Vec<Vec<_>> =
            self.calls.iter().map(|(_, arguments)| arguments.split_inclusive([':', '/']).collect()).collect();
        for turn in 0..pieces.iter().map(Vec::len).max().unwrap_or(0) {
            for (at, pieces) in pieces.iter().enumerate() {
                if let Some(piece) = pieces.get(turn) {
                    steps.push(arguments(at, piece));
                }
            }
        }
        steps
    }

    pub(crate) fn end(&self, finish_reason: &str) -> Vec<Step> {
        let mut steps = self.end_without_done(finish_reason);
        steps.push(Step::Send("data: [DONE]\n\n".into()));
        steps
    }

    pub(crate) fn end_without_done(&self, finish_reason: &str) -> Vec<Step> {
        let mut steps = vec![chunk(json!({
            "choices": [{"index": 0, "delta": {}, "finish_reason": finish_reason}],
        }))];
        if self.includes_usage {
            steps.push(chunk(json!({"choices": [], "usage": usage()})));
        }
        steps
    }

    fn finish_reason(&self) -> &'static str {
        if self.calls.is_empty() { "stop" } else { "tool_calls" }
    }
}

/// Text, a word in each chunk.
pub(crate) fn words(text: &str) -> Vec<Step> {
    let pieces = text.split_inclusive(' ');
    pieces.map(|piece| delta(json!({ "content": piece }))).collect()
}

/// The next part of the arguments of a call.
pub(crate) fn arguments(at: usize, piece: &str) -> Step {
    delta(json!({"tool_calls": [{"index": at, "function": {"arguments": piece}}]}))
}

pub(crate) fn delta(delta: Value) -> Step {
    chunk(json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]}))
}

/// A chunk, with what all have in common.
pub(crate) fn chunk(mut chunk: Value) -> Step {
    chunk["id"] = "chatcmpl-1".into();
    chunk["object"] = "chat.completion.chunk".into();
    chunk["created"] = 1_700_000_000.into();
    chunk["model"] = "served-name".into();
    Step::Send(format!("data: {chunk}\n\n").into())
}

/// The same steps with a pause before each of them.
pub(crate) fn slow(steps: Vec<Step>) -> Vec<Step> {
    steps.into_iter().flat_map(|step| [Step::Wait(Duration::from_millis(150)), step]).collect()
}

fn usage() -> Value {
    let details = json!({"cached_tokens": 1000});
    json!({"prompt_tokens": 1234, "completion_tokens": 6, "total_tokens": 1240, "prompt_tokens_details": details})
}

/// Checks that each call is followed at once by its result, as OpenAI does.
fn check_pairs(messages: &[Value]) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            let found = open.iter().position(|open| *open == id);
            open.remove(found.ok_or_else(|| format!("messages[{at}] is the result of no call"))?);
        } else if !open.is_empty() {
            return Err(format!("messages[{at}]: tool_call_ids did not have response messages"));
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
            serde_json::from_str::<Value>(arguments).map_err(|_| format!("messages[{at}]: {arguments}"))?;
            open.push(call["id"].as_str().unwrap_or_default());
        }
    }
    if open.is_empty() { Ok(()) } else { Err("tool_call_ids did not have response messages".to_owned()) }
}

/// The text of a content.
fn text_of(content: &Value) -> String {
    match content.as_array() {
        Some(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n\n"),
        None => content.as_str().unwrap_or_default().to_owned(),
    }
}

/// A text without what clients put around the prompt.
fn without_reminders(text: &str) -> String {
    let parts = text.split("<system-reminder>");
    parts.map(|part| part.rsplit("</system-reminder>").next().unwrap_or_default()).collect()
}

/// Returns the last word that `run` has made up: `word` and twelve digits.
fn last_word(text: &str) -> String {
    let words = text.match_indices("word").filter_map(|(at, _)| text.get(at..at + 16));
    let made_up = words.filter(|word| word[4..].bytes().all(|byte| byte.is_ascii_hexdigit()));
    made_up.last().unwrap_or("none").to_owned()
}

/// One call for each file in the prompt if there is a tool that reads files. Otherwise the tool that the
/// prompt names, or the first one: twice if the prompt says `both`.
fn calls_for(request: &Value, prompt: &str) -> Vec<(String, String)> {
    let tools: Vec<_> =
        request["tools"].as_array().into_iter().flatten().map(|tool| &tool["function"]).collect();
    if request["tool_choice"] == "none" {
        return Vec::new();
    }
    if tools.iter().any(|tool| tool["name"] == "Read") {
        let paths = prompt.split_whitespace().filter(|word| word.starts_with('/') && word.contains('.'));
        let call = |path: &str| json!({"file_path": path.trim_end_matches(['.', ','])}).to_string();
        return paths.map(|path| ("Read".to_owned(), call(path))).collect();
    }
    let is_named = |tool: &&&Value| tool["name"].as_str().is_some_and(|name| prompt.contains(name));
    let Some(tool) = tools.iter().find(is_named).or(tools.first()) else { return Vec::new() };
    let words: Vec<_> = prompt.split_whitespace().take(if prompt.contains("both") { 2 } else { 1 }).collect();
    let name = tool["name"].as_str().unwrap_or_default();
    words.iter().map(|word| (name.to_owned(), object_for(&tool["parameters"], word).to_string())).collect()
}

/// An object with the required strings of a schema.
fn object_for(schema: &Value, word: &str) -> Value {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let strings = required.filter(|name| schema["properties"][name]["type"] == "string");
    strings.map(|name| (name.to_owned(), Value::from(word))).collect::<serde_json::Map<_, _>>().into()
}
