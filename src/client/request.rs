//! Bodies of requests.

use bytes::Bytes;

use crate::types::batches::CreateBatchRequest;
use crate::types::{CountTokensRequest, CreateMessageRequest};
use crate::wire::{Field, View, to_json, to_json_with};

/// Writes the body of a request for a whole message.
pub(super) fn whole(request: &CreateMessageRequest) -> Bytes {
    // The field is not needed, but what the request says otherwise must not stand.
    match request.stream {
        Some(true) => with_stream(request, false),
        Some(false) | None => to_json(request.view()),
    }
}

/// Writes the body of a request for a stream.
pub(super) fn streamed(request: &CreateMessageRequest) -> Bytes {
    with_stream(request, true)
}

/// Writes the body of a request for a count of tokens.
pub(super) fn count(request: &CountTokensRequest) -> Bytes {
    to_json(request.view())
}

/// Writes the body of a request that creates a batch.
pub(super) fn batch(request: &CreateBatchRequest) -> Bytes {
    to_json(request.view())
}

/// Writes a request with the given value of `stream` in place of its own.
fn with_stream(request: &CreateMessageRequest, stream: bool) -> Bytes {
    to_json_with(request, ("stream", View::Flag(stream)))
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
                r#","stream":true,"x":{"stream":false,"y":["\"stream\":1"]}"#,
            ),
            (
                r#","x":"\\","y":"stream""#,
                r#","x":"\\","y":"stream""#,
                r#","stream":true,"x":"\\","y":"stream""#,
            ),
        ] {
            let json =
                |rest: &str| format!(r#"{{"model":"\"stream\":0,","max_tokens":1,"messages":[]{rest}}}"#);
            let read: CreateMessageRequest = serde_json::from_str(&json(request)).expect("a request");
            assert_eq!(whole(&read), json(whole_body));
            assert_eq!(streamed(&read), json(streamed_body));
        }
    }
}
