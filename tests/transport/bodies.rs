//! Bodies of HTTP responses, as transports of one's own may have them.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use messages_api::client::RequestBody;
use messages_api::{Client, ClientBuilder, ErrorKind};

use crate::script::{MESSAGE, request};

/// A body that knows its end before it is polled for it.
#[derive(Clone)]
struct Known(VecDeque<Result<&'static str, io::ErrorKind>>);

impl Body for Known {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let chunk = self.0.pop_front().expect("a body is not polled after its end");
        Poll::Ready(Some(chunk.map(|text| Frame::data(text.into())).map_err(io::Error::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }
}

fn client(chunks: &[Result<&'static str, io::ErrorKind>]) -> ClientBuilder {
    let body = Known(chunks.iter().copied().collect());
    Client::builder().transport(tower::service_fn(move |_: Request<RequestBody>| {
        let body = body.clone();
        async { Ok::<_, Infallible>(Response::new(body)) }
    }))
}

#[tokio::test]
async fn a_body_that_ends_with_what_was_read_ahead_is_read_within_the_limit() {
    let limited = |bytes| client(&[Ok("\n"), Ok(MESSAGE)]).max_response_bytes(bytes).build().unwrap();
    let message = limited(MESSAGE.len() + 1).create_message(&request()).await.unwrap();
    assert_eq!(message.text(), "Hello");
    let error = limited(MESSAGE.len()).create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("max_response_bytes"), "{error}");
}

#[tokio::test]
async fn a_body_that_fails_before_its_form_is_known_has_no_end() {
    let client = client(&[Ok("\n"), Err(io::ErrorKind::ConnectionReset)]).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
}
