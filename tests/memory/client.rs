//! What a client makes of a response, whatever its shape: it decodes it within the limit, or fails.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::TcpListener;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::StreamBody;
use messages_api::client::{RequestBody, RetryPolicy};
use messages_api::stream::EventDecoder;
use messages_api::types::CountTokensRequest;
use messages_api::{Client, CreateMessageRequest, Credential, Error, ErrorKind};
use serde_json::Value;

use super::{HELD, PEAK, cases, repeat_each_part, repeated_to};

/// The limit on the decoded memory, as a multiple of the length of the body.
const LIMIT: f64 = 12.0;

const BODY_BYTES: usize = 500_000;

/// What a small document may take.
const SLACK: isize = 96 * 1024;

/// What a connection takes apart from the body.
const CONNECTION: isize = 512 * 1024;

fn repeated(item: &str) -> String {
    repeated_to(item, BODY_BYTES)
}

/// Starts a server that sends `body` as its only response. Returns its address.
fn serve(body: Bytes) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut buffer = [0; 1024];
            let read = socket.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..read]);
        }
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        socket.write_all(head.as_bytes()).unwrap();
        // The client may have rejected the body before its end.
        let _ = socket.write_all(&body);
    });
    url
}

/// Receives `body` as the response of a call. Returns the memory at the peak.
fn receive<T>(body: &Bytes, max: usize, call: impl AsyncFnOnce(Client) -> T) -> (T, isize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = Client::builder().base_url(&serve(body.clone())).credential(Credential::api_key("k"));
    let client = client.max_response_bytes(max).build().unwrap();
    let before = HELD.get();
    PEAK.set(before);
    let result = runtime.block_on(call(client));
    (result, PEAK.get() - before)
}

async fn message(client: Client) -> Result<(), Error> {
    client.create_message(&CreateMessageRequest::new("m", 1).user("Hi")).await.map(drop)
}

async fn count(client: Client) -> Result<(), Error> {
    client.count_tokens(&CountTokensRequest::new("m", vec![])).await.map(drop)
}

#[track_caller]
fn check(what: &str, bytes: usize, peak: isize, slack: isize, result: Result<(), ErrorKind>) {
    let times = |peak: isize| peak as f64 / bytes as f64;
    println!("{what}: {bytes} bytes, {result:?}, {:.2} at the peak", times(peak));
    assert!(times(peak - slack) <= LIMIT, "{what}: {:.2} times the body", times(peak));
}

