//! TODO.

mod delta;
mod event;

pub use delta::{
    CitationsDelta, CompactionDelta, ContentBlockDelta, InputJsonDelta, SignatureDelta, TextDelta,
    ThinkingDelta,
};
pub use event::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, MessageDelta, MessageDeltaEvent,
    MessageStartEvent, MessageStopEvent, PingEvent, StreamEvent,
};
