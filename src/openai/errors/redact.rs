//! What a caller may read of a server's message.

use crate::text;

/// The maximum number of characters of a message.
const MAX_CHARS: usize = 500;

/// No more of a message is looked at than this many bytes.
const MAX_BYTES: usize = 8 << 10;

const HIDDEN: &str = "…";

/// What is shorter than this is not taken for a key after the name of one.
const MIN_KEY: usize = 8;

/// The beginnings of keys.
const KEYS: [&str; 8] = ["sk-", "gsk_", "xai-", "hf_", "nvapi-", "pk-", "aiza", "eyj"];

/// The ends of the names of keys. A key follows after a colon or an equals sign.
const KEY_NAMES: [&str; 6] = ["key", "provided", "token", "secret", "password", "authorization"];

/// What ends a name within a word.
const NAME_ENDS: &str = ":=?&,;\"'`()[]{}";

/// What ends a key within a word.
const KEY_ENDS: &str = "&,\"')]}";

/// The ends of the names of hosts, which tell them from names with dots in them.
const DOMAINS: [&str; 14] = [
    "ai", "app", "cloud", "cluster", "cn", "com", "dev", "eu", "internal", "io", "lan", "local", "net", "org",
];

/// Returns a message on one line, without keys, addresses and stack traces, or `None` if there is nothing in
/// it for a caller.
pub(super) fn message(message: &str) -> Option<String> {
    let message = text::start(message, MAX_BYTES);
    let message = message.split("Traceback (most recent call last)").next().unwrap_or_default();
    let start: String = message.trim_start().chars().take(9).collect::<String>().to_lowercase();
    if start.starts_with("<html") || start.starts_with("<!doctype") || start.starts_with("<?xml") {
        return None;
    }
    let mut redactor = Redactor::default();
    for word in message.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        redactor.push(word);
    }
    let mut line = redactor.line;
    let mut chars = line.char_indices();
    if let Some((end, _)) = chars.nth(MAX_CHARS - 1).filter(|_| chars.next().is_some()) {
        line.truncate(end);
        line.push('…');
    }
    (!line.is_empty()).then_some(line)
}

/// A line without what is secret in its words.
#[derive(Default)]
struct Redactor {
    line: String,
    /// Whether the last word or part of one is the name of a key.
    is_name: bool,
    /// Whether a key comes next.
    is_key: bool,
    /// Whether it comes in a later word than its name.
    is_later: bool,
    /// Whether a scheme may come before it, as in `Authorization: Basic …`.
    has_scheme: bool,
}

impl Redactor {
    fn push(&mut self, word: &str) {
        if !self.line.is_empty() {
            self.line.push(' ');
        }
        self.is_later = true;
        let core = core(word);
        if is_address(core) {
            self.hide(word, core);
        } else {
            let mut rest = word;
            while !rest.is_empty() {
                let ends = if self.is_key { KEY_ENDS } else { NAME_ENDS };
                let (part, after) =
                    rest.split_at(rest.find(|c| ends.contains(c)).map_or(rest.len(), |at| at + 1));
                self.part(part);
                rest = after;
            }
        }
    }

    /// Adds a name or a value, with what ends it.
    fn part(&mut self, part: &str) {
        let core = core(part);
        if !core.is_empty() {
            let is_key = self.is_key && core.len() >= MIN_KEY && !(self.is_later && is_plain(core));
            if is_key || is_secret(core) || is_address(core) {
                return self.hide(part, core);
            }
            let name = core.to_lowercase();
            self.is_name = KEY_NAMES.iter().any(|end| name.ends_with(end));
            self.is_key = name == "bearer" || self.is_key && self.has_scheme;
            self.has_scheme = name.ends_with("authorization");
        }
        if self.is_name && part.ends_with([':', '=']) {
            (self.is_key, self.is_later) = (true, false);
        }
        self.line.push_str(part);
    }

    /// Adds a word or a part of one, with what surrounds its core.
    fn hide(&mut self, word: &str, core: &str) {
        self.line.push_str(&word.replacen(core, HIDDEN, 1));
        (self.is_name, self.is_key, self.has_scheme) = (false, false, false);
    }
}

/// Returns a word without what surrounds it.
fn core(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '…')
}

/// Returns `true` for a word of a sentence, or a name: letters, of which only the first may be upper case.
fn is_plain(word: &str) -> bool {
    word.char_indices().all(|(at, c)| c.is_lowercase() || "-_".contains(c) || at == 0 && c.is_alphabetic())
}

