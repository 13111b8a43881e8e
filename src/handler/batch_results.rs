//! The results of a batch, as a handler returns them.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;

use crate::error::Error;
use crate::types::batches::BatchResult;

/// The results of a batch, one after the other and in any order.
/// [`Handler::batch_results`](super::Handler::batch_results) returns this stream.
///
/// The server writes each result as a line of JSON. An item that is an error becomes a line with the
/// error document of the [`ApiError`](crate::error::ApiError) that it converts into, and the stream goes on
/// until it ends by itself, since one result that cannot be read says nothing about the others.
///
/// ```
/// use messages_api::handler::BatchResultStream;
/// use messages_api::types::batches::{BatchExpired, BatchResult};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), messages_api::Error> {
/// let results = ["rome", "paris"].map(|id| BatchResult::new(id, BatchExpired::new()));
/// let mut stream = BatchResultStream::new(futures::stream::iter(results.map(Ok)));
/// while let Some(result) = stream.next().await {
///     println!("{}", result?.custom_id);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// Dropping the stream drops the one that it was created from. The server does so when the caller
/// disconnects.
pub struct BatchResultStream(Pin<Box<dyn Stream<Item = Result<BatchResult, Error>> + Send>>);

impl BatchResultStream {
    /// Creates a stream from any other, such as one that reads a file or a database.
    pub fn new(results: impl Stream<Item = Result<BatchResult, Error>> + Send + 'static) -> Self {
        Self(Box::pin(results))
    }

    /// Returns the next result; `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of the stream that this one was created from.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, no result is lost.
    pub async fn next(&mut self) -> Option<Result<BatchResult, Error>> {
        std::future::poll_fn(|cx| self.0.as_mut().poll_next(cx)).await
    }
}

impl From<Vec<BatchResult>> for BatchResultStream {
    fn from(results: Vec<BatchResult>) -> Self {
        Self::new(futures::stream::iter(results.into_iter().map(Ok)))
    }
}

impl Stream for BatchResultStream {
    type Item = Result<BatchResult, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for BatchResultStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchResultStream").finish_non_exhaustive()
    }
}
