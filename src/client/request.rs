//! Bodies of requests.

use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::json::end_of_string;
use crate::types::CreateMessageRequest;

const KEY: &[u8] = br#""stream":"#;

/// Writes the body of a request for a whole message.
pub(super) fn encode_whole(request: &CreateMessageRequest) -> Result<Vec<u8>, Error> {
    let mut body = encode(request)?;
    if request.stream == Some(true) {
        set_stream(&mut body, b"false");
    }
    Ok(body)
}

/// Writes the body of a request for a stream.
pub(super) fn encode_streamed(request: &CreateMessageRequest) -> Result<Vec<u8>, Error> {
    let mut body = encode(request)?;
    match request.stream {
        Some(true) => {}
        // The body has no such field, not even one that is `null`.
        None if request.gaps.is_empty() => append_stream(&mut body, b"true"),
        Some(false) | None => set_stream(&mut body, b"true"),
    }
    Ok(body)
}

pub(super) fn encode<T: Serialize>(request: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(request).map_err(|error| {
        Error::new(ErrorKind::Config, "the request cannot be written as JSON").with_source(error)
    })
}

/// Sets `stream` in `body`, a compact JSON object as `serde_json` writes it.
///
/// Setting the field in the request instead would mean cloning the request, which
/// can hold megabytes of images.
fn set_stream(body: &mut Vec<u8>, value: &[u8]) {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(&byte) = body.get(at) {
        match byte {
            b'"' if depth == 1 && body[at..].starts_with(KEY) => {
                let start = at + KEY.len();
                let end = body[start..].iter().position(|byte| matches!(byte, b',' | b'}'));
                body.splice(start..end.map_or(body.len(), |end| start + end), value.iter().copied());
                return;
            }
            b'"' => {
                at = end_of_string(body, at + 1);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    append_stream(body, value);
}

/// Adds `stream` to `body`, which must not have the field yet.
fn append_stream(body: &mut Vec<u8>, value: &[u8]) {
    // The comma is right because the object is never empty: a request has a model.
    body.pop();
    for part in [b",", KEY, value, b"}"] {
        body.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_stream_is_set_whatever_it_was() {
        for (request, whole_body, streamed_body) in [
            ("", "", r#","stream":true"#),
            (r#","stream":true"#, r#","stream":false"#, r#","stream":true"#),
            (r#","stream":false"#, r#","stream":false"#, r#","stream":true"#),
            (r#","stream":null"#, r#","stream":null"#, r#","stream":true"#),
            (r#","stream":null,"top_k":3"#, r#","stream":null,"top_k":3"#, r#","stream":true,"top_k":3"#),
            (
                r#","x":{"stream":false,"y":["\"stream\":1"]}"#,
                r#","x":{"stream":false,"y":["\"stream\":1"]}"#,
                r#","x":{"stream":false,"y":["\"stream\":1"]},"stream":true"#,
            ),
            (
                r#","x":"\\","y":"stream""#,
                r#","x":"\\","y":"stream""#,
                r#","x":"\\","y":"stream","stream":true"#,
            ),
        ] {
            let json =
                |rest: &str| format!(r#"{{"model":"\"stream\":0,","max_tokens":1,"messages":[]{rest}}}"#);
            let read: CreateMessageRequest = serde_json::from_str(&json(request)).expect("a request");
            let body = |body: Result<Vec<u8>, Error>| String::from_utf8(body.expect("a body")).expect("text");
            assert_eq!(body(encode_whole(&read)), json(whole_body));
            assert_eq!(body(encode_streamed(&read)), json(streamed_body));
        }
    }
}
