//! The calls of a message, whose parts may come in any order.

use super::blocks::{Blocks, Open, Waiting};
use crate::error::ApiError;
use crate::json::{Json, ObjectEnd};
use crate::openai::losses::LossKind;
use crate::openai::response::arguments::{Input, MENDED, NO_JSON, text_of};
use crate::openai::response::failure::bad_gateway;
use crate::openai::response::ids::{call_id, tool_name};
use crate::openai::types::{ChatFunctionDelta, ChatToolCallDelta};
use crate::types::ToolUseBlock;
use crate::types::events::InputJsonDelta;

/// The maximum number of calls in a message, each of which is remembered until its end.
const MAX_CALLS: usize = 1024;

/// The index of the call in the older form of the protocol, where there is only one.
const FUNCTION_CALL: u64 = u64::MAX;

/// A part of a call.
#[derive(Debug)]
pub(super) struct Fragment {
    index: Option<u64>,
    id: Option<String>,
    name: Option<String>,
    arguments: String,
}

impl Fragment {
    pub(super) fn of_function(function: ChatFunctionDelta) -> Self {
        Self { index: Some(FUNCTION_CALL), ..Self::new(None, None, Some(function)) }
    }

    /// Creates a part that has nothing but arguments.
    pub(super) fn of_arguments(index: Option<u64>, arguments: String) -> Self {
        Self { index, id: None, name: None, arguments }
    }

    fn new(index: Option<u64>, id: Option<String>, function: Option<ChatFunctionDelta>) -> Self {
        let (name, arguments) = function.map(|f| (f.name, f.arguments)).unwrap_or_default();
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let arguments = arguments.as_ref().map(text_of).unwrap_or_default();
        Self { index, id: given(id), name: given(name), arguments }
    }

    /// Returns `true` if the part says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.id.is_none() && self.name.is_none() && self.arguments.is_empty()
    }
}

impl From<ChatToolCallDelta> for Fragment {
    fn from(delta: ChatToolCallDelta) -> Self {
        Self::new(delta.index, delta.id, delta.function)
    }
}

/// The calls of a message, in the order in which they came.
#[derive(Debug)]
pub(super) struct Calls {
    list: Vec<Call>,
    /// Whether the arguments are judged as a whole, and not streamed.
    is_whole: bool,
    /// The number of calls whose blocks have started.
    started: usize,
    /// Whether one of them lacks its end, or may do so.
    is_cut: bool,
    /// Whether there are more of them than the caller wants.
    has_further: bool,
    held: usize,
}

#[derive(Debug)]
struct Call {
    index: Option<u64>,
    id: Option<String>,
    name: Option<String>,
    arguments: Arguments,
    /// The arguments that have not been written.
    buffer: String,
    end: ObjectEnd,
    /// The bytes of the arguments so far.
    received: usize,
    has_started: bool,
    /// Whether a part of the arguments has been written.
    is_written: bool,
    /// Whether more has come than belongs to the arguments.
    has_excess: bool,
}

/// What makes any beginning of an object that cannot be closed a text that is not JSON, and not the beginning of one.
const NO_OBJECT_ENDS_SO: &str = r#"}"}"#;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Arguments {
    /// There are none yet.
    Blank,
    /// They are an object, and written as they come.
    Streamed,
    /// They are something else, of which an object is made at the end.
    Collected,
}

