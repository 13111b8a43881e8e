//! Calls an endpoint of the Messages API, over reqwest.

mod body;
mod builder;
mod endpoints;
mod env;
mod failure;
mod handler;
mod headers;
mod request;
mod response;

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, Response};

pub use builder::ClientBuilder;

use crate::auth::Credential;
use crate::error::Error;
use crate::stream::MessageStream;
use crate::types::{
    ApiVersion, Betas, CountTokensRequest, CreateMessageRequest, Message, MessageTokensCount,
};
use builder::Limits;
use endpoints::Endpoints;

/// Calls an endpoint of the Messages API.
///
/// Cheap to clone: clones share the connections. It needs a tokio runtime
/// with I/O and time enabled. It is a [`Handler`](crate::handler::Handler) too, so a
/// server over it is a gateway.
///
/// It follows no redirect: one would carry the credential to another host.
/// It does not try again by itself: see
/// [`Error::is_retryable`](crate::error::Error::is_retryable).
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
/// Calls go out with the client's own credential; that of the caller stays
/// behind. Of the caller's headers these travel: `anthropic-version`, in place
/// of the client's, and `anthropic-beta`, added to the client's. Of the
/// answer's headers these travel back: those that begin with
/// `anthropic-ratelimit-`, `anthropic-priority-` or `anthropic-fast-`, and
/// `request-id`, renamed to `upstream-request-id`. An upstream's failure
/// becomes the caller's as the table at
/// [`ApiError`](crate::error::ApiError#impl-From<Error>-for-ApiError) says.
///
/// The upstream is asked for a stream where the caller asked for one. What
/// this crate does not know, fields, blocks and events, passes unchanged.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    /// Sent with every call, `accept` and `content-type` aside.
    headers: Arc<HeaderMap>,
}

struct Shared {
    http: reqwest::Client,
    endpoints: Endpoints,
    limits: Limits,
    credential: Option<Credential>,
}

impl Client {
    /// A client of `https://api.anthropic.com` that calls with `credential`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config) when the credential
    /// cannot stand in a header.
    ///
    /// # Panics
    ///
    /// As [`ClientBuilder::build`].
    pub fn new(credential: Credential) -> Result<Self, Error> {
        Self::builder().credential(credential).build()
    }

    /// A client set up by the environment:
    ///
    /// | variable | is |
    /// |---|---|
    /// | `ANTHROPIC_API_KEY` | the key, sent as `x-api-key` |
    /// | `ANTHROPIC_AUTH_TOKEN` | else the token, sent as `authorization: Bearer …` |
    /// | `ANTHROPIC_BASE_URL` | the endpoint; `https://api.anthropic.com` unless set |
    ///
    /// One that is empty counts as not set. Other variables that official SDKs
    /// read (`ANTHROPIC_CUSTOM_HEADERS`, profiles, identity federation) are
    /// not read. No other function of this crate reads the environment; reqwest
    /// takes proxies from it (`HTTPS_PROXY`, `NO_PROXY`, …) unless the endpoint
    /// is on this machine.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config) when there is neither a
    /// key nor a token, or a value cannot be used.
    ///
    /// # Panics
    ///
    /// As [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// A client to be set up.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// This client with one more header on every call, in place of one of the
    /// same name. The connections are shared with `self`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config) when the header cannot
    /// be sent, or is one of those that say how a body travels.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let (name, value) = headers::custom(name, value)?;
        Arc::make_mut(&mut self.headers).insert(name, value);
        Ok(self)
    }

    /// This client with another version of the API on every call. The
    /// connections are shared with `self`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config) when the version cannot
    /// stand in a header.
    pub fn with_version(mut self, version: impl Into<ApiVersion>) -> Result<Self, Error> {
        headers::set_version(Arc::make_mut(&mut self.headers), &version.into())?;
        Ok(self)
    }

    /// This client with one more value, or several, of the header
    /// `anthropic-beta` on every call. The connections are shared with `self`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config) when the value cannot
    /// stand in a header.
    ///
    /// ```no_run
    /// use messages_api::types::Beta;
    ///
    /// # async fn example(client: messages_api::Client, request: messages_api::CreateMessageRequest) -> Result<(), messages_api::Error> {
    /// let message = client.clone().with_beta(Beta::Context1m2025_08_07)?.create_message(&request).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_beta(mut self, beta: impl Into<Betas>) -> Result<Self, Error> {
        headers::add_betas(Arc::make_mut(&mut self.headers), beta.into())?;
        Ok(self)
    }

    /// Asks for a message, whole. `stream` in the request is not looked at.
    ///
    /// # Errors
    ///
    /// When the call fails or the peer answers with an error: see
    /// [`Error::kind`](crate::error::Error::kind).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection. The peer may have read the
    /// request by then.
    pub async fn create_message(&self, request: &CreateMessageRequest) -> Result<Message, Error> {
        Ok(self.create_message_response(request).await?.into_body())
    }

    /// As [`create_message`](Self::create_message), with the headers of the
    /// answer: `request-id`, rate limits.
    ///
    /// # Errors
    ///
    /// As [`create_message`](Self::create_message).
    ///
    /// # Cancel safety
    ///
    /// As [`create_message`](Self::create_message).
    ///
    /// ```no_run
    /// # async fn example(client: messages_api::Client, request: messages_api::CreateMessageRequest) -> Result<(), messages_api::Error> {
    /// let response = client.create_message_response(&request).await?;
    /// let left = response.headers().get("anthropic-ratelimit-requests-remaining");
    /// println!("{left:?}: {}", response.body().text());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_message_response(
        &self,
        request: &CreateMessageRequest,
    ) -> Result<Response<Message>, Error> {
        let body = request::whole(request)?;
        self.post(&self.shared.endpoints.messages, body).await?.message().await
    }

    /// Asks for a message, streamed. `stream` in the request is not looked at.
    ///
    /// An answer that is an error fails this call; only what goes wrong later
    /// comes through the stream. Where the peer answers with a whole message
    /// all the same, the stream replays it.
    ///
    /// # Errors
    ///
    /// As [`create_message`](Self::create_message).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future, or the stream, closes the connection, by which
    /// the peer learns that it may stop.
    ///
    /// ```no_run
    /// # async fn example(client: messages_api::Client, request: messages_api::CreateMessageRequest) -> Result<(), messages_api::Error> {
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
        let body = request::streamed(request)?;
        self.post(&self.shared.endpoints.messages, body).await?.stream().await
    }

    /// Asks how many tokens a request holds.
    ///
    /// # Errors
    ///
    /// As [`create_message`](Self::create_message).
    ///
    /// # Cancel safety
    ///
    /// As [`create_message`](Self::create_message).
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
        let body = request::encode(request)?;
        self.post(&self.shared.endpoints.count_tokens, body).await?.count().await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.shared.endpoints.base_url())
            .field("credential", &self.shared.credential)
            .field("headers", &self.headers.keys().map(|name| name.as_str()).collect::<Vec<_>>())
            .field("limits", &self.shared.limits)
            .finish_non_exhaustive()
    }
}
