//! The messages of the conversation in a request.

use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::types::settings::OutputConfig;
use crate::types::{Message, MessageContent};
use crate::wire::{Extra, Field, Gaps, Path, gap_count, wire_string};

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
        Path::look(self)
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
        let Self { role, content, clear_at, output_config, extra, gaps: _, is_without_content: _ } = self;
        let mut debug = f.debug_struct("InputMessage");
        debug.field("role", role).field("content", content);
        if let Some(clear_at) = clear_at {
            debug.field("clear_at", clear_at);
        }
        if let Some(output_config) = output_config {
            debug.field("output_config", output_config);
        }
        if !extra.is_empty() {
            debug.field("extra", extra);
        }
        debug.finish()
    }
}

impl Serialize for InputMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { role, content, clear_at, output_config, extra, gaps, is_without_content } = self;
        let is_empty = matches!(content, MessageContent::Blocks(blocks) if blocks.is_empty());
        let may_be_absent = *role == Role::System && (*is_without_content || gaps.is_null(parts::CONTENT));
        let content = (!is_empty || !may_be_absent).then_some(content);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", role)?;
        self.write(&mut map, "content", parts::CONTENT, content)?;
        self.write(&mut map, "clear_at", parts::CLEAR_AT, clear_at.as_ref())?;
        self.write(&mut map, "output_config", parts::OUTPUT_CONFIG, output_config.as_ref())?;
        extra.write(&mut map, &["role", "content", "clear_at", "output_config"])?;
        map.end()
    }
}

impl InputMessage {
    fn write<M: SerializeMap>(
        &self,
        map: &mut M,
        name: &str,
        place: usize,
        value: Option<&impl Serialize>,
    ) -> Result<(), M::Error> {
        match value {
            Some(value) => map.serialize_entry(name, value),
            None if self.gaps.is_null(place) => map.serialize_entry(name, &()),
            None => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for InputMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let gaps_before = gap_count();
        parts::Parts::deserialize(deserializer)?.into_message(gaps_before)
    }
}

impl Field for InputMessage {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    fn unknown(&self, path: &mut Path) {
        let Self { role, content, clear_at, output_config, extra, gaps: _, is_without_content: _ } = self;
        path.below("role", |path| role.unknown(path));
        path.below("content", |path| content.unknown(path));
        path.below("clear_at", |path| clear_at.unknown(path));
        path.below("output_config", |path| Field::unknown(output_config, path));
        extra.unknown(path);
    }
}

#[cfg(test)]
impl crate::wire::Described for InputMessage {
    const TAG: Option<&'static str> = parts::Parts::TAG;
    const TAG_MAY_BE_ABSENT: bool = parts::Parts::TAG_MAY_BE_ABSENT;
    const REQUIRED: &'static [(&'static str, &'static str)] = parts::Parts::REQUIRED;
    const DEFAULTED: &'static [(&'static str, &'static str)] = parts::Parts::DEFAULTED;
    const OPTIONAL: &'static [(&'static str, &'static str)] = parts::Parts::OPTIONAL;
}

/// A message as deserialized, before the check of whether its role requires content.
#[allow(dead_code, unreachable_pub)]
mod parts {
    use serde::de::Error;

    use super::{ClearAt, InputMessage, Role};
    use crate::types::MessageContent;
    use crate::types::settings::OutputConfig;
    use crate::wire::{at, deny_gaps, missing, wire_struct};

    /// The positions of the fields in `Gaps`.
    const PLACES: [usize; 3] = Parts::places(["content", "clear_at", "output_config"]);
    pub(super) const CONTENT: usize = PLACES[0];
    pub(super) const CLEAR_AT: usize = PLACES[1];
    pub(super) const OUTPUT_CONFIG: usize = PLACES[2];

    wire_struct! {
        /// The fields of an [`InputMessage`].
        pub struct Parts,
            /// Creates the parts of a message.
            pub fn new;
        required {
            /// See [`InputMessage`].
            role: Role,
        }
        optional {
            /// See [`InputMessage`].
            content: MessageContent,
            /// See [`InputMessage`].
            clear_at: ClearAt,
            /// See [`InputMessage`].
            output_config: (OutputConfig),
        }
    }

    impl Parts {
        /// `gaps_before` is the number of gaps that had been read before this message.
        pub(super) fn into_message<E: Error>(self, gaps_before: u64) -> Result<InputMessage, E> {
            let Self { role, content, clear_at, output_config, extra, gaps } = self;
            let is_null = gaps.is_null(CONTENT);
            let is_without_content = content.is_none() && !is_null;
            if role != Role::System && is_null {
                return Err(E::custom("content: invalid type: null, expected a string or an array"));
            }
            if role != Role::System && is_without_content {
                return Err(missing("content"));
            }
            let content = content.unwrap_or(MessageContent::Blocks(Vec::new()));
            // A message of the model is sent back as it was received.
            if role != Role::Assistant {
                deny_gaps(gaps_before, &content).map_err(|error| at("content", error))?;
            }
            Ok(InputMessage { role, content, clear_at, output_config, extra, gaps, is_without_content })
        }
    }
}
