//! The definitions of a set, and the names by which calls find them.

use std::fmt;

use crate::types::ToolUseBlock;
use crate::types::tools::Tool;

/// The definitions of a set, in the order in which they were added.
#[derive(Clone, Default)]
pub(super) struct List {
    definitions: Vec<Tool>,
    /// The first fault that the set was built with.
    problem: Option<String>,
}

/// The name by which the model calls a tool.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key<'a> {
    Tool(&'a str),
    /// Stands for all members of a toolset.
    Toolset(&'a str),
}

impl List {
    /// Adds a definition, unless something is wrong with it, and returns `true` if it was added.
    pub(super) fn add(&mut self, definition: Result<Tool, serde_json::Error>, runs: bool) -> bool {
        match self.check(definition, runs) {
            Ok(tool) => {
                self.definitions.push(tool);
                true
            }
            Err(problem) => {
                self.problem.get_or_insert(problem);
                false
            }
        }
    }

    fn check(&self, definition: Result<Tool, serde_json::Error>, runs: bool) -> Result<Tool, String> {
        let tool = definition.map_err(|error| format!("a tool has no schema: {error}"))?;
        match key_of(&tool) {
            Some(key) if self.position(key).is_some() => Err(twice(key)),
            None if runs => {
                Err(format!("a tool of the type {} has no name to be called by", tool.type_name()))
            }
            _ => Ok(tool),
        }
    }

    /// Returns the position of the definition that a call refers to.
    pub(super) fn position(&self, key: Key<'_>) -> Option<usize> {
        self.definitions.iter().position(|tool| key_of(tool) == Some(key))
    }

    pub(super) fn definitions(&self) -> impl Iterator<Item = &Tool> {
        self.definitions.iter()
    }

    /// Appends the definitions to the tools of a request. One that the request already has, because it comes
    /// from an earlier run, stays where it is.
    ///
    /// # Errors
    ///
    /// What is wrong with the set, or a name that the request uses for another tool.
    pub(super) fn append_to(&self, tools: &mut Option<Vec<Tool>>) -> Result<(), String> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        if self.definitions.is_empty() {
            return Ok(());
        }
        let tools = tools.get_or_insert_default();
        let own = tools.len();
        for definition in &self.definitions {
            if tools[..own].contains(definition) {
                continue;
            }
            if let Some(key) = key_of(definition) {
                if tools[..own].iter().any(|tool| key_of(tool) == Some(key)) {
                    return Err(twice(key));
                }
            }
            tools.push(definition.clone());
        }
        Ok(())
    }
}

fn twice(key: Key<'_>) -> String {
    format!("the name {key} is used for two tools")
}

/// Returns the name of a definition; `None` if the model does not call it by a name of its own.
pub(super) fn key_of(tool: &Tool) -> Option<Key<'_>> {
    match tool {
        Tool::BrowserToolset20260801(_) => Some(Key::Toolset("browser")),
        Tool::ComputerToolset20260801(_) => Some(Key::Toolset("computer")),
        tool => tool.name().map(Key::Tool),
    }
}

/// Returns the name of the tool that a call refers to.
pub(super) fn key_of_call(call: &ToolUseBlock) -> Key<'_> {
    match &call.toolset_name {
        Some(toolset) => Key::Toolset(toolset),
        None => Key::Tool(&call.name),
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool(name) | Self::Toolset(name) => f.write_str(name),
        }
    }
}
