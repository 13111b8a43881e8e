//! Failures, and bodies of another form than was asked for.

use super::write::*;
use super::*;

pub(super) fn row(name: &str) -> Option<Kind> {
    let (texts, (text, whole_text)) = (texts(), text());
    let weather = [vec![ROLE.to_owned()], pieces(0, "call_1", INPUT)].concat();
    let error = r#"{"error":{"message":"The engine is overloaded","type":"engine_overloaded","code":503}}"#;
    Some(match name {
        "badjson" => {
            let bad = format!("{{{HEAD},\"choices\":[{{\"index\":0,\"delta\":{{\"conte");
            Kind::new(Expected::Error("api_error")).stream(&[&texts[..2], &[bad], &texts[2..]].concat())
        }
        "err_mid" => Kind::new(Expected::Error("overloaded_error"))
            .stream(&[&texts[..2], &[error.to_owned()]].concat()),
        "err_first" => Kind::new(Expected::Error("overloaded_error"))
            .stream(&[error.to_owned()])
            .document(error.to_owned()),
        "err_event" => {
            let data = r#"{"message":"Rate limit reached for requests","code":"rate_limit_exceeded"}"#;
            let error = format!("event: error\ndata: {data}\n\n").into_bytes();
            let bytes = [frames(&texts[..2], "\n", false), vec![error]].concat();
            Kind::new(Expected::Error("rate_limit_error")).bytes(bytes)
        }
        "err_finish" => Kind::new(Expected::Error("overloaded_error"))
            .stream(&ended(&texts[..2], "insufficient_system_resource"))
            .completion(r#""content":"Par""#, "insufficient_system_resource"),
        "no_output" => Kind::new(Expected::Error("api_error"))
            .stream(&[usage()])
            .document(format!(r#"{{{HEAD},"choices":[],{USED}}}"#)),
        "cut" => Kind::new(Expected::Error("api_error")).bytes(frames(&texts[..3], "\n", false)),
        "reset" => Kind::new(Expected::Error("api_error")).bytes(frames(&weather[..3], "\n", false)).broken(),
        "json" => {
            let document = completion(&whole_text, "stop");
            let mut kind = Kind::new(text).stream(&[]).document(document.clone());
            let streamed = kind.streamed.as_mut()?;
            (streamed.content_type, streamed.chunks) = (JSON, vec![document.into_bytes()]);
            kind
        }
        "sse" => {
            let mut kind = Kind::new(text).stream(&texts).document(String::new());
            kind.whole.clone_from(&kind.streamed);
            kind
        }
        "status_400" => Kind::status(
            400,
            r#"{"error":{"message":"Unsupported value","type":"invalid_request_error","code":null}}"#,
        ),
        "status_401" => Kind::status(
            401,
            r#"{"error":{"message":"Incorrect API key provided: sk-x","type":"invalid_request_error","code":"invalid_api_key"}}"#,
        ),
        "status_404" => Kind::status(
            404,
            r#"{"error":{"message":"The model `x` does not exist","type":"invalid_request_error","code":"model_not_found"}}"#,
        ),
        "status_429" => Kind::status(
            429,
            r#"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#,
        )
        .header("retry-after", "7"),
        "status_500" => {
            Kind::status(500, r#"{"error":{"message":"The server had an error","type":"server_error"}}"#)
        }
        "status_503" => Kind::status(503, error),
        "html_502" => {
            Kind::status(502, "<html><head><title>502 Bad Gateway</title></head></html>").of_type("text/html")
        }
        _ => return None,
    })
}