fn is_secret(word: &str) -> bool {
    let start = word.get(..8).map(str::to_lowercase);
    start.is_some_and(|start| KEYS.iter().any(|key| start.starts_with(key)))
}

/// Returns `true` for URLs, and for hosts with or without a port or a path.
fn is_address(word: &str) -> bool {
    if word.contains("://") {
        return true;
    }
    // Those of IPv6 have at least two colons.
    if word.matches(':').count() > 1
        && word.bytes().all(|byte| byte.is_ascii_hexdigit() || b":[]".contains(&byte))
    {
        return true;
    }
    let (host, rest) = match word.find(['/', ':']) {
        Some(end) => (&word[..end], &word[end..]),
        None => (word, ""),
    };
    let has_port = rest.strip_prefix(':').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let labels: Vec<&str> = host.split('.').collect();
    let is_number = |label: &&str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    let is_label = |label: &&str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_ip = labels.len() == 4 && labels.iter().all(is_number);
    let is_domain = labels.len() > 1
        && labels.iter().all(is_label)
        && labels.last().is_some_and(|last| DOMAINS.contains(&&*last.to_lowercase()));
    is_ip || is_domain || host.eq_ignore_ascii_case("localhost") && (has_port || rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_identifies_is_hidden_and_the_rest_stays() {
        for (text, expected) in [
            ("Incorrect API key provided: sk-proj-abc***xyz. See", "Incorrect API key provided: …. See"),
            ("Invalid key: 0123456789abcdef", "Invalid key: …"),
            ("dial tcp 10.1.2.3:11434: refused", "dial tcp …: refused"),
            ("GET http://vllm.svc:8000/v1/x failed", "GET … failed"),
            ("no route to vllm.prod.internal:80", "no route to …"),
            ("You can find it at platform.openai.com/account", "You can find it at …"),
            ("localhost:8000 and fe80::1", "… and …"),
            ("messages.3.content.0: bad\n\tvalue", "messages.3.content.0: bad value"),
            ("the model llama3.1:8b and v1.2.3", "the model llama3.1:8b and v1.2.3"),
            ("tools[0].function.parameters: no", "tools[0].function.parameters: no"),
            ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic …"),
            ("Authorization:Bearer 0123456789", "Authorization:Bearer …"),
            ("sent authorization=Bearer 0123456789 to it", "sent authorization=Bearer … to it"),
            ("key=sk-0123456789, model=gpt-4", "key=…, model=gpt-4"),
            ("api_key = abacus-4f9d", "api_key = …"),
            ("GET /v1/chat?api_key=0123456789&model=gpt-4o", "GET /v1/chat?api_key=…&model=gpt-4o"),
            (r#"{"api_key":"0123456789","model":"gpt-4"}"#, r#"{"api_key":"…","model":"gpt-4"}"#),
            ("{'X-API-Key': '0123456789'}", "{'X-API-Key': '…'}"),
            ("client_secret:a1b2c3d4/e5+f6==", "client_secret:…=="),
            ("password=abc:def:ghi and key: abc=defghi", "password=… and key: …"),
            ("header:sk-0123456789 (gsk_0123456789)", "header:… (…)"),
            ("host=10.1.2.3:80 and addr=api.example.com", "host=…:80 and addr=…"),
            ("max_tokens: 123456789 > token limit: 8192", "max_tokens: 123456789 > token limit: 8192"),
            ("Bearer of it=[bad news]: the key is missing", "Bearer of it=[bad news]: the key is missing"),
            ("prompt_cache_key: Unexpected keyword", "prompt_cache_key: Unexpected keyword"),
            ("bad value for 'cache_key': expected a string", "bad value for 'cache_key': expected a string"),
            ("pad_token: <|endoftext|>", "pad_token: <|endoftext|>"),
            ("Authorization: Token 0123456789", "Authorization: Token …"),
            ("token: ab;cdefghijkl", "token: …"),
            ("token=abcdefghijkl", "token=…"),
            ("Authorization: required, as always", "Authorization: required, as always"),
            ("failed Traceback (most recent call last): File \"/srv/x.py\"", "failed"),
        ] {
            assert_eq!(message(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", " \n", "<!DOCTYPE html><html>", "<HTML>", "Traceback (most recent call last): x"] {
            assert_eq!(message(text), None, "{text}");
        }
        let long = message(&"é ".repeat(9000)).expect("a message");
        assert_eq!((long.chars().count(), long.ends_with('…')), (500, true));
    }
}
