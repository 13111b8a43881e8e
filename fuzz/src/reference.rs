//! An event stream decoder that is plain to see through and nothing else: the
//! steps of WHATWG HTML, section 9.2.6, on the whole input at once.

use messages_api::sse::DecodeError;

/// All that a stream says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reading {
    pub(crate) frames: Vec<Frame>,
    pub(crate) last_event_id: String,
    pub(crate) retry: Option<u64>,
    /// Whether a block, or a line, had begun that did not end.
    pub(crate) is_cut: bool,
}

/// Type, data and id.
pub(crate) type Frame = (String, String, String);

pub(crate) fn read(input: &[u8], lenient: bool) -> Reading {
    let text = String::from_utf8_lossy(input);
    let (lines, rest) = lines(text.strip_prefix('\u{feff}').unwrap_or(&text));
    let mut reading = Reading::default();
    let mut id = String::new();
    let mut block = Block::default();
    for line in lines {
        if line.is_empty() {
            reading.last_event_id.clone_from(&id);
            reading.frames.extend(block.frame(&id, lenient));
            block = Block::default();
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => block.data.push(value.to_owned()),
            "event" => block.event = Some(value.to_owned()),
            "id" if !value.contains('\0') => {
                block.has_id = true;
                value.clone_into(&mut id);
            }
            // A number that is too large is no number.
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                reading.retry = value.parse().ok().or(reading.retry);
            }
            _ => {}
        }
    }
    reading.is_cut = !rest.is_empty() || block != Block::default();
    reading
}

#[derive(Default, PartialEq)]
struct Block {
    event: Option<String>,
    data: Vec<String>,
    has_id: bool,
}

impl Block {
    fn frame(&self, id: &str, lenient: bool) -> Option<Frame> {
        let event = self.event.as_deref().unwrap_or_default();
        let is_frame = !self.data.is_empty() || lenient && !event.is_empty();
        let event = if event.is_empty() { "message" } else { event };
        is_frame.then(|| (event.to_owned(), self.data.join("\n"), id.to_owned()))
    }
}

/// The lines that have an ending, and what follows them.
fn lines(text: &str) -> (Vec<String>, String) {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let rest = lines.pop().unwrap_or_default();
    (lines, rest)
}

/// Which limit the stream exceeds first. Counted are bytes as they came:
/// those of a line, and those that a block's data, type and id hold.
pub(crate) fn exceeded(input: &[u8], max_line: usize, max_event: usize) -> Option<DecodeError> {
    let mut rest = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
    let (mut data, mut event, mut id) = (None, 0, 0);
    loop {
        let len = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let line = &rest[..len.unwrap_or(rest.len())];
        if line.len() > max_line {
            return Some(DecodeError::LineTooLong { limit: max_line });
        }
        let len = len?;
        if line.is_empty() {
            (data, event, id) = (None, 0, 0);
        } else if let Some(value) = value_of(line, b"data") {
            data = Some(data.map_or(0, |len| len + 1) + value.len());
        } else if let Some(value) = value_of(line, b"event") {
            event = value.len();
        } else if let Some(value) = value_of(line, b"id").filter(|id| !id.contains(&0)) {
            id = value.len();
        }
        if data.unwrap_or(0) + event + id > max_event {
            return Some(DecodeError::EventTooLong { limit: max_event });
        }
        rest = &rest[len..];
        rest = rest.strip_prefix(b"\r\n").unwrap_or(&rest[1..]);
    }
}

/// What a line says, if it is one of the field `name`.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    match line.strip_prefix(name)? {
        [] => Some(&[]),
        [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
        _ => None,
    }
}
