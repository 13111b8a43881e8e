//! The events of requests to a service.

use std::fmt::{Debug, Display, Formatter};
use std::io;
use std::time::Duration;

use futures::TryStreamExt;
use http::Request;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame};
use messages_api::handler::{BatchResultStream, BoxHandler};
use messages_api::stream::replay;
use messages_api::{
    ApiError, ApiKeys, ContentBlock, CreateMessageRequest, ErrorType, Handler, Message, MessageStream,
    MessagesService, Reply, RequestContext, Usage, handler_fn,
};
use tower::ServiceExt;

use crate::{Log, client_of, script};

const REQUEST_FAILED: &str = "message=the request failed";
const UNAUTHORIZED: &str =
    r#"{"type":"error","error":{"type":"authentication_error","message":"marker-message of marker-key"}}"#;

/// Returns what is logged when `handler` serves a request, with the levels.
async fn log_of(handler: impl Handler, is_read: bool) -> String {
    log_of_request(handler, is_read, false).await
}

async fn log_of_request(handler: impl Handler, is_read: bool, is_streamed: bool) -> String {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let service =
        MessagesService::builder(handler).authenticate(ApiKeys::named([("alice", "marker-key")])).build();
    let body = format!(
        r#"{{"model":"m","max_tokens":9,"stream":{is_streamed},"messages":[{{"role":"user","content":"marker-prompt"}}]}}"#
    );
    let request = Request::post("/v1/messages").header("x-api-key", "marker-key").body(body).unwrap();
    let response = service.oneshot(request).await.unwrap();
    if is_read {
        response.into_body().collect().await.unwrap();
    } else {
        drop(response);
    }
    drop(guard);
    let log = log.0.lock().unwrap().0.clone();
    assert!(!log.contains("marker"), "{log}");
    log
}

/// An error whose source matters.
#[derive(Debug)]
struct NoDisk(io::Error);

impl Display for NoDisk {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("no disk")
    }
}

