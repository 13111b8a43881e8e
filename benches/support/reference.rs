//! Types that derive serde's traits, as a yardstick for reading and writing.

use serde::{Deserialize, Serialize};

/// A delta event of any type, chosen by the name of the event.
#[derive(Deserialize)]
pub struct DeltaEvent {
    pub index: u64,
    pub delta: Delta,
}

/// The fields of all deltas.
#[derive(Deserialize)]
pub struct Delta {
    pub text: Option<String>,
    pub partial_json: Option<String>,
    pub thinking: Option<String>,
    pub signature: Option<String>,
}

/// A delta event that can only hold text.
#[derive(Deserialize)]
pub struct TextDeltaEvent {
    pub index: u64,
    pub delta: TextDelta,
}

#[derive(Deserialize)]
pub struct TextDelta {
    pub text: String,
}

#[derive(Deserialize)]
pub struct MessageStartEvent {
    pub message: Message,
}

#[derive(Deserialize)]
pub struct BlockStartEvent {
    pub index: u64,
    pub content_block: Block,
}

#[derive(Deserialize)]
pub struct MessageDeltaEvent {
    pub delta: StopDelta,
    pub usage: Usage,
}

/// Any event, as one of serde's internally tagged enums.
#[derive(Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    MessageStart { message: Message },
    ContentBlockStart { index: u64, content_block: Block },
    ContentBlockDelta { index: u64, delta: TaggedDelta },
    ContentBlockStop { index: u64 },
    MessageDelta { delta: StopDelta, usage: Usage },
    MessageStop,
    Ping,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(clippy::enum_variant_names)]
pub enum TaggedDelta {
    TextDelta { text: String },
    InputJsonDelta { partial_json: String },
    ThinkingDelta { thinking: String },
    SignatureDelta { signature: String },
}

#[derive(Deserialize, Serialize)]
pub struct Message {
    pub id: String,
    pub r#type: String,
    pub role: String,
    pub model: String,
    pub content: Vec<Block>,
    pub stop_reason: Option<String>,
    pub stop_sequence: Option<String>,
    pub usage: Usage,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    Text { text: String },
    Thinking { thinking: String, signature: String },
    ToolUse { id: String, name: String, input: serde_json::Map<String, serde_json::Value> },
}

#[derive(Deserialize, Serialize)]
pub struct StopDelta {
    pub stop_reason: Option<String>,
    pub stop_sequence: Option<String>,
}

#[derive(Deserialize, Serialize)]
pub struct Usage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_creation_input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read_input_tokens: Option<u64>,
    pub output_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<String>,
}
