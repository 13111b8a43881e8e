//! TODO.

mod capabilities;
mod model;

pub use capabilities::{
    CapabilitySupport, CompactionCapability, ContextManagementCapability, EffortCapability,
    ModelCapabilities, ServerToolsCapability, ThinkingCapability, ThinkingTypes,
};
pub use model::{ModelInfo, ModelLifecycle, ModelPage};