/// Receives a message as a whole, and in a `message_start`. Asserts that neither takes
/// more than the limit, and returns whether both were read.
#[track_caller]
fn read(what: &str, json: &str) -> bool {
    let body = Bytes::from(json.to_owned());
    let (whole, peak) = receive(&body, usize::MAX, message);
    let whole = whole.map_err(|error| error.kind());
    // The buffer of the body is not part of the message.
    check(what, body.len(), peak - body.len() as isize, SLACK + CONNECTION, whole);
    let event = format!(r#"{{"type":"message_start","message":{json}}}"#);
    let event = read_event(what, &event);
    whole.is_ok() && event.is_ok()
}

#[track_caller]
fn read_event(what: &str, data: &str) -> Result<(), ErrorKind> {
    let frame = Bytes::from(format!("data: {data}\n\n"));
    let before = HELD.get();
    PEAK.set(before);
    let mut decoder = EventDecoder::new();
    decoder.push(frame);
    let result = decoder.next().map(drop).map_err(|error| Error::from(error).kind());
    check(&format!("{what}, an event"), data.len(), PEAK.get() - before, SLACK, result);
    result
}

fn with_content(blocks: &str) -> String {
    format!(r#"{{"type":"message","id":"m","content":[{blocks}]}}"#)
}

#[test]
fn any_shape_is_decoded_within_the_limit_or_fails() {
    let mut rejected = 0;
    let mut read = |what: &str, message: &str| rejected += usize::from(!read(what, message));
    for item in [r#""":0"#, r#""a":0"#, r#""abcdefgh":0"#, r#""a":"abcdefgh""#] {
        let fields = repeated(item);
        read(&format!("{item} in the message"), &format!(r#"{{"id":"m",{fields}}}"#));
        read(&format!("{item} in the usage"), &format!(r#"{{"id":"m","usage":{{{fields}}}}}"#));
        read(&format!("{item} before a late type"), &with_content(&format!(r#"{{{fields},"type":"text"}}"#)));
        read(&format!("{item} in a block"), &with_content(&format!(r#"{{"type":"text",{fields}}}"#)));
    }
    for block in [
        r#"{"type":"x"}"#,
        r#"{"x":0,"type":"x"}"#,
        r#"{"type":"text"}"#,
        r#"{"type":"text","":0}"#,
        r#"{"text":"","type":"text"}"#,
        r#"{"type":"thinking"}"#,
        r#"{"type":"tool_use","id":"","name":""}"#,
        r#"{"type":"text","citations":[]}"#,
        r#"{"type":"text","citations":[{"type":"x"}]}"#,
    ] {
        read(block, &with_content(&repeated(block)));
    }
    for citation in [r#"{"type":"x"}"#, r#"{"type":"web_search_result_location","url":""}"#] {
        let block = format!(r#"{{"type":"text","citations":[{}]}}"#, repeated(citation));
        read(citation, &with_content(&block));
    }
    let results = repeated(r#"{"type":"web_search_result","url":""}"#);
    let block = format!(r#"{{"type":"web_search_tool_result","tool_use_id":"","content":[{results}]}}"#);
    read("search results", &with_content(&block));
    let iterations = repeated(r#"{"type":"message"}"#);
    read("iterations", &format!(r#"{{"id":"m","usage":{{"iterations":[{iterations}]}}}}"#));
    assert!(rejected > 0, "no shape reaches the limit");
    // Of an error, at least the message is kept.
    for outer in ["", r#""type":"error","#] {
        let data = format!(r#"{{{outer}"error":{{"message":"m",{}}}}}"#, repeated(r#""a":0"#));
        let result = read_event(&data[..20], &data);
        assert_eq!(result.is_ok(), outer.is_empty(), "{result:?}");
    }
}

#[test]
fn any_part_of_a_message_or_an_event_may_be_repeated() {
    let mut count = 0;
    repeat_each_part("response", |name, document| count += usize::from(read(name, &document.to_string())));
    repeat_each_part("event", |name, document| {
        count += usize::from(read_event(name, &document.to_string()).is_ok());
    });
    assert!(count > 10, "only {count} were decoded");
}

/// A document is looked at before it is known to be a message. That of an error may take more, but
/// is short.
#[test]
fn other_documents_are_rejected_within_the_limit() {
    let (numbers, fields) = (repeated_to("0", 2_000_000), repeated_to(r#""":0"#, 2_000_000));
    for document in [
        format!(r#"{{"type":[{numbers}]}}"#),
        format!(r#"{{"error":{{"message":"","a":[{numbers}]}}}}"#),
        format!(r#"{{"detail":[{numbers}]}}"#),
        format!("{{{fields}}}"),
        format!("[{numbers}]"),
    ] {
        for end in [&b""[..], b"\xff"] {
            let body = Bytes::from([document.as_bytes(), end].concat());
            for (of, (result, peak)) in [
                ("message", receive(&body, usize::MAX, message)),
                ("token count", receive(&body, usize::MAX, count)),
            ] {
                let result = result.map_err(|error| error.kind());
                let what = format!("{}… as a {of}", &document[..20]);
                check(&what, body.len(), peak - body.len() as isize, SLACK + CONNECTION, result);
                assert!(result.is_err(), "{what}");
            }
        }
    }
}

/// The body of a message is buffered once, however it is cut into chunks.
#[test]
fn the_buffer_of_a_client_peaks_at_the_limit() {
    let max = 8 << 20;
    let mut json = with_content("").into_bytes();
    json.resize(max, b' ');
    let (result, peak) = receive(&Bytes::from(json), max, message);
    result.unwrap();
    let ratio = peak as f64 / max as f64;
    println!("the client's buffer: {ratio:.3} times the limit at the peak");
    assert!((1.0..1.1).contains(&ratio), "{ratio:.3} times the limit");
}

/// Returns a client whose every HTTP response is `start`, followed by a gigabyte of the letter x.
fn endless(status: u16, start: &'static str) -> Client {
    let service = tower::service_fn(move |_: http::Request<RequestBody>| async move {
        let more = Bytes::from(vec![b'x'; 1 << 20]);
        let chunks = std::iter::once(Bytes::from(start)).chain(std::iter::repeat_n(more, 1024));
        let body = StreamBody::new(futures::stream::iter(
            chunks.map(|chunk| Ok::<_, Infallible>(Frame::data(chunk))),
        ));
        Ok::<_, Infallible>(http::Response::builder().status(status).body(body).unwrap())
    });
    Client::builder().transport(service).retry(RetryPolicy::none()).build().unwrap()
}

#[test]
fn a_gigabyte_is_rejected_at_the_limit() {
    let request = CreateMessageRequest::new("m", 1).user("Hi");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (what, client, is_streamed, expected, max_megabytes) in [
        ("a line of a stream", endless(200, "data: {"), true, ErrorKind::TooLarge, 2 * 32 + 16),
        ("a whole message", endless(200, "{\"id\":\""), false, ErrorKind::TooLarge, 64 + 16),
        ("an error response", endless(503, "{\"type\":\""), false, ErrorKind::Api, 1 + 16),
    ] {
        let before = HELD.get();
        PEAK.set(before);
        let error = runtime.block_on(async {
            match is_streamed {
                true => client.stream_message(&request).await.map(drop),
                false => client.create_message(&request).await.map(drop),
            }
        });
        let peak = (PEAK.get() - before) as f64 / f64::from(1 << 20);
        println!("{what} of a gigabyte: {peak:.1} MiB at the peak");
        assert_eq!(error.unwrap_err().kind(), expected, "{what}");
        assert!(peak <= f64::from(max_megabytes), "{what}: {peak:.1} MiB");
    }
}

/// Nothing that servers send comes near the limit.
#[test]
fn real_messages_are_not_rejected() {
    for vector in cases::fixture("wire_vectors.jsonl") {
        if vector["kind"] == "response" {
            let json: &Value = &vector["json"];
            assert!(read(&vector["name"].to_string(), &json.to_string()), "{}", vector["name"]);
        }
    }
    let call = r#"{"id":"toolu_01","input":{"path":"a"},"name":"read","type":"tool_use"}"#;
    assert!(read("calls with a late type", &with_content(&repeated(call))));
}
