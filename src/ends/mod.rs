//! How a request ended, and who is told.

#[cfg(feature = "policy")]
mod cut;
mod hooks;
mod origin;
mod outcome;
mod principal;
mod seen;

#[cfg(feature = "policy")]
pub(crate) use cut::Cut;
pub(crate) use hooks::{Hook, Hooks};
pub(crate) use origin::{Fate, Origin, model_name};
pub(crate) use outcome::Piece;
#[cfg(feature = "policy")]
pub(crate) use outcome::PieceKind;
pub use outcome::{Delivered, End, Outcome};
pub use principal::Principal;
