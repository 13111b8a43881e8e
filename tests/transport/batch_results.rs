//! The results of batches.

use std::io;
use std::time::Duration;

use messages_api::ErrorKind;
use messages_api::client::{BatchResults, CallInfo, Endpoint, RetryPolicy};
use messages_api::types::batches::BatchResultKind;
use tokio::time::{Instant, sleep, timeout};

use crate::script::*;

/// A line with a message that has the given text.
fn line(id: &str, text: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    format!(
        r#"{{"custom_id":"{id}","result":{{"type":"succeeded","message":{{"id":"m","type":"message","role":"assistant","model":"m","content":[{{"type":"text","text":{text}}}],"stop_reason":"end_turn","usage":{{"output_tokens":1}}}}}}}}"#
    )
}

/// An error document.
const FAILED: &str = r#"{"type":"error","error":{"type":"api_error","message":"bad key sk-script"}}"#;

/// Reads to the end: for each item the id, or the kind and the text of the error.
async fn read(mut results: BatchResults) -> Vec<Result<String, (ErrorKind, String)>> {
    let mut found = Vec::new();
    while let Some(result) = results.next().await {
        found.push(result.map(|result| result.custom_id).map_err(|error| (error.kind(), error.to_string())));
    }
    assert!(results.next().await.is_none());
    found
}

#[tokio::test]
async fn results_are_requested_by_the_id_of_the_batch() {
    let script = Script::new([ok(line("a", "x")).header("request-id", "req_1")]);
    let response = script.client().batch_results("msgbatch_01").response().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(response.headers()["request-id"], "req_1");
    assert_eq!(response.extensions().get::<CallInfo>().unwrap().endpoint(), Endpoint::Batches);
    assert_eq!(read(response.into_body()).await, [Ok("a".to_owned())]);
    assert_eq!(script.routes(), ["GET /v1/messages/batches/msgbatch_01/results"]);
    let seen = &script.seen()[0];
    assert_eq!(seen.headers["accept"], "application/binary");
    assert_eq!(seen.headers.get("content-type"), None);
}

#[tokio::test]
async fn a_results_url_is_never_followed() {
    let batch = r#"{"id":"b","processing_status":"ended","results_url":"https://elsewhere/v1/x"}"#;
    let script = Script::new([ok(batch), ok(line("a", "x"))]);
    let batch = script.client().batch("b").await.unwrap();
    script.client().batch_results(&batch.id).await.unwrap();
    assert!(script.seen().iter().all(|seen| seen.uri.host() == Some("api.anthropic.com")));
    assert_eq!(script.routes()[1], "GET /v1/messages/batches/b/results");
}

#[tokio::test]
async fn results_of_a_batch_that_is_still_processing_are_an_error() {
    let body = r#"{"type":"error","error":{"type":"not_found_error","message":"No results yet: sk-script"}}"#;
    let script = Script::new([status(404).body(body)]);
    let error = script.client().batch_results("b").await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16(), script.count()), (ErrorKind::Api, 404, 1));
    assert_eq!(error.api_error().unwrap().message(), "No results yet: …");
}

#[tokio::test]
async fn lines_are_read_however_they_are_cut() {
    let text = "1\n2\r\n\u{2028}😀 é";
    let (a, b) = (line("a", text), line("b", text));
    for body in [
        format!("{a}\n{b}\n"),
        format!("{a}\n{b}"),
        format!("{a}\r\n{b}\r\n"),
        format!("\u{feff}{a}\n \r\n{b}\n\n\n"),
    ] {
        for chunk in (1..20).chain([a.len() - 1, a.len(), a.len() + 1, usize::MAX]) {
            let script = Script::new([ok(&body).in_chunks_of(chunk)]);
            let mut results = script.client().batch_results("b").await.unwrap();
            for id in ["a", "b"] {
                let result = results.next().await.unwrap().unwrap();
                assert_eq!(result.custom_id, id);
                let BatchResultKind::Succeeded(succeeded) = result.result else { panic!("{chunk}: {body}") };
                assert_eq!(succeeded.message.text(), text);
            }
            assert!(results.next().await.is_none());
        }
    }
}

