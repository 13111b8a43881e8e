//! The decision on who may call.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::request::Parts;

use crate::error::ApiError;
use crate::handler::Principal;

/// The decision on who may call a [`MessagesService`](crate::server::MessagesService), made for
/// each request before its body is read.
///
/// [`ApiKeys`](crate::server::ApiKeys) accepts a list of keys. Implement the trait to look credentials
/// up elsewhere. The [`Principal`] that it returns reaches the handler as
/// [`RequestContext::principal`](crate::handler::RequestContext::principal), and whatever else the handler
/// should know goes into the extensions of the request, which the handler reads from
/// [`RequestContext::extensions`](crate::handler::RequestContext::extensions). The credential headers
/// themselves do not reach the handler.
///
/// Some clients send several credentials, so try each one that [`Credential::from_headers`] yields.
/// Store hashes of secrets and compare those, as [`ApiKeys`](crate::server::ApiKeys) does: the time
/// that `==` takes on the secrets themselves reveals how much of a guess is right.
///
/// [`Credential::from_headers`]: crate::auth::Credential::from_headers
///
/// ```
/// use http::request::Parts;
/// use messages_api::handler::Principal;
/// use messages_api::{ApiError, Authenticator, Credential, ErrorType};
///
/// #[derive(Clone)]
/// struct Plan(u32);
///
/// struct Tenants;
///
/// impl Authenticator for Tenants {
///     async fn authenticate(&self, request: &mut Parts) -> Result<Principal, ApiError> {
///         for credential in Credential::from_headers(&request.headers) {
///             if let Some((tenant, plan)) = look_up(credential.expose()).await {
///                 request.extensions.insert(plan); // anything else that a handler may want
///                 return Ok(Principal::new(tenant));
///             }
///         }
///         // Some clients retry even a 401, unless they are told not to.
///         Err(ApiError::new(ErrorType::Authentication, "Invalid API key").with_should_retry(false))
///     }
/// }
///
/// /// Finds the tenant in a database, by the hash of its key.
/// async fn look_up(key: &str) -> Option<(String, Plan)> {
///     // …
///     # let _ = key;
///     # None
/// }
/// ```
///
/// `MessagesService::builder(handler).authenticate(Tenants).build()` then mounts it;
/// [the module `server`](crate::server#callers-with-their-own-keys) has a complete example.
///
/// # Cancel safety
///
/// When the caller disconnects, the server drops the future.
pub trait Authenticator: Send + Sync + 'static {
    /// Accepts the request and returns who made it, or rejects it with an error. May change the head of
    /// the request, for instance to add extensions.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives, usually [`ErrorType::Authentication`] (401). All
    /// of it is sent, so it must contain nothing internal.
    ///
    /// [`ErrorType::Authentication`]: crate::types::ErrorType::Authentication
    fn authenticate(&self, request: &mut Parts) -> impl Future<Output = Result<Principal, ApiError>> + Send;
}

#[deny(clippy::missing_trait_methods)]
impl<A: Authenticator> Authenticator for Arc<A> {
    fn authenticate(&self, request: &mut Parts) -> impl Future<Output = Result<Principal, ApiError>> + Send {
        (**self).authenticate(request)
    }
}

/// The object-safe twin of [`Authenticator`], with boxed futures.
pub(in crate::server) trait DynAuthenticator: Send + Sync + 'static {
    fn authenticate<'a>(
        &'a self,
        request: &'a mut Parts,
    ) -> Pin<Box<dyn Future<Output = Result<Principal, ApiError>> + Send + 'a>>;
}

impl<A: Authenticator> DynAuthenticator for A {
    fn authenticate<'a>(
        &'a self,
        request: &'a mut Parts,
    ) -> Pin<Box<dyn Future<Output = Result<Principal, ApiError>> + Send + 'a>> {
        Box::pin(Authenticator::authenticate(self, request))
    }
}
