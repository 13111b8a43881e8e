//! The client and its calls.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Response};
use reqwest::Url;

use super::response::ResponseReader;
use super::transport::Transport;
use super::{headers, request};
use crate::error::Error;
use crate::stream::MessageStream;
use crate::types::{
    ApiVersion, Betas, CountTokensRequest, CreateMessageRequest, Message, MessageTokensCount,
};

/// A client for one endpoint of the Messages API.
///
/// Create a client once, with [`from_env`](Self::from_env), [`new`](Self::new) or
/// [`builder`](Self::builder), and clone it where it is needed: clones are cheap and
/// share connections. Calls need a tokio runtime with I/O and time enabled.
///
/// [`create_message`](Self::create_message) waits for the whole message,
/// [`stream_message`](Self::stream_message) returns its events as the model
/// produces them.
///
/// The client does not follow redirects, because a redirect would carry the
/// credential to another host. It sends each request once; use
/// [`Error::is_retryable`] to decide on another attempt.
///
/// ```no_run
/// use messages_api::{Client, CreateMessageRequest};
///
/// # async fn example() -> Result<(), messages_api::Error> {
/// let client = Client::from_env()?;
/// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("What is the capital of Norway?");
/// let message = client.create_message(&request).await?;
/// println!("{}", message.text());
/// # Ok(())
/// # }
/// ```
///
/// # As a handler
///
/// A client is also a [`Handler`](crate::handler::Handler), so a server with a client as its
/// handler is a gateway. Each request is forwarded to the client's endpoint, streamed if the
/// caller asked for a stream. Fields, blocks and events that this version of the crate does
/// not know are forwarded unchanged.
///
/// Only some headers are forwarded:
///
/// | header | direction | forwarded |
/// |---|---|---|
/// | `anthropic-version` | to the upstream | in place of the client's own version, up to 64 bytes |
/// | `anthropic-beta` | to the upstream | in addition to the client's own betas, up to 4,096 bytes; not those that begin with `oauth-` |
/// | `anthropic-user-profile-id`, `anthropic-workspace-id` | to the upstream | unless the client sets its own |
/// | `anthropic-ratelimit-*`, `anthropic-priority-*`, `anthropic-fast-*` | to the caller | unchanged, with messages, counts of tokens and errors |
/// | `request-id` | to the caller | as `upstream-request-id`, with the same |
/// | `retry-after`, `x-should-retry` | to the caller | with errors |
///
/// [`ClientBuilder::forward_betas_if`](crate::client::ClientBuilder::forward_betas_if) and
/// [`forward_version_if`](crate::client::ClientBuilder::forward_version_if) decide otherwise
/// about betas and versions.
///
/// A forwarded stream ends when the upstream ends its HTTP response, or
/// [`end_timeout`](crate::client::ClientBuilder::end_timeout) after `message_stop`. The caller
/// receives that event at once, but not the end of the body: a caller that reads on to the end
/// waits as long as the gateway does.
///
/// The caller's credential is never forwarded: requests to the upstream carry the client's
/// own. If the upstream repeats that in an error or a header, it is replaced. The errors that the
/// caller receives when the upstream fails are listed at
/// [`From<Error> for ApiError`](crate::error::ApiError#impl-From<Error>-for-ApiError).
#[derive(Clone)]
pub struct Client {
    pub(super) transport: Arc<Transport>,
    /// Sent with every request, in addition to those of [`headers::set_json`].
    pub(super) headers: Arc<HeaderMap>,
}

