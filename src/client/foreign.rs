//! Calls of other protocols, for bridges: they have the transport, the credential, the limits and the spans
//! of a client, but none of the headers of the Messages protocol.

use std::pin::pin;

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::attempt::CallRequest;
use super::call_info::Endpoint;
use super::calls::Client;
use super::dialect::Dialect;
use super::document::Document;
use super::headers;
use super::request_body::RequestBody;
use super::span::Span;
use crate::error::Error;
use crate::stream::MessageStream;
use crate::types::Message;

/// A request of another protocol.
pub(crate) struct ForeignRequest {
    /// The endpoint in whose place it is sent.
    pub(crate) endpoint: Endpoint,
    pub(crate) route: Route,
    /// `None` for a `GET` request.
    pub(crate) body: Option<Bytes>,
    pub(crate) model: Option<String>,
    pub(crate) max_tokens: Option<u64>,
}

/// The place of a request below the base URL of a client.
#[derive(Clone, Copy)]
pub(crate) enum Route {
    /// Below the base URL as it was given; below `/v1` if it has no path.
    Api(&'static str),
    /// Below the base URL without `/v1` at its end.
    Root(&'static str),
}

impl Client {
    /// Returns a client for requests of another protocol, all of which are made on behalf of a caller.
    pub(crate) fn into_foreign(mut self) -> Self {
        let settings = self.settings_mut();
        headers::remove_own(&mut settings.headers);
        (settings.is_foreign, settings.counts_retries) = (true, false);
        self
    }

    /// Requests a whole message. If the server streams it, its events are added up.
    pub(crate) async fn foreign_message<D: Dialect>(
        &self,
        request: ForeignRequest,
        dialect: D,
    ) -> Result<(Box<Message>, HeaderMap), Error> {
        let (call, span) = self.foreign_call(request, false)?;
        let message = pin!(async { self.successful(&call).await?.message(dialect).await });
        let (head, message) = span.around_call(message).await?;
        span.record_message(&message);
        Ok((message, head.headers))
    }

    /// Requests a message as a stream, and waits for its first event. A whole message is replayed.
    pub(crate) async fn foreign_stream<D: Dialect>(
        &self,
        request: ForeignRequest,
        dialect: D,
    ) -> Result<MessageStream, Error> {
        let (call, span) = self.foreign_call(request, true)?;
        let stream = pin!(async { self.successful(&call).await?.stream(dialect, &span).await });
        span.around_call(stream).await
    }

    /// Requests a document of any other kind.
    pub(crate) async fn foreign_document<T: Document>(&self, request: ForeignRequest) -> Result<T, Error> {
        let (call, span) = self.foreign_call(request, false)?;
        let document = pin!(async { self.successful(&call).await?.whole().await?.document() });
        span.around_call(document).await.map(|document| *document)
    }

    /// Returns the host of the base URL.
    pub(crate) fn host(&self) -> &str {
        self.settings.endpoints.host()
    }

    fn foreign_call(&self, request: ForeignRequest, is_streamed: bool) -> Result<(CallRequest, Span), Error> {
        let ForeignRequest { endpoint, route, body, model, max_tokens } = request;
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut call = CallRequest::new(endpoint, method, self.settings.endpoints.foreign(route)?);
        call.info.model = model.map(Into::into);
        call.info.is_streamed = is_streamed;
        call.body = RequestBody::new(body.unwrap_or_default());
        (call.provider, call.is_forwarded) = ("openai", true);
        let span = Span::of_call(&call, max_tokens);
        Ok((call, span))
    }
}