#[tokio::test]
async fn all_outcomes_are_results() {
    let body = r#"{"custom_id":"a","result":{"type":"errored","error":{"type":"error","error":{"type":"api_error","message":"bad key sk-script"}}}}
{"custom_id":"b","result":{"type":"canceled"}}
{"custom_id":"c","result":{"type":"expired"}}
{"custom_id":"d","result":{"type":"postponed","until":1},"cost":2}"#;
    let script = Script::new([ok(body)]);
    let mut results = script.client().batch_results("b").await.unwrap();
    let mut found = Vec::new();
    while let Some(result) = results.next().await {
        found.push(serde_json::to_string(&result.unwrap()).unwrap());
    }
    assert_eq!(found.join("\n"), body.replace("sk-script", "…"));
}

#[tokio::test]
async fn a_bad_line_does_not_end_the_results() {
    let bad = [
        "{",
        "No route",
        "{}",
        r#"{"custom_id":"x","result":{"type":"succeeded"}}"#,
        r#"{"custom_id":"x","result":{"type":"expired"}} {}"#,
        "[1]",
    ];
    for bad in bad {
        let body = format!("{}\n\n{bad}\n{}\n{bad}", line("a", "x"), line("b", "y"));
        let script = Script::new([ok(body).header("request-id", "req_1")]);
        let results = script.client().batch_results("b").await.unwrap();
        let found = read(results).await;
        assert_eq!((&found[0], &found[2], found.len()), (&Ok("a".to_owned()), &Ok("b".to_owned()), 4));
        for (found, number) in [(&found[1], 3), (&found[3], 5)] {
            let (kind, text) = found.as_ref().unwrap_err();
            let start = format!("line {number} is not a batch result: ");
            assert!(*kind == ErrorKind::Protocol && text.starts_with(&start), "{text}");
        }
    }
    let body = [b"{\"custom_id\":\"\xff\"}\n", line("a", "x").as_bytes()].concat();
    let script = Script::new([ok(body).header("request-id", "req_1")]);
    let mut results = script.client().batch_results("b").await.unwrap();
    let error = results.next().await.unwrap().unwrap_err();
    assert!(error.to_string().starts_with("line 1 is not a batch result: "), "{error}");
    assert_eq!((error.kind(), error.request_id(), error.attempts()), (ErrorKind::Protocol, Some("req_1"), 1));
    assert_eq!(read(results).await, [Ok("a".to_owned())]);
}

#[tokio::test]
async fn an_error_document_in_place_of_a_result_is_the_error_of_the_server() {
    let body = format!("{}\n{}\n{}", line("a", "x"), FAILED, line("b", "x"));
    let script = Script::new([ok(body)]);
    let mut results = script.client().batch_results("b").await.unwrap();
    assert!(results.next().await.unwrap().is_ok());
    let error = results.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.api_error().unwrap().message()), (ErrorKind::Api, "bad key …"));
    assert_eq!(read(results).await, [Ok("b".to_owned())]);
}

