//! Citations: the passages of a source that support the text of a message.
//!
//! The model can cite documents, search results and web pages. For documents, for search results that the
//! caller provides and for fetched pages, the request enables this with a [`CitationsConfig`]. The text of
//! the message is then split into [`TextBlock`](crate::types::TextBlock)s, each with a list of the
//! [`Citation`]s that support it. A citation contains the quoted text and its location, whose unit depends on
//! the source: characters of plain text, pages of a PDF, or blocks.
//!
//! In a stream, a citation arrives as a delta of its text block.
//!
//! ```
//! use messages_api::types::citations::{Citation, CitationsConfig};
//! use messages_api::types::{DocumentBlock, TextBlock, TextSource};
//! use messages_api::{ContentBlock, CreateMessageRequest};
//!
//! let minutes = DocumentBlock::new(TextSource::plain("Item 1: umbrellas. Item 2: coats."))
//!     .title("Minutes")
//!     .citations(CitationsConfig::new().enabled(true));
//! let request = CreateMessageRequest::new("claude-sonnet-5", 512)
//!     .user(vec![minutes.into(), ContentBlock::text("What was discussed first?")]);
//!
//! // One of the text blocks that the message may contain.
//! let block: TextBlock = serde_json::from_str(
//!     r#"{
//!         "type": "text",
//!         "text": "They discussed umbrellas.",
//!         "citations": [{
//!             "type": "char_location",
//!             "cited_text": "Item 1: umbrellas.",
//!             "document_index": 0,
//!             "document_title": "Minutes",
//!             "file_id": null,
//!             "start_char_index": 0,
//!             "end_char_index": 18
//!         }]
//!     }"#,
//! )?;
//! for citation in block.citations.iter().flatten() {
//!     if let Citation::CharLocation(location) = citation {
//!         let title = location.document_title.as_deref().unwrap_or("untitled");
//!         assert_eq!(format!("{title}: {}", location.cited_text), "Minutes: Item 1: umbrellas.");
//!     }
//! }
//! # assert_eq!(request.validate(&Default::default()), Ok(()));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod citation;
mod config;

pub use citation::{
    Citation, CitationCharLocation, CitationContentBlockLocation, CitationPageLocation,
    CitationSearchResultLocation, CitationWebSearchResultLocation,
};
pub use config::CitationsConfig;
