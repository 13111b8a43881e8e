//! Sends a call.

use http::HeaderValue;
use http::header::{ACCEPT, CONTENT_TYPE};
use reqwest::Url;
use serde::Serialize;

use super::response::Answer;
use super::{Client, failure};
use crate::error::{Error, ErrorKind};
use crate::json::end_of_string;
use crate::types::CreateMessageRequest;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl Client {
    /// Posts `body`, and returns the answer once its head is there and no
    /// error.
    pub(super) async fn post(&self, url: &Url, body: Vec<u8>) -> Result<Answer<'_>, Error> {
        let mut headers = (*self.headers).clone();
        headers.insert(CONTENT_TYPE, JSON);
        // Streams too are asked for like this, as official clients do.
        headers.insert(ACCEPT, JSON);
        let call = self.shared.http.post(url.clone()).headers(headers).body(body).send();
        let response = match self.shared.limits.response_timeout {
            Some(limit) => tokio::time::timeout(limit, call)
                .await
                .map_err(|_elapsed| Error::new(ErrorKind::Timeout, "no answer within response_timeout"))?,
            None => call.await,
        };
        let response = response.map_err(failure::of_call)?;
        if response.url() != url {
            return Err(Error::new(
                ErrorKind::Config,
                "http_client: followed a redirect; its redirects must be off",
            ));
        }
        #[cfg(feature = "tracing")]
        tracing::debug!(
            path = url.path(),
            status = response.status().as_u16(),
            request_id = response.headers().get("request-id").and_then(|value| value.to_str().ok()),
            "the server answered"
        );
        let answer = Answer::new(response, &self.shared.limits);
        if answer.is_success() {
            Ok(answer)
        } else {
            Err(answer.refusal(self.shared.credential.as_ref()).await)
        }
    }
}

/// The body of a call for a whole message.
pub(super) fn whole(request: &CreateMessageRequest) -> Result<Vec<u8>, Error> {
    let mut body = encode(request)?;
    if request.stream == Some(true) {
        set_stream(&mut body, b"false");
    }
    Ok(body)
}

/// The body of a call for a stream.
pub(super) fn streamed(request: &CreateMessageRequest) -> Result<Vec<u8>, Error> {
    let mut body = encode(request)?;
    if request.stream != Some(true) {
        set_stream(&mut body, b"true");
    }
    Ok(body)
}

pub(super) fn encode<T: Serialize>(request: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(request).map_err(|error| {
        Error::new(ErrorKind::Config, "the request cannot be written as JSON").with_source(error)
    })
}

/// Sets `stream` in the object that `body` is, as `serde_json` writes it. The
/// request is not cloned for it: it can hold megabytes of images.
fn set_stream(body: &mut Vec<u8>, value: &[u8]) {
    const KEY: &[u8] = br#""stream":"#;
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
    // The object is never empty: a request has a model.
    body.pop();
    for part in [b",", KEY, value, b"}"] {
        body.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_is_set_whatever_it_was() {
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
            assert_eq!(body(whole(&read)), json(whole_body));
            assert_eq!(body(streamed(&read)), json(streamed_body));
        }
    }
}