#[tokio::test]
async fn a_line_beyond_a_limit_does_not_end_the_results() {
    let (short, long) = (line("a", "x"), line("b", &"x".repeat(1000)));
    for chunk in [7, usize::MAX] {
        let script = Script::new([ok(format!("{short}\n{long}\n{short}\n{long}")).in_chunks_of(chunk)]);
        let client = script.builder().max_event_bytes(short.len()).build().unwrap();
        let too_long = |number| {
            let text = format!("line {number} is longer than max_event_bytes ({})", short.len());
            Err((ErrorKind::TooLarge, text))
        };
        let found = read(client.batch_results("b").await.unwrap()).await;
        assert_eq!(found, [Ok("a".to_owned()), too_long(2), Ok("a".to_owned()), too_long(4)]);
    }
    // Few bytes for each of many fields, which take more in memory.
    let greedy = line("c", "x").replace(r#""id""#, &format!(r#"{}"id""#, r#""a":0,"#.repeat(40_000)));
    let script = Script::new([ok(format!("{greedy}\n{short}"))]);
    let found = read(script.client().batch_results("b").await.unwrap()).await;
    let text = "line 1 would take more than 12 times its size in memory".to_owned();
    assert_eq!(found, [Err((ErrorKind::TooLarge, text)), Ok("a".to_owned())]);
}

#[tokio::test]
async fn a_body_that_is_no_text_fails_the_call() {
    for (act, kind) in [
        (ok("<html>"), ErrorKind::Protocol),
        (ok(b"\x1f\x8b\x08"), ErrorKind::Protocol),
        (ok(line("a", "x")).header("content-encoding", "br"), ErrorKind::Protocol),
        (ok(" \n"), ErrorKind::Incomplete),
    ] {
        let script = Script::new([act]);
        assert_eq!(script.patient(0).batch_results("b").await.unwrap_err().kind(), kind);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_retried_until_the_first_byte_and_not_after_it() {
    for first in [status(529), broken(io::ErrorKind::ConnectionReset), ok("").then_broken(), ok("")] {
        let script = Script::new([first, ok(line("a", "x"))]);
        let response = script.client().batch_results("b").response().await.unwrap();
        assert_eq!(response.extensions().get::<CallInfo>().unwrap().attempt(), 2);
        assert_eq!(read(response.into_body()).await, [Ok("a".to_owned())]);
    }
    let script = Script::new([ok("{").then_broken()]);
    let found = read(script.client().batch_results("b").await.unwrap()).await;
    assert_eq!((found.len(), script.count()), (1, 1));
}

#[tokio::test]
async fn a_connection_that_breaks_ends_the_results() {
    let (a, b) = (line("a", "x"), line("b", "x"));
    for (body, count) in [(format!("{a}\n"), 1), (format!("{a}\n{b}"), 1), (format!("{a}\n{b}\n{{"), 2)] {
        let script = Script::new([ok(body).then_broken()]);
        let found = read(script.client().batch_results("b").await.unwrap()).await;
        assert_eq!(found.len(), count + 1);
        let (kind, _) = found[count].as_ref().unwrap_err();
        assert_eq!(*kind, ErrorKind::Transport);
    }
}

#[tokio::test(start_paused = true)]
async fn every_wait_for_a_line_is_limited() {
    let seconds = Duration::from_secs;
    let lines = format!("{}\n{}\n{}\n", line("a", "x"), line("b", "x"), line("c", "x"));
    let size = lines.len() / 3;
    let whole = || ok(&lines).in_chunks_of(size);
    let slow = |pause| whole().pausing(seconds(pause)).then_silent();
    let blank =
        ok(format!("{}\n{}", line("a", "x"), "\n".repeat(1000))).in_chunks_of(size).pausing(seconds(7));
    let client = |act| Script::new([act]).builder().retry(RetryPolicy::none());
    for (builder, count, elapsed, name) in [
        (client(slow(20)).idle_timeout(seconds(30)), 3, 90, "idle_timeout"),
        (client(slow(20)).idle_timeout(None).event_timeout(seconds(40)), 3, 100, "event_timeout"),
        (client(slow(20)).total_timeout(seconds(50)), 2, 50, "total_timeout"),
        (client(slow(0)).total_timeout(seconds(50)), 3, 50, "total_timeout"),
        (client(blank).idle_timeout(None).event_timeout(seconds(14)), 1, 21, "event_timeout"),
    ] {
        let start = Instant::now();
        let results = builder.build().unwrap().batch_results("b").await.unwrap();
        let found = read(results).await;
        assert_eq!((found.len(), start.elapsed().as_secs()), (count + 1, elapsed), "{name}: {found:?}");
        let (kind, text) = found[count].as_ref().unwrap_err();
        assert!(*kind == ErrorKind::Timeout && text.contains(name), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_meets_no_limit_but_the_total() {
    let lines = format!("{}\n{}", line("a", "x"), line("b", "x"));
    for (total, is_ok) in [(None, true), (Some(Duration::from_secs(3600)), false)] {
        let script = Script::new([ok(&lines)]);
        let client = script.client().with_total_timeout(total);
        let mut results = client.batch_results("b").await.unwrap();
        results.next().await.unwrap().unwrap();
        sleep(Duration::from_secs(24 * 3600)).await;
        assert_eq!(results.next().await.unwrap().is_ok(), is_ok);
        assert!(results.next().await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_result_is_not_lost_if_its_future_is_dropped() {
    let act = ok(line("a", "x")).in_chunks_of(30).pausing(Duration::from_secs(1));
    let mut results = Script::new([act]).client().batch_results("b").await.unwrap();
    while timeout(Duration::from_millis(1500), results.next()).await.is_err() {}
    assert!(results.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_body_of_blank_lines_lets_other_tasks_run() {
    let script = Script::new([ok(format!("{{\n{}", "\n".repeat(100_000))).in_chunks_of(1)]);
    let client = script.client();
    let reading = tokio::spawn(async move { read(client.batch_results("b").await.unwrap()).await });
    let mut turns = 0;
    while !reading.is_finished() {
        tokio::task::yield_now().await;
        turns += 1;
    }
    assert_eq!(reading.await.unwrap().len(), 1);
    assert!(turns > 10, "{turns}");
}
