//! Stand-ins until the stream module has them.
use crate::error::{Error, ErrorKind};
use crate::model::*;
use crate::stream::MessageStream;
use bytes::BytesMut;

pub(super) fn encode_event(event: &StreamEvent, out: &mut BytesMut) -> Result<(), Error> {
    let json =
        serde_json::to_string(event).map_err(|e| Error::new(ErrorKind::Protocol, "encode").with_source(e))?;
    out.extend_from_slice(format!("event: {}\ndata: {json}\n\n", event.type_name()).as_bytes());
    Ok(())
}

pub(super) fn replay(message: Message) -> MessageStream {
    let mut events: Vec<StreamEvent> = vec![];
    let mut start = message.clone();
    start.content.clear();
    start.stop_reason = None;
    events.push(MessageStartEvent::new(start).into());
    for (i, block) in message.content.into_iter().enumerate() {
        let i = i as u64;
        match block {
            ContentBlock::Text(t) => {
                events.push(ContentBlockStartEvent::new(i, ContentBlock::text("")).into());
                events.push(ContentBlockDeltaEvent::new(i, TextDelta::new(t.text.clone())).into());
            }
            other => events.push(ContentBlockStartEvent::new(i, other).into()),
        }
        events.push(ContentBlockStopEvent::new(i).into());
    }
    let mut delta = MessageDelta::new();
    delta.stop_reason = message.stop_reason;
    events.push(MessageDeltaEvent::new(delta, MessageDeltaUsage::new(message.usage.output_tokens)).into());
    events.push(MessageStopEvent::new().into());
    MessageStream::new(futures::stream::iter(events.into_iter().map(Ok)))
}
