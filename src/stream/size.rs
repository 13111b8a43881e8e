//! The memory that parts of a message take.

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;

use crate::types::ContentBlock;
use crate::types::events::{ContentBlockDelta, MessageDeltaEvent};

/// What a block takes beside its own fields, in the lists of blocks, inputs and states. A list that grows has
/// room for up to twice its elements.
pub(super) const BLOCK: usize = 2 * (size_of::<ContentBlock>() + size_of::<String>() + 4);

/// The most that an object takes beside its texts and unknown fields. Nearly all types are smaller.
const OBJECT: usize = 256;

/// What an element of a list takes beside its content: a slot in a list that grows, and small allocations,
/// which an allocator rounds up.
const ELEMENT: usize = 64;

/// What an unknown field takes beside its name and value. Known fields are part of their object, but count as
/// well, because they look alike here.
const FIELD: usize = 64;

/// Returns the approximate number of bytes by which `delta` makes its block grow.
pub(super) fn size_of_delta(delta: &ContentBlockDelta) -> usize {
    match delta {
        ContentBlockDelta::Text(delta) => delta.text.len(),
        ContentBlockDelta::InputJson(delta) => delta.partial_json.len(),
        ContentBlockDelta::Thinking(delta) => delta.thinking.len(),
        // A signature replaces the last one.
        ContentBlockDelta::Signature(delta) => delta.signature.len(),
        ContentBlockDelta::Unknown(_) => 0,
        other => size_of_held(other),
    }
}

/// Returns the approximate memory that `value` takes, which is never much less than it is.
pub(crate) fn size_of_held(value: &impl Serialize) -> usize {
    let mut bytes = Counter(0);
    let mut overhead = Overhead(0);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, &mut overhead);
    let _ = value.serialize(&mut serializer);
    bytes.0 + overhead.0
}

/// Returns the approximate memory that the fields of `event` take which do not replace others.
pub(super) fn size_of_merged(event: &MessageDeltaEvent) -> usize {
    let usage = event.usage.iter().flat_map(|usage| usage.extra.iter());
    let fields = usage.chain(event.delta.extra.iter()).chain(event.extra.iter()).count();
    let mut bytes = Counter(0);
    let _ = serde_json::to_writer(&mut bytes, event);
    bytes.0 + 2 * FIELD * fields
}

/// Counts the bytes of the JSON.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts what the values take beyond their JSON. Raw values are written in one piece, as they are held.
struct Overhead(usize);

impl Formatter for &mut Overhead {
    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0 += OBJECT;
        writer.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W, _: bool) -> io::Result<()> {
        self.0 += FIELD;
        Ok(())
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W, _: bool) -> io::Result<()> {
        self.0 += ELEMENT;
        Ok(())
    }
}
