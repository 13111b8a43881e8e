//! The messages of a conversation.

use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::types::settings::OutputConfig;
use crate::types::{Message, MessageContent};
use crate::wire::{Extra, Field, Nulls, Path, wire_string};

/// A message of the conversation.
///
/// One of the role `system` may come without `content`, only to change the
/// `output_config` (beta). Its content reads as no blocks, and stays off the
/// wire as long as it is that.
///
/// ```
/// use messages_api::{InputMessage, Role};
///
/// let message = InputMessage::new(Role::User, "hi");
/// assert_eq!(message.content.to_text(), "hi");
/// ```
// Not by `wire_struct!`: whether `content` may be absent depends on `role`.
#[derive(Clone)]
#[non_exhaustive]
pub struct InputMessage {
    /// Who wrote it.
    pub role: Role,
    /// A string or blocks.
    pub content: MessageContent,
    /// Until when it holds; only on messages of the role `system` (beta).
    pub clear_at: Option<ClearAt>,
    /// What to change from here on; only on messages of the role `system` (beta).
    pub output_config: Option<Box<OutputConfig>>,
    /// Fields that this version of the crate does not know.
    pub extra: Extra,
    nulls: Nulls,
    /// There was no `content`, not even `null`.
    is_without_content: bool,
}

impl InputMessage {
    /// A message by `role`.
    pub fn new(role: impl Into<Role>, content: impl Into<MessageContent>) -> Self {
        Self {
            role: role.into(),
            content: content.into(),
            clear_at: None,
            output_config: None,
            extra: Extra::default(),
            nulls: Nulls::default(),
            is_without_content: false,
        }
    }

    /// A message of the role `system` without content, which changes the
    /// `output_config` from here on (beta).
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

    /// Sets the field of this name.
    #[must_use]
    pub fn clear_at(mut self, clear_at: impl Into<ClearAt>) -> Self {
        self.clear_at = Some(clear_at.into());
        self
    }

    /// Sets the field of this name.
    #[must_use]
    pub fn output_config(mut self, output_config: impl Into<Box<OutputConfig>>) -> Self {
        self.output_config = Some(output_config.into());
        self
    }

    /// The paths of all that this version of the crate does not know
    /// in here: fields, types, and values (`path=value`) of open enums.
    pub fn unknown(&self) -> Vec<String> {
        Path::look(self)
    }
}

impl From<Message> for InputMessage {
    /// The answer as the next turn of the conversation. Its content is kept
    /// whole; what only an answer has (id, usage, …) has no place in a request.
    fn from(message: Message) -> Self {
        Self::new(message.role, message.content)
    }
}

wire_string! {
    /// Who wrote a message.
    ///
    /// ```
    /// assert_eq!(messages_api::Role::from("user"), messages_api::Role::User);
    /// ```
    pub enum Role {
        /// The caller.
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// Instructions in the middle of a conversation.
        System = "system",
    }
}

wire_string! {
    /// Until when a message of the role `system` holds (beta).
    ///
    /// ```
    /// assert_eq!(messages_api::types::ClearAt::Never.as_str(), "never");
    /// ```
    pub enum ClearAt {
        /// Until the user's next message.
        NextUserMessage = "next_user_message",
        /// To the end.
        Never = "never",
    }
}

impl PartialEq for InputMessage {
    fn eq(&self, other: &Self) -> bool {
        self.role == other.role
            && self.content == other.content
            && self.clear_at == other.clear_at
            && self.output_config == other.output_config
            && self.extra == other.extra
    }
}

impl fmt::Debug for InputMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("InputMessage");
        debug.field("role", &self.role).field("content", &self.content);
        if let Some(clear_at) = &self.clear_at {
            debug.field("clear_at", clear_at);
        }
        if let Some(output_config) = &self.output_config {
            debug.field("output_config", output_config);
        }
        if !self.extra.is_empty() {
            debug.field("extra", &self.extra);
        }
        debug.finish()
    }
}

impl Serialize for InputMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_empty = matches!(&self.content, MessageContent::Blocks(blocks) if blocks.is_empty());
        let may_be_off =
            self.role == Role::System && (self.is_without_content || self.nulls.contains(parts::CONTENT));
        let content = (!is_empty || !may_be_off).then_some(&self.content);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", &self.role)?;
        self.write(&mut map, "content", parts::CONTENT, content)?;
        self.write(&mut map, "clear_at", parts::CLEAR_AT, self.clear_at.as_ref())?;
        self.write(&mut map, "output_config", parts::OUTPUT_CONFIG, self.output_config.as_ref())?;
        self.extra.write(&mut map, &["role", "content", "clear_at", "output_config"])?;
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
            None if self.nulls.contains(place) => map.serialize_entry(name, &()),
            None => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for InputMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parts::Parts::deserialize(deserializer)?.into_message()
    }
}

impl Field for InputMessage {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    fn unknown(&self, path: &mut Path) {
        path.below("role", |path| self.role.unknown(path));
        path.below("content", |path| self.content.unknown(path));
        path.below("clear_at", |path| self.clear_at.unknown(path));
        path.below("output_config", |path| Field::unknown(&self.output_config, path));
        self.extra.unknown(path);
    }
}

#[cfg(test)]
impl crate::wire::Described for InputMessage {
    const TAG: Option<&'static str> = parts::Parts::TAG;
    const REQUIRED: &'static [(&'static str, &'static str)] = parts::Parts::REQUIRED;
    const OPTIONAL: &'static [(&'static str, &'static str)] = parts::Parts::OPTIONAL;
}

/// A message as it comes, before its role tells whether it needs content.
#[allow(dead_code, unreachable_pub)]
mod parts {
    use serde::de::Error;

    use super::{ClearAt, InputMessage, Role};
    use crate::types::MessageContent;
    use crate::types::settings::OutputConfig;
    use crate::wire::{missing, wire_struct};

    /// The places of the fields in `Nulls`, as `wire_struct!` numbers them.
    pub(super) const CONTENT: usize = 2;
    pub(super) const CLEAR_AT: usize = 3;
    pub(super) const OUTPUT_CONFIG: usize = 4;

    wire_struct! {
        /// See [`InputMessage`].
        pub struct Parts,
            /// Parts by `role`.
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
        pub(super) fn into_message<E: Error>(self) -> Result<InputMessage, E> {
            let is_null = self.nulls.contains(CONTENT);
            let is_without_content = self.content.is_none() && !is_null;
            if self.role != Role::System && is_null {
                return Err(E::custom("content: invalid type: null, expected a string or an array"));
            }
            if self.role != Role::System && is_without_content {
                return Err(missing("content"));
            }
            Ok(InputMessage {
                role: self.role,
                content: self.content.unwrap_or(MessageContent::Blocks(Vec::new())),
                clear_at: self.clear_at,
                output_config: self.output_config,
                extra: self.extra,
                nulls: self.nulls,
                is_without_content,
            })
        }
    }
}
