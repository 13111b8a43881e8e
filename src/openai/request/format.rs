//! Structured output.

use super::schema;
use super::scope::Scope;
use super::settings;
use crate::openai::profile::StructuredOutput;
use crate::openai::types::{ChatJsonObjectFormat, ChatJsonSchema, ChatJsonSchemaFormat, ChatRequest};
use crate::types::CreateMessageRequest;
use crate::types::settings::OutputFormat;

/// Sets the format of the output. Returns an instruction for the model if the server does not know schemas.
pub(super) fn translate(
    request: &CreateMessageRequest,
    chat: &mut ChatRequest,
    scope: &mut Scope<'_>,
) -> Option<String> {
    let format =
        settings::output(request, |config| config.format.as_ref()).or(request.output_format.as_deref());
    let Some(OutputFormat::JsonSchema(format)) = format else { return None };
    let format = &format.schema;
    match scope.profile.structured_output {
        StructuredOutput::Strict => {
            let is_strict = schema::is_strict(format);
            let schema = ChatJsonSchema::new("response").schema(format.clone()).strict(is_strict);
            if !is_strict {
                let detail = "the output may differ from the schema, which strict mode does not accept";
                scope.replaced("output_config.format.schema", detail);
            }
            chat.response_format = Some(ChatJsonSchemaFormat::new(schema).into());
            return None;
        }
        StructuredOutput::JsonSchema => {
            let schema = ChatJsonSchema::new("response").schema(format.clone());
            chat.response_format = Some(ChatJsonSchemaFormat::new(schema).into());
            return None;
        }
        StructuredOutput::JsonObject => chat.response_format = Some(ChatJsonObjectFormat::new().into()),
        StructuredOutput::None => {}
    }
    scope
        .replaced("output_config.format", "the schema became an instruction, which the model may not follow");
    Some(format!("Reply with one JSON value that matches this JSON schema, and with nothing else:\n{format}"))
}
