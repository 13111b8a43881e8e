//! The messages of the conversation in a request.

use std::any::Any;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use crate::types::settings::OutputConfig;
use crate::types::{Message, MessageContent};
use crate::wire::{
    self, Extra, Field, Gaps, Layout, Object, Path, Problem, Slot, Target, View, at, deny_gaps, labels,
    labels_len, missing, places, wire_string,
};

/// A message of the conversation in a request: a turn of the user, an earlier turn of the model, or
/// instructions in between.
///
/// Build one with [`user`](Self::user) or [`assistant`](Self::assistant). A [`Message`] that the model
/// returned converts with `From`.
///
/// A message with the role `system` may lack `content` if it only changes the `output_config` (beta). Its
/// `content` then reads as an empty list of blocks, and is not written as long as it is empty.
///
/// ```
/// use messages_api::{ContentBlock, InputMessage, Message, Usage};
///
/// let content = vec![ContentBlock::text("Oslo.")];
/// let message = Message::new("msg_01", "claude-sonnet-5", content, Usage::new(9, 3));
/// let conversation = vec![
///     InputMessage::user("What is the capital of Norway?"),
///     InputMessage::from(message),
///     InputMessage::user("And of Sweden?"),
/// ];
/// assert_eq!(conversation[1].content.to_text(), "Oslo.");
/// assert_eq!(
///     serde_json::to_string(&conversation[2])?,
///     r#"{"role":"user","content":"And of Sweden?"}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
// Not declared with `wire_struct!`, in which a field is either required or optional: here, whether `content`
// may be absent depends on `role`.
#[derive(Clone)]
#[non_exhaustive]
pub struct InputMessage {
    /// The author of the message.
    pub role: Role,
    /// The content of the message: a string, or a list of blocks.
    pub content: MessageContent,
    /// The point at which the message ceases to apply; only on messages with the role `system` (beta).
    pub clear_at: Option<ClearAt>,
    /// The output settings that apply from this message on; only on messages with the role `system` (beta).
    pub output_config: Option<Box<OutputConfig>>,
    /// Fields that this version of the crate does not know, kept as raw JSON.
    pub extra: Extra,
    gaps: Gaps,
    /// Whether `content` was absent rather than `null`.
    is_without_content: bool,
}

impl InputMessage {
    /// Creates a message with the given role.
    pub fn new(role: impl Into<Role>, content: impl Into<MessageContent>) -> Self {
        Self {
            role: role.into(),
            content: content.into(),
            clear_at: None,
            output_config: None,
            extra: Extra::default(),
            gaps: Gaps::default(),
            is_without_content: false,
        }
    }

    /// Creates a message with the role `user`.
    ///
    /// Tool results are sent in such a message, too: pass a
    /// [`ToolResultBlock`](crate::types::ToolResultBlock), or several in a `Vec`.
    pub fn user(content: impl Into<MessageContent>) -> Self {
        Self::new(Role::User, content)
    }

    /// Creates a message with the role `assistant`, for a conversation that was not recorded as [`Message`]s.
    ///
    /// At the end of a request it is a prefill, which the model continues. Newer models reject a prefill.
    pub fn assistant(content: impl Into<MessageContent>) -> Self {
        Self::new(Role::Assistant, content)
    }

    /// Creates a message with the role `system` without content, which changes the output settings from this
    /// point on (beta).
    ///
    /// ```
    /// use messages_api::InputMessage;
    /// use messages_api::types::settings::{Effort, OutputConfig};
    ///
    /// let message = InputMessage::config(OutputConfig::new().effort(Effort::Low));
    /// assert_eq!(serde_json::to_string(&message)?, r#"{"role":"system","output_config":{"effort":"low"}}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn config(output_config: OutputConfig) -> Self {
        let mut message =
            Self::new(Role::System, MessageContent::Blocks(Vec::new())).output_config(output_config);
        message.is_without_content = true;
        message
    }

    /// The point at which the message ceases to apply; only on messages with the role `system` (beta).
    #[must_use]
    pub fn clear_at(mut self, clear_at: impl Into<ClearAt>) -> Self {
        self.clear_at = Some(clear_at.into());
        self
    }

    /// The output settings that apply from this message on; only on messages with the role `system` (beta).
    #[must_use]
    pub fn output_config(mut self, output_config: impl Into<Box<OutputConfig>>) -> Self {
        self.output_config = Some(output_config.into());
        self
    }

    /// Returns the paths of everything in this value that this version of the
    /// crate does not know: fields, `type`s, and values of open enums (as
    /// `path=value`).
    pub fn unknown(&self) -> Vec<String> {
        Path::look(self.view(), usize::MAX)
    }
}

impl From<Message> for InputMessage {
    /// Makes the model's message the next turn of the conversation. Its content is kept whole. Fields that a
    /// request does not have, such as `id` and `usage`, are dropped.
    fn from(message: Message) -> Self {
        Self::new(message.role, message.content)
    }
}

