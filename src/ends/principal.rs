//! Who made a request.

use std::fmt;
use std::sync::Arc;

use crate::auth::Credential;

/// The caller on whose account a request is: an id, and a credential if the caller's own is to be used
/// further on.
///
/// An `Authenticator` of the `server` module returns one for each request that it accepts, and
/// [`RequestContext::principal`](crate::handler::RequestContext::principal) returns it wherever the request
/// goes. Limits, bills and logs use the id, so it should name the account and stay the same when its keys
/// change. What else is known about a caller belongs in the
/// [extensions](crate::handler::RequestContext::extensions) of the request.
///
/// `Debug` shows the id and never the credential. Clones are cheap.
///
/// ```
/// use messages_api::Credential;
/// use messages_api::handler::Principal;
///
/// let alice = Principal::new("alice").with_credential(Credential::api_key("sk-secret"));
/// assert_eq!(alice.id(), "alice");
/// assert_eq!(format!("{alice:?}"), r#"Principal { id: "alice", .. }"#);
/// ```
#[derive(Clone, Default)]
pub struct Principal {
    /// `None` for a caller who is not known.
    id: Option<Arc<str>>,
    credential: Option<Arc<Credential>>,
}

impl Principal {
    /// Creates the principal with this id.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self { id: Some(id.into()), credential: None }
    }

    /// Creates the principal of a caller who is not known, whose id is `anonymous`.
    ///
    /// It is the principal of every request to a service that does not authenticate its callers, and of a
    /// request that was rejected before the caller was known.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// Adds a credential of the caller, for a handler that calls another server in the caller's name:
    /// `Client::with_caller_credential` takes it.
    ///
    /// Leave it out where the credential is valid only for this server.
    #[must_use]
    pub fn with_credential(mut self, credential: Credential) -> Self {
        self.credential = Some(Arc::new(credential));
        self
    }

    /// Returns the id of the caller; `anonymous` if the caller is not known.
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or("anonymous")
    }

    /// Returns the credential that was added for use with other servers.
    pub fn credential(&self) -> Option<&Credential> {
        self.credential.as_deref()
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal").field("id", &self.id()).finish_non_exhaustive()
    }
}
