//! The client and its calls.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response};

use super::attempt::CallRequest;
use super::call_future::CallFuture;
use super::call_info::Endpoint;
#[cfg(feature = "tracing")]
use super::deprecated;
use super::request;
use super::request_body::RequestBody;
use super::response::ResponseReader;
use super::retries::Retries;
use super::settings::Settings;
use super::span::Span;
use crate::error::Error;
use crate::stream::MessageStream;
use crate::types::{CountTokensRequest, CreateMessageRequest, Message, MessageTokensCount};

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
/// credential to another host. It retries calls as its
/// [`RetryPolicy`](crate::client::RetryPolicy) says.
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
/// | `anthropic-user-profile-id`, `anthropic-workspace-id` | to the upstream | unless the client sets its own, up to 4,096 bytes |
/// | `x-claude-code-session-id`, `x-claude-code-agent-id`, `x-session-affinity`, `x-client-request-id` | to the upstream | the same |
/// | `anthropic-ratelimit-*`, `anthropic-priority-*`, `anthropic-fast-*` | to the caller | unchanged, with messages, counts of tokens and errors |
/// | `request-id` | to the caller | as `upstream-request-id`, with the same |
/// | `retry-after`, `x-should-retry` | to the caller | with errors |
///
/// [`ClientBuilder::forward_betas_if`](crate::client::ClientBuilder::forward_betas_if) and
/// [`forward_version_if`](crate::client::ClientBuilder::forward_version_if) decide otherwise
/// about betas and versions. [`forward_request_headers`][request_headers] and
/// [`forward_response_headers`][response_headers] add other headers, and
/// [`forward_query_if`](crate::client::ClientBuilder::forward_query_if) parameters of the query, of which
/// none is forwarded otherwise.
///
/// [request_headers]: crate::client::ClientBuilder::forward_request_headers
/// [response_headers]: crate::client::ClientBuilder::forward_response_headers
///
/// The other endpoints are forwarded by the same rules: models, batches and their results. The
/// `results_url` of a batch becomes a path, since the official Python and TypeScript SDKs fetch the results
/// from there: with the upstream's URL, they would send it their key of the gateway.
///
/// A forwarded stream ends when the upstream ends its HTTP response, or
/// [`end_timeout`](crate::client::ClientBuilder::end_timeout) after `message_stop`. The caller
/// receives that event at once, but not the end of the body: a caller that reads on to the end
/// waits as long as the gateway does.
///
/// The caller's credential is not forwarded: requests to the upstream carry the client's
/// own, unless [`with_caller_credential`](Client::with_caller_credential) says otherwise. If the
/// upstream repeats the credential in an error or a header, it is replaced. The errors that the
/// caller receives when the upstream fails are listed at
/// [`From<Error> for ApiError`](crate::error::ApiError#impl-From<Error>-for-ApiError).
#[derive(Clone)]
pub struct Client {
    pub(super) settings: Arc<Settings>,
}

impl Client {
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
    /// A message of more than 21,333 tokens may take longer than 10 minutes to write, and connections
    /// on which nothing moves for that long tend to be cut. As in the official SDKs, a larger
    /// `max_tokens` is therefore rejected with [`ErrorKind::Config`](crate::error::ErrorKind::Config),
    /// unless the response timeout or the total timeout has been set. Stream such a message instead.
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
        self.check_length(request)?;
        self.message(request, false).await
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
        self.stream(request, false).await
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

    /// Requests a count like [`count_tokens`](Self::count_tokens), and returns it together with the
    /// status and the headers of the HTTP response.
    ///
    /// # Errors
    ///
    /// The same as for [`create_message`](Self::create_message).
    ///
    /// # Cancel safety
    ///
    /// The same as for [`create_message`](Self::create_message).
    pub async fn count_tokens_response(
        &self,
        request: &CountTokensRequest,
    ) -> Result<Response<MessageTokensCount>, Error> {
        self.count(request, false).await
    }
}

/// The calls, in boxes: a program that makes a call would otherwise compile all of it once more.
impl Client {
    pub(super) fn message(
        &self,
        request: &CreateMessageRequest,
        is_forwarded: bool,
    ) -> CallFuture<'_, Response<Message>> {
        #[cfg(feature = "tracing")]
        deprecated::warn(request);
        let call = self.call(Endpoint::Messages, &request.model, request::whole(request), is_forwarded);
        let span = Span::of_call(&call, Some(request.max_tokens));
        Box::pin(async move {
            let response = pin!(async { self.successful(&call).await?.message().await });
            let response = span.around_call(response).await?;
            span.record_message(response.body());
            Ok(response)
        })
    }

    pub(super) fn stream(
        &self,
        request: &CreateMessageRequest,
        is_forwarded: bool,
    ) -> CallFuture<'_, MessageStream> {
        #[cfg(feature = "tracing")]
        deprecated::warn(request);
        let mut call =
            self.call(Endpoint::Messages, &request.model, request::streamed(request), is_forwarded);
        call.info.is_streamed = true;
        let span = Span::of_call(&call, Some(request.max_tokens));
        Box::pin(async move {
            let mut retries = Retries::new(&self.settings, call.is_forwarded);
            let stream = pin!(async {
                loop {
                    match self.head(&call, &mut retries).await?.stream(&span).await {
                        Ok(stream) => return Ok(stream),
                        Err(error) => retries.wait_after_head(error).await?,
                    }
                }
            });
            span.around_call(stream).await
        })
    }

    pub(super) fn count(
        &self,
        request: &CountTokensRequest,
        is_forwarded: bool,
    ) -> CallFuture<'_, Response<MessageTokensCount>> {
        let call = self.call(Endpoint::CountTokens, &request.model, request::count(request), is_forwarded);
        let span = Span::of_call(&call, None);
        Box::pin(async move {
            let count = pin!(async { self.successful(&call).await?.whole().await?.response() });
            span.around_call(count).await
        })
    }

    fn call(&self, endpoint: Endpoint, model: &str, body: Bytes, is_forwarded: bool) -> CallRequest {
        let uri = self.settings.endpoints.url(endpoint).clone();
        let mut call = CallRequest::new(endpoint, Method::POST, uri);
        call.info.model = Some(model.into());
        call.body = RequestBody::new(body);
        call.is_forwarded = is_forwarded;
        call
    }

    /// Makes a call whose HTTP response is a whole document.
    pub(super) async fn successful(&self, call: &CallRequest) -> Result<ResponseReader<'_>, Error> {
        self.head(call, &mut Retries::new(&self.settings, call.is_forwarded)).await
    }

    /// Attempts a call until there is a successful HTTP response.
    pub(super) async fn head(
        &self,
        call: &CallRequest,
        retries: &mut Retries<'_>,
    ) -> Result<ResponseReader<'_>, Error> {
        loop {
            match self.attempt(call, retries).await {
                Ok(reader) => return Ok(reader),
                Err(error) => retries.wait(error).await?,
            }
        }
    }
}

/// Shows the names of the headers but not their values, which may be secrets.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.settings;
        f.debug_struct("Client")
            .field("base_url", &settings.endpoints.base_url())
            .field("credential", &settings.credential)
            .field("headers", &settings.headers.keys().map(|name| name.as_str()).collect::<Vec<_>>())
            .field("limits", &settings.limits)
            .finish_non_exhaustive()
    }
}
