//! Credentials that are fetched when they are needed.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::foreign_error::BoxError;
use crate::auth::Credential;

/// A source of credentials that change while a client is in use, such as the tokens of an identity
/// provider or a key in a file that is rotated.
///
/// A client that is built with
/// [`ClientBuilder::credential_provider`](super::ClientBuilder::credential_provider) fetches a credential
/// for its first call and keeps it. It fetches another one
///
/// - shortly before the credential expires, if the provider says [when](ProvidedCredential::expires_in): 60 s
///   before, or a tenth of its life, whichever is less. Until then no call waits for the next one: calls are
///   sent with the old credential, and drive the fetch while they wait for their HTTP responses. If it fails,
///   it is tried again after a second.
/// - when the server rejects the credential with the status 401. The call is then attempted once more, which
///   counts as an attempt, but is not limited by the [`RetryPolicy`](super::RetryPolicy) and draws on no
///   budget.
///
/// However many calls wait for a credential, it is fetched once for all of them, including those of clones. A
/// call that is dropped meanwhile does not disturb the others.
///
/// A provider of bearer tokens, in front of a server that accepts each of them for a while only:
///
/// ```
/// # #[cfg(feature = "server")] {
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use messages_api::client::{CredentialError, CredentialProvider, ProvidedCredential};
/// use messages_api::{Client, Credential};
/// # use messages_api::{
/// #     ApiError, Authenticator, ContentBlock, CreateMessageRequest, ErrorType, Message, MessagesService,
/// #     Usage, handler::Principal, handler_fn,
/// # };
///
/// /// Logs in to the company's identity provider.
/// struct Login {
///     count: Arc<AtomicU32>,
/// }
///
/// impl CredentialProvider for Login {
///     async fn credential(&self) -> Result<ProvidedCredential, CredentialError> {
///         // let token = http.post("https://id.internal/token").send().await?.json::<Token>().await?;
///         let token = format!("token-{}", self.count.fetch_add(1, Ordering::Relaxed));
///         Ok(Credential::bearer(token).into())
///     }
/// }
///
/// # struct Current(Arc<AtomicU32>);
/// # impl Authenticator for Current {
/// #     async fn authenticate(&self, request: &mut http::request::Parts) -> Result<Principal, ApiError> {
/// #         let expected = format!("token-{}", self.0.load(Ordering::Relaxed));
/// #         match Credential::from_headers(&request.headers).next() {
/// #             Some(credential) if credential.expose() == expected => Ok(Principal::anonymous()),
/// #             _ => Err(ApiError::new(ErrorType::Authentication, "Expired").with_should_retry(false)),
/// #         }
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), messages_api::Error> {
/// # let accepted = Arc::new(AtomicU32::new(0));
/// # let handler = handler_fn(async |request: CreateMessageRequest, _context| {
/// #     Ok(Message::new("msg_01", request.model, vec![ContentBlock::text("Hi")], Usage::new(9, 1)).into())
/// # });
/// # let server = MessagesService::builder(handler).authenticate(Current(accepted.clone())).build();
/// # let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("Hi");
/// let count = Arc::new(AtomicU32::new(0));
/// let provider = Login { count: count.clone() };
/// let client = Client::builder().transport(server).credential_provider(provider).build()?;
///
/// client.create_message(&request).await?;
/// client.create_message(&request).await?; // with the same token
/// assert_eq!(count.load(Ordering::Relaxed), 1);
///
/// accepted.store(1, Ordering::Relaxed); // The server accepts only the next token from now on.
/// client.create_message(&request).await?;
/// assert_eq!(count.load(Ordering::Relaxed), 2);
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
pub trait CredentialProvider: Send + Sync + 'static {
    /// Fetches a credential that can be used from now on.
    ///
    /// The client keeps the credential, so the provider need not. The time that a call waits for it belongs
    /// to the call, whose `response_timeout` and `total_timeout` limit it. A fetch that no call waits for is
    /// not limited in time and stands still between calls, so give it a time limit of its own.
    ///
    /// # Errors
    ///
    /// The calls that wait for the credential fail with an error of the kind
    /// [`ErrorKind::Credential`](crate::error::ErrorKind::Credential), of which this one is the source. `?`
    /// converts any error; one that is converted by [`CredentialError::transient`] is retried like an
    /// error of the server.
    ///
    /// # Cancel safety
    ///
    /// The client drops the future when the last call that waits for it is dropped, or when the credential
    /// has expired that it should replace and no call is driving it.
    fn credential(&self) -> impl Future<Output = Result<ProvidedCredential, CredentialError>> + Send;
}

/// A credential from a [`CredentialProvider`], and how long it can be used.
#[derive(Clone, Debug)]
#[must_use]
pub struct ProvidedCredential {
    pub(super) credential: Credential,
    pub(super) expires_in: Option<Duration>,
}

impl ProvidedCredential {
    /// Creates a credential that is used until a server rejects it.
    pub fn new(credential: Credential) -> Self {
        Self { credential, expires_in: None }
    }

    /// Sets the time after which the credential expires, counted from now; identity providers call it
    /// `expires_in`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use messages_api::Credential;
    /// use messages_api::client::ProvidedCredential;
    ///
    /// // The next one is fetched 59 minutes from now.
    /// let token = ProvidedCredential::new(Credential::bearer("…")).expires_in(Duration::from_secs(3600));
    /// ```
    pub fn expires_in(mut self, time: Duration) -> Self {
        self.expires_in = Some(time);
        self
    }
}

impl From<Credential> for ProvidedCredential {
    fn from(credential: Credential) -> Self {
        Self::new(credential)
    }
}

/// The failure of a [`CredentialProvider`].
///
/// It is created from an error of any type, usually by `?`. The text of that error must not contain a secret,
/// because programs log it.
pub struct CredentialError {
    pub(super) source: BoxError,
    pub(super) is_transient: bool,
}

impl CredentialError {
    /// Creates an error after which another attempt may succeed, such as a connection that failed.
    ///
    /// The call that needs the credential is then retried as its [`RetryPolicy`](super::RetryPolicy) says.
    ///
    /// ```
    /// use messages_api::client::CredentialError;
    ///
    /// async fn read_token() -> Result<String, CredentialError> {
    ///     std::fs::read_to_string("/run/secrets/token").map_err(CredentialError::transient)
    /// }
    /// ```
    pub fn transient(error: impl Into<BoxError>) -> Self {
        Self { source: error.into(), is_transient: true }
    }
}

/// Creates an error that is final.
impl<E: Into<BoxError>> From<E> for CredentialError {
    fn from(error: E) -> Self {
        Self { source: error.into(), is_transient: false }
    }
}

impl fmt::Debug for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialError")
            .field("source", &self.source)
            .field("is_transient", &self.is_transient)
            .finish()
    }
}
