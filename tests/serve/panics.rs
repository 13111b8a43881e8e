//! Handlers and hooks that panic, wherever they can.

use std::future::{Future, pending, poll_fn};
use std::panic::panic_any;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;
use http::request::Parts;
use messages_api::handler::Principal;
use messages_api::{
    ApiError, Authenticator, CreateMessageRequest, Handler, Message, MessageStream, MessagesService, Reply,
    RequestContext, StreamEvent, Usage,
};
use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::common::{Count, Counted, Server, message, request_to};

const SECRET: &str = "the payload of a panic is a secret";

/// The places, which a caller chooses by the model that it asks for.
const PLACES: [&str; 14] = [
    "authentication",
    "authentication-polled",
    "call",
    "polled",
    "polled-and-dropped",
    "payload",
    "late",
    "stream-first",
    "stream",
    "stream-late",
    "stream-and-dropped",
    "left-and-dropped",
    "writer",
    "hook",
];

/// Panics when it is dropped, if it is `armed`.
struct Held {
    armed: bool,
    _counted: Counted,
}

impl Drop for Held {
    fn drop(&mut self) {
        assert!(!self.armed, "{SECRET}");
    }
}

struct Panicking(Count);

impl Authenticator for Panicking {
    fn authenticate(&self, request: &mut Parts) -> impl Future<Output = Result<Principal, ApiError>> + Send {
        let place = request.headers["x-place"].to_str().unwrap().to_owned();
        assert_ne!(place, "authentication", "{SECRET}");
        async move {
            assert_ne!(place, "authentication-polled", "{SECRET}");
            Ok(Principal::anonymous())
        }
    }
}

impl Handler for Panicking {
    fn create_message(
        &self,
        request: CreateMessageRequest,
        _context: RequestContext,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send {
        let place = request.model;
        assert_ne!(place, "call", "{SECRET}");
        let held = Held { armed: place.ends_with("dropped"), _counted: self.0.add() };
        if place == "polled-and-dropped" {
            let polled = poll_fn(move |_cx| {
                let _held = &held;
                panic!("{SECRET}")
            });
            return polled.left_future();
        }
        let reply = async move {
            match &*place {
                "polled" => panic!("{SECRET}"),
                "payload" => panic_any(Held { armed: true, _counted: held._counted.again() }),
                "late" => {
                    sleep(Duration::from_secs(15)).await;
                    panic!("{SECRET}");
                }
                "left-and-dropped" => pending().await,
                "hook" => return Ok(Reply::from(message("Hello")).on_end(|_outcome| panic!("{SECRET}"))),
                "writer" => {
                    let start = Message::new("msg_01", "m", vec![], Usage::new(3, 0));
                    let stream = MessageStream::from_writer(start, move |mut writer| async move {
                        let _held = held;
                        writer.text("Hello").await;
                        panic!("{SECRET}")
                    });
                    return Ok(stream.into());
                }
                _ => {}
            }
            let whole = if place == "stream-first" { 0 } else { 3 };
            let late = place == "stream-late";
            let mut events = replayed().into_iter().take(whole);
            let mut wait = Box::pin(sleep(Duration::from_secs(if late { 15 } else { 0 })));
            let stream = futures::stream::poll_fn(move |cx| {
                let _held = &held;
                let Some(event) = events.next() else {
                    return match wait.as_mut().poll(cx) {
                        Poll::Ready(()) => panic!("{SECRET}"),
                        Poll::Pending => Poll::Pending,
                    };
                };
                Poll::Ready(Some(Ok(event)))
            });
            Ok(MessageStream::new(stream).into())
        };
        reply.right_future()
    }
}

fn replayed() -> Vec<StreamEvent> {
    messages_api::stream::replay(message("Hello")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_panics_leave_nothing_behind() {
    let held = Count::default();
    let service = MessagesService::builder(Panicking(held.clone()))
        .authenticate(Panicking(held.clone()))
        .on_end(|outcome| assert_ne!(outcome.model, "hook", "{SECRET}"))
        .build();
    let server = Server::start(service, |serve| serve);
    sleep(Duration::from_millis(1)).await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let tasks_before = tasks();
    let (mut panics, mut errors, mut error_events) = (0, 0, 0);
    while panics < 1000 {
        for place in PLACES {
            for streamed in [false, true] {
                panics += 1;
                let mut caller = server.connect();
                let request = request_to(place, streamed);
                let head = format!("\r\nx-place: {place}\r\nconnection: close\r\n");
                caller.send(&request.replacen("\r\n", &head, 1)).await;
                if place == "left-and-dropped" {
                    sleep(Duration::from_secs(if streamed { 11 } else { 1 })).await;
                    continue;
                }
                let response = caller.read_all().await;
                assert!(!response.contains("secret"), "{place}: {response}");
                if place == "hook" {
                    assert!(
                        response.starts_with("HTTP/1.1 200 ") && !response.contains("error"),
                        "{response}"
                    );
                } else if response.starts_with("HTTP/1.1 500 ") {
                    assert!(response.contains("api_error"), "{response}");
                    errors += 1;
                } else {
                    assert!(response.starts_with("HTTP/1.1 200 "), "{place}: {response}");
                    assert_eq!(response.matches("event: error\ndata: {").count(), 1, "{place}: {response}");
                    assert!(
                        response.contains("api_error") && response.ends_with("\r\n0\r\n\r\n"),
                        "{response}"
                    );
                    error_events += 1;
                }
            }
        }
    }
    sleep(Duration::from_secs(1)).await;
    println!(
        "{panics} panics: {errors} errors with a status, {error_events} error events; {} held, \
         {tasks_before} tasks before and {} after",
        held.get(),
        tasks(),
    );
    assert_eq!((held.get(), tasks()), (0, tasks_before));
    // The server goes on.
    let mut caller = server.connect();
    let request = request_to("hook", false).replacen("\r\n", "\r\nx-place: none\r\n", 1);
    caller.send(&request).await;
    caller.read_to("msg_01").await;
}
