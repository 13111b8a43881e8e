//! Handlers that go wrong, each in a way of its own, for clients that ask for a model named after it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::{StreamExt, stream};
use messages_api::types::events::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, InputJsonDelta, MessageDelta,
    MessageDeltaEvent, MessageStartEvent, MessageStopEvent, PingEvent, TextDelta,
};
use messages_api::{
    ApiError, ContentBlock, ErrorType, Json, Message, MessageDeltaUsage, MessageStream, Reply, StopReason,
    StreamEvent, ToolUseBlock, Usage,
};
use serde_json::{Value, json};

/// The prefix of the names of the models.
const PREFIX: &str = "fault-";

/// What the client has to make of a fault.
#[derive(Clone, Copy)]
enum Outcome {
    /// The server repairs it, or the client can live with it: the whole message.
    Whole,
    /// An error, whatever part of the message has arrived.
    Error,
    /// An error if it asked for a stream, and the whole message otherwise.
    ErrorIfStreamed,
}

use Outcome::{Error, ErrorIfStreamed, Whole};

/// What a handler does next.
#[derive(Clone)]
enum Step {
    Send(StreamEvent),
    Fail(ErrorType),
    Wait(Duration),
    Panic,
}

type Row = (&'static str, Outcome, fn(&Material) -> Vec<Step>);

/// The rows whose message is a text, with which the client is done.
const TEXTS: &[Row] = &[
    ("none", Whole, |m| m.whole()),
    ("error-first-invalid", Error, |_| vec![Step::Fail(ErrorType::InvalidRequest)]),
    ("error-first-rate-limit", Error, |_| vec![Step::Fail(ErrorType::RateLimit)]),
    ("error-first-api", Error, |_| vec![Step::Fail(ErrorType::Api)]),
    ("error-first-overloaded", Error, |_| vec![Step::Fail(ErrorType::Overloaded)]),
    ("error-mid-invalid", Error, |m| m.until(4, [Step::Fail(ErrorType::InvalidRequest)])),
    ("error-mid-rate-limit", Error, |m| m.until(4, [Step::Fail(ErrorType::RateLimit)])),
    ("error-mid-api", Error, |m| m.until(4, [Step::Fail(ErrorType::Api)])),
    ("error-mid-overloaded", Error, |m| m.until(4, [Step::Fail(ErrorType::Overloaded)])),
    ("error-mid-event", Error, |m| {
        m.until(4, [send(ApiError::new(ErrorType::Overloaded, "Overloaded").response().clone())])
    }),
    ("end-at-once", Error, |m| m.until(0, [])),
    ("end-after-pings", Error, |_| vec![send(PingEvent::new()), send(PingEvent::new())]),
    ("end-after-start", Error, |m| m.until(1, [])),
    ("end-mid", Error, |m| m.until(4, [])),
    ("end-before-block-stop", Error, |m| m.until(5, [])),
    ("end-before-message-delta", Error, |m| m.until(6, [])),
    ("end-before-message-stop", Error, |m| m.until(7, [])),
    ("panic-first", Error, |m| m.until(0, [Step::Panic])),
    ("panic-mid", Error, |m| m.until(4, [Step::Panic])),
    ("silent-first", Error, |m| m.until(0, [Step::Wait(Duration::MAX)])),
    ("silent-mid", Error, |m| m.until(4, [Step::Wait(Duration::MAX)])),
    ("slow-first", Whole, |m| [vec![Step::Wait(Duration::from_millis(2500))], m.whole()].concat()),
    ("index-from-1", Error, |m| [vec![m.start()], m.block(1, "The word is "), end()].concat()),
    ("before-start", Error, |m| [m.block(0, "The word is "), m.whole()].concat()),
    ("second-message", Error, |m| {
        let other = Message::new("msg_other", &*m.model, vec![], Usage::new(1, 0));
        m.until(4, [send(MessageStartEvent::new(other))])
    }),
    ("wrong-delta", Error, |m| m.until(4, [send(ContentBlockDeltaEvent::new(0, InputJsonDelta::new("{}")))])),
    ("interleaved", ErrorIfStreamed, |m| {
        let other = send(ContentBlockStartEvent::new(1, ContentBlock::text("")));
        [m.until(4, [other, text(1, "."), text(0, &m.word), stop(0), stop(1)]), end()].concat()
    }),
    ("overlap", Whole, |m| {
        let other = send(ContentBlockStartEvent::new(1, ContentBlock::text("")));
        [m.until(4, [other, text(1, &format!("The word is {}.", m.word)), stop(1), stop(0)]), end()].concat()
    }),
    ("unclosed", Whole, |m| m.without(5, [])),
    ("second-stop", Whole, |m| m.without(5, [stop(0), stop(0), stop(3)])),
    ("second-start", Whole, |m| m.without(0, [m.start(), m.start()])),
    ("no-message-delta", Whole, |m| m.without(6, [])),
    ("no-stop-reason", Whole, |m| {
        m.without(6, [send(MessageDeltaEvent::new(MessageDelta::new(), MessageDeltaUsage::new(7)))])
    }),
    ("no-usage", Whole, |m| {
        m.without(6, [event(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}))])
    }),
    ("second-message-delta", Whole, |m| m.without(6, [delta("end_turn"), delta("end_turn")])),
    ("early-message-delta", Whole, |m| m.without(0, [m.start(), delta("end_turn")])),
    ("content-in-start", Whole, |m| {
        let text = format!("The word is {}.", m.word);
        let message = Message::new(&*m.id, &*m.model, vec![ContentBlock::text(text)], Usage::new(12, 0));
        [vec![send(MessageStartEvent::new(message))], end()].concat()
    }),
    ("text-in-start", Whole, |m| {
        let block = ContentBlock::text(format!("The word is {}.", m.word));
        [vec![m.start(), send(ContentBlockStartEvent::new(0, block)), stop(0)], end()].concat()
    }),
    ("events-after-stop", Whole, |m| [m.whole(), m.block(1, "and more"), end()].concat()),
    ("unknown-stop-reason", Whole, |m| m.without(6, [delta("brand_new")])),
    ("unknown-event", Whole, |m| m.without(4, [event(json!({"type": "brand_new"})), m.rest()])),
    ("unknown-block", Whole, |m| {
        let block =
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "brand_new"}});
        [vec![m.start(), event(block), stop(0)], m.block(1, "The word is "), end()].concat()
    }),
    ("unknown-delta", Whole, |m| {
        let delta = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "brand_new"}});
        m.without(4, [event(delta), m.rest()])
    }),
];

