//! Models: the models that a server offers, with their limits and capabilities.
//!
//! These are the bodies of `GET /v1/models`, which returns a [`ModelPage`], newest model first, and
//! `GET /v1/models/{id}`, which returns a [`ModelInfo`]. The crate's client [calls them][client], and its
//! server serves them for a handler that implements
//! [`list_models`](crate::handler::Handler::list_models) and
//! [`get_model`](crate::handler::Handler::get_model).
//!
//! The list endpoint takes the query parameters `limit` (1 to 1000, by default 20), `after_id` and
//! `before_id`. A server may report the capabilities of a model in part or not at all, so every one
//! of them is optional. Treat an absent capability as unknown, not as unsupported.
//!
//! ```
//! use messages_api::types::models::{ModelInfo, ModelPage};
//!
//! let page: ModelPage = serde_json::from_str(
//!     r#"{
//!         "data": [{
//!             "type": "model",
//!             "id": "claude-sonnet-5",
//!             "display_name": "Claude Sonnet 5",
//!             "created_at": "2026-06-30T00:00:00Z",
//!             "max_input_tokens": 1000000,
//!             "max_tokens": 128000,
//!             "capabilities": {"image_input": {"supported": true}}
//!         }, {
//!             "type": "model",
//!             "id": "local-1",
//!             "display_name": "Local",
//!             "created_at": "1970-01-01T00:00:00Z",
//!             "max_input_tokens": null,
//!             "max_tokens": null,
//!             "capabilities": null
//!         }],
//!         "has_more": false,
//!         "first_id": "claude-sonnet-5",
//!         "last_id": "local-1"
//!     }"#,
//! )?;
//!
//! /// Returns whether a model reads images, or `None` if the server does not say.
//! fn reads_images(model: &ModelInfo) -> Option<bool> {
//!     Some(model.capabilities.as_ref()?.image_input.as_ref()?.supported)
//! }
//!
//! let found: Vec<Option<bool>> = page.data.iter().map(reads_images).collect();
//! assert_eq!(found, [Some(true), None]);
//! # Ok::<(), serde_json::Error>(())
//! ```
#![cfg_attr(feature = "client", doc = "\n[client]: crate::client#models-and-batches")]
#![cfg_attr(not(feature = "client"), doc = "\n[client]: crate#features")]

mod capabilities;
mod model;

pub use capabilities::{
    CapabilitySupport, CompactionCapability, ContextManagementCapability, EffortCapability,
    ModelCapabilities, ServerToolsCapability, ThinkingCapability, ThinkingTypes,
};
pub use model::{ModelInfo, ModelLifecycle, ModelPage};
