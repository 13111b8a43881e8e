//! Handlers that go wrong, each in a way of its own, for clients that ask for a model named after it.

#[path = "fault_steps.rs"]
mod steps;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::{StreamExt, stream};
use messages_api::types::events::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, InputJsonDelta, MessageDelta, MessageDeltaEvent,
    MessageStartEvent, MessageStopEvent, PingEvent,
};
use messages_api::{
    ApiError, ContentBlock, ErrorType, Json, Message, MessageDeltaUsage, MessageStream, Reply, StopReason,
    StreamEvent, ToolUseBlock, Usage,
};
use serde_json::{Value, json};
pub(crate) use steps::Material;
use steps::{Step, delta, edited, end, event, send, stop, text, with_blocks};

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
    /// A message that says why it is no more than a part: its stop reason. No call in it is run.
    Stops(&'static str),
    /// A message without a text, which is what the handler says.
    Empty,
    /// The whole message, after a call with the input `{}`, which is what the handler says.
    NoInput,
}

use Outcome::{Empty, Error, ErrorIfStreamed, NoInput, Stops, Whole};

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
    ("no-block-start", Error, |m| m.without(1, [])),
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
    ("unknown-stop-reason", Stops("brand_new"), |m| m.without(6, [delta("brand_new")])),
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
    ("unknown-fields", Whole, |m| {
        edited(m.whole(), |event| {
            event["new"] = json!({"a": [1]});
            for object in ["message", "content_block", "delta", "usage"] {
                if let Some(object) = event.get_mut(object) {
                    object["new"] = json!({"a": [1]});
                }
            }
        })
    }),
    ("ping-first", Whole, |m| [vec![send(PingEvent::new())], m.whole()].concat()),
    ("big-event", Whole, |m| m.without(3, [text(0, &"is ".repeat(30_000)), text(0, "The word is ")])),
    ("server-tool", Whole, |m| {
        let call = json!({"type": "server_tool_use", "id": "srvtoolu_01", "name": "web_search", "input": {"query": "words"}});
        let result = json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_01", "content": []});
        with_blocks(&[call, result], m.whole())
    }),
    // What upstreams of a gateway leave out.
    ("start-no-fields", Whole, |m| {
        m.edited("message_start", |event| {
            event["message"] = json!({"usage": event["message"]["usage"]});
        })
    }),
    ("start-no-usage", Whole, |m| {
        m.edited("message_start", |event| {
            event["message"] = json!({"id": "msg_01", "model": "m", "content": null});
        })
    }),
    ("block-no-text", Whole, |m| {
        m.edited("content_block_start", |event| {
            event["content_block"] = json!({"type": "text", "citations": null});
        })
    }),
    ("no-delta", Whole, |m| m.edited("message_delta", |event| event["delta"] = Value::Null)),
    ("model-other", Whole, |m| m.edited("message_start", |event| event["message"]["model"] = "other".into())),
    ("usage-minimal", Whole, |m| {
        m.edited("message_delta", |event| event["usage"] = json!({"output_tokens": 7}))
    }),
    ("usage-no-output", Whole, |m| m.edited("message_delta", |event| event["usage"] = json!({}))),
    ("usage-zero", Whole, |m| {
        m.edited("message_delta", |event| event["usage"] = json!({"input_tokens": 0, "output_tokens": 0}))
    }),
    ("usage-null-fields", Whole, |m| {
        edited(m.whole(), |event| {
            let usage = json!({"input_tokens": null, "output_tokens": 7, "cache_read_input_tokens": null,
                "cache_creation_input_tokens": null, "server_tool_use": null});
            match event["type"].as_str() {
                Some("message_start") => event["message"]["usage"] = usage,
                Some("message_delta") => event["usage"] = usage,
                _ => {}
            }
        })
    }),
    ("empty-text", Empty, |m| m.until(2, [stop(0), delta("end_turn"), send(MessageStopEvent::new())])),
    ("no-content", Empty, |m| m.until(1, [delta("end_turn"), send(MessageStopEvent::new())])),
    ("stop-max_tokens", Stops("max_tokens"), |m| m.stops("max_tokens")),
    ("stop-context", Stops("model_context_window_exceeded"), |m| m.stops("model_context_window_exceeded")),
    ("stop-refusal", Stops("refusal"), |m| {
        edited(m.stops("refusal"), |event| {
            if event["type"] == "message_delta" {
                event["delta"]["stop_details"] =
                    json!({"type": "refusal", "category": "cyber", "explanation": null});
            }
        })
    }),
    ("stop-pause_turn", Stops("pause_turn"), |m| m.stops("pause_turn")),
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
    ("tool-no-input-start", Whole, |m| {
        m.call_with(|call| drop(call.as_object_mut().map(|call| call.remove("input"))))
    }),
    // A tool without parameters is called like that, so no server can know better.
    ("tool-no-delta", NoInput, |m| m.call("{}", &[], StopReason::ToolUse)),
    // A model may write an input that is not JSON, and Claude Code tells it so. The official SDKs find out as well,
    // so it leaves.
    ("tool-badjson", Error, |m| {
        m.call("{}", &[r#"{"topic": Use, "file_path": a.txt}"#], StopReason::ToolUse)
    }),
    ("tool-cut", Error, |m| m.cut_call([stop(1), delta("tool_use"), send(MessageStopEvent::new())])),
    ("tool-cut-unclosed", Error, |m| m.cut_call([delta("tool_use"), send(MessageStopEvent::new())])),
    ("tool-cut-text-after", Error, |m| {
        let steps = [
            vec![stop(1)],
            m.block(2, "The word is "),
            vec![delta("tool_use"), send(MessageStopEvent::new())],
        ];
        [m.cut_call([]), steps.concat()].concat()
    }),
    ("tool-cut-max_tokens", Stops("max_tokens"), |m| {
        m.cut_call([stop(1), delta("max_tokens"), send(MessageStopEvent::new())])
    }),
    ("tool-ends-turn", Whole, |m| m.call("{}", &[&m.input], StopReason::EndTurn)),
    ("tool-id-odd", Whole, |m| m.call_with(|call| call["id"] = "functions.lookup:0/\u{fc} 1".into())),
    ("tool-caller", Whole, |m| m.call_with(|call| call["caller"] = json!({"type": "direct"}))),
    ("tool-text-after", Whole, |m| m.call_and(m.block(2, "I have called it with "))),
    ("two-tools", Whole, |m| {
        let other = ToolUseBlock::new("toolu_02", &*m.tool, Json::empty_object());
        let input = send(ContentBlockDeltaEvent::new(2, InputJsonDelta::new(&*m.input)));
        m.call_and(vec![send(ContentBlockStartEvent::new(2, other)), input, stop(2)])
    }),
    ("thinking", Whole, |m| {
        let thinking = json!({"type": "thinking", "thinking": "Let me think.", "signature": "c2lnbmVk"});
        with_blocks(&[thinking], m.call_and(vec![]))
    }),
    ("thinking-nosig", Whole, |m| {
        let thinking = json!({"type": "thinking", "thinking": "Let me think."});
        with_blocks(&[thinking], m.call_and(vec![]))
    }),
    ("redacted", Whole, |m| {
        let thinking = json!({"type": "redacted_thinking", "data": "ZW5jcnlwdGVk"});
        with_blocks(&[thinking], m.call_and(vec![]))
    }),
];

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
        let steps = match material {
            Material { answers_calls: false, .. } => vec![Step::Fail(ErrorType::InvalidRequest)],
            Material { has_result: true, .. } => material.whole(),
            _ => steps(material),
        };
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
                "create": outcome.name(false),
                "stream": outcome.name(true),
                "calls": is_call,
                "requests": requests.get(name).copied().unwrap_or_default(),
            })
        })
        .collect()
    }
}

impl Outcome {
    /// Returns what `run` calls it.
    fn name(self, is_streamed: bool) -> &'static str {
        match self {
            Whole => "whole",
            Error => "error",
            ErrorIfStreamed if is_streamed => "error",
            ErrorIfStreamed => "whole",
            Stops(reason) => reason,
            Empty => "empty",
            NoInput => "no input",
        }
    }
}
