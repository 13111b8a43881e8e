//! The tokens of a PDF.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The tokens of a page: its text and its image.
pub(super) const PAGE_TOKENS: u64 = 2000;

/// The size of a page if the pages cannot be counted.
const PAGE_BYTES: u64 = 60_000;

/// The maximum number of pages that the API takes.
const MAX_PAGES: u64 = 600;

/// The number of characters of base64 that are decoded at a time.
const CHUNK: usize = 4096;

/// Estimates the tokens of a PDF in base64.
pub(super) fn tokens(base64: &str) -> u64 {
    let pages = match pages(base64.as_bytes()) {
        0 => (base64.len() as u64 * 3 / 4).div_ceil(PAGE_BYTES),
        pages => pages,
    };
    pages.clamp(1, MAX_PAGES) * PAGE_TOKENS
}

/// Counts the objects `/Type /Page`. There are none to be seen in a PDF whose objects are compressed.
fn pages(base64: &[u8]) -> u64 {
    let mut decoded = [0; CHUNK / 4 * 3];
    let mut search = Search::default();
    for chunk in base64.chunks(CHUNK) {
        let Ok(length) = STANDARD.decode_slice(chunk, &mut decoded) else { break };
        decoded[..length].iter().for_each(|byte| search.push(*byte));
    }
    search.push(b' ');
    search.pages
}

/// A search for `/Type`, white space and `/Page`, which must not go on as `/Pages` does.
#[derive(Default)]
struct Search {
    /// The number of characters that have been found.
    found: usize,
    pages: u64,
}

const WANTED: &[u8] = b"/Type/Page";

impl Search {
    fn push(&mut self, byte: u8) {
        if self.found == WANTED.len() {
            self.pages += u64::from(!byte.is_ascii_alphanumeric());
            self.found = 0;
        }
        if byte == WANTED[self.found] {
            self.found += 1;
        } else if !(self.found == b"/Type".len() && byte.is_ascii_whitespace()) {
            self.found = match (self.found, byte) {
                // What was taken for the beginning of `/Page` is another `/T`.
                (6, b'T') => 2,
                (_, b'/') => 1,
                _ => 0,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted() {
        for (pdf, expected) in [
            ("<< /Type /Page >>", 1),
            ("<</Type/Pages/Kids[]>><</Type/Page/Parent 1 0 R>><</Type /Page\n>>", 2),
            ("/Type /Catalog /Type\r\n/Page", 1),
            ("//Type/Page /TypePage /Type /PageLabel /Typ/Type/Page", 2),
            ("/Type/Type /Page /Type /Type/Page", 2),
            ("/Page", 0),
            ("", 0),
        ] {
            // The chunks end at every place of what is searched for.
            for before in CHUNK / 4 * 3 - 40..=CHUNK / 4 * 3 {
                let pdf = format!("{}{pdf}", "x".repeat(before));
                assert_eq!(pages(STANDARD.encode(&pdf).as_bytes()), expected, "{pdf:?}");
            }
        }
    }

    #[test]
    fn other_pdfs_count_by_their_size() {
        let base64 = |bytes: usize| STANDARD.encode(vec![7; bytes]);
        for (bytes, pages) in [(0, 1), (1000, 1), (130_000, 3), (60_000_000, 600)] {
            assert_eq!(tokens(&base64(bytes)), pages * PAGE_TOKENS, "{bytes}");
        }
        assert_eq!(tokens("*not base64*"), PAGE_TOKENS);
    }
}
