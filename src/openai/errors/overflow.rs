//! Prompts that exceed the context window, of which each server says so in its own words.

/// The codes and types of such errors.
const TAGS: [&str; 6] = [
    "context_length_exceeded",
    "exceed_context_size_error",
    "context_window_exceeded",
    "model_context_window_exceeded",
    "invalid_request_prompt_too_long",
    "1261",
];

/// The words of such errors: all of a row must occur.
const WORDS: &[&[&str]] = &[
    &["maximum context length"], // OpenAI, vLLM, SGLang, DeepSeek, Mistral, OpenRouter
    &["context length is only"], // vLLM
    &["context length of only"], // LM Studio
    &["maximum model length"],   // vLLM
    &["longer than the model's context length"], // SGLang
    &["exceeds the available context size"], // llama.cpp
    &["context size has been exceeded"], // llama.cpp
    &["configured context size is"], // DeepSeek's server for local models
    &["exceed", "context window"], // OpenAI, llama-cpp-python, MiniMax
    &["exceed", "context length"], // Ollama
    &["exceed", "context limit"], // Anthropic, and those that copy it
    &["greater than the context length"], // LM Studio
    &["maximum allowed input length"], // SGLang
    &["prompt is too long"],     // Anthropic behind OpenRouter
    &["prompt too long"],        // Ollama
    &["input is too long"],      // Bedrock
    &["too many tokens"],
    &["token limit exceeded"],
    &["maximum prompt length is"],          // xAI
    &["exceeded model token limit"],        // Kimi
    &["prompt exceeds max length"],         // Z.ai
    &["range of input length should be"],   // DashScope
    &["token count", "exceed"],             // Gemini, GitHub
    &["input tokens exceed"],               // OpenAI
    &["reduce the length of the messages"], // Groq, Cerebras
];

/// What stands before the number of tokens that the window holds.
const BEFORE_LIMIT: [&str; 14] = [
    "maximum context length",
    "context length is",
    "context length of only",
    "context length (",
    "context size",
    "context window of",
    "maximum model length",
    "maximum prompt length",
    "input length of",
    "number of tokens allowed",
    "limit of",
    "limit is",
    "limit:",
    "must be <=",
];

/// What follows the number of tokens of the prompt alone, and that of the completion.
const AFTER_INPUT: [&str; 5] =
    [" in the messages", " input tokens", " tokens from the input", " of text input", " `inputs` tokens"];
const AFTER_OUTPUT: [&str; 6] = [
    " in the completion",
    " completion tokens",
    " output tokens",
    " tokens for the completion",
    " in the output",
    " `max_new_tokens`",
];
const BEFORE_OUTPUT: &str = "is too large:";

/// Returns the message of the Messages API for a `max_tokens` that is too large, if `text` says by how much.
pub(super) fn too_many_asked_for(text: &str, model: &str) -> Option<String> {
    let numbers = numbers(text);
    let limit =
        numbers.iter().find(|it| it.before.ends_with("at most") && it.is_followed_by(&AFTER_OUTPUT))?;
    let asked = numbers.iter().find(|it| it.before.ends_with(BEFORE_OUTPUT))?;
    let (asked, limit) = (asked.value, limit.value);
    Some(format!(
        "max_tokens: {asked} > {limit}, which is the maximum allowed number of output tokens for {model}"
    ))
}

pub(super) fn is_overflow(tags: &str, text: &str) -> bool {
    TAGS.iter().any(|tag| tags.contains(&format!(" {tag} ")))
        || TAGS.iter().take(4).any(|tag| text.contains(tag))
        || WORDS.iter().any(|words| words.iter().all(|word| text.contains(word)))
        // Text Generation Inference
        || text.contains("`inputs` tokens + `max_new_tokens` must be")
}

/// Returns the message of the Messages API for such an error, with the numbers that are in `text`, which is
/// in lower case, or in fields of the error: the tokens of the prompt and the size of the window.
pub(super) fn message(text: &str, (prompt, window): (Option<u64>, Option<u64>)) -> String {
    let numbers = numbers(text);
    let at_limit = numbers.iter().position(|number| number.is_limit());
    let limit = window.or_else(|| Some(numbers[at_limit?].value));
    let Some(limit) = limit else { return "prompt is too long".to_owned() };
    let input = numbers.iter().find(|number| number.is_followed_by(&AFTER_INPUT)).map(|number| number.value);
    let output = numbers
        .iter()
        .find(|number| number.is_followed_by(&AFTER_OUTPUT) || number.before.ends_with(BEFORE_OUTPUT));
    if let (None, Some(input), Some(output)) = (prompt, input, output) {
        if input <= limit {
            return format!(
                "input length and `max_tokens` exceed context limit: {input} + {} > {limit}, decrease input \
                 length or `max_tokens` and try again",
                output.value
            );
        }
    }
    let others = numbers.iter().enumerate().filter(|(at, _)| Some(*at) != at_limit).map(|(_, it)| it.value);
    match prompt.or(input).or_else(|| others.max()).filter(|tokens| *tokens > limit) {
        Some(tokens) => format!("prompt is too long: {tokens} tokens > {limit} maximum"),
        None => "prompt is too long".to_owned(),
    }
}

/// A number in a text.
struct Number<'a> {
    value: u64,
    /// What stands between it and the number before, without blanks at the end.
    before: &'a str,
    /// All that follows.
    after: &'a str,
}

impl Number<'_> {
    /// Returns `true` for the size of the window, and `false` for what exceeds it.
    fn is_limit(&self) -> bool {
        let before = self.before.trim_end_matches([' ', '(']);
        let is_named = BEFORE_LIMIT.iter().any(|words| self.before.contains(words));
        is_named && !before.ends_with(" by") || self.after.starts_with(" maximum")
    }

    fn is_followed_by(&self, words: &[&str]) -> bool {
        words.iter().any(|words| self.after.starts_with(words))
    }
}

/// Returns the numbers of a text that stand by themselves, not those in names such as `gpt-4`.
fn numbers(text: &str) -> Vec<Number<'_>> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/');
    let (mut numbers, mut last, mut at) = (Vec::new(), 0, 0);
    while let Some(start) = text[at..].find(|c: char| c.is_ascii_digit()).map(|found| at + found) {
        let rest = &text[start..];
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(rest.len());
        let digits = rest[..length].trim_end_matches(',');
        let end = start + digits.len();
        let is_alone = !text[..start].ends_with(|c| is_part(c) || c == '.')
            && !text[end..].starts_with(is_part)
            && !text[end..].strip_prefix('.').is_some_and(|rest| rest.starts_with(is_part));
        if let (true, Ok(value)) = (is_alone, digits.replace(',', "").parse()) {
            numbers.push(Number { value, before: text[last..start].trim_end(), after: &text[end..] });
            last = end;
        }
        at = end;
    }
    numbers
}
