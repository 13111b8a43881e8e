//! TODO.

mod cache;
mod transformation;

pub use cache::{
    CacheMissReason, CacheMissUnavailable, Diagnostics, DiagnosticsConfig, MessagesChanged, ModelChanged,
    PreviousMessageNotFound, SystemChanged, ToolsChanged,
};
pub use transformation::{InputTransformation, InputTransformationReason, InputTransformationType};
