//! Lists, which a server returns page by page.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures::Stream;
use http::Response;

use super::call_info::Endpoint;
use super::calls::Client;
use super::pager::{Page, Pager};
use crate::error::Error;
use crate::types::batches::{MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelLifecycle, ModelPage};

/// A list that has yet to be requested: what to list, and how.
///
/// [`Client::models`] and [`Client::batches`] return one. Read it [item by item](Self::items) or [page
/// by page](Self::pages). Each page is a request of its own, sent when it is needed.
///
/// ```no_run
/// # async fn example(client: messages_api::Client) -> Result<(), messages_api::Error> {
/// let mut batches = client.batches().limit(100).items();
/// while let Some(batch) = batches.next().await {
///     let batch = batch?;
///     println!("{} is {}", batch.id, batch.processing_status);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before a page is read"]
pub struct List<P>(Pages<P>);

impl<P> List<P> {
    /// Sets the maximum number of items of a page: 1 to 1000, by default 20.
    pub fn limit(mut self, limit: u32) -> Self {
        self.0.pager.set("limit", limit.to_string());
        self
    }

    /// Starts after the item with the given id. Replaces [`before`](Self::before).
    pub fn after(mut self, id: impl Into<String>) -> Self {
        self.0.pager.start("after_id", id.into());
        self
    }

    /// Starts before the item with the given id, and goes backwards from page to page. Within a page,
    /// the order of the items is the usual one. Replaces [`after`](Self::after).
    pub fn before(mut self, id: impl Into<String>) -> Self {
        self.0.pager.start("before_id", id.into());
        self
    }

    /// Returns the pages as a stream.
    pub fn pages(self) -> Pages<P> {
        self.0
    }
}

impl List<ModelPage> {
    /// Lists only the models at the given stage of their life; needs API version `2026-10-21`.
    pub fn lifecycle(mut self, lifecycle: impl Into<ModelLifecycle>) -> Self {
        self.0.pager.set("lifecycle", lifecycle.into().as_str().to_owned());
        self
    }

    /// Returns the models as a stream.
    pub fn items(self) -> Items<ModelInfo> {
        items(self)
    }
}

impl List<MessageBatchPage> {
    /// Returns the batches as a stream.
    pub fn items(self) -> Items<MessageBatch> {
        items(self)
    }
}

impl<P> fmt::Debug for List<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("List").field(&self.0.pager).finish()
    }
}

/// The pages of a list, as a stream. [`List::pages`] returns it.
///
/// # Errors
///
/// Each item is a page, or the error of its call as at [`Call`](super::Call#errors). A page that would
/// make the list begin again where it began before is an error of the kind
/// [`Protocol`](crate::error::ErrorKind::Protocol).
///
/// The stream ends after an error, when the call has been retried as the client's
/// [`RetryPolicy`](super::RetryPolicy) says: otherwise a loop that skips errors would request the same
/// page forever. To go on later, pass the [`cursor`](Self::cursor) to another list.
///
/// # Cancel safety
///
/// If the future of [`next`](Self::next) is dropped before it is ready, no page is lost: the request
/// goes on with the next call. Dropping the stream closes the connection.
///
/// ```no_run
/// # async fn example(client: messages_api::Client, mut seen: String) -> Result<(), messages_api::Error> {
/// // Reads the batches that were created since the last time.
/// let mut pages = client.batches().before(&seen).limit(100).pages();
/// while let Some(page) = pages.next().await {
///     println!("{} more", page?.data.len());
///     seen = pages.cursor().unwrap_or_default().to_owned();
/// }
/// # Ok(())
/// # }
/// ```
pub struct Pages<P> {
    pager: Pager,
    poll: PollPage<P>,
}

impl<P> Pages<P> {
    /// Returns the next page; `None` after the last one, and after an error.
    pub async fn next(&mut self) -> Option<Result<P, Error>> {
        poll_fn(|cx| (self.poll)(&mut self.pager, cx)).await
    }

    /// Returns the id after which the next page starts, or before which it ends if the list goes
    /// backwards; `None` before the first page unless the list has been given one.
    ///
    /// Pass it to [`List::after`], or to [`List::before`], to go on another time.
    ///
    /// It is the id of an item, also where the server names the next page by a token (`next_page`): the list
    /// then follows the tokens, but these are not made to be kept. So such a list can be resumed if the server
    /// takes ids as well, as the API does.
    pub fn cursor(&self) -> Option<&str> {
        self.pager.cursor()
    }

    /// Returns the head of the HTTP response that brought the last page, as
    /// [`Call::response`](super::Call::response) does; `None` before the first page.
    pub fn response(&self) -> Option<&Response<()>> {
        self.pager.response()
    }
}

impl<P> Stream for Pages<P> {
    type Item = Result<P, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        (this.poll)(&mut this.pager, cx)
    }
}

impl<P> fmt::Debug for Pages<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pages").field(&self.pager).finish()
    }
}

/// The items of a list, as a stream that requests page after page. The method `items` of a [`List`]
/// returns it.
///
/// # Errors
///
/// The same as for [`Pages`](Pages#errors): an error is that of the next page, and ends the stream.
///
/// # Cancel safety
///
/// The same as for [`Pages`](Pages#cancel-safety).
pub struct Items<T> {
    pager: Pager,
    /// What is left of the last page.
    page: vec::IntoIter<T>,
    /// The cursor with which that was requested.
    start: Option<String>,
    poll: PollPage<Vec<T>>,
}

impl<T> Items<T> {
    /// Returns the next item; `None` after the last one, and after an error.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// Returns the id with which to go on another time, as [`Pages::cursor`] does. Until the last item
    /// of a page has been read, that is where the page starts, so that no item is missed.
    pub fn cursor(&self) -> Option<&str> {
        if self.page.as_slice().is_empty() { self.pager.cursor() } else { self.start.as_deref() }
    }

    /// Returns the head of the HTTP response that brought the last page, as [`Pages::response`] does.
    pub fn response(&self) -> Option<&Response<()>> {
        self.pager.response()
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            if let Some(item) = self.page.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            let start = self.pager.cursor().map(str::to_owned);
            match ready!((self.poll)(&mut self.pager, cx)) {
                Some(Ok(page)) => (self.page, self.start) = (page.into_iter(), start),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

/// Nothing is pinned in place.
impl<T> Unpin for Items<T> {}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Items").field(&self.pager).finish()
    }
}

/// Polls for the next page, and converts it.
type PollPage<T> = fn(&mut Pager, &mut Context<'_>) -> Poll<Option<Result<T, Error>>>;

/// Creates a list of what an endpoint returns.
pub(super) fn list<P: Page>(client: Client, endpoint: Endpoint) -> List<P> {
    List(Pages { pager: Pager::new(client, endpoint), poll: Pager::poll::<P> })
}

fn items<P: Page>(list: List<P>) -> Items<P::Item> {
    Items { pager: list.0.pager, page: Vec::new().into_iter(), start: None, poll: poll_items::<P> }
}

fn poll_items<P: Page>(pager: &mut Pager, cx: &mut Context<'_>) -> Poll<Option<Result<Vec<P::Item>, Error>>> {
    pager.poll::<P>(cx).map_ok(P::into_items)
}
