//! Calls as values.

use std::fmt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use http::Response;

use super::attempt::CallRequest;
use super::call_future::CallFuture;
use super::calls::Client;
use super::document::{Document, Whole};
use super::head::Head;
use super::span::Span;
use crate::error::Error;

/// A call that has yet to be made: a future that sends the request when it is awaited.
///
/// It resolves to the body of the HTTP response. Await [`response`](Self::response) instead to get the status
/// and the headers as well. A call owns a clone of the client and the body that it sends, so that it can be
/// made in another task. [Settings of single calls](super::Client#method.with_header) are set at the client.
///
/// # Errors
///
/// Fails if the request cannot be sent, if the server returns an error response, or if a limit of the
/// client is exceeded. [`Error::kind`] distinguishes these.
///
/// # Cancel safety
///
/// Dropping the call closes the connection. The server may have received the request by then.
///
/// ```no_run
/// use messages_api::CreateMessageRequest;
///
/// # async fn example(client: messages_api::Client) -> Result<(), messages_api::Error> {
/// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("What is the capital of Norway?");
/// let message = client.create_message(&request).await?;
/// println!("{}", message.text());
///
/// let response = client.create_message(&request).response().await?;
/// println!("request id: {:?}", response.headers().get("request-id"));
/// println!("{}", response.body().text());
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before the call is awaited"]
pub struct Call<T>(pub(super) CallFuture<'static, (Head, Box<T>)>);

impl<T> Call<T> {
    pub(super) fn new(body: impl Future<Output = Result<(Head, Box<T>), Error>> + Send + 'static) -> Self {
        Self(Box::pin(body))
    }

    /// Makes the call, and returns the HTTP response with its status and headers.
    ///
    /// The extensions contain the [`CallInfo`](super::CallInfo).
    ///
    /// # Errors
    ///
    /// The same as for [the call](Self#errors).
    ///
    /// # Cancel safety
    ///
    /// The same as for [the call](Self#cancel-safety).
    pub async fn response(self) -> Result<Response<T>, Error> {
        self.0.await.map(|(head, body)| head.with_body(*body))
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match ready!(self.0.as_mut().poll(cx)) {
            Ok((_, body)) => Poll::Ready(Ok(*body)),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

impl Client {
    /// Returns a call whose HTTP response is a document.
    pub(super) fn document<T: Document>(&self, request: Result<CallRequest, Error>) -> Call<T> {
        let whole = self.whole(request);
        Call::new(async move { whole.await?.with_head() })
    }

    /// Makes a call, and reads the whole body of the HTTP response.
    pub(super) fn whole(&self, request: Result<CallRequest, Error>) -> CallFuture<'static, Whole> {
        let client = self.clone();
        Box::pin(async move {
            let request = request?;
            let whole = pin!(async { client.successful(&request).await?.whole().await });
            let span = Span::of_call(&request, None);
            let whole = span.around_call(whole).await?;
            Ok(Whole { span: Some(span), ..whole })
        })
    }
}
