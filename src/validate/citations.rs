//! The rules for citations.

use crate::types::citations::Citation;
use crate::validate::problems::Problems;

/// Checks `citations`, which are at the current path.
pub(super) fn check(citations: &[Citation], problems: &mut Problems) {
    for (index, citation) in citations.iter().enumerate() {
        problems.below(index, |problems| check_citation(citation, problems));
    }
}

fn check_citation(citation: &Citation, problems: &mut Problems) {
    // The documented limit is 255 characters, but a document's own title may have 500. A message
    // that cites such a document is sent back unchanged, so the larger limit applies.
    let document_title = |title: &Option<String>, problems: &mut Problems| {
        problems.length("document_title", title.as_deref(), 1..=500);
    };
    match citation {
        Citation::CharLocation(at) => {
            document_title(&at.document_title, problems);
            range("end_char_index", at.start_char_index, at.end_char_index, problems);
        }
        Citation::PageLocation(at) => {
            document_title(&at.document_title, problems);
            problems.at_least_one("start_page_number", Some(at.start_page_number));
            range("end_page_number", at.start_page_number, at.end_page_number, problems);
        }
        Citation::ContentBlockLocation(at) => {
            document_title(&at.document_title, problems);
            range("end_block_index", at.start_block_index, at.end_block_index, problems);
        }
        Citation::WebSearchResultLocation(at) => {
            problems.length("title", at.title.as_deref(), 1..=512);
            problems.length("url", Some(&at.url), 1..=2048);
        }
        Citation::SearchResultLocation(at) => {
            problems.length("title", at.title.as_deref(), 1..=512);
            range("end_block_index", at.start_block_index, at.end_block_index, problems);
        }
        Citation::Unknown(_) => {}
    }
}

fn range(field: &str, start: u64, end: u64, problems: &mut Problems) {
    if end <= start {
        problems.reject_field(field, format!("must be greater than the start ({start}), is {end}"));
    }
}
