//! TODO.

use crate::types::CacheControl;
use crate::wire::{wire_shape, wire_string, wire_struct};

wire_struct! {
    /// A file that is uploaded to the container.
    ///
    /// ```
    /// let block = messages_api::types::server_tools::ContainerUploadBlock::new("file_01");
    /// ```
    pub struct ContainerUploadBlock = "container_upload",
        /// The file `file_id`.
        pub fn new;
    required {
        /// The file.
        file_id: String,
    }
    optional {
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_shape! {
    /// The container that server tools shall run in.
    ///
    /// ```
    /// use messages_api::types::server_tools::{ContainerConfig, ContainerParams, Skill, SkillType};
    ///
    /// let params = ContainerParams::new().skills(vec![Skill::new(SkillType::Anthropic, "xlsx")]);
    /// let container = ContainerConfig::from(params);
    /// ```
    pub enum ContainerConfig, "a string or an object" {
        /// One that is there, by its id.
        Id = text(String),
        /// One that is there or a new one, and its skills.
        Params = object(ContainerParams),
    }
}

wire_struct! {
    /// A container and its skills.
    ///
    /// ```
    /// let params = messages_api::types::server_tools::ContainerParams::new().id("container_01");
    /// ```
    pub struct ContainerParams,
        /// A new container.
        pub fn new;
    required {}
    optional {
        /// One that is there.
        id: String,
        /// What it shall know.
        skills: [Skill],
    }
}

wire_struct! {
    /// Something that a container knows how to do.
    ///
    /// ```
    /// use messages_api::types::server_tools::{Skill, SkillType};
    ///
    /// let skill = Skill::new(SkillType::Anthropic, "xlsx").version("latest");
    /// ```
    pub struct Skill,
        /// The skill `skill_id`.
        pub fn new;
    required {
        /// Whose it is.
        r#type: SkillType,
        /// The skill, 1 to 64 characters.
        skill_id: String,
    }
    optional {
        /// Its version, 1 to 64 characters; the latest where absent.
        version: String,
    }
}

wire_string! {
    /// Whose a skill is.
    ///
    /// ```
    /// assert_eq!(messages_api::types::server_tools::SkillType::Custom.as_str(), "custom");
    /// ```
    pub enum SkillType {
        /// The API's.
        Anthropic = "anthropic",
        /// The caller's.
        Custom = "custom",
    }
}

wire_struct! {
    /// The container that server tools ran in.
    ///
    /// ```
    /// let container = messages_api::types::server_tools::Container::new("container_01", "2026-11-01T00:00:00Z");
    /// ```
    pub struct Container,
        /// The container `id`.
        pub fn new;
    required {
        /// Names it; a later request may use it again.
        id: String,
        /// When it goes, RFC 3339.
        expires_at: String,
    }
    optional {
        /// What it knows.
        skills: [Skill],
    }
}
