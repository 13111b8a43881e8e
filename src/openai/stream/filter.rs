//! Reasoning and stop sequences that have to be found in the text.

use crate::openai::exchange::Exchange;

/// The tags around reasoning that begins the text.
const THINK: (&str, &str) = ("<think>", "</think>");

/// The white space that may stand before the first tag, in bytes.
const MAX_BLANK: usize = 64;

/// What looks for reasoning and stop sequences in the text of a message, which arrives in pieces.
///
/// What may be the beginning of a tag or a stop sequence is held back. The result does not depend on where
/// the text is cut.
#[derive(Debug)]
pub(super) struct TextFilter {
    place: Place,
    stops: Matcher,
    /// The stop sequence that was found.
    matched: Option<String>,
}

#[derive(Debug)]
enum Place {
    /// Before the first tag, with what may be its beginning.
    Start(String),
    /// In the reasoning. The flag says whether it has begun with more than white space.
    Thinking(Matcher, bool),
    /// In the white space after the reasoning.
    Blank,
    Text,
}

/// A part of what was pushed.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    Thinking(String),
    Text(String),
}

impl TextFilter {
    pub(super) fn new(exchange: &Exchange) -> Self {
        let place = if exchange.profile.think_tags { Place::Start(String::new()) } else { Place::Text };
        let stops = exchange.stop_sequences.get(exchange.sent_stop_sequences..).unwrap_or_default();
        Self { place, stops: Matcher::new(stops), matched: None }
    }

    /// Returns `true` if all text passes as it is.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.place, Place::Text) && self.stops.needles.is_empty()
    }

    /// Takes the stop sequence that was found.
    pub(super) fn take_match(&mut self) -> Option<String> {
        self.matched.take()
    }

    /// Returns the number of bytes that are held back.
    pub(super) fn held(&self) -> usize {
        let tag = match &self.place {
            Place::Start(held) => held.len(),
            Place::Thinking(tag, _) => tag.held.len(),
            Place::Blank | Place::Text => 0,
        };
        tag + self.stops.held.len()
    }

    /// Adds the next piece of the text, and returns the parts that need not be held back.
    pub(super) fn push(&mut self, text: String, parts: &mut Vec<Part>) {
        match &mut self.place {
            Place::Start(held) => {
                held.push_str(&text);
                let begin = held.trim_start();
                let blank = held.len() - begin.len();
                if let Some(rest) = begin.strip_prefix(THINK.0).filter(|_| blank <= MAX_BLANK) {
                    let rest = rest.to_owned();
                    self.place = Place::Thinking(Matcher::new(&[THINK.1.to_owned()]), false);
                    self.push(rest, parts);
                } else if blank > MAX_BLANK || !THINK.0.starts_with(begin) {
                    let held = std::mem::take(held);
                    self.place = Place::Text;
                    self.push(held, parts);
                }
            }
            Place::Thinking(tag, has_begun) => {
                let (mut thinking, found) = tag.push(text);
                if !*has_begun {
                    thinking = thinking.trim_start().to_owned();
                    *has_begun = !thinking.is_empty();
                }
                if !thinking.is_empty() {
                    parts.push(Part::Thinking(thinking));
                }
                if let Some((_, rest)) = found {
                    self.place = Place::Blank;
                    self.push(rest, parts);
                }
            }
            Place::Blank => {
                let text = text.trim_start().to_owned();
                if !text.is_empty() {
                    self.place = Place::Text;
                    self.push(text, parts);
                }
            }
            Place::Text if self.matched.is_some() => {}
            Place::Text => {
                let (text, found) = self.stops.push(text);
                self.matched = found.map(|(needle, _)| needle);
                if !text.is_empty() {
                    parts.push(Part::Text(text));
                }
            }
        }
    }

    /// Returns what is held back, because the text is interrupted or ends here.
    pub(super) fn flush(&mut self) -> Option<Part> {
        let part = match &mut self.place {
            Place::Start(held) => Part::Text(std::mem::take(held)),
            Place::Thinking(tag, _) => Part::Thinking(tag.flush()),
            Place::Blank | Place::Text => Part::Text(self.stops.flush()),
        };
        match &part {
            Part::Text(text) | Part::Thinking(text) if text.is_empty() => None,
            _ => Some(part),
        }
    }
}

/// A search for several texts at once, each by the algorithm of Knuth, Morris and Pratt. It takes linear time
/// and keeps as much as the longest text has bytes.
#[derive(Debug, Default)]
struct Matcher {
    needles: Vec<Needle>,
    /// The end of the text so far, as much as may be the beginning of a needle.
    held: String,
}

#[derive(Debug)]
struct Needle {
    text: String,
    /// For each beginning of the text, the length of the longest other one that it ends with.
    links: Vec<usize>,
    /// The number of bytes of the needle that the text so far ends with.
    at: usize,
}

impl Matcher {
    fn new(texts: &[String]) -> Self {
        let texts = texts.iter().filter(|text| !text.is_empty());
        Self { needles: texts.map(|text| Needle::new(text)).collect(), held: String::new() }
    }

    /// Returns the text that need not be held back, and the needle that was found after it, if any, with what
    /// follows. Of several needles that end in the same place, the longest one counts.
    fn push(&mut self, text: String) -> (String, Option<(String, String)>) {
        for (at, byte) in text.bytes().enumerate() {
            let found = self.needles.iter_mut().filter_map(|needle| needle.step(byte).then_some(&*needle));
            let Some(found) = found.max_by_key(|needle| needle.text.len()).map(|needle| needle.text.clone())
            else {
                continue;
            };
            let rest = text[at + 1..].to_owned();
            let mut before = std::mem::take(&mut self.held);
            before.push_str(&text[..=at]);
            before.truncate(before.len() - found.len());
            return (before, Some((found, rest)));
        }
        let kept = self.needles.iter().map(|needle| needle.at).max().unwrap_or(0);
        if kept == 0 && self.held.is_empty() {
            return (text, None);
        }
        let mut released = std::mem::take(&mut self.held);
        released.push_str(&text);
        self.held = released.split_off(released.len() - kept);
        (released, None)
    }

    fn flush(&mut self) -> String {
        for needle in &mut self.needles {
            needle.at = 0;
        }
        std::mem::take(&mut self.held)
    }
}

impl Needle {
    fn new(text: &str) -> Self {
        let mut this = Self { text: text.to_owned(), links: vec![0], at: 0 };
        for &byte in &text.as_bytes()[1..] {
            this.step(byte);
            this.links.push(this.at);
        }
        this.at = 0;
        this
    }

    /// Looks at the next byte of the text. Returns `true` if the needle ends with it.
    fn step(&mut self, byte: u8) -> bool {
        let needle = self.text.as_bytes();
        while self.at > 0 && needle[self.at] != byte {
            self.at = self.links[self.at - 1];
        }
        if needle[self.at] == byte {
            self.at += 1;
        }
        let is_found = self.at == needle.len();
        if is_found {
            self.at = 0;
        }
        is_found
    }
}
