//! A shortcut for chunks that differ from an earlier one in nothing but a text.

use crate::json::read_string;
use crate::openai::types::{ChatChunk, ChatContent, ChatDelta};

/// The number of chunks in a row that are learned in vain until it is given up. Some servers pad each chunk,
/// or give it an id of its own.
const MAX_ATTEMPTS: u8 = 8;

/// The number of places in a chunk where the text is looked for.
const MAX_PLACES: usize = 4;

/// What stands for the text when a template is checked.
const PROBE: &str = "probe";

/// The form of a chunk that adds a text and says nothing else, as nearly all chunks do.
///
/// The chunks of a stream usually have the same bytes before and after their text. A chunk that has them as
/// well means the same, so that two comparisons replace parsing it.
#[derive(Debug, Default)]
pub(super) struct Template {
    /// What is before the text, with the quote; empty if there is no template.
    before: Vec<u8>,
    after: Vec<u8>,
    target: Target,
    attempts: u8,
}

/// What a text is added to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Target {
    #[default]
    Content,
    Reasoning,
    /// The arguments of the call with this index.
    Arguments(Option<u64>),
}

impl Template {
    /// Reads the chunk in the frame that `bytes` start with. Returns its text and the length of the frame up to
    /// the end of the chunk, or `None` if they have another form.
    #[inline]
    pub(super) fn read_frame(&self, bytes: &[u8]) -> Option<(String, usize)> {
        let data = bytes.strip_prefix(b"data:")?;
        let data = data.strip_prefix(b" ").unwrap_or(data);
        let (text, len) = self.read("message", data)?;
        Some((text, bytes.len() - data.len() + len))
    }

    /// Reads the chunk that `bytes` start with. Returns its text and its length, or `None` if it has another
    /// form.
    #[inline]
    pub(super) fn read(&self, name: &str, bytes: &[u8]) -> Option<(String, usize)> {
        if self.before.is_empty() || name != "message" {
            return None;
        }
        let (text, len) = read_string(bytes.strip_prefix(&*self.before)?)?;
        let rest = bytes[self.before.len() + len..].strip_prefix(&*self.after)?;
        Some((text, bytes.len() - rest.len()))
    }

    /// Returns what the text of a chunk that has been read is added to.
    #[inline]
    pub(super) fn used(&mut self) -> Target {
        self.attempts = 0;
        self.target
    }

    /// Takes the form of a chunk that was parsed from `data`, if it does nothing but add a text.
    #[cold]
    pub(super) fn learn(&mut self, data: &str, chunk: &ChatChunk, reasoning_fields: &[String]) {
        // A line break is not in the bytes as it is in the data.
        if self.attempts >= MAX_ATTEMPTS || data.contains('\n') {
            return;
        }
        let Some((field, target, _)) = text_of(chunk, reasoning_fields) else { return };
        self.attempts += 1;
        let key = format!("\"{field}\":");
        let places = data.match_indices(&key).map(|(at, _)| at + key.len()).take(MAX_PLACES);
        let template = places.filter_map(|at| {
            let space = data[at..].len() - data[at..].trim_start_matches(' ').len();
            let (before, rest) = data.split_at(at + space + 1);
            let (_, len) = read_string(rest.as_bytes()).filter(|_| before.ends_with('"'))?;
            Some((before, &rest[len..]))
        });
        // If the text in its place is that of the probe, it will be that of any other chunk.
        let found = template.into_iter().find(|(before, after)| {
            let probe = serde_json::from_str::<ChatChunk>(&format!("{before}{PROBE}\"{after}"));
            probe.is_ok_and(|probe| {
                text_of(&probe, reasoning_fields) == Some((field, target, PROBE.to_owned()))
            })
        });
        if let Some((before, after)) = found {
            (self.before, self.after) = (before.into(), after.into());
            self.target = target;
        }
    }
}

/// Returns the text of a chunk that does nothing but add a text, the name of its field, and what it is added
/// to.
fn text_of(chunk: &ChatChunk, reasoning_fields: &[String]) -> Option<(&'static str, Target, String)> {
    let [choice] = &*chunk.choices else { return None };
    let delta = choice.delta.as_ref()?;
    let says_more = chunk.error.is_some()
        || chunk.usage.is_some()
        || choice.index != 0
        || choice.finish_reason.is_some()
        || choice.stop_reason.is_some()
        || choice.matched_stop.is_some()
        || delta.refusal.is_some()
        || delta.function_call.is_some()
        || delta.reasoning_details.is_some()
        || !delta.extra.is_empty();
    if says_more {
        return None;
    }
    let texts = [content(delta), reasoning(delta, reasoning_fields), arguments(delta)];
    let mut texts = texts.into_iter().flatten();
    // Nothing else may be there.
    let (only, rest) = (texts.next()?, texts.next());
    (rest.is_none() && !only.2.is_empty()).then_some(only)
}

fn content(delta: &ChatDelta) -> Option<(&'static str, Target, String)> {
    match &delta.content {
        Some(ChatContent::Text(text)) if text.is_empty() => None,
        Some(ChatContent::Text(text)) => Some(("content", Target::Content, text.clone())),
        // An empty text is not one that a template has.
        Some(ChatContent::Parts(_)) => Some(("content", Target::Content, String::new())),
        None => None,
    }
}

