//! Foreign code that panics when it is called and again when it is dropped. Any two panics at once
//! abort the process, and with it this test binary.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http_body::{Body, Frame};
use messages_api::handler::{BoxHandler, Principal};
use messages_api::{ApiError, Authenticator, Handler, MessageStream, MessagesService, Reply, handler_fn};
use tower::Service;

use crate::common::{ask, body, events, post, send, service, steps};

/// Panics whenever it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

/// A future that panics when it is polled and when it is dropped.
fn bomb<T>() -> impl Future<Output = T> + Send {
    let bomb = Bomb;
    poll_fn(move |_cx| {
        let _held = &bomb;
        panic!("polled")
    })
}

/// A handler whose stream panics after `n` events of a message, and when it is dropped.
fn stream_of_bombs(n: usize) -> impl Handler {
    handler_fn(move |_request, _context| async move {
        let bomb = Bomb;
        let mut events = events(&["a"]).into_iter().take(n);
        let stream = futures::stream::poll_fn(move |_cx| {
            let _held = &bomb;
            Poll::Ready(Some(Ok(events.next().expect("the end of the events"))))
        });
        Ok(MessageStream::new(stream).into())
    })
}

#[tokio::test]
async fn a_stream_that_panics_twice_is_an_error_of_its_request() {
    let whole = events(&["a"]).len();
    for n in 0..=whole {
        let service = service(stream_of_bombs(n));
        let collected = ask(&service, false).await;
        let streamed = ask(&service, true).await;
        if n == whole {
            assert_eq!(collected.message().text(), "a");
            assert_eq!(streamed.types().len(), n);
            continue;
        }
        collected.error(500, "api_error");
        if n == 0 {
            streamed.error(500, "api_error");
        } else {
            streamed.error_event("api_error");
        }
    }
}

#[tokio::test]
async fn a_handler_that_panics_twice_is_an_error_of_its_request() {
    fn handler() -> impl Handler {
        handler_fn(|_request, _context| bomb::<Result<Reply, ApiError>>())
    }
    for handler in [
        BoxHandler::new(handler()),
        BoxHandler::new(Arc::new(handler())),
        BoxHandler::new(Box::new(handler())),
        BoxHandler::new(BoxHandler::new(handler())),
        BoxHandler::new(handler_fn(|_request, _context| {
            let _payload = ();
            std::panic::panic_any(Bomb);
            #[allow(unreachable_code)]
            bomb()
        })),
    ] {
        let service = service(handler);
        for streamed in [false, true] {
            ask(&service, streamed).await.error(500, "api_error");
        }
    }
}

#[tokio::test]
async fn an_authenticator_that_panics_twice_is_an_error_of_its_request() {
    struct Broken;

    impl Authenticator for Broken {
        fn authenticate(
            &self,
            _request: &mut Parts,
        ) -> impl Future<Output = Result<Principal, ApiError>> + Send {
            bomb()
        }
    }

    let builder = || MessagesService::builder(stream_of_bombs(9));
    for service in
        [builder().authenticate(Broken).build(), builder().authenticate(Arc::new(Arc::new(Broken))).build()]
    {
        ask(&service, false).await.error(500, "api_error");
    }
}

/// A request body that panics when it is read and when it is dropped.
struct BrokenBody(#[allow(dead_code)] Bomb);

impl Body for BrokenBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        panic!("polled")
    }
}

#[tokio::test]
async fn a_body_that_panics_twice_is_an_error_of_its_request() {
    let service = service(stream_of_bombs(9));
    send(&service, post("/v1/messages", BrokenBody(Bomb))).await.error(500, "api_error");
    send(&service, post("/v1/unknown", BrokenBody(Bomb))).await.error(404, "not_found_error");
}

#[tokio::test]
async fn dropping_a_response_early_does_not_panic() {
    let waits_in = |n: usize| {
        handler_fn(move |_request, _context| async move {
            let bomb = Bomb;
            let stream = steps(move |at| {
                let _held = &bomb;
                async move {
                    if at >= n {
                        std::future::pending::<()>().await;
                    }
                    events(&["a"]).into_iter().nth(at).map(Ok)
                }
            });
            Ok(stream.into())
        })
    };
    let waits = handler_fn(|_request, _context| {
        let bomb = Bomb;
        poll_fn(move |_cx| {
            let _held = &bomb;
            Poll::<Result<Reply, ApiError>>::Pending
        })
    });
    for handler in [BoxHandler::new(waits), BoxHandler::new(waits_in(0))] {
        for polled in [false, true] {
            let mut future = service(handler.clone()).call(post("/v1/messages", body(true)));
            if polled {
                let mut cx = Context::from_waker(Waker::noop());
                assert!(Pin::new(&mut future).poll(&mut cx).is_pending());
            }
            drop(future);
        }
    }
    for handler in [BoxHandler::new(waits_in(2)), BoxHandler::new(stream_of_bombs(9))] {
        let Ok(response) = service(handler).call(post("/v1/messages", body(true))).await;
        drop(response);
    }
}

/// The body of the HTTP response owns the handler's future once pings have begun.
#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_twice_after_the_head_ends_its_stream_with_an_error() {
    let handler = || {
        handler_fn(|_request, _context| {
            let bomb = Bomb;
            let mut later = Box::pin(tokio::time::sleep(Duration::from_secs(15)));
            poll_fn(move |cx| {
                let _held = &bomb;
                match later.as_mut().poll(cx) {
                    Poll::Ready(()) => panic!("polled"),
                    Poll::Pending => Poll::<Result<Reply, ApiError>>::Pending,
                }
            })
        })
    };
    let response = ask(&service(handler()), true).await;
    assert_eq!(response.types(), ["ping", "error"]);
    response.error_event("api_error");

    let Ok(response) = service(handler()).call(post("/v1/messages", body(true))).await;
    assert_eq!(response.status(), 200);
    drop(response);
}

/// A handler that is too slow is dropped, which may panic as well.
#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_when_it_is_given_up_is_an_error_of_its_request() {
    let waits = || {
        handler_fn(|_request, _context| {
            let bomb = Bomb;
            poll_fn(move |_cx| {
                let _held = &bomb;
                Poll::<Result<Reply, ApiError>>::Pending
            })
        })
    };
    for seconds in [5, 15] {
        let builder = MessagesService::builder(waits()).unauthenticated();
        let service = builder.total_timeout(Duration::from_secs(seconds)).build();
        ask(&service, false).await.error(504, "timeout_error");
        let streamed = ask(&service, true).await;
        if seconds == 5 {
            streamed.error(504, "timeout_error");
        } else {
            streamed.error_event("timeout_error");
        }
    }
}
