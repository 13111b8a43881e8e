//! The client and its calls.

use std::fmt;
use std::future::ready;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Uri};

use super::attempt::CallRequest;
use super::call::Call;
use super::call_future::CallFuture;
use super::call_info::Endpoint;
#[cfg(feature = "tracing")]
use super::deprecated;
use super::dialect::Own;
use super::head::Head;
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
/// Create a client once, with `from_env`, `new` or
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
/// The caller's credential is not forwarded: requests to the upstream carry the client's own, unless
/// [`with_caller_credential`](Client::with_caller_credential) says otherwise. Where an error or a header of
/// the upstream repeats that credential, the caller receives a placeholder. The errors that the caller
/// receives when the upstream fails are listed at
/// [`From<Error> for ApiError`](crate::error::ApiError#impl-From<Error>-for-ApiError).
#[derive(Clone)]
pub struct Client {
    pub(super) settings: Arc<Settings>,
}

impl Client {
    /// Requests a message, and waits until it is complete.
    ///
    /// The field `stream` of the request is ignored. If the server streams the message all the same, its
    /// events are added up. [`Call::response`] returns the rate limits and the request id as well.
    ///
    /// # Errors
    ///
    /// [Those of every call](Call#errors).
    ///
    /// A message of more than 21,333 tokens may take longer than 10 minutes to write, and connections
    /// on which nothing moves for that long tend to be cut. As in the official SDKs, a larger
    /// `max_tokens` is therefore rejected with [`ErrorKind::Config`](crate::error::ErrorKind::Config),
    /// unless the response timeout or the total timeout has been set. Stream such a message instead.
    pub fn create_message(&self, request: &CreateMessageRequest) -> Call<Message> {
        Call(self.message(request, false, |head, message| (head, message)))
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
    /// Fails like [every call](Call#errors) if the server sends no successful
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
    pub fn count_tokens(&self, request: &CountTokensRequest) -> Call<MessageTokensCount> {
        Call(self.count(request, false))
    }
}

/// The calls, in boxes: a program that makes a call would otherwise compile all of it once more.
impl Client {
    /// Requests a message, of which `finish` makes what the call returns.
    pub(super) fn message<T: 'static>(
        &self,
        request: &CreateMessageRequest,
        is_forwarded: bool,
        finish: fn(Head, Box<Message>) -> T,
    ) -> CallFuture<'static, T> {
        #[cfg(feature = "tracing")]
        deprecated::warn(request);
        let (client, max_tokens) = (self.clone(), request.max_tokens);
        let length = if is_forwarded { Ok(()) } else { self.check_length(request) };
        let call = self.call(
            (Endpoint::Messages, self.settings.endpoints.messages.clone()),
            &request.model,
            request::whole(request),
            is_forwarded,
        );
        Box::pin(async move {
            length?;
            let span = Span::of_call(&call, Some(max_tokens));
            let message = pin!(async { client.successful(&call).await?.message(Own).await });
            let (head, message) = span.around_call(message).await?;
            span.record_message(&message);
            Ok(finish(head, message))
        })
    }

    pub(super) fn stream(
        &self,
        request: &CreateMessageRequest,
        is_forwarded: bool,
    ) -> CallFuture<'static, MessageStream> {
        #[cfg(feature = "tracing")]
        deprecated::warn(request);
        let (client, max_tokens) = (self.clone(), request.max_tokens);
        let mut call = self.call(
            (Endpoint::Messages, self.settings.endpoints.messages.clone()),
            &request.model,
            request::streamed(request),
            is_forwarded,
        );
        call.info.is_streamed = true;
        Box::pin(async move {
            let span = Span::of_call(&call, Some(max_tokens));
            let mut retries = Retries::new(&client.settings, call.is_forwarded);
            let stream = pin!(async {
                loop {
                    match client.head(&call, &mut retries).await?.stream(Own, &span).await {
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
    ) -> CallFuture<'static, (Head, Box<MessageTokensCount>)> {
        let client = self.clone();
        let uri = match self.settings.endpoints.count_tokens() {
            Ok(uri) => uri,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let endpoint = (Endpoint::CountTokens, uri);
        let call = self.call(endpoint, &request.model, request::count(request), is_forwarded);
        Box::pin(async move {
            let count = pin!(async { client.successful(&call).await?.whole().await?.with_head() });
            Span::of_call(&call, None).around_call(count).await
        })
    }

    fn call(
        &self,
        (endpoint, uri): (Endpoint, Uri),
        model: &str,
        body: Bytes,
        is_forwarded: bool,
    ) -> CallRequest {
        let mut call = CallRequest::new(endpoint, Method::POST, uri);
        call.info.model = Some(model.into());
        call.body = RequestBody::new(body);
        call.is_forwarded = is_forwarded;
        call
    }

    /// Makes a call whose HTTP response is a whole document.
    pub(super) async fn successful(&self, call: &CallRequest) -> Result<Box<ResponseReader<'_>>, Error> {
        self.head(call, &mut Retries::new(&self.settings, call.is_forwarded)).await
    }

    /// Attempts a call until there is a successful HTTP response.
    pub(super) async fn head(
        &self,
        call: &CallRequest,
        retries: &mut Retries<'_>,
    ) -> Result<Box<ResponseReader<'_>>, Error> {
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
