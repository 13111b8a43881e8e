//! Forwarding the requests of others, for gateways.

use http::HeaderMap;

use super::calls::Client;
use crate::error::{ApiError, Error, Forwarding};
use crate::handler::{Handler, Reply, RequestContext};
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
    /// would be nine. Only if the connection breaks before any byte of the HTTP response, as it happens
    /// when the upstream closes an idle connection, is the request sent once more. Whole messages are
    /// not limited in length as they are in [`create_message`](Self::create_message).
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
    /// }
    /// ```
    pub async fn forward(
        &self,
        request: &CreateMessageRequest,
        context: &RequestContext,
    ) -> Result<Reply, Error> {
        let (client, forwarding) = (self.on_behalf_of(context)?, self.forwarding());
        if request.stream == Some(true) {
            let stream =
                client.stream(request, true).await.map_err(|error| error.with_forwarding(&forwarding))?;
            let headers = forwarding.headers(stream.headers());
            Ok(with_headers(stream.without_accumulation().into(), headers))
        } else {
            let message =
                client.message(request, true).await.map_err(|error| error.with_forwarding(&forwarding))?;
            let headers = forwarding.headers(message.headers());
            Ok(with_headers(message.into_body().into(), headers))
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
        let count = client.count(request, true).await.map_err(|error| error.with_forwarding(&forwarding))?;
        let headers = forwarding.headers(count.headers());
        Ok(with_headers(count.into_body().into(), headers))
    }

    /// Returns what a caller learns of the HTTP response.
    fn forwarding(&self) -> Forwarding {
        Forwarding {
            response_headers: self.settings.filter.response_headers.clone(),
            is_callers_credential: self.settings.is_callers_credential,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl Handler for Client {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        Ok(self.forward(&request, &context).await?)
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        Ok(self.forward_count_tokens(&request, &context).await?)
    }
}

fn with_headers<B>(mut reply: Reply<B>, headers: HeaderMap) -> Reply<B> {
    *reply.headers_mut() = headers;
    reply
}
