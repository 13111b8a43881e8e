//! Policies of a host: decorators that wrap any [`Handler`](crate::handler::Handler) and are handlers
//! themselves.

mod moderated;
mod routed;

pub use moderated::{Moderated, ModeratedLayer, Moderator, Review, Verdict};
pub use routed::{Route, Routed, RoutedModel, Upstream};
