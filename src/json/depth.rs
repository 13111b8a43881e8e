//! How deep JSON may nest, counted over a whole document.

use std::cell::Cell;

use serde::de::Error;

use super::end_of_string;

/// How deep arrays and objects may nest in a document, raw values and what
/// they stand in together. `serde_json` holds typed values to the same limit.
pub const MAX_DEPTH: usize = 127;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// One array or object that this thread is reading: a raw value does not know
/// what it stands in, and the limit is for the whole document.
pub(crate) struct Nesting(());

impl Nesting {
    /// # Errors
    ///
    /// When that is one too many.
    #[inline]
    pub(crate) fn enter<E: Error>() -> Result<Self, E> {
        let depth = DEPTH.get();
        if depth >= MAX_DEPTH {
            return Err(too_deep());
        }
        DEPTH.set(depth + 1);
        Ok(Self(()))
    }

    /// How many more levels may follow.
    pub(super) fn room() -> usize {
        MAX_DEPTH - DEPTH.get()
    }
}

impl Drop for Nesting {
    #[inline]
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// Checks that `json` nests at most `room` levels deep.
pub(super) fn check_depth<E: Error>(json: &[u8], room: usize) -> Result<(), E> {
    // Few values hold so many brackets, and to count them takes no branch.
    if count_brackets(json) <= room {
        return Ok(());
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        at += 1;
        match byte {
            b'"' => at = end_of_string(json, at),
            b'{' | b'[' => {
                depth += 1;
                if depth > room {
                    return Err(too_deep());
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

fn count_brackets(json: &[u8]) -> usize {
    // `{` and `[` are all that this leaves at `[`. A sum of bytes over so few
    // of them does not overflow, and many are added at a time.
    let in_chunk = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(byte & !0x20 == b'[')).sum::<u8>();
    json.chunks(128).map(|chunk| usize::from(in_chunk(chunk))).sum()
}

#[cold]
fn too_deep<E: Error>() -> E {
    E::custom(format_args!("JSON nests deeper than {MAX_DEPTH} levels"))
}