wire_string! {
    /// The author of a message.
    pub enum Role {
        /// The caller of the API, on behalf of a person or a program.
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// The caller of the API, with instructions in the middle of a conversation.
        System = "system",
    }
}

wire_string! {
    /// The point at which a message with the role `system` ceases to apply (beta).
    pub enum ClearAt {
        /// The message applies until the next message of the user.
        NextUserMessage = "next_user_message",
        /// The message applies until the end of the conversation.
        Never = "never",
    }
}

impl PartialEq for InputMessage {
    fn eq(&self, other: &Self) -> bool {
        let Self { role, content, clear_at, output_config, extra, gaps: _, is_without_content: _ } = self;
        *role == other.role
            && *content == other.content
            && *clear_at == other.clear_at
            && *output_config == other.output_config
            && *extra == other.extra
    }
}

impl fmt::Debug for InputMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        wire::debug(self, f)
    }
}

impl Serialize for InputMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::write(self.view(), serializer)
    }
}

impl<'de> Deserialize<'de> for InputMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::read(deserializer)
    }
}

impl Field for InputMessage {
    fn blank() -> Self {
        let blank = Self::new(Role::blank(), MessageContent::Blocks(Vec::new()));
        Self { is_without_content: true, ..blank }
    }

    fn slot(&mut self) -> Slot<'_> {
        Target::Object(self).into()
    }

    fn view(&self) -> View<'_> {
        View::Object(self)
    }
}

const NAMES: &[&str] = &["type", "role", "content", "clear_at", "output_config"];
const LAYOUT: &Layout = &Layout {
    type_name: "InputMessage",
    names: NAMES,
    labels: &labels::<{ labels_len(NAMES) }>(NAMES),
    required: 1,
    defaulted: 0,
    tag: None,
    tag_may_be_absent: false,
    is_checked: true,
    secrets: 0,
};
const PLACES: [usize; 4] = places(["role", "content", "clear_at", "output_config"], NAMES);
const ROLE: usize = PLACES[0];
const CONTENT: usize = PLACES[1];
const CLEAR_AT: usize = PLACES[2];
const OUTPUT_CONFIG: usize = PLACES[3];

impl Object for InputMessage {
    fn layout(&self) -> &'static Layout {
        LAYOUT
    }

    fn get(&self, place: usize) -> Option<View<'_>> {
        match place {
            ROLE => Some(self.role.view()),
            CONTENT if self.has_content() => Some(self.content.view()),
            CLEAR_AT => self.clear_at.as_ref().map(Field::view),
            OUTPUT_CONFIG => self.output_config.as_ref().map(Field::view),
            _ => None,
        }
    }

    fn field(&mut self, place: usize) -> Slot<'_> {
        match place {
            ROLE => self.role.slot(),
            CONTENT => {
                self.is_without_content = false;
                self.content.slot()
            }
            CLEAR_AT => self.clear_at.get_or_insert_with(Field::blank).slot(),
            OUTPUT_CONFIG => self.output_config.get_or_insert_with(Field::blank).slot(),
            _ => unreachable!("a message has no field at {place}"),
        }
    }

    fn rest(&self) -> (&Extra, Gaps) {
        (&self.extra, self.gaps)
    }

    fn rest_mut(&mut self) -> (&mut Extra, &mut Gaps) {
        (&mut self.extra, &mut self.gaps)
    }

    fn check(&self, gaps_before: u64) -> Result<(), Problem> {
        if self.role != Role::System && self.gaps.is_null(CONTENT) {
            return Err(Problem::custom("content: invalid type: null, expected a string or an array"));
        }
        if self.role != Role::System && self.is_without_content {
            return Err(missing("content"));
        }
        // A message of the model is sent back as it was received.
        if self.role != Role::Assistant {
            deny_gaps(gaps_before, self.content.view()).map_err(|error| at("content", error))?;
        }
        Ok(())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_object(&self) -> &dyn Object {
        self
    }

    fn as_object_mut(&mut self) -> &mut dyn Object {
        self
    }
}

impl InputMessage {
    /// Returns `false` if the content came as absent or `null` and is still empty.
    fn has_content(&self) -> bool {
        let is_empty = matches!(&self.content, MessageContent::Blocks(blocks) if blocks.is_empty());
        let may_be_absent =
            self.role == Role::System && (self.is_without_content || self.gaps.is_null(CONTENT));
        !is_empty || !may_be_absent
    }
}

#[cfg(test)]
impl wire::Described for InputMessage {
    const REQUIRED: &'static [(&'static str, &'static str)] = &[("role", "Role")];
    const DEFAULTED: &'static [(&'static str, &'static str)] = &[];
    const OPTIONAL: &'static [(&'static str, &'static str)] =
        &[("content", "MessageContent"), ("clear_at", "ClearAt"), ("output_config", "(OutputConfig)")];
}
