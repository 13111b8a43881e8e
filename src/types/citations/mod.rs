//! TODO.

mod citation;

pub use citation::{
    Citation, CitationCharLocation, CitationContentBlockLocation, CitationPageLocation,
    CitationSearchResultLocation, CitationWebSearchResultLocation, CitationsConfig,
};