impl Client {
    /// Sets a header that is sent with every request, replacing one of the same name.
    ///
    /// To set a header for one call only, clone the client first: the clone shares
    /// the connections.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`](crate::error::ErrorKind::Config) if the name or the
    /// value is not valid in a header, or if the header is one of those that
    /// [`ClientBuilder::header`](crate::client::ClientBuilder::header) rejects.
    ///
    /// ```no_run
    /// # use messages_api::{Client, CreateMessageRequest, Error};
    /// # async fn example(client: Client, request: CreateMessageRequest) -> Result<(), Error> {
    /// let client = client.clone().with_header("x-tenant", "tenant-7")?;
    /// let message = client.create_message(&request).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let (name, value) = headers::custom(name, value)?;
        Arc::make_mut(&mut self.headers).insert(name, value);
        Ok(self)
    }

    /// Sets the version of the API, the header `anthropic-version` of every request.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`](crate::error::ErrorKind::Config) if a header
    /// cannot carry the version.
    pub fn with_version(mut self, version: impl Into<ApiVersion>) -> Result<Self, Error> {
        headers::set_version(Arc::make_mut(&mut self.headers), &version.into())?;
        Ok(self)
    }

    /// Adds one or more betas to the header `anthropic-beta` of every request.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Config`](crate::error::ErrorKind::Config) if a header
    /// cannot carry the value.
    ///
    /// ```no_run
    /// use messages_api::types::Beta;
    ///
    /// # use messages_api::{Client, CreateMessageRequest, Error};
    /// # async fn example(client: Client, request: CreateMessageRequest) -> Result<(), Error> {
    /// // Only this call uses the beta.
    /// let message = client.clone().with_beta(Beta::Context1m2025_08_07)?.create_message(&request).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_beta(mut self, beta: impl Into<Betas>) -> Result<Self, Error> {
        headers::add_betas(Arc::make_mut(&mut self.headers), beta.into())?;
        Ok(self)
    }

    /// Requests a message and waits until it is complete.
    ///
    /// The field `stream` of the request is ignored. If the server streams the
    /// message all the same, its events are added up.
    ///
    /// # Errors
    ///
    /// Fails if the request cannot be sent, if the server returns an error response,
    /// or if a limit of the client is exceeded. [`Error::kind`] distinguishes these.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection. The server may have received the
    /// request by then.
    pub async fn create_message(&self, request: &CreateMessageRequest) -> Result<Message, Error> {
        Ok(self.create_message_response(request).await?.into_body())
    }

    /// Requests a message like [`create_message`](Self::create_message), and returns
    /// it together with the status and the headers of the HTTP response.
    ///
    /// The headers contain the rate limits and the `request-id`, which identifies the
    /// request to the server's operator.
    ///
    /// # Errors
    ///
    /// The same as for [`create_message`](Self::create_message).
    ///
    /// # Cancel safety
    ///
    /// The same as for [`create_message`](Self::create_message).
    ///
    /// ```no_run
    /// # use messages_api::{Client, CreateMessageRequest, Error};
    /// # async fn example(client: Client, request: CreateMessageRequest) -> Result<(), Error> {
    /// let response = client.create_message_response(&request).await?;
    /// let remaining = response.headers().get("anthropic-ratelimit-requests-remaining");
    /// println!("requests remaining: {remaining:?}");
    /// let message = response.into_body();
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_message_response(
        &self,
        request: &CreateMessageRequest,
    ) -> Result<Response<Message>, Error> {
        self.message(request::whole(request)).await
    }

    /// Requests a message and returns its events as they arrive.
    ///
    /// The field `stream` of the request is ignored. If the server sends a whole
    /// message all the same, the stream replays it.
    ///
    /// The returned stream has the [headers](MessageStream::headers) of the HTTP
    /// response and adds up the message while it is read.
    ///
    /// # Errors
    ///
    /// Fails like [`create_message`](Self::create_message) if the server sends no successful
    /// HTTP response, or a body that is neither a stream nor a message. Its first byte decides
    /// that, whatever the content type. Errors after that are returned by the stream, together
    /// with [the part of the message](Error::partial_message) received before.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future or the stream closes the connection, which is how the
    /// server learns that it can stop. A stream that is read to its end leaves the connection
    /// to the next call; see
    /// [`MessageStream`](MessageStream#the-end-of-the-http-response) for when it ends.
    ///
    /// ```no_run
    /// # use messages_api::{Client, CreateMessageRequest, Error};
    /// # async fn example(client: Client, request: CreateMessageRequest) -> Result<(), Error> {
    /// let mut stream = client.stream_message(&request).await?;
    /// while let Some(event) = stream.next().await {
    ///     if let Some(text) = event?.text_delta() {
    ///         print!("{text}");
    ///     }
    /// }
    /// println!(" ({:?})", stream.into_message()?.stop_reason);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stream_message(&self, request: &CreateMessageRequest) -> Result<MessageStream, Error> {
        self.stream(request::streamed(request)).await
    }

    /// Requests the number of input tokens that a request would use.
    ///
    /// # Errors
    ///
    /// The same as for [`create_message`](Self::create_message).
    ///
    /// # Cancel safety
    ///
    /// The same as for [`create_message`](Self::create_message).
    ///
    /// ```no_run
    /// use messages_api::{InputMessage, Role};
    /// use messages_api::types::CountTokensRequest;
    ///
    /// # async fn example(client: messages_api::Client) -> Result<(), messages_api::Error> {
    /// let request = CountTokensRequest::new("claude-sonnet-5", vec![InputMessage::new(Role::User, "hi")]);
    /// println!("{} tokens", client.count_tokens(&request).await?.input_tokens);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn count_tokens(&self, request: &CountTokensRequest) -> Result<MessageTokensCount, Error> {
        Ok(self.count_tokens_response(request).await?.into_body())
    }

    /// Like [`count_tokens`](Self::count_tokens), but with the head of the HTTP response.
    pub(super) async fn count_tokens_response(
        &self,
        request: &CountTokensRequest,
    ) -> Result<Response<MessageTokensCount>, Error> {
        self.count(request::count(request)).await
    }
}

/// The calls, in boxes: a program that makes a call would otherwise compile all of it once more.
impl Client {
    fn message(&self, body: Bytes) -> BoxFuture<'_, Result<Response<Message>, Error>> {
        Box::pin(async { self.post(&self.transport.endpoints.messages, body).await?.message().await })
    }

    fn stream(&self, body: Bytes) -> BoxFuture<'_, Result<MessageStream, Error>> {
        Box::pin(async { self.post(&self.transport.endpoints.messages, body).await?.stream().await })
    }

    fn count(&self, body: Bytes) -> BoxFuture<'_, Result<Response<MessageTokensCount>, Error>> {
        Box::pin(async { self.post(&self.transport.endpoints.count_tokens, body).await?.count().await })
    }

    async fn post(&self, url: &Url, body: Bytes) -> Result<ResponseReader<'_>, Error> {
        self.transport.post(url, (*self.headers).clone(), body).await
    }
}

/// Shows the names of the headers but not their values, which may be secrets.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.transport.endpoints.base_url())
            .field("credential", &self.transport.credential)
            .field("headers", &self.headers.keys().map(|name| name.as_str()).collect::<Vec<_>>())
            .field("limits", &self.transport.limits)
            .finish_non_exhaustive()
    }
}