/// The rows whose message calls a tool. The message after the result of the tool has no fault.
const CALLS: &[Row] = &[
    ("tool", Whole, |m| m.call("{}", &[&m.input], StopReason::ToolUse)),
    ("tool-error", Error, |m| m.cut_call([Step::Fail(ErrorType::Api)])),
    ("tool-end", Error, |m| m.cut_call([])),
    ("tool-unclosed", Whole, |m| {
        let call = m.call("{}", &[&m.input], StopReason::ToolUse);
        call.into_iter()
            .filter(|step| !matches!(step, Step::Send(StreamEvent::ContentBlockStop(_))))
            .collect()
    }),
    ("tool-interleaved", ErrorIfStreamed, |m| {
        let mut steps = m.call("{}", &[], StopReason::ToolUse);
        steps.truncate(steps.len() - 3);
        let other = ToolUseBlock::new("toolu_02", &*m.tool, Json::empty_object());
        let input = |index| send(ContentBlockDeltaEvent::new(index, InputJsonDelta::new(&*m.input)));
        steps.extend([send(ContentBlockStartEvent::new(2, other)), input(1), input(2), stop(1), stop(2)]);
        steps.extend([delta("tool_use"), send(MessageStopEvent::new())]);
        steps
    }),
    ("tool-no-message-delta", Whole, |m| {
        let call = m.call("{}", &[&m.input], StopReason::ToolUse);
        call.into_iter().filter(|step| !matches!(step, Step::Send(StreamEvent::MessageDelta(_)))).collect()
    }),
    ("tool-input-in-start", Whole, |m| m.call(&m.input, &[], StopReason::ToolUse)),
    ("tool-input-null", Whole, |m| m.call("null", &[&m.input], StopReason::ToolUse)),
    ("tool-ends-turn", Whole, |m| m.call("{}", &[&m.input], StopReason::EndTurn)),
];

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
    /// Whether the request asks for a stream.
    pub(crate) is_streamed: bool,
}

