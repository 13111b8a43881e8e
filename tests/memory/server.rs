//! What the service makes of a body, whatever its shape: it decodes it within the limit, or
//! rejects it.

use std::cell::Cell;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use messages_api::{ApiError, MessagesService, handler_fn};
use tower::ServiceExt;

use super::{HELD, PEAK, cases, repeat_each_part, repeated_to, request, with_content};

/// The limit on the decoded memory, as a multiple of the length of the body.
const LIMIT: f64 = 12.0;

/// Shorter than the bodies above, since there are many shapes; the multiples are the same.
const BODY_BYTES: usize = 500_000;

fn repeated(item: &str) -> String {
    repeated_to(item, BODY_BYTES)
}

/// What a small request may take, and what a connection takes apart from the request.
const SLACK: isize = 96 * 1024;

thread_local! {
    /// What is held when the handler is called.
    static DECODED: Cell<isize> = const { Cell::new(0) };
}

/// Sends `body` to a service and asserts that it takes at most `LIMIT` times its length, apart
/// from the copy that is decoded. Returns the status, which is 404 if the handler was called.
#[track_caller]
fn send(what: &str, body: String) -> StatusCode {
    let handler = handler_fn(|request, _context| {
        DECODED.set(HELD.get());
        drop(request);
        std::future::ready(Err(ApiError::not_found("the request was decoded")))
    });
    let service = MessagesService::builder(handler).threads().unauthenticated().build();
    let body = Bytes::from(body);
    let request = Request::post("/v1/messages").body(Full::new(body.clone())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();

    let before = HELD.get();
    PEAK.set(before);
    DECODED.set(before);
    let response = runtime.block_on(service.oneshot(request)).unwrap();
    let times = |bytes: isize| bytes as f64 / body.len() as f64;
    let copy = body.len() as isize;
    let peak = PEAK.get() - before - copy;
    let status = response.status();
    let text = runtime.block_on(response.into_body().collect()).unwrap().to_bytes();
    let text = String::from_utf8_lossy(&text[..text.len().min(200)]).into_owned();
    println!(
        "{what}: {} bytes, {status}, {:.2} held, {:.2} at the peak",
        body.len(),
        times(DECODED.get() - before),
        times(peak)
    );
    assert!(matches!(status.as_u16(), 404 | 413), "{what}: {text}");
    assert!(times(peak - SLACK) <= LIMIT, "{what}: {:.2} times the body", times(peak));
    status
}

fn tool(fields: &str) -> String {
    request(&format!(r#""messages":[],"tools":[{{"name":"f","input_schema":{{}},{fields}}}]"#))
}

fn toolset(entry: impl Fn(usize) -> String) -> String {
    let mut configs = String::new();
    for n in 0.. {
        configs.push_str(&entry(n));
        if configs.len() > BODY_BYTES {
            break;
        }
        configs.push(',');
    }
    request(&format!(
        r#""messages":[],"tools":[{{"type":"mcp_toolset","mcp_server_name":"s","configs":{{{configs}}}}}]"#
    ))
}

#[test]
fn any_shape_is_decoded_within_the_limit_or_rejected() {
    for item in ["0", r#""""#, "[]", "{}", r#"{"a":0}"#] {
        let list = repeated(item);
        send(&format!("{item} as input examples"), tool(&format!(r#""input_examples":[{list}]"#)));
    }
    for item in [r#""""#, r#""a""#, r#""direct""#] {
        let list = repeated(item);
        send(&format!("{item} as callers"), tool(&format!(r#""allowed_callers":[{list}]"#)));
        let stops = format!(r#""messages":[],"stop_sequences":[{list}]"#);
        send(&format!("{item} as stop sequences"), request(&stops));
    }
    for item in [r#""":0"#, r#""a":0"#, r#""abcdefgh":0"#, r#""a":"abcdefgh""#] {
        let fields = repeated(item);
        send(&format!("{item} in the request"), request(&format!(r#""messages":[],{fields}"#)));
        let late = format!(r#"{{{fields},"type":"text","text":""}}"#);
        send(&format!("{item} before a late type"), with_content(&late));
        let late = format!(r#"{{{fields},"type":"new"}}"#);
        send(&format!("{item} in an unknown block"), with_content(&late));
        send(
            &format!("{item} in a block"),
            with_content(&format!(r#"{{"type":"text","text":"",{fields}}}"#)),
        );
    }
    for blocks in [
        r#"{"type":"x"}"#,
        r#"{"x":0,"type":"x"}"#,
        r#"{"text":"","type":"text"}"#,
        r#"{"type":"text","text":""}"#,
        r#"{"type":"compaction"}"#,
        r#"{"type":"compaction","":0}"#,
        r#"{"type":"image","source":{"type":"url","url":""}}"#,
        r#"{"type":"tool_result","tool_use_id":""}"#,
        r#"{"type":"text","text":"","cache_control":{"type":"ephemeral"}}"#,
        r#"{"type":"text","text":"","citations":[]}"#,
    ] {
        send(blocks, with_content(&repeated(blocks)));
    }
    for depth in [2, 5, 10] {
        for item in [
            r#"{"type":"x"}"#,
            r#"{"text":"","type":"text"}"#,
            r#"{"text":"abcdefghijklmnop","type":"text"}"#,
        ] {
            let mut blocks = repeated(item);
            for _ in 1..depth {
                blocks = format!(r#"{{"content":[{blocks}],"tool_use_id":"","type":"tool_result"}}"#);
            }
            send(&format!("{item}, {depth} levels of late types"), with_content(&blocks));
        }
    }
    send("toolsets of short names", toolset(|n| format!(r#""{n:x}":{{}}"#)));
    send("toolsets of null", toolset(|n| format!(r#""{n:x}":null"#)));
    send("toolsets in reverse", toolset(|n| format!(r#""{:x}":null"#, usize::MAX - n)));
    send("toolsets of callers", toolset(|n| format!(r#""{n:x}":{{"allowed_callers":[""]}}"#)));
    send("messages", request(&format!(r#""messages":[{}]"#, repeated(r#"{"role":"user","content":""}"#))));
    send(
        "messages without blocks",
        request(&format!(r#""messages":[{}]"#, repeated(r#"{"role":"user","content":[]}"#))),
    );
    send(
        "messages of one block",
        request(&format!(r#""messages":[{}]"#, repeated(r#"{"role":"user","content":[{"type":"x"}]}"#))),
    );
    send("roles", request(&format!(r#""messages":[{}]"#, repeated(r#"{"role":"x","content":""}"#))));
    send("tools", request(&format!(r#""messages":[],"tools":[{}]"#, repeated(r#"{"type":"x"}"#))));
    send(
        "custom tools",
        request(&format!(r#""messages":[],"tools":[{}]"#, repeated(r#"{"name":"","input_schema":0}"#))),
    );
    send("fallbacks", request(&format!(r#""messages":[],"fallbacks":[{}]"#, repeated(r#"{"model":""}"#))));
}

#[test]
fn any_part_of_a_request_may_be_repeated() {
    let mut count = 0;
    repeat_each_part("request", |name, document| {
        count += usize::from(send(name, document.to_string()) == 404);
    });
    assert!(count > 30, "only {count} were decoded");
}

/// Nothing that real clients send comes near the limit.
#[test]
fn real_requests_are_not_rejected() {
    for (name, request) in cases::recorded().unwrap_or_default() {
        let is_message =
            request["path"].as_str().is_some_and(|path| path.split('?').next() == Some("/v1/messages"));
        if !is_message {
            continue;
        }
        assert_eq!(send(&name, request["body"].to_string()), 404, "{name}");
    }
    let messages = repeated(r#"{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello!"}"#);
    // A client that sorts its keys sends every `type` last.
    let sorted = r#"{"content":[{"text":"ok","type":"text"}],"tool_use_id":"","type":"tool_result"}"#;
    assert_eq!(send("sorted keys", with_content(&repeated(sorted))), 404);
    assert_eq!(send("a chat of short messages", request(&format!(r#""messages":[{messages}]"#))), 404);
}
