//! Policies of a host: decorators that wrap any [`Handler`](crate::handler::Handler) and are handlers
//! themselves.
