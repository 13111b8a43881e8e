//! The limit on how deep JSON may nest, where raw values and the typed values around them count together.
//!
//! `serde_json` limits the depth of what it parses, but it skips over a raw value without counting brackets.
//! A raw value must therefore be checked by itself, and the check must know how many arrays and objects are
//! open around it.
//!
//! # Why a thread-local
//!
//! A `Deserialize` impl has no parameter for context, and a raw value may be reached through types of the
//! user and through serde's own buffers, which carry no context either. A counter that belongs to the thread
//! is visible from all of them. Reading is synchronous, so one document is read on one thread from start to
//! end.
//!
//! # Why the count is right
//!
//! - Only [`Nesting::enter`] raises the count, and only dropping its guard lowers it. Guards are local
//!   variables of visitor methods, so they are dropped when the method returns, fails or panics. Between two
//!   documents the count is therefore 0, even after a panic that somebody caught.
//! - No guard is held across an `await`, so no other task runs on the thread meanwhile.
//! - If the thread starts to read a second document while it is still reading the first, the levels of both
//!   add up. That can reject a document that would be accepted alone, but never accepts one that is too deep.

use std::cell::Cell;

use serde::de::Error;

use super::string::end_of_string;

/// The maximum nesting of arrays and objects in a document, raw values included: 127 levels.
///
/// `serde_json` has the same limit for the values that it parses itself. Reading a document that nests deeper
/// fails, and so does creating such a [`Json`](crate::json::Json).
pub const MAX_DEPTH: usize = 127;

thread_local! {
    /// The number of [`Nesting`] guards on this thread; at most [`MAX_DEPTH`].
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// A guard for one array or object that this thread is reading.
pub(crate) struct Nesting(());

impl Nesting {
    /// Goes one level deeper until the guard is dropped.
    ///
    /// # Errors
    ///
    /// When [`MAX_DEPTH`] levels are open already.
    #[inline]
    pub(crate) fn enter<E: Error>() -> Result<Self, E> {
        let depth = DEPTH.get();
        if depth >= MAX_DEPTH {
            return Err(too_deep());
        }
        DEPTH.set(depth + 1);
        Ok(Self(()))
    }

    /// Returns how many more levels may be opened.
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
    // Few values contain that many brackets in total, and counting them is much faster than matching them.
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

/// Counts the opening brackets, those in strings included.
fn count_brackets(json: &[u8]) -> usize {
    // `{` and `[` differ in bit 0x20 only, and no other byte becomes `[` without it. The count of a chunk
    // fits in a byte, which lets the compiler add up many bytes at a time.
    let in_chunk = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(byte & !0x20 == b'[')).sum::<u8>();
    json.chunks(128).map(|chunk| usize::from(in_chunk(chunk))).sum()
}

#[cold]
fn too_deep<E: Error>() -> E {
    E::custom(format_args!("JSON nests deeper than {MAX_DEPTH} levels"))
}
