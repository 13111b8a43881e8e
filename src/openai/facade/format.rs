//! The form of the output that a request asks for.

use super::parts::invalid;
use crate::error::ApiError;
use crate::json::Json;
use crate::openai::losses::{LossKind, Losses};
use crate::openai::types::{ChatJsonSchema, ChatResponseFormat};
use crate::types::ContentBlock;
use crate::types::settings::{JsonOutputFormat, strict_schema};

const PATH: &str = "response_format";

/// The size in bytes of the largest schema. A parsed one takes many times its size in memory.
const MAX_SCHEMA_BYTES: usize = 256 * 1024;

/// How the output gets its form.
pub(super) enum Format {
    /// By a schema that the model is held to.
    Schema(JsonOutputFormat),
    /// By instructions.
    Instructions(ContentBlock),
}

/// Returns how the output gets the form that is asked for; `None` for text.
pub(super) fn translate(format: ChatResponseFormat, losses: &mut Losses) -> Result<Option<Format>, ApiError> {
    match format {
        ChatResponseFormat::Text(_) => Ok(None),
        ChatResponseFormat::JsonObject(_) => {
            losses.add(PATH, LossKind::Replaced, "is sent as instructions, which the model may not follow");
            let text = "Respond with one JSON object and nothing else, without a code fence.";
            Ok(Some(Format::Instructions(ContentBlock::text(text))))
        }
        ChatResponseFormat::JsonSchema(format) => schema(format.json_schema, losses).map(Some),
        ChatResponseFormat::Unknown(format) => {
            Err(invalid(PATH, &format!("the type {:?} is not supported", format.type_name())))
        }
    }
}

fn schema(format: ChatJsonSchema, losses: &mut Losses) -> Result<Format, ApiError> {
    let path = &format!("{PATH}.json_schema.schema");
    let schema = format.schema.ok_or_else(|| invalid(path, "missing field"))?;
    if format.description.is_some_and(|text| !text.is_empty()) {
        let path = format!("{PATH}.json_schema.description");
        losses.add(path, LossKind::Dropped, "has no counterpart in the Messages API");
    }
    if schema.as_raw_str().len() > MAX_SCHEMA_BYTES {
        return Err(invalid(path, &format!("must not be longer than {MAX_SCHEMA_BYTES} bytes")));
    }
    let value: serde_json::Value = schema.decode().map_err(|error| invalid(path, &error.to_string()))?;
    match strict_schema(&value) {
        Ok(strict) if strict == value => Ok(Format::Schema(JsonOutputFormat::new(schema))),
        Ok(strict) => {
            losses.add(path, LossKind::Repaired, "what the API cannot enforce is sent as a description");
            let strict = Json::encode(&strict).map_err(|error| invalid(path, &error.to_string()))?;
            Ok(Format::Schema(JsonOutputFormat::new(strict)))
        }
        Err(error) => {
            losses.add(path, LossKind::Replaced, format!("is sent as instructions: {error}"));
            let text = format!(
                "Respond with nothing but JSON that matches this schema, without a code fence:\n{}",
                schema.as_raw_str()
            );
            Ok(Format::Instructions(ContentBlock::text(text)))
        }
    }
}
