//! Bodies of HTTP responses, as transports of one's own may have them.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use messages_api::client::RequestBody;
use messages_api::{Client, ErrorKind};

use crate::script::{MESSAGE, request};

/// A body that knows that its first chunk is the last one.
struct Short(Option<Bytes>);

impl Body for Short {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let chunk = self.0.take().expect("a body is not polled after its end");
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }
}

#[tokio::test]
async fn a_body_that_has_ended_with_its_first_chunk_is_read_within_the_limit() {
    let transport = tower::service_fn(async |_: Request<RequestBody>| {
        Ok::<_, Infallible>(Response::new(Short(Some(Bytes::from_static(MESSAGE.as_bytes())))))
    });
    let limited = |bytes| Client::builder().transport(transport).max_response_bytes(bytes).build().unwrap();
    let message = limited(MESSAGE.len()).create_message(&request()).await.unwrap();
    assert_eq!(message.text(), "Hello");
    let error = limited(MESSAGE.len() - 1).create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("max_response_bytes"), "{error}");
}
