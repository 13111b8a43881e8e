//! A decoder that is plain to see through and nothing else: it takes the whole
//! input at once, copies at will and follows the standard's steps in order.

#[derive(Debug, Default)]
pub(crate) struct Reference {
    pub(crate) frames: Vec<(String, String, String)>,
    pub(crate) last_event_id: String,
    pub(crate) retry: Option<u64>,
}

pub(crate) fn decode(input: &[u8], lenient: bool) -> Reference {
    let input = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
    let text = String::from_utf8_lossy(input);
    let mut out = Reference::default();
    let (mut event, mut data, mut id) = (String::new(), String::new(), String::new());
    for line in lines(&text) {
        if line.is_empty() {
            out.last_event_id.clone_from(&id);
            if data.is_empty() && lenient && !event.is_empty() {
                data.push('\n');
            }
            if !data.is_empty() {
                data.pop();
                let event = if event.is_empty() { "message" } else { &event };
                out.frames.push((event.to_owned(), data.clone(), id.clone()));
            }
            event.clear();
            data.clear();
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(&mut event),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut id),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                out.retry = value.parse().ok().or(out.retry);
            }
            _ => {}
        }
    }
    out
}

/// The lines that have an ending.
fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\r' | '\n' => {
                if char == '\r' && chars.peek() == Some(&'\n') {
                    chars.next();
                }
                lines.push(std::mem::take(&mut line));
            }
            _ => line.push(char),
        }
    }
    lines
}