impl std::error::Error for NoDisk {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn each_failed_request_is_reported_once_with_its_cause() {
    let refuses = handler_fn(|_request, _context| async {
        Err(ApiError::new(ErrorType::Overloaded, "marker-message"))
    });
    let panics = handler_fn(|_request, _context| async { panic!("marker-panic") });
    let replies = || {
        handler_fn(|_request, _context| async {
            Ok(Message::new("m", "m", vec![ContentBlock::text("marker")], Usage::new(1, 1)).into())
        })
    };
    let hides = |is_streamed| {
        handler_fn(move |_request, _context| async move {
            let full = NoDisk(io::Error::other("full"));
            let error = ApiError::internal().with_cause(full);
            match is_streamed {
                false => Err(error),
                true => Ok(MessageStream::new(futures::stream::iter([Err(error.into())])).into()),
            }
        })
    };
    for (handler, is_read, expected) in [
        (
            BoxHandler::new(refuses),
            true,
            &[
                "level=WARN",
                REQUEST_FAILED,
                "status=529",
                "error_type=\"overloaded_error\"",
                "principal=\"alice\"",
            ][..],
        ),
        (
            BoxHandler::new(panics),
            true,
            &["level=WARN", "message=the request failed by a panic", "error.type=\"panic\""],
        ),
        (
            BoxHandler::new(client_of(None)),
            true,
            &[REQUEST_FAILED, "status=502", "cause=\"no connection could be established: no-listener\""],
        ),
        (
            BoxHandler::new(client_of(Some((401, UNAUTHORIZED)))),
            true,
            &["status=500", "cause=\"the upstream responded with 401 authentication_error\"", REQUEST_FAILED],
        ),
        (BoxHandler::new(hides(false)), true, &["status=500", "cause=\"no disk: full\"", REQUEST_FAILED]),
        (BoxHandler::new(hides(true)), true, &["status=500", "cause=\"no disk: full\"", REQUEST_FAILED]),
        (BoxHandler::new(replies()), false, &["message=the caller left", "end=\"cancelled\""]),
        (BoxHandler::new(replies()), true, &["end=\"completed\""]),
    ] {
        let log = log_of(handler, is_read).await;
        for text in expected {
            assert!(log.contains(text), "no {text} in\n{log}");
        }
        let is_failure = expected.iter().any(|text| text.starts_with("message=the request failed"));
        let count = |text: &str| log.matches(text).count();
        assert_eq!(count("message=the request failed"), usize::from(is_failure), "{log}");
        // The call of a client that forwards has failed as well, but that is no news.
        let lines = count("level=WARN") + count("level=ERROR");
        assert_eq!(lines, usize::from(is_failure), "{log}");
    }
}

/// The failure of a stream that is forwarded is that of the request.
#[tokio::test]
async fn a_forwarded_stream_that_breaks_off_is_one_warning() {
    const BROKEN_OFF: &str = concat!(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,",
        "\"content_block\":{\"type\":\"text\",\"text\":\"marker-text\"}}\n\n",
    );
    let log = log_of_request(BoxHandler::new(client_of(Some((200, BROKEN_OFF)))), true, true).await;
    let count = |text: &str| log.matches(text).count();
    assert_eq!((count("level=WARN"), count(REQUEST_FAILED)), (1, 1), "{log}");
    assert_eq!(count("message=the call failed"), 1, "{log}");
}

/// The caller is told only that the message is not complete; the log says what the handler did.
#[tokio::test]
async fn what_a_handler_does_wrong_is_reported() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let content = vec![ContentBlock::text("marker-text")];
    let events: Vec<_> = replay(Message::new("m", "m", content, Usage::new(1, 1))).collect();
    for (order, reason) in [
        (&[0, 1, 2][..], "the stream ended before the message was complete"),
        (&[0, 2], "no block has started at index 0"),
        (&[0, 1, 3, 2], "the block at index 0 has already stopped"),
    ] {
        let events: Vec<_> = order.iter().map(|at| events[*at].clone()).collect();
        let handler = handler_fn(move |_request, _context| {
            let events = futures::stream::iter(events.clone().into_iter().map(Ok));
            async move { Ok(MessageStream::new(events).into()) }
        });
        let service = MessagesService::builder(handler).unauthenticated().build();
        for is_streamed in [false, true] {
            log.0.lock().unwrap().0.clear();
            let request = CreateMessageRequest::new("m", 9).user("marker-prompt").stream(is_streamed);
            let request = serde_json::to_string(&request);
            let request = Request::post("/messages").body(request.unwrap()).unwrap();
            let response = service.clone().oneshot(request).await.unwrap();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let body = String::from_utf8_lossy(&body);
            assert!(body.contains("The server could not complete the message"), "{body}");
            assert!(!body.contains(reason), "{body}");
            let log = log.0.lock().unwrap().0.clone();
            assert!(log.contains(&format!("cause=\"{reason}\"")), "no {reason} in\n{log}");
            assert!(!log.contains("marker"), "{log}");
            assert_eq!(log.matches("level=WARN").count(), 1, "{log}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn limits_and_broken_bodies_are_reported_with_their_reason() {
    let silent = || handler_fn(|_request, _context| std::future::pending());
    let body = || r#"{"model":"m","max_tokens":9,"messages":[]}"#.to_owned();
    let broken = || {
        let data = futures::stream::iter([Err(io::Error::other("reset by peer"))]);
        StreamBody::new(data.map_ok(|bytes: Bytes| Frame::data(bytes)))
    };
    let minute = Duration::from_secs(60);
    let service = MessagesService::builder(silent()).unauthenticated().total_timeout(minute).build();
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let late = service.clone().oneshot(Request::post("/messages").body(body()).unwrap()).await.unwrap();
    let broken = service.oneshot(Request::post("/messages").body(broken()).unwrap()).await.unwrap();
    assert_eq!((late.status().as_u16(), broken.status().as_u16()), (504, 400));
    let log = log.0.lock().unwrap().0.clone();
    for text in ["(set by `total_timeout`)", "cause=\"reset by peer\""] {
        assert!(log.contains(text), "no {text} in\n{log}");
    }
    assert_eq!(log.matches("level=WARN").count(), 2, "{log}");
}

#[tokio::test]
async fn results_of_a_batch_that_break_off_are_a_failed_request() {
    struct Batches;

    impl Handler for Batches {
        async fn create_message(
            &self,
            _request: CreateMessageRequest,
            _context: RequestContext,
        ) -> Result<Reply, ApiError> {
            Err(ApiError::internal())
        }

        async fn batch_results(
            &self,
            _id: String,
            _context: RequestContext,
        ) -> Result<Reply<BatchResultStream>, ApiError> {
            let error = ApiError::internal().with_cause("the store is gone");
            Ok(BatchResultStream::new(futures::stream::iter([Err(error.into())])).into())
        }
    }

    let gateway = script::Script::new([script::ok("{").then_broken()]).client();
    for (handler, cause) in [
        (BoxHandler::new(Batches), "the store is gone"),
        (BoxHandler::new(gateway), "the connection broke before the response was complete: "),
    ] {
        let log = Log::default();
        let _guard = tracing::subscriber::set_default(log.clone());
        let service = MessagesService::builder(handler).unauthenticated().build();
        let request = Request::get("/messages/batches/b/results").body(String::new()).unwrap();
        service.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
        let log = log.0.lock().unwrap().0.clone();
        assert!(log.contains(&format!("cause=\"{cause}")) && log.contains("end=\"failed\""), "{log}");
        assert_eq!(log.matches("level=WARN").count(), 1, "{log}");
    }
}
