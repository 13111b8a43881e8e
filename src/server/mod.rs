//! The route as a tower service.
//!
//! ```text
//! http::Request<B> ─ route ─ auth ─ request ─ CreateMessageRequest ─ Handler ─ Reply ─ respond ─ body ─ bytes
//! ```

mod auth;
mod body;
mod builder;
mod config;
mod error_body;
mod events;
mod guard;
mod pipeline;
mod request;
mod request_id;
mod respond;
mod route;
mod service;

pub use auth::{ApiKeys, Authenticator};
pub use body::MessagesBody;
pub use builder::{AuthenticationDecided, AuthenticationUndecided, MessagesServiceBuilder};
pub use service::{MessagesService, ResponseFuture};
