//! Requests for one page of a list after the other.

use std::fmt;
use std::task::{Context, Poll};

use http::{Method, Response};

use super::attempt::CallRequest;
use super::call_future::CallFuture;
use super::call_info::Endpoint;
use super::calls::Client;
use super::document::{Document, Whole};
use crate::error::{Error, ErrorKind};
use crate::types::batches::{MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};

/// A page of a list.
pub(super) trait Page: Document {
    type Item;

    fn into_items(self) -> Vec<Self::Item>;

    /// Returns the ids that the page names as those of its first and its last item; none if there is no item.
    fn ends(&self) -> [Option<&str>; 2];

    /// Returns the ids that the first and the last item have.
    fn ids(&self) -> [Option<&str>; 2];

    fn has_more(&self) -> bool;

    /// Returns the token of the next page, by which servers name that of some lists.
    fn next_page(&self) -> Option<String>;
}

macro_rules! impl_page {
    ($name:ident of $item:ident) => {
        impl Page for $name {
            type Item = $item;

            fn into_items(self) -> Vec<$item> {
                self.data
            }

            fn ends(&self) -> [Option<&str>; 2] {
                [&self.first_id, &self.last_id].map(|id| id.as_deref().filter(|_| !self.data.is_empty()))
            }

            fn ids(&self) -> [Option<&str>; 2] {
                [self.data.first(), self.data.last()].map(|item| item.map(|item| &*item.id))
            }

            fn has_more(&self) -> bool {
                self.has_more
            }

            fn next_page(&self) -> Option<String> {
                self.extra.get("next_page")?.decode().ok()
            }
        }
    };
}

impl_page!(ModelPage of ModelInfo);
impl_page!(MessageBatchPage of MessageBatch);

/// The place in a list, which moves with each page that arrives.
pub(super) struct Pager {
    client: Client,
    endpoint: Endpoint,
    /// The parameters of every request.
    query: Vec<(&'static str, String)>,
    /// The parameter that names the next page; `None` for that at the beginning of the list.
    next: Option<(&'static str, String)>,
    is_backward: bool,
    /// The id of the item at the end of the last page, or what the list was given in its place.
    cursor: Option<String>,
    is_over: bool,
    /// The head of the HTTP response that brought the last page.
    response: Option<Response<()>>,
    /// The request for the next page, once it has been sent.
    request: Option<CallFuture<'static, Whole>>,
}

impl Pager {
    pub(super) fn new(client: Client, endpoint: Endpoint) -> Self {
        Self {
            client,
            endpoint,
            query: Vec::new(),
            next: None,
            is_backward: false,
            cursor: None,
            is_over: false,
            response: None,
            request: None,
        }
    }

    /// Sets a parameter of every request.
    pub(super) fn set(&mut self, name: &'static str, value: String) {
        self.query.retain(|(other, _)| *other != name);
        self.query.push((name, value));
    }

    /// Sets where the list starts. `name` is the parameter that says so.
    pub(super) fn start(&mut self, name: &'static str, id: String) {
        self.is_backward = name == "before_id";
        self.cursor = Some(id.clone());
        self.next = Some((name, id));
    }

    pub(super) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    pub(super) fn response(&self) -> Option<&Response<()>> {
        self.response.as_ref()
    }

    /// Polls for the next page. There is none after an error.
    pub(super) fn poll<P: Page>(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<P, Error>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let mut request = self.request.take().unwrap_or_else(|| self.request());
        let Poll::Ready(whole) = request.as_mut().poll(cx) else {
            self.request = Some(request);
            return Poll::Pending;
        };
        let page = whole.and_then(|whole| {
            let page = *whole.document::<P>()?;
            self.turn(&page)
                .map_err(|error| whole.head.annotated(error))
                .inspect_err(|error| whole.fail(error))?;
            self.response = Some(whole.head.with_body(()));
            Ok(page)
        });
        self.is_over |= page.is_err();
        Poll::Ready(Some(page))
    }

    fn request(&self) -> CallFuture<'static, Whole> {
        let parameters = self.query.iter().chain(&self.next);
        let query: Vec<_> = parameters.map(|(name, value)| (*name, value.as_str())).collect();
        let uri = self.client.settings.endpoints.list(self.endpoint, &query);
        self.client.whole(uri.map(|uri| CallRequest::new(self.endpoint, Method::GET, uri)))
    }

    /// Moves to the page after one that has arrived.
    fn turn<'a>(&mut self, page: &'a impl Page) -> Result<(), Error> {
        let (at, name) = if self.is_backward { (0, "before_id") } else { (1, "after_id") };
        let named = |ids: [Option<&'a str>; 2]| ids[at].filter(|id| !id.is_empty());
        let id = named(page.ends());
        let token = page.next_page().filter(|token| !token.is_empty());
        let next = match token {
            Some(token) => Some(("page", token)),
            None if page.has_more() => id.map(|id| (name, id.to_owned())),
            None => None,
        };
        if next.is_some() && next == self.next {
            let message = "the page ends where it should begin, so the list would never end";
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        // A page that names the next one by a token may name no items.
        let cursor = id.or_else(|| named(page.ids()));
        self.cursor = cursor.map(str::to_owned).or(self.cursor.take());
        self.is_over = next.is_none();
        self.next = next;
        Ok(())
    }
}

impl fmt::Debug for Pager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager")
            .field("endpoint", &self.endpoint)
            .field("query", &self.query)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