/// The numbers of the requests for each row, whole and streamed.
#[derive(Default)]
pub(crate) struct Faults(Mutex<BTreeMap<&'static str, [u64; 2]>>);

impl Faults {
    /// Returns the reply of the row that the model is named after, or `None` if there is none.
    pub(crate) fn reply(&self, material: &Material) -> Option<Reply> {
        let name = material.model.strip_prefix(PREFIX)?;
        let (name, _, steps) = TEXTS.iter().chain(CALLS).find(|(row, ..)| *row == name)?;
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.entry(name).or_default()[usize::from(material.is_streamed)] += 1;
        let steps = if material.has_result { material.whole() } else { steps(material) };
        let events = stream::iter(steps).filter_map(|step| async {
            match step {
                Step::Send(event) => Some(Ok(event)),
                Step::Fail(kind) => Some(Err(ApiError::new(kind, "a fault").into())),
                Step::Panic => panic!("a fault"),
                Step::Wait(time) => {
                    tokio::time::sleep(time).await;
                    None
                }
            }
        });
        Some(MessageStream::new(events).into())
    }

    /// Lists the rows, with what clients have to make of them and how often they were asked for.
    #[allow(dead_code)] // the tests of a server in the same process do not ask
    pub(crate) fn list(&self) -> Value {
        let requests = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rows = TEXTS.iter().map(|row| (row, false)).chain(CALLS.iter().map(|row| (row, true)));
        rows.map(|((name, outcome, _), is_call)| {
            json!({
                "name": name,
                "create": if matches!(outcome, Error) { "error" } else { "whole" },
                "stream": if matches!(outcome, Whole) { "whole" } else { "error" },
                "calls": is_call,
                "requests": requests.get(name).copied().unwrap_or_default(),
            })
        })
        .collect()
    }
}

impl Material {
    fn start(&self) -> Step {
        send(MessageStartEvent::new(Message::new(&*self.id, &*self.model, vec![], Usage::new(12, 0))))
    }

    fn rest(&self) -> Step {
        text(0, &format!("{}.", self.word))
    }

    /// A message without a fault: `message_start`, the start of a block, three deltas up to number 4, the
    /// stop of the block, `message_delta`, `message_stop`.
    fn whole(&self) -> Vec<Step> {
        let start = send(ContentBlockStartEvent::new(0, ContentBlock::text("")));
        let content = vec![self.start(), start, text(0, "The word "), text(0, "is "), self.rest(), stop(0)];
        [content, end()].concat()
    }

    /// The first `n` events of the message, and then `steps`.
    fn until<const N: usize>(&self, n: usize, steps: [Step; N]) -> Vec<Step> {
        self.whole().into_iter().take(n).chain(steps).collect()
    }

    /// The message with `steps` in place of its event number `n`.
    fn without<const N: usize>(&self, n: usize, steps: [Step; N]) -> Vec<Step> {
        let mut whole = self.whole();
        whole.splice(n..=n, steps);
        whole
    }

    fn block(&self, index: u64, part: &str) -> Vec<Step> {
        let start = send(ContentBlockStartEvent::new(index, ContentBlock::text("")));
        vec![start, text(index, &format!("{part}{}.", self.word)), stop(index)]
    }

    /// A message with a text and a call, whose input is in the start of the block and in deltas.
    fn call(&self, start: &str, deltas: &[&str], stop_reason: StopReason) -> Vec<Step> {
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

    /// A call up to the middle of its input, and then `steps`.
    fn cut_call<const N: usize>(&self, steps: [Step; N]) -> Vec<Step> {
        let mut call = self.call("{}", &[&self.input[..self.input.len() / 2]], StopReason::ToolUse);
        call.truncate(call.len() - 3);
        call.extend(steps);
        call
    }
}

fn send(event: impl Into<StreamEvent>) -> Step {
    Step::Send(event.into())
}

fn event(event: Value) -> Step {
    Step::Send(serde_json::from_value(event).unwrap_or_else(|error| panic!("{error}")))
}

fn text(index: u64, text: &str) -> Step {
    send(ContentBlockDeltaEvent::new(index, TextDelta::new(text)))
}

fn stop(index: u64) -> Step {
    send(ContentBlockStopEvent::new(index))
}

fn delta(stop_reason: &str) -> Step {
    send(MessageDeltaEvent::new(MessageDelta::from(StopReason::from(stop_reason)), MessageDeltaUsage::new(7)))
}

fn end() -> Vec<Step> {
    vec![delta("end_turn"), send(MessageStopEvent::new())]
}
