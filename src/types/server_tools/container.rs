//! The container of code execution: what a request asks for, and what a message reports.

use crate::types::CacheControl;
use crate::wire::{wire_shape, wire_string, wire_struct};

wire_struct! {
    /// A file for the container of code execution, referred to by its id.
    ///
    /// The caller sends it to make an uploaded file available to code; the API may also return it.
    ///
    /// ```
    /// use messages_api::types::server_tools::{CodeExecutionTool20260521, ContainerUploadBlock};
    /// use messages_api::{ContentBlock, CreateMessageRequest};
    ///
    /// let content = vec![
    ///     ContainerUploadBlock::new("file_01").into(),
    ///     ContentBlock::text("Plot the rain per month."),
    /// ];
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 1024)
    ///     .tool(CodeExecutionTool20260521::new())
    ///     .user(content);
    /// assert_eq!(serde_json::to_value(&request)?["messages"][0]["content"][0]["file_id"], "file_01");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ContainerUploadBlock = "container_upload",
        /// Creates a block for the file `file_id`.
        pub fn new;
    required {
        /// The id of the file.
        file_id: String,
    }
    optional {
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_shape! {
    /// The container in which code execution should run: the `container` of a
    /// [`CreateMessageRequest`](crate::types::CreateMessageRequest).
    ///
    /// Pass the id of an earlier message's [`Container`] to continue with the files in that container.
    ///
    /// ```
    /// use messages_api::types::server_tools::{ContainerConfig, ContainerParams, Skill, SkillType};
    ///
    /// let existing = ContainerConfig::from("container_01");
    /// assert_eq!(serde_json::to_string(&existing)?, r#""container_01""#);
    ///
    /// let skill = Skill::new(SkillType::Anthropic, "xlsx").version("latest");
    /// let skilled = ContainerConfig::from(ContainerParams::new().skills(vec![skill]));
    /// assert_eq!(
    ///     serde_json::to_string(&skilled)?,
    ///     r#"{"skills":[{"type":"anthropic","skill_id":"xlsx","version":"latest"}]}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum ContainerConfig, "a string or an object" {
        /// Reuses the container with this id.
        Id = text(String),
        /// Equips a new or an existing container with skills.
        Params = object(ContainerParams),
    }
}

wire_struct! {
    /// A container together with the skills that it needs.
    ///
    /// The object form of [`ContainerConfig`].
    pub struct ContainerParams,
        /// Creates the parameters of a new container without skills.
        pub fn new;
    required {}
    optional {
        /// The id of an existing container; a new one is created if absent.
        id: String,
        /// The skills to load into the container.
        skills: [Skill],
    }
}

wire_struct! {
    /// A skill: instructions and files that a container holds for a certain kind of task.
    pub struct Skill,
        /// Creates the skill `skill_id` of the given provider, without a version.
        pub fn new;
    required {
        /// The provider of the skill.
        r#type: SkillType,
        /// The id of the skill, 1 to 64 characters.
        skill_id: String,
    }
    optional {
        /// The version of the skill, 1 to 64 characters, such as `latest` in a request.
        version: String,
    }
}

wire_string! {
    /// The provider of a [`Skill`].
    pub enum SkillType {
        /// The skill comes with the API.
        Anthropic = "anthropic",
        /// The skill is the caller's own.
        Custom = "custom",
    }
}

wire_struct! {
    /// The container in which server tools ran, as a [`Message`](crate::types::Message) reports it.
    ///
    /// ```
    /// use messages_api::types::server_tools::Container;
    /// use messages_api::{CreateMessageRequest, Message, Usage};
    ///
    /// let message = Message::new("msg_01", "claude-sonnet-5", Vec::new(), Usage::new(380, 52))
    ///     .container(Container::new("container_01", "2026-11-01T00:00:00Z"));
    ///
    /// // The next request continues in the same container.
    /// let mut request = CreateMessageRequest::new("claude-sonnet-5", 1024).user("Now per week.");
    /// if let Some(container) = message.container {
    ///     request = request.container(container.id);
    /// }
    /// assert_eq!(serde_json::to_value(&request)?["container"], "container_01");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Container,
        /// Creates the container `id`, which expires at `expires_at`.
        pub fn new;
    required {
        /// The id, by which a later request can reuse the container.
        id: String,
    }
    defaulted {
        /// The time at which the container expires, in RFC 3339 format.
        expires_at: String,
    }
    optional {
        /// The skills in the container.
        skills: [Skill],
    }
}
