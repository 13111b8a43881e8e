//! Replies of a handler, as the caller receives them.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::HeaderValue;
use http_body_util::BodyExt;
use hyper::body::Body;
use messages_api::stream::replay;
use messages_api::{
    ContentBlock, Handler, Json, MessageStream, Reply, StreamEvent, ToolUseBlock, handler_fn,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::common::{always, ask, body, events, hello, message, post, send, service, stream};

fn streaming(texts: &'static [&'static str]) -> impl Handler {
    always(move || async move { Ok(stream(events(texts)).into()) })
}

#[tokio::test]
async fn a_whole_reply_is_sent_as_json() {
    let response = ask(&service(hello()), false).await;
    assert_eq!(response.body, serde_json::to_string(&message("Hello")).unwrap());
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("cache-control"), None);
}

/// Agents wait for a stop reason, or loop.
#[tokio::test]
async fn a_message_without_a_stop_reason_gets_one() {
    let call = ToolUseBlock::new("toolu_01", "f", Json::empty_object());
    for (content, reason) in [(ContentBlock::text("Hello"), "end_turn"), (call.into(), "tool_use")] {
        let mut message = message("");
        (message.content, message.stop_reason) = (vec![content], None);
        for is_streaming in [false, true] {
            let message = message.clone();
            let service = service(always(move || {
                let message = message.clone();
                let events = || stream(replay(message.clone()).collect());
                let reply: Reply = if is_streaming { events().into() } else { message.into() };
                std::future::ready(Ok(reply))
            }));
            assert_eq!(ask(&service, false).await.message().stop_reason.unwrap().as_str(), reason);
            let events = ask(&service, true).await.events();
            assert_eq!(events[events.len() - 2]["delta"]["stop_reason"], reason);
        }
    }
}

#[tokio::test]
async fn a_whole_reply_is_replayed_as_events() {
    let response = ask(&service(hello()), true).await;
    let types = response.types();
    assert_eq!(types.first().unwrap(), "message_start");
    assert_eq!(types[types.len() - 2..], ["message_delta", "message_stop"]);
    let text =
        response.events().iter().filter_map(|event| event["delta"]["text"].as_str()).collect::<String>();
    assert_eq!(text, "Hello");
}

#[tokio::test]
async fn a_streamed_reply_is_sent_byte_for_byte() {
    let response = ask(&service(streaming(&["Hel", "lo\r\n\u{2028}"])), true).await;
    let expected = events(&["Hel", "lo\r\n\u{2028}"]).into_iter().map(|event| {
        format!("event: {}\ndata: {}\n\n", event.type_name(), serde_json::to_string(&event).unwrap())
    });
    assert_eq!(response.body, expected.collect::<String>());
    assert_eq!(
        response.types(),
        [
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop"
        ]
    );
}

#[tokio::test]
async fn a_streamed_reply_is_accumulated_into_a_message() {
    let response = ask(&service(streaming(&["Hel", "lo"])), false).await;
    assert_eq!(response.message(), message("Hello"));
}

/// A gateway switches accumulation off.
#[tokio::test]
async fn a_stream_without_accumulation_is_still_accumulated_into_a_message() {
    let handler = always(|| async { Ok(stream(events(&["Hel", "lo"])).without_accumulation().into()) });
    assert_eq!(ask(&service(handler), false).await.message(), message("Hello"));
}

