//! What a caller may read of a server's message.

use crate::text;

/// The maximum number of characters of a message.
const MAX_CHARS: usize = 500;

/// No more of a message is looked at than this many bytes.
const MAX_BYTES: usize = 8 << 10;

const HIDDEN: &str = "…";

/// The beginnings of keys.
const KEYS: [&str; 8] = ["sk-", "gsk_", "xai-", "hf_", "nvapi-", "pk-", "aiza", "eyj"];

/// The words after which a key stands.
const BEFORE_KEY: [&str; 5] = ["key:", "provided:", "token:", "bearer", "authorization:"];

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
    let (mut line, mut is_key) = (String::new(), false);
    for word in message.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        // What surrounds a word is kept.
        let is_around = |c: char| !c.is_alphanumeric() && c != '…';
        let core = word.trim_matches(is_around);
        if !core.is_empty() && (is_key && core.len() >= 8 || is_secret(core) || is_address(core)) {
            line.push_str(&word.replacen(core, HIDDEN, 1));
        } else {
            line.push_str(word);
        }
        is_key = BEFORE_KEY.contains(&&*word.to_lowercase());
    }
    let mut chars = line.char_indices();
    if let Some((end, _)) = chars.nth(MAX_CHARS - 1).filter(|_| chars.next().is_some()) {
        line.truncate(end);
        line.push('…');
    }
    (!line.is_empty()).then_some(line)
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
