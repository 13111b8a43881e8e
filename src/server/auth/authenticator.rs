//! The decision on who may call.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::request::Parts;

use crate::error::ApiError;

/// Decides who may call, before anything of the body is read.
///
/// [`ApiKeys`] is one. Write your own to look credentials up elsewhere, and
/// leave what you learn of the caller in the request's extensions: the handler
/// finds it in [`RequestContext::extensions`](crate::handler::RequestContext::extensions).
/// The credential headers themselves do not reach the handler.
///
/// ```
/// use http::request::Parts;
/// use messages_api::{ApiError, Authenticator, Credential, ErrorType};
///
/// #[derive(Clone)]
/// struct Tenant(u32);
///
/// struct Tenants;
///
/// impl Authenticator for Tenants {
///     async fn authenticate(&self, request: &mut Parts) -> Result<(), ApiError> {
///         for credential in Credential::from_headers(&request.headers) {
///             if let Some(tenant) = look_up(credential.expose()).await {
///                 request.extensions.insert(tenant);
///                 return Ok(());
///             }
///         }
///         Err(ApiError::new(ErrorType::Authentication, "unknown key"))
///     }
/// }
///
/// async fn look_up(key: &str) -> Option<Tenant> {
///     // …in a database
///     # let _ = key;
///     # None
/// }
/// ```
///
/// # Cancel safety
///
/// When the caller leaves, the future is dropped.
pub trait Authenticator: Send + Sync + 'static {
    /// Lets the request pass, or says what the caller gets instead.
    ///
    /// # Errors
    ///
    /// What the caller shall see, [`ErrorType::Authentication`] (401) as a
    /// rule. Everything in it is sent.
    ///
    /// [`ErrorType::Authentication`]: crate::types::ErrorType::Authentication
    fn authenticate(&self, request: &mut Parts) -> impl Future<Output = Result<(), ApiError>> + Send;
}

#[deny(clippy::missing_trait_methods)]
impl<A: Authenticator> Authenticator for Arc<A> {
    async fn authenticate(&self, request: &mut Parts) -> Result<(), ApiError> {
        (**self).authenticate(request).await
    }
}

/// [`Authenticator`] with boxed futures, so that it can be a trait object.
pub(in crate::server) trait DynAuthenticator: Send + Sync + 'static {
    fn authenticate<'a>(
        &'a self,
        request: &'a mut Parts,
    ) -> Pin<Box<dyn Future<Output = Result<(), ApiError>> + Send + 'a>>;
}

impl<A: Authenticator> DynAuthenticator for A {
    fn authenticate<'a>(
        &'a self,
        request: &'a mut Parts,
    ) -> Pin<Box<dyn Future<Output = Result<(), ApiError>> + Send + 'a>> {
        Box::pin(Authenticator::authenticate(self, request))
    }
}