#[tokio::test]
async fn the_stream_field_decides_the_form_of_the_response() {
    for (field, streamed) in [
        ("", false),
        (r#","stream":null"#, false),
        (r#","stream":false"#, false),
        (r#","stream":true"#, true),
    ] {
        let body = format!(r#"{{"model":"m","max_tokens":1,"messages":[]{field}}}"#);
        let response = send(&service(hello()), post("/messages", body)).await;
        assert_eq!(response.body.starts_with("event: "), streamed, "{field}");
    }
}

#[tokio::test]
async fn events_that_are_ready_share_a_chunk() {
    let texts = vec!["x"; 2000].leak();
    let response = service(streaming(texts)).oneshot(post("/messages", body(true))).await.unwrap();
    let mut body = response.into_body();
    let mut frames = Vec::new();
    while let Some(frame) = body.frame().await {
        frames.push(frame.unwrap().into_data().unwrap());
    }
    let total: usize = frames.iter().map(|frame| frame.len()).sum();
    assert!(
        total > 100_000 && frames.len() <= total / (16 * 1024) + 1,
        "{} frames, {total} bytes",
        frames.len()
    );
    assert!(frames.iter().all(|frame| frame.len() < 17 * 1024 && frame.ends_with(b"\n\n")));
    assert!(body.is_end_stream());
}

/// As those of an upstream, which hyper hands over one by one.
#[tokio::test]
async fn events_each_of_which_is_ready_a_turn_later_share_chunks() {
    let handler = always(|| async {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            for event in events(&["x"; 200]) {
                sender.send(event).await.unwrap();
            }
        });
        let events = futures::stream::unfold(receiver, |mut receiver| async {
            let event = receiver.recv().await?;
            Some((Ok(event), receiver))
        });
        Ok(MessageStream::new(events).into())
    });
    let response = service(handler).oneshot(post("/messages", body(true))).await.unwrap();
    let mut body = response.into_body();
    let (mut count, mut text) = (0, String::new());
    while let Some(frame) = body.frame().await {
        count += 1;
        text.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
    }
    assert_eq!(crate::common::events_of(&text).len(), 205);
    assert!(count <= 205 / 4, "{count} frames");
}

#[tokio::test(start_paused = true)]
async fn no_event_waits_for_one_that_takes_time() {
    let handler = always(|| async {
        Ok(crate::common::steps(|n| async move {
            sleep(Duration::from_secs(1)).await;
            events(&["x"; 100]).into_iter().nth(n).map(Ok)
        })
        .into())
    });
    let start = Instant::now();
    let response = service(handler).oneshot(post("/messages", body(true))).await.unwrap();
    let mut body = response.into_body();
    let mut deltas = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.unwrap().into_data().unwrap();
        let count = std::str::from_utf8(&frame).unwrap().matches("text_delta").count();
        deltas += count as u64;
        if count > 0 {
            assert_eq!(start.elapsed().as_secs(), 2 + deltas);
        }
    }
    assert_eq!(deltas, 100);
}

#[tokio::test]
async fn a_ready_event_does_not_wait_for_the_next() {
    let handler = always(|| async {
        Ok(crate::common::steps(|n| async move {
            match events(&["a"]).into_iter().nth(n) {
                Some(_) if n == 2 => std::future::pending().await,
                event => event.map(Ok),
            }
        })
        .into())
    });
    let response = service(handler).oneshot(post("/messages", body(true))).await.unwrap();
    let mut body = response.into_body();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let events = crate::common::events_of(std::str::from_utf8(&frame).unwrap());
    assert_eq!(crate::common::types_of(&events), ["message_start", "content_block_start"]);
}

#[tokio::test]
async fn pings_and_unknown_events_of_a_handler_are_forwarded() {
    let handler = always(|| async {
        let mut list = events(&["a"]);
        let new = r#"{"type":"brand_new","n":1.0,"big":12345678901234567890123,"text":"\u2028\n"}"#;
        list.insert(1, serde_json::from_str(r#"{"type":"ping"}"#).unwrap());
        list.insert(2, serde_json::from_str(new).unwrap());
        Ok(stream(list).into())
    });
    let response = ask(&service(handler), true).await;
    assert_eq!(response.types()[..3], ["message_start", "ping", "brand_new"]);
    assert!(
        response.body.contains(
            "event: brand_new\ndata: {\"type\":\"brand_new\",\"n\":1.0,\"big\":12345678901234567890123,"
        ),
        "{}",
        response.body
    );
}

#[tokio::test]
async fn reply_headers_are_sent_except_the_reserved_ones() {
    let handler = handler_fn(|request, _context| async move {
        let mut reply = match request.stream {
            Some(true) => Reply::from(stream(events(&["a"]))),
            _ => Reply::from(message("a")),
        };
        for (name, value) in [
            ("anthropic-ratelimit-requests-remaining", "99"),
            ("x-upstream-request-id", "req_upstream"),
            ("request-id", "req_forged"),
            ("content-type", "text/html"),
            ("content-length", "1"),
            ("content-encoding", "gzip"),
            ("transfer-encoding", "chunked"),
            ("connection", "close"),
            ("keep-alive", "timeout=1"),
            ("trailer", "x"),
            ("upgrade", "h2c"),
            ("te", "trailers"),
            ("proxy-connection", "close"),
            ("proxy-authenticate", "Basic"),
        ] {
            reply.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        let headers = reply.headers_mut();
        headers.append("request-id", HeaderValue::from_static("req_forged"));
        headers.append("set-cookie", HeaderValue::from_static("a=1"));
        headers.append("set-cookie", HeaderValue::from_static("b=2"));
        Ok(reply)
    });
    for streamed in [false, true] {
        let response = ask(&service(handler), streamed).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.header("anthropic-ratelimit-requests-remaining"), Some("99"));
        assert_eq!(response.header("x-upstream-request-id"), Some("req_upstream"));
        assert_eq!(response.headers.get_all("set-cookie").iter().count(), 2);
        assert_eq!(response.headers.get_all("request-id").iter().count(), 1);
        assert_eq!(response.headers.get_all("content-type").iter().count(), 1);
        assert!(!response.header("content-type").unwrap().contains("html"));
        for name in [
            "content-length",
            "content-encoding",
            "transfer-encoding",
            "connection",
            "keep-alive",
            "trailer",
            "upgrade",
            "te",
            "proxy-connection",
            "proxy-authenticate",
        ] {
            assert_eq!(response.header(name), None, "{name}");
        }
    }
}

#[tokio::test]
async fn text_in_a_message_cannot_forge_a_header_or_a_frame() {
    let forged = "x\r\nrequest-id: forged\r\n\r\nevent: error\ndata: {}\n\n";
    let reply = move || async move {
        let mut message = message(forged);
        (message.id, message.model) = (forged.into(), forged.into());
        Ok(message.stop_sequence(forged).into())
    };
    let response = ask(&service(always(reply)), true).await;
    assert!(response.events().iter().all(|event| event["type"] != "error"));
    assert_eq!(response.events()[0]["message"]["model"], forged);
    let whole = ask(&service(always(reply)), false).await.message();
    assert_eq!((whole.model.as_str(), whole.stop_sequence.as_deref()), (forged, Some(forged)));
}

#[tokio::test]
async fn a_whole_body_has_an_exact_size_hint() {
    let response = service(hello()).oneshot(post("/messages", body(false))).await.unwrap();
    let length = response.body().size_hint().exact().unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes().len() as u64, length);
}

#[tokio::test]
async fn request_ids_are_unique() {
    let service = service(hello());
    let mut ids = HashSet::new();
    for n in 0..500 {
        ids.insert(ask(&service, n % 2 == 0).await.request_id().to_owned());
    }
    assert_eq!(ids.len(), 500);
}

/// So a slow reader slows the handler down.
#[tokio::test]
async fn the_handler_is_polled_only_when_the_body_is() {
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let handler = always(move || {
        let count = count.clone();
        async move {
            let delta = events(&["x"])[2].clone();
            Ok(crate::common::steps(move |n| {
                count.fetch_add(1, Ordering::SeqCst);
                let event: StreamEvent = if n < 2 { events(&[])[n].clone() } else { delta.clone() };
                async move { Some(Ok(event)) }
            })
            .into())
        }
    });
    let response = service(handler).oneshot(post("/messages", body(true))).await.unwrap();
    assert_eq!(made.load(Ordering::SeqCst), 1);
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    let after_one_frame = made.load(Ordering::SeqCst);
    assert!(after_one_frame > 1);
    tokio::task::yield_now().await;
    assert_eq!(made.load(Ordering::SeqCst), after_one_frame);
}
