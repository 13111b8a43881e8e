//! A naive event stream decoder, to which the crate's decoder is compared.
//!
//! It follows section 9.2.6 of the HTML standard ("Interpreting an event
//! stream") step by step, on the whole input at once, and copies at will. The
//! fuzz targets use the same file.

use messages_api::sse::DecodeError;

/// All that a stream says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reading {
    pub(crate) frames: Vec<Frame>,
    pub(crate) last_event_id: String,
    /// The reconnection time in milliseconds.
    pub(crate) retry: Option<u64>,
    /// Whether the input ends within a line or an event, which are discarded.
    pub(crate) is_cut: bool,
}

/// The type, the data and the id of an event.
pub(crate) type Frame = (String, String, String);

/// Decodes `input`. With `lenient`, an event that has a type and no data
/// counts too, which the standard drops.
pub(crate) fn decode(input: &[u8], lenient: bool) -> Reading {
    // "UTF-8 decode" replaces what is invalid and drops one byte order mark.
    let text = String::from_utf8_lossy(input);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    // A line ends with CRLF, LF or CR.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (lines, rest) = text.rsplit_once('\n').map_or((None, &*text), |(lines, rest)| (Some(lines), rest));

    let mut reading = Reading::default();
    let mut is_within_event = false;
    let (mut data, mut event_type, mut last_event_id) = (String::new(), String::new(), String::new());
    for line in lines.into_iter().flat_map(|lines| lines.split('\n')) {
        if line.is_empty() {
            // "Dispatch the event".
            reading.last_event_id.clone_from(&last_event_id);
            if lenient && data.is_empty() && !event_type.is_empty() {
                data.push('\n');
            }
            // Each `data` field has appended a line feed, so one without a
            // value still counts. The last of them is dropped.
            if let Some(data) = data.strip_suffix('\n') {
                let event_type = if event_type.is_empty() { "message" } else { &event_type };
                reading.frames.push((event_type.to_owned(), data.to_owned(), last_event_id.clone()));
            }
            data.clear();
            event_type.clear();
            is_within_event = false;
            continue;
        }
        // "Process the field". The name of a comment is empty.
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut event_type),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut last_event_id),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                // An empty or overlong number does not parse and is ignored.
                reading.retry = value.parse().ok().or(reading.retry);
                continue;
            }
            _ => continue,
        }
        is_within_event = true;
    }
    reading.is_cut = is_within_event || !rest.is_empty();
    reading
}

/// Returns the first limit that `input` exceeds. What counts are bytes of the
/// input: those of one line, and those of the data, the type and the id that
/// one event holds.
pub(crate) fn exceeded_limit(input: &[u8], max_line: usize, max_event: usize) -> Option<DecodeError> {
    const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
    // The beginning of a byte order mark is part of no line yet.
    if BYTE_ORDER_MARK.starts_with(input) {
        return None;
    }
    let mut rest = input.strip_prefix(BYTE_ORDER_MARK).unwrap_or(input);
    let (mut data, mut event_type, mut id) = (None, 0, 0);
    loop {
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let line = &rest[..end.unwrap_or(rest.len())];
        if line.len() > max_line {
            return Some(DecodeError::LineTooLong { limit: max_line });
        }
        let end = end?;
        if line.is_empty() {
            (data, event_type, id) = (None, 0, 0);
        } else if let Some(value) = value_of(b"data", line) {
            // The line feed between two values counts as well.
            data = Some(data.map_or(0, |len| len + 1) + value.len());
        } else if let Some(value) = value_of(b"event", line) {
            event_type = value.len();
        } else if let Some(value) = value_of(b"id", line).filter(|id| !id.contains(&0)) {
            id = value.len();
        }
        if data.unwrap_or(0) + event_type + id > max_event {
            return Some(DecodeError::EventTooLong { limit: max_event });
        }
        rest = &rest[end..];
        rest = rest.strip_prefix(b"\r\n").unwrap_or(&rest[1..]);
    }
}

/// The value of the field `name` if `line` sets it.
fn value_of<'a>(name: &[u8], line: &'a [u8]) -> Option<&'a [u8]> {
    match line.strip_prefix(name)? {
        [] => Some(&[]),
        [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
        _ => None,
    }
}
