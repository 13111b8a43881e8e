//! Decoding of input that is already in memory.

use super::frame::Frame;
use super::machine::Machine;

/// Decodes a whole event stream that is already in memory.
///
/// The limits of [`Decoder`](super::Decoder) do not apply here, since they exist to bound memory. A last
/// block without its blank line is left out, as the standard demands.
///
/// ```
/// use messages_api::sse;
///
/// let body = b"data: one\n\nevent: end\ndata: two\ndata: lines\n\ndata: cut off";
/// let frames: Vec<_> = sse::decode(body).collect();
/// assert_eq!(frames.len(), 2);
/// assert_eq!((frames[0].event(), frames[0].data()), ("message", "one"));
/// assert_eq!((frames[1].event(), frames[1].data()), ("end", "two\nlines"));
/// ```
#[must_use]
pub fn decode<T: AsRef<[u8]> + ?Sized>(input: &T) -> Decode<'_> {
    let mut machine = Machine::default();
    machine.set_max_line(usize::MAX);
    machine.set_max_event(usize::MAX);
    Decode { machine, input: input.as_ref() }
}

/// An iterator over the frames of a slice, returned by [`decode`].
#[derive(Debug, Clone)]
pub struct Decode<'a> {
    machine: Machine,
    input: &'a [u8],
}

impl Iterator for Decode<'_> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        match self.machine.advance(self.input) {
            Ok(true) => Some(self.machine.frame(self.input).into_owned()),
            Ok(false) => None,
            Err(_) => {
                debug_assert!(false, "no limit is set");
                None
            }
        }
    }
}

impl std::iter::FusedIterator for Decode<'_> {}
