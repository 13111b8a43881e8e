//! What handlers that go wrong do, step by step.

use std::time::Duration;

use messages_api::types::events::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, InputJsonDelta, MessageDelta,
    MessageDeltaEvent, MessageStartEvent, MessageStopEvent, TextDelta,
};
use messages_api::{
    ContentBlock, ErrorType, Json, Message, MessageDeltaUsage, StopReason, StreamEvent, ToolUseBlock, Usage,
};
use serde_json::{Value, json};

/// What a handler does next.
#[derive(Clone)]
pub(crate) enum Step {
    Send(StreamEvent),
    Fail(ErrorType),
    Wait(Duration),
    Panic,
}

/// What the events of a row are made of.
pub(crate) struct Material {
    pub(crate) id: String,
    pub(crate) model: String,
    /// The word that the text has to contain.
    pub(crate) word: String,
    /// A tool of the request, and an input for it.
    pub(crate) tool: String,
    pub(crate) input: String,
    /// Whether the request has the result of a tool.
    pub(crate) has_result: bool,
    /// Whether each result is for a call of the request.
    pub(crate) answers_calls: bool,
    /// Whether the request asks for a stream.
    pub(crate) is_streamed: bool,
}

impl Material {
    pub(crate) fn start(&self) -> Step {
        send(MessageStartEvent::new(Message::new(&*self.id, &*self.model, vec![], Usage::new(12, 0))))
    }

    pub(crate) fn rest(&self) -> Step {
        text(0, &format!("{}.", self.word))
    }

    /// A message without a fault: `message_start`, the start of a block, three deltas up to number 4, the
    /// stop of the block, `message_delta`, `message_stop`.
    pub(crate) fn whole(&self) -> Vec<Step> {
        let start = send(ContentBlockStartEvent::new(0, ContentBlock::text("")));
        let content = vec![self.start(), start, text(0, "The word "), text(0, "is "), self.rest(), stop(0)];
        [content, end()].concat()
    }

    /// The first `n` events of the message, and then `steps`.
    pub(crate) fn until<const N: usize>(&self, n: usize, steps: [Step; N]) -> Vec<Step> {
        self.whole().into_iter().take(n).chain(steps).collect()
    }

    /// The message with `steps` in place of its event number `n`.
    pub(crate) fn without<const N: usize>(&self, n: usize, steps: [Step; N]) -> Vec<Step> {
        let mut whole = self.whole();
        whole.splice(n..=n, steps);
        whole
    }

    pub(crate) fn block(&self, index: u64, part: &str) -> Vec<Step> {
        let start = send(ContentBlockStartEvent::new(index, ContentBlock::text("")));
        vec![start, text(index, &format!("{part}{}.", self.word)), stop(index)]
    }

    /// A message with a text and a call, whose input is in the start of the block and in deltas.
    pub(crate) fn call(&self, start: &str, deltas: &[&str], stop_reason: StopReason) -> Vec<Step> {
        let input = Json::parse(start).unwrap_or_else(|_| Json::empty_object());
        let call = ToolUseBlock::new("toolu_01", &*self.tool, input);
        let mut steps = vec![self.start()];
        steps.extend(self.block(0, "Let me see "));
        steps.push(send(ContentBlockStartEvent::new(1, call)));
        for delta in deltas {
            steps.push(send(ContentBlockDeltaEvent::new(1, InputJsonDelta::new(*delta))));
        }
        steps.extend([stop(1), delta(stop_reason.as_str()), send(MessageStopEvent::new())]);
        steps
    }

    /// A message with a text and a call, and then `steps`.
    pub(crate) fn call_and(&self, steps: Vec<Step>) -> Vec<Step> {
        let mut call = self.call("{}", &[&self.input], StopReason::ToolUse);
        call.splice(call.len() - 2..call.len() - 2, steps);
        call
    }

    /// A message with a text and a call that is changed.
    pub(crate) fn call_with(&self, edit: fn(&mut Value)) -> Vec<Step> {
        edited(self.call_and(vec![]), |event| {
            if event["content_block"]["type"] == "tool_use" {
                edit(&mut event["content_block"]);
            }
        })
    }

    /// The message with its events of the type `name` changed.
    pub(crate) fn edited(&self, name: &str, edit: fn(&mut Value)) -> Vec<Step> {
        edited(self.whole(), |event| {
            if event["type"] == name {
                edit(event);
            }
        })
    }

    /// The message up to its middle, where the model stops for a reason.
    pub(crate) fn stops(&self, stop_reason: &str) -> Vec<Step> {
        self.until(4, [stop(0), delta(stop_reason), send(MessageStopEvent::new())])
    }

    /// A call up to the middle of its input, and then `steps`.
    pub(crate) fn cut_call<const N: usize>(&self, steps: [Step; N]) -> Vec<Step> {
        let mut call = self.call("{}", &[&self.input[..self.input.len() / 2]], StopReason::ToolUse);
        call.truncate(call.len() - 3);
        call.extend(steps);
        call
    }
}

pub(crate) fn send(event: impl Into<StreamEvent>) -> Step {
    Step::Send(event.into())
}

pub(crate) fn event(event: Value) -> Step {
    Step::Send(serde_json::from_value(event).unwrap_or_else(|error| panic!("{error}")))
}

pub(crate) fn text(index: u64, text: &str) -> Step {
    send(ContentBlockDeltaEvent::new(index, TextDelta::new(text)))
}

pub(crate) fn stop(index: u64) -> Step {
    send(ContentBlockStopEvent::new(index))
}

pub(crate) fn delta(stop_reason: &str) -> Step {
    send(MessageDeltaEvent::new(MessageDelta::from(StopReason::from(stop_reason)), MessageDeltaUsage::new(7)))
}

pub(crate) fn end() -> Vec<Step> {
    vec![delta("end_turn"), send(MessageStopEvent::new())]
}

/// The steps with each event changed.
pub(crate) fn edited(mut steps: Vec<Step>, edit: impl Fn(&mut Value)) -> Vec<Step> {
    for step in &mut steps {
        if let Step::Send(sent) = step {
            let mut value = serde_json::to_value(&*sent).unwrap_or_default();
            edit(&mut value);
            *step = event(value);
        }
    }
    steps
}

/// The steps of a message whose content begins with `blocks`.
pub(crate) fn with_blocks(blocks: &[Value], steps: Vec<Step>) -> Vec<Step> {
    let mut steps = edited(steps, |event| {
        if let Some(index) = event["index"].as_u64() {
            event["index"] = (index + blocks.len() as u64).into();
        }
    });
    let blocks = (0..).zip(blocks).flat_map(|(index, block)| {
        [event(json!({"type": "content_block_start", "index": index, "content_block": block})), stop(index)]
    });
    steps.splice(1..1, blocks);
    steps
}