fn reasoning(delta: &ChatDelta, fields: &[String]) -> Option<(&'static str, Target, String)> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (field, text) = match (given(&delta.reasoning_content), given(&delta.reasoning)) {
        (Some(text), None) => ("reasoning_content", text),
        (None, Some(text)) => ("reasoning", text),
        (None, None) => return None,
        (Some(_), Some(_)) => return Some(("reasoning", Target::Reasoning, String::new())),
    };
    let is_known = fields.iter().any(|known| known == field);
    Some((field, Target::Reasoning, if is_known { text } else { String::new() }))
}

fn arguments(delta: &ChatDelta) -> Option<(&'static str, Target, String)> {
    let call = match delta.tool_calls.as_deref() {
        None | Some([]) => return None,
        Some([call]) => Some(call),
        Some(_) => None,
    };
    let call = call.filter(|call| call.id.is_none());
    let function = call.and_then(|call| call.function.as_ref()).filter(|function| function.name.is_none());
    let text = function.and_then(|function| function.arguments.as_ref()?.decode().ok()).unwrap_or_default();
    Some(("arguments", Target::Arguments(call.and_then(|call| call.index)), text))
}

#[cfg(test)]
mod tests {
    use super::{Target, Template};

    fn template(data: &str) -> Template {
        let mut template = Template::default();
        let fields = ["reasoning_content".to_owned()];
        template.learn(data, &serde_json::from_str(data).expect("a chunk"), &fields);
        template
    }

    #[test]
    fn chunks_of_the_same_form_are_read() {
        let call = r#""tool_calls":[{"index":2,"function":{"arguments":"TEXT"}}]"#;
        for (delta, target) in [
            (r#""content":"TEXT""#, Target::Content),
            (r#""role":"assistant","content": "TEXT""#, Target::Content),
            (r#""content":null,"reasoning_content":"TEXT""#, Target::Reasoning),
            (r#""content":"","reasoning_content":"TEXT""#, Target::Reasoning),
            (call, Target::Arguments(Some(2))),
        ] {
            let chunk = |text: &str| {
                let delta = delta.replace("TEXT", text);
                format!(r#"{{"id":"\"content\":\"","choices":[{{"delta":{{{delta}}},"logprobs":null}}]}}"#)
            };
            let mut template = template(&chunk("one"));
            for text in ["", "two", r#"a\n\"b\\"#, "é😀"] {
                let bytes = format!("{}\n\nmore", chunk(text));
                let found = template.read("message", bytes.as_bytes());
                let expected = text.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\");
                assert_eq!(found, Some((expected, bytes.len() - 6)), "{delta}");
            }
            assert_eq!(template.used(), target);
            assert_eq!(template.read("message", chunk("x").replace("logprobs", "other").as_bytes()), None);
            assert_eq!(template.read("error", chunk("x").as_bytes()), None);
        }
    }

    #[test]
    fn what_says_more_than_a_text_is_no_template() {
        let text = r#""content":"one""#;
        for chunk in [
            format!(r#"{{"choices":[{{"delta":{{{text}}},"finish_reason":"stop"}}]}}"#),
            format!(r#"{{"choices":[{{"delta":{{{text}}}}}],"usage":{{}}}}"#),
            format!(r#"{{"choices":[{{"delta":{{{text},"refusal":"no"}}}}]}}"#),
            format!(r#"{{"choices":[{{"delta":{{{text},"reasoning":"x"}}}}]}}"#),
            format!(r#"{{"choices":[{{"delta":{{{text},"tool_calls":[{{"id":"x"}}]}}}}]}}"#),
            format!(r#"{{"choices":[{{"delta":{{{text}}},"index":1}}]}}"#),
            format!(r#"{{"choices":[{{"delta":{{{text}}}}},{{"delta":{{{text}}}}}]}}"#),
            r#"{"choices":[{"delta":{"reasoning":"one"}}]}"#.to_owned(),
            r#"{"choices":[{"delta":{"content":[{"type":"text","text":"one"}]}}]}"#.to_owned(),
            r#"{"choices":[{"delta":{"tool_calls":[{"id":"x","function":{"arguments":"{"}}]}}]}"#.to_owned(),
            r#"{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":{"a":"b"}}}]}}]}"#.to_owned(),
        ] {
            assert_eq!(template(&chunk).read("message", chunk.as_bytes()), None, "{chunk}");
        }
    }

    #[test]
    fn a_server_that_changes_each_chunk_is_given_up() {
        let mut template = Template::default();
        for number in 0..100 {
            let data = format!(r#"{{"id":"{number}","choices":[{{"delta":{{"content":"x"}}}}]}}"#);
            assert_eq!(template.read("message", data.as_bytes()), None);
            template.learn(&data, &serde_json::from_str(&data).expect("a chunk"), &[]);
        }
        assert_eq!(template.attempts, super::MAX_ATTEMPTS);
    }
}
