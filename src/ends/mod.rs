//! How a request ended, and who is told.

mod hooks;
mod origin;
mod outcome;
mod principal;
mod seen;

pub(crate) use hooks::{Hook, Hooks};
#[cfg(feature = "policy")]
pub(crate) use origin::Cut;
pub(crate) use origin::{Fate, Origin, model_name};
pub use outcome::{Delivered, End, Outcome};
pub use principal::Principal;