impl Calls {
    pub(super) fn new(is_whole: bool) -> Self {
        Self { list: Vec::new(), is_whole, started: 0, is_cut: false, has_further: false, held: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the memory in bytes of what has not been written.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Returns `true` if nothing can be added to a call, so that its block can be closed.
    pub(super) fn is_complete(&self, at: usize) -> bool {
        self.list[at].is_complete()
    }

    /// Finds the call that the part belongs to; `None` if it begins a new one.
    fn find(&self, part: &Fragment) -> Option<usize> {
        let by_index = |index| self.list.iter().rposition(|call| call.index == Some(index));
        let by_id = |id: &String| self.list.iter().rposition(|call| call.id.as_ref() == Some(id));
        let at = match (part.index, &part.id) {
            (Some(index), _) => by_index(index)?,
            (None, Some(id)) => by_id(id)?,
            (None, None) => self.list.len().checked_sub(1)?,
        };
        let call = &self.list[at];
        let is_other_name = part.name.is_some() && part.name != call.name;
        let is_new = match (&part.id, &call.id) {
            (Some(id), Some(known)) if id != known => true,
            (Some(_), Some(_)) => call.is_complete() && is_other_name,
            // Some servers give each call the same index, or none, and no id.
            _ if call.is_complete() => is_other_name || part.name.is_some() && !part.arguments.is_empty(),
            // Its end will not be found.
            _ if call.end.is_broken() => is_other_name,
            _ => part.index.is_none() && part.id.is_none() && call.name.is_some() && is_other_name,
        };
        (!is_new).then_some(at)
    }
}

impl Call {
    fn is_complete(&self) -> bool {
        self.name.is_some() && self.end.is_found()
    }

    /// Returns `true` if the block can start: it has a name, and its id will not come later.
    fn is_ready(&self) -> bool {
        self.name.is_some() && (self.id.is_some() || self.arguments != Arguments::Blank)
    }
}

impl Blocks {
    /// Returns `true` if there are calls, all of which can be run.
    pub(super) fn has_calls(&self) -> bool {
        self.calls.started > 0 && !self.calls.is_cut
    }

    /// Adds a part of a call.
    ///
    /// # Errors
    ///
    /// The error that ends the stream if there are too many calls.
    pub(super) fn call(&mut self, part: Fragment) -> Result<(), ApiError> {
        let at = match self.calls.find(&part) {
            Some(at) => at,
            None if self.calls.list.len() == MAX_CALLS => {
                return Err(bad_gateway("The upstream sent too many calls"));
            }
            None => {
                if self.exchange.one_call && !self.calls.is_empty() {
                    self.lose_further_calls();
                    if self.exchange.profile.first_call_only {
                        return Ok(());
                    }
                }
                self.new_call(part.index)
            }
        };
        let Fragment { id, name, arguments, .. } = part;
        let call = &mut self.calls.list[at];
        for (known, new) in [(&mut call.id, id), (&mut call.name, name)] {
            if let (None, Some(text)) = (&known, new) {
                self.calls.held += text.len();
                *known = Some(text);
            }
        }
        self.add_arguments(at, arguments);
        if self.open == Open::Call(at) {
            self.write_call(at);
        }
        self.advance();
        Ok(())
    }

    fn new_call(&mut self, index: Option<u64>) -> usize {
        let at = self.calls.list.len();
        self.calls.list.push(Call {
            index,
            id: None,
            name: None,
            arguments: Arguments::Blank,
            buffer: String::new(),
            end: ObjectEnd::default(),
            received: 0,
            has_started: false,
            is_written: false,
            has_excess: false,
        });
        self.calls.held += size_of::<Call>();
        self.add(Waiting::Call(at));
        at
    }

    /// Reports that the model has made several calls, although the caller wants one at a time.
    fn lose_further_calls(&mut self) {
        if !std::mem::replace(&mut self.calls.has_further, true) {
            let detail = "the model made several calls";
            self.exchange.losses.add("tool_choice.disable_parallel_tool_use", LossKind::Dropped, detail);
        }
    }

    fn add_arguments(&mut self, at: usize, mut text: String) {
        let call = &mut self.calls.list[at];
        if self.exchange.profile.tool_args_cumulative && !text.is_empty() {
            let Some(new) = text.get(call.received..) else { return };
            text = new.to_owned();
        }
        call.received += text.len();
        if call.arguments == Arguments::Blank {
            let begin = text.trim_start();
            if begin.is_empty() {
                return;
            }
            let is_object = begin.starts_with('{') && !self.calls.is_whole;
            call.arguments = if is_object { Arguments::Streamed } else { Arguments::Collected };
        }
        if call.arguments == Arguments::Streamed {
            let end = if call.end.is_found() { Some(0) } else { call.end.find(&text) };
            if let Some(end) = end {
                let has_excess = !text[end..].trim().is_empty();
                text.truncate(end);
                if has_excess && !std::mem::replace(&mut call.has_excess, true) {
                    self.lose_of_call(at, MENDED);
                }
            } else if call.end.is_broken() && !call.is_written {
                call.arguments = Arguments::Collected;
            }
        }
        self.count(&text);
        let call = &mut self.calls.list[at];
        self.calls.held += text.len();
        if call.buffer.is_empty() {
            call.buffer = text;
        } else {
            call.buffer.push_str(&text);
        }
    }

    /// Writes what has arrived of a call, whose turn it is.
    pub(super) fn write_call(&mut self, at: usize) {
        let call = &self.calls.list[at];
        if call.is_ready() && call.arguments != Arguments::Collected {
            self.start_call(at);
            let text = std::mem::take(&mut self.calls.list[at].buffer);
            self.calls.held -= text.len();
            if !text.is_empty() {
                self.calls.list[at].is_written = true;
                self.delta(InputJsonDelta::new(text).into());
            }
        }
    }

    fn start_call(&mut self, at: usize) {
        let call = &mut self.calls.list[at];
        if std::mem::replace(&mut call.has_started, true) {
            return;
        }
        let name = tool_name(call.name.clone().unwrap_or_default(), &self.exchange);
        let id = call_id(call.id.as_deref(), &mut self.exchange);
        self.calls.started += 1;
        self.start(ToolUseBlock::new(id, name, Json::empty_object()).into());
    }

    /// Ends the block of a call. Its arguments are complete, or nothing more will come.
    pub(super) fn end_call(&mut self, at: usize, is_cut: bool) {
        let call = &mut self.calls.list[at];
        if call.name.is_none() {
            return self.drop_call(at, "the call has no name");
        }
        if call.arguments == Arguments::Streamed && !call.end.is_found() && !call.is_written {
            call.arguments = Arguments::Collected;
        }
        let text = match call.arguments {
            Arguments::Blank => {
                self.calls.is_cut |= is_cut;
                "{}".to_owned()
            }
            Arguments::Streamed => {
                self.write_call(at);
                self.closers(at, is_cut)
            }
            Arguments::Collected => {
                let text = std::mem::take(&mut call.buffer);
                self.calls.held -= text.len();
                match Input::read(&text, is_cut) {
                    Input::Whole(json) => json.as_raw_str().to_owned(),
                    Input::Repaired(json, how) => {
                        self.lose_of_call(at, how);
                        json.as_raw_str().to_owned()
                    }
                    Input::Cut => {
                        // Its block may have started before there were arguments.
                        if self.calls.list[at].has_started {
                            self.calls.is_cut = true;
                            self.stop();
                        }
                        return self.drop_call(at, "the call is cut off");
                    }
                }
            }
        };
        self.start_call(at);
        if !text.is_empty() {
            self.delta(InputJsonDelta::new(text).into());
        }
        self.stop();
    }

    /// Returns what has to be appended to the arguments so that they are JSON.
    fn closers(&mut self, at: usize, is_cut: bool) -> String {
        let end = &self.calls.list[at].end;
        if end.is_found() {
            return String::new();
        }
        if is_cut {
            self.calls.is_cut = true;
            return String::new();
        }
        let (closers, is_open) = (end.closers(), end.is_cut());
        self.lose_of_call(at, if closers.is_some() { MENDED } else { NO_JSON });
        // Of arguments without an end, clients would take what is complete, and run the call with it.
        closers.unwrap_or_else(|| if is_open { NO_OBJECT_ENDS_SO.to_owned() } else { String::new() })
    }

    fn lose_of_call(&mut self, at: usize, detail: &str) {
        self.exchange.losses.add(path_of(at), LossKind::Repaired, detail);
    }

    fn drop_call(&mut self, at: usize, detail: &str) {
        self.exchange.losses.add(path_of(at), LossKind::Dropped, detail);
    }
}

fn path_of(at: usize) -> String {
    format!("choices[0].message.tool_calls[{at}]")
}
