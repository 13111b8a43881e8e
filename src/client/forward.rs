//! Forwarding the requests of others, for gateways.

use futures::StreamExt;
use futures::future::Either;
use http::{HeaderMap, Method};

use super::attempt::CallRequest;
use super::call_info::Endpoint;
use super::calls::Client;
use super::document::Document;
use super::endpoints::Escaped;
use crate::error::{ApiError, Error, Forwarding};
use crate::handler::{BatchResultStream, Handler, ModelQuery, PageQuery, Reply, RequestContext};
use crate::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

/// Forwarding for gateways. The same happens when the client is [a handler](Client#as-a-handler).
impl Client {
    /// Forwards the request of a caller, and returns the reply for the caller.
    ///
    /// The message is streamed if the field `stream` of the request says so; the reply is then ready
    /// with the first event that is not a ping. `context` provides the headers of the caller, of which
    /// [some are forwarded](Client#as-a-handler); the reply has those of the upstream.
    ///
    /// Unlike a reply of [the handler](Client#as-a-handler), the error is the one of the upstream, so
    /// that a gateway can decide what to do about it. Converted into an [`ApiError`], as by `?` in a
    /// handler, it becomes what a caller should see.
    ///
    /// The request is not retried, since the caller does that: three attempts at each of two hops
    /// would be nine. Only if the connection breaks before the head of the HTTP response is there, as it happens
    /// when the upstream closes an idle connection, is the request sent once more. That includes the rare
    /// connection that breaks within the head, because HTTP stacks cannot tell it from one that delivered nothing.
    /// Anything else that is not an HTTP response is an error at once. The client knows that only of the transport
    /// of the feature `reqwest`; with another one, the request may be sent once more in this case as well. Whole
    /// messages are not limited in length as they are in [`create_message`](Self::create_message).
    ///
    /// With [`with_caller_credential`](Self::with_caller_credential), a request carries the credential of the
    /// caller instead of the gateway's.
    ///
    /// # Errors
    ///
    /// The same as for [`stream_message`](Self::stream_message). In addition, a header of the caller
    /// that is too long is an error that is meant for the caller.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future or the reply closes the connection to the upstream.
    ///
    /// ```no_run
    /// use messages_api::{ApiError, Client, CreateMessageRequest, Handler, Reply, RequestContext};
    ///
    /// struct Gateway {
    ///     primary: Client,
    ///     backup: Client,
    /// }
    ///
    /// impl Handler for Gateway {
    ///     async fn create_message(
    ///         &self,
    ///         request: CreateMessageRequest,
    ///         context: RequestContext,
    ///     ) -> Result<Reply, ApiError> {
    ///         match self.primary.forward(&request, &context).await {
    ///             Err(error) if error.is_retryable() => Ok(self.backup.forward(&request, &context).await?),
    ///             reply => Ok(reply?),
    ///         }
    ///     }
    ///     // … and the other methods, which a client has as a handler
    /// }
    /// ```
    pub async fn forward(
        &self,
        request: &CreateMessageRequest,
        context: &RequestContext,
    ) -> Result<Reply, Error> {
        self.sent(request, context).await
    }

    /// Sends the request, in a future that does not hold it.
    fn sent(
        &self,
        request: &CreateMessageRequest,
        context: &RequestContext,
    ) -> impl Future<Output = Result<Reply, Error>> + Send + use<> {
        let (client, forwarding) = (self.on_behalf_of(context), self.forwarding());
        let call = client.map(|client| match request.stream {
            Some(true) => Either::Left(client.stream(request, true)),
            _ => Either::Right(client.message(request, true, |head, message| (head.headers, message))),
        });
        async move {
            let reply = match call? {
                Either::Left(stream) => stream.await.map(|stream| {
                    let headers = forwarding.headers(stream.headers());
                    with_headers(stream.without_accumulation().into(), headers)
                }),
                Either::Right(message) => message.await.map(|(headers, message)| {
                    with_headers(Reply::whole(message), forwarding.headers(&headers))
                }),
            };
            reply.map_err(|error| error.with_forwarding(&forwarding))
        }
    }

    /// Forwards a request for a count of tokens, like [`forward`](Self::forward).
    ///
    /// # Errors
    ///
    /// The same as for [`forward`](Self::forward).
    ///
    /// # Cancel safety
    ///
    /// The same as for [`forward`](Self::forward).
    pub async fn forward_count_tokens(
        &self,
        request: &CountTokensRequest,
        context: &RequestContext,
    ) -> Result<Reply<MessageTokensCount>, Error> {
        let (client, forwarding) = (self.on_behalf_of(context)?, self.forwarding());
        let count = client.count(request, true).await;
        let (head, count) = count.map_err(|error| error.with_forwarding(&forwarding))?;
        Ok(with_headers((*count).into(), forwarding.headers(&head.headers)))
    }

    /// Forwards a call whose HTTP response is a document.
    async fn forward_document<T: Document>(
        &self,
        request: Result<CallRequest, Error>,
        context: &RequestContext,
    ) -> Result<Reply<T>, Error>
    where
        Reply<T>: From<T>,
    {
        let (client, forwarding) = (self.on_behalf_of(context)?, self.forwarding());
        let whole = client.whole(forwarded(request)).await;
        let document = whole.and_then(|whole| Ok((*whole.document::<T>()?, whole.head.headers)));
        let (document, headers) = document.map_err(|error| error.with_forwarding(&forwarding))?;
        Ok(with_headers(document.into(), forwarding.headers(&headers)))
    }

