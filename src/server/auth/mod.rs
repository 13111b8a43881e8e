//! Authentication of callers.

mod authenticator;
mod keys;

pub use authenticator::Authenticator;
pub(super) use authenticator::DynAuthenticator;
pub use keys::ApiKeys;
