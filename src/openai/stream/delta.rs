//! What a delta adds to the message.

use super::calls::Fragment;
use super::filter::Part;
use super::template::Target;
use super::{Phase, StreamBridge};
use crate::openai::response::reasoning::{self, Piece};
use crate::openai::types::{ChatContent, ChatDelta};

/// The path of reasoning, which is lost if the request does not ask for it.
pub(super) const REASONING: &str = "choices[0].message.reasoning_content";

impl StreamBridge {
    /// Adds the text of a chunk that has nothing else, to a message that has started.
    #[inline]
    pub(super) fn add(&mut self, target: Target, text: String) {
        match target {
            Target::Content => self.text(text),
            Target::Reasoning => self.thinking(text),
            Target::Arguments(index) => self.call(Fragment::of_arguments(index, text)),
        }
        self.check_held();
    }

    #[inline]
    fn text(&mut self, text: String) {
        // Without a filter, nothing that comes before text can end the message.
        if self.filter.is_idle() {
            self.blocks.text(text);
        } else {
            self.filtered_text(text);
        }
    }

    pub(super) fn delta(&mut self, mut delta: ChatDelta) {
        if let Some(text) = reasoning::take(&mut delta, &self.blocks.exchange.profile) {
            self.thinking(text);
        }
        match delta.content {
            Some(ChatContent::Text(text)) => self.text(text),
            Some(content) => reasoning::pieces(content).into_iter().for_each(|piece| self.piece(piece)),
            None => {}
        }
        if let Some(text) = delta.refusal {
            self.refusal(text);
        }
        let calls = delta.tool_calls.into_iter().flatten().map(Fragment::from);
        calls.chain(delta.function_call.map(Fragment::of_function)).for_each(|part| self.call(part));
        if delta.extra.get("annotations").is_some_and(|list| !matches!(list.as_raw_str(), "null" | "[]")) {
            self.lose("choices[0].message.annotations", "citations of sources");
        }
    }

    fn call(&mut self, part: Fragment) {
        if self.phase != Phase::Ended && !part.is_empty() {
            self.flush();
            if let Err(error) = self.blocks.call(part) {
                self.fail(error);
            }
        }
    }

    fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => self.text(text),
            Piece::Refusal(text) => self.refusal(text),
            Piece::Thinking(text) => self.thinking(text),
            Piece::Other(name) => {
                self.lose("choices[0].message.content", &format!("a part of type `{name}`"))
            }
        }
    }

    fn refusal(&mut self, text: String) {
        if !text.is_empty() && self.phase != Phase::Ended {
            self.flush();
            self.finish.has_refusal = true;
            self.blocks.text(text);
        }
    }

    fn thinking(&mut self, text: String) {
        if text.is_empty() || self.phase == Phase::Ended {
            return;
        }
        self.flush();
        self.show_thinking(text);
    }

    fn show_thinking(&mut self, text: String) {
        if self.shows_reasoning {
            self.blocks.thinking(text);
        } else {
            self.blocks.count(&text);
            self.lose(REASONING, "the request does not ask for thinking");
        }
    }

    fn filtered_text(&mut self, text: String) {
        if self.phase == Phase::Ended {
            return;
        }
        let mut parts = Vec::new();
        self.filter.push(text, &mut parts);
        parts.into_iter().for_each(|part| self.part(part));
        if let Some(stop) = self.filter.take_match() {
            self.finish.at_stop_sequence(stop);
            self.complete();
        }
    }

    fn part(&mut self, part: Part) {
        match part {
            Part::Text(text) => self.blocks.text(text),
            Part::Thinking(text) => self.show_thinking(text),
        }
    }

    /// Lets go of the text that is held back, because something else follows it.
    pub(super) fn flush(&mut self) {
        if !self.filter.is_idle() {
            if let Some(part) = self.filter.flush() {
                self.part(part);
            }
        }
    }
}