    /// Forwards a call whose HTTP response is a batch.
    async fn forward_batch(
        &self,
        request: Result<CallRequest, Error>,
        context: &RequestContext,
    ) -> Result<Reply<MessageBatch>, Error> {
        let (mut batch, headers) =
            self.forward_document::<MessageBatch>(request, context).await?.into_parts();
        lead_back(&mut batch);
        Ok(with_headers(batch.into(), headers))
    }

    async fn forward_batches(
        &self,
        query: &PageQuery,
        context: &RequestContext,
    ) -> Result<Reply<MessageBatchPage>, Error> {
        let request = self.page_request(Endpoint::Batches, query, None);
        let (mut page, headers) =
            self.forward_document::<MessageBatchPage>(request, context).await?.into_parts();
        page.data.iter_mut().for_each(lead_back);
        Ok(with_headers(page.into(), headers))
    }

    async fn forward_results(
        &self,
        batch_id: &str,
        context: &RequestContext,
    ) -> Result<Reply<BatchResultStream>, Error> {
        let (client, forwarding) = (self.on_behalf_of(context)?, self.forwarding());
        let request = forwarded(self.batch_request(Method::GET, batch_id, "/results"));
        let response = client.results(request).response().await;
        let response = response.map_err(|error| error.with_forwarding(&forwarding))?;
        let headers = forwarding.headers(response.headers());
        let results = response.into_body();
        let results = results.map(move |result| result.map_err(|error| error.with_forwarding(&forwarding)));
        Ok(with_headers(BatchResultStream::new(results).into(), headers))
    }

    fn page_request(
        &self,
        endpoint: Endpoint,
        query: &PageQuery,
        lifecycle: Option<&str>,
    ) -> Result<CallRequest, Error> {
        let limit = query.limit.to_string();
        let parameters = [
            ("limit", Some(&*limit)),
            ("after_id", query.after_id.as_deref()),
            ("before_id", query.before_id.as_deref()),
            ("lifecycle", lifecycle),
        ];
        let parameters: Vec<_> =
            parameters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let uri = self.settings.endpoints.list(endpoint, &parameters)?;
        Ok(CallRequest::new(endpoint, Method::GET, uri))
    }

    /// Returns what a caller learns of the HTTP response.
    pub(crate) fn forwarding(&self) -> Forwarding {
        Forwarding {
            response_headers: self.settings.filter.response_headers.clone(),
            is_callers_credential: self.settings.is_callers_credential,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl Handler for Client {
    // Not an `async fn`, whose future would hold the request until the upstream has responded.
    fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send {
        let reply = self.sent(&request, &context);
        async move {
            let reply = reply.await;
            drop(context); // what the host has put into it belongs to the call
            Ok(reply?)
        }
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        Ok(self.forward_count_tokens(&request, &context).await?)
    }

    async fn list_models(
        &self,
        query: ModelQuery,
        context: RequestContext,
    ) -> Result<Reply<ModelPage>, ApiError> {
        let lifecycle = query.lifecycle.as_ref().map(|lifecycle| lifecycle.as_str());
        let request = self.page_request(Endpoint::Models, &query.page, lifecycle);
        Ok(self.forward_document(request, &context).await?)
    }

    async fn get_model(
        &self,
        model_id: String,
        context: RequestContext,
    ) -> Result<Reply<ModelInfo>, ApiError> {
        Ok(self.forward_document(self.model_request(&model_id), &context).await?)
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        let call = self.new_batch(&request);
        drop(request);
        Ok(self.forward_batch(call, &context).await?)
    }

    async fn list_batches(
        &self,
        query: PageQuery,
        context: RequestContext,
    ) -> Result<Reply<MessageBatchPage>, ApiError> {
        Ok(self.forward_batches(&query, &context).await?)
    }

    async fn get_batch(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        Ok(self.forward_batch(self.batch_request(Method::GET, &batch_id, ""), &context).await?)
    }

    async fn cancel_batch(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        Ok(self.forward_batch(self.batch_request(Method::POST, &batch_id, "/cancel"), &context).await?)
    }

    async fn delete_batch(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<DeletedMessageBatch>, ApiError> {
        Ok(self.forward_document(self.batch_request(Method::DELETE, &batch_id, ""), &context).await?)
    }

    async fn batch_results(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<BatchResultStream>, ApiError> {
        Ok(self.forward_results(&batch_id, &context).await?)
    }
}

/// Returns a call that the caller retries by itself. One that cannot be made, because of what the caller
/// sent, is the caller's mistake.
fn forwarded(request: Result<CallRequest, Error>) -> Result<CallRequest, Error> {
    match request {
        Ok(request) => Ok(CallRequest { is_forwarded: true, ..request }),
        Err(error) => Err(ApiError::invalid_request(error.to_string()).into()),
    }
}

/// Lets the URL of the results lead through the gateway: the official Python and TypeScript SDKs would send
/// the credential of the caller, which is one of the gateway, to the upstream. They resolve a path against
/// their base URL.
fn lead_back(batch: &mut MessageBatch) {
    if batch.results_url.is_some() {
        batch.results_url = Some(format!("/v1/messages/batches/{}/results", Escaped(&batch.id)));
    }
}

fn with_headers<B>(mut reply: Reply<B>, headers: HeaderMap) -> Reply<B> {
    *reply.headers_mut() = headers;
    reply
}
