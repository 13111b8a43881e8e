//! Requests for a completion as requests of the Messages API.

use std::mem;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::conversation::Conversation;
use super::exchange::ChatExchange;
use super::format::{self, Format};
use super::options::FacadeOptions;
use super::parts::invalid;
use super::rest;
use super::tools::Tools;
use crate::error::ApiError;
use crate::openai::losses::{LossKind, Losses};
use crate::openai::types::{ChatRequest, ChatStop};
use crate::types::settings::{Effort, Metadata, OutputConfig, ServiceTier, ThinkingConfig};
use crate::types::tools::ToolChoice;
use crate::types::{CreateMessageRequest, SystemPrompt};
use crate::wire::{Field, Path};

/// Translates a request for a completion into one of the Messages API.
///
/// | Chat Completions | Messages API |
/// |---|---|
/// | messages with the role `system` or `developer` at the start | `system`; later ones become text of the user, see [`FacadeOptions::system_messages`] |
/// | messages with the role `tool`, and that of the user after them | one message of the user, with the results first |
/// | `functions`, `function_call`, the role `function` | tools, calls and results |
/// | `image_url`, `file` | images and documents; `http` URLs are passed on, and nothing is fetched |
/// | `max_completion_tokens`, `max_tokens` | `max_tokens`, or else [`FacadeOptions::max_tokens`] |
/// | `temperature`, `top_p` | at most 1, and one of them |
/// | `reasoning_effort` | adaptive thinking and an effort; none for `none` and `minimal` |
/// | `response_format` | a format, or instructions for JSON without a schema |
/// | `tool_choice`, `parallel_tool_calls` | `tool_choice`; those tools that `allowed_tools` leaves |
/// | `stop`, `safety_identifier`, `user` | `stop_sequences`, `metadata` |
/// | `cache_control` of parts and tools | the same |
///
/// Whatever else asks for something is among the [losses](ChatExchange::losses). The arguments of calls and
/// the schemas of tools are carried over to the letter.
///
/// # Errors
///
/// An `invalid_request_error` that names the field, if a part of the conversation or a tool cannot be carried
/// over, and, with [`FacadeOptions::strict`], if anything else is lost.
///
/// ```
/// use messages_api::openai::types::ChatRequest;
/// use messages_api::openai::{FacadeOptions, request_from_openai};
///
/// let chat: ChatRequest = serde_json::from_str(
///     r#"{"model":"claude-sonnet-5","seed":7,"messages":[
///         {"role":"system","content":"Reply in one sentence."},
///         {"role":"user","content":"What is the capital of Norway?"}]}"#,
/// )?;
/// let (request, exchange) = request_from_openai(chat, &FacadeOptions::default())?;
/// assert_eq!(request.system.map(|system| system.to_text()).as_deref(), Some("Reply in one sentence."));
/// assert_eq!(request.max_tokens, 4096);
/// assert_eq!(exchange.losses().iter().next().map(|loss| loss.path.as_str()), Some("seed"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn request_from_openai(
    mut chat: ChatRequest,
    options: &FacadeOptions,
) -> Result<(CreateMessageRequest, ChatExchange), ApiError> {
    // What a server may leave out, a caller may not.
    if let Some(missing) = Path::gaps(chat.view(), 1).pop() {
        return Err(ApiError::invalid_request(missing));
    }
    let mut losses = Losses::default();
    let Conversation { mut system, messages, .. } =
        Conversation::translate(mem::take(&mut chat.messages), options, &mut losses)?;
    let tools = Tools::take(&mut chat, &mut losses)?;
    let format = match chat.response_format.take() {
        Some(format) => format::translate(format, &mut losses)?,
        None => None,
    };

    let model = mem::take(&mut chat.model);
    let max_tokens = (chat.max_completion_tokens.take(), chat.max_tokens.take());
    let mut request = CreateMessageRequest::new(
        model.as_str(),
        max_tokens.0.or(max_tokens.1).unwrap_or(options.max_tokens),
    );
    request.messages = messages;
    request.stream = chat.stream.take();
    request.top_k = chat.top_k.take();
    request.stop_sequences = stop_sequences(chat.stop.take(), &mut losses);
    (request.tools, request.tool_choice) = (tools.tools, tools.choice);
    set_effort(&mut request, chat.reasoning_effort.take(), &mut losses)?;
    set_sampling(&mut request, chat.temperature.take(), chat.top_p.take(), &mut losses);
    match format {
        Some(Format::Schema(schema)) => {
            let config = request.output_config.take().unwrap_or_else(OutputConfig::new);
            request.output_config = Some(config.format(schema));
        }
        Some(Format::Instructions(text)) => system.push(text),
        None => {}
    }
    request.system = Some(system).filter(|blocks| !blocks.is_empty()).map(SystemPrompt::Blocks);
    let user = (chat.safety_identifier.take(), chat.user.take());
    request.metadata = user.0.or(user.1).map(|id| Metadata::new().user_id(id));
    request.service_tier = match chat.service_tier.as_deref() {
        Some("auto") => Some(ServiceTier::Auto),
        Some("default") => Some(ServiceTier::StandardOnly),
        _ => None,
    };
    chat.service_tier.take_if(|_| request.service_tier.is_some());

    let include_usage = chat.stream_options.take().is_some_and(|options| options.include_usage == Some(true));
    rest::report(&chat, "", &mut losses);
    if options.strict {
        losses.deny()?;
    }
    let exchange = ChatExchange {
        model,
        created: now(),
        include_usage,
        reasoning: options.reasoning,
        has_functions: tools.are_functions,
        losses: Arc::new(losses),
    };
    Ok((request, exchange))
}

/// Sets how much the model thinks.
fn set_effort(
    request: &mut CreateMessageRequest,
    effort: Option<String>,
    losses: &mut Losses,
) -> Result<(), ApiError> {
    const PATH: &str = "reasoning_effort";
    let Some(effort) = effort else { return Ok(()) };
    match (effort.as_str(), Effort::from(effort.as_str())) {
        ("none", _) => request.thinking = Some(ThinkingConfig::disabled()),
        ("minimal", _) => {
            losses.add(PATH, LossKind::Replaced, "the model does not think at all");
            request.thinking = Some(ThinkingConfig::disabled());
        }
        (_, Effort::Unknown(_)) => {
            return Err(invalid(PATH, "must be one of none, minimal, low, medium, high, xhigh, max"));
        }
        (_, effort) => {
            request.output_config = Some(OutputConfig::new().effort(effort));
            if matches!(request.tool_choice, Some(ToolChoice::Any(_) | ToolChoice::Tool(_))) {
                losses.add(PATH, LossKind::Repaired, "a model that must call a tool cannot think before");
            } else {
                request.thinking = Some(ThinkingConfig::adaptive());
            }
        }
    }
    Ok(())
}

/// Sets the randomness of the output. Models take one of the two settings, and none that is far from the
/// default while they think.
fn set_sampling(
    request: &mut CreateMessageRequest,
    temperature: Option<f64>,
    top_p: Option<f64>,
    losses: &mut Losses,
) {
    let thinks = matches!(request.thinking, Some(ThinkingConfig::Adaptive(_)));
    let mut temperature = temperature;
    if temperature.is_some_and(|value| value > 1.0) {
        losses.add("temperature", LossKind::Repaired, "is sent as 1, the maximum");
        temperature = Some(1.0);
    }
    let mut top_p = top_p;
    if top_p.is_some() && temperature == Some(1.0) {
        temperature = None;
    } else if top_p == Some(1.0) && temperature.is_some() {
        top_p = None;
    } else if top_p.is_some() && temperature.is_some() {
        losses.add("top_p", LossKind::Dropped, "cannot be set together with `temperature`");
        top_p = None;
    }
    if thinks && temperature.take_if(|value| *value < 1.0).is_some() {
        losses.add("temperature", LossKind::Dropped, "cannot be set for a model that thinks");
    }
    if thinks && top_p.take_if(|value| *value < 0.95).is_some() {
        losses.add("top_p", LossKind::Dropped, "cannot be less than 0.95 for a model that thinks");
    }
    (request.temperature, request.top_p) = (temperature, top_p);
}

/// Returns the texts that end the message. The Messages API rejects those that are blank.
fn stop_sequences(stop: Option<ChatStop>, losses: &mut Losses) -> Option<Vec<String>> {
    let mut sequences = match stop? {
        ChatStop::Text(text) => vec![text],
        ChatStop::List(texts) => texts,
    };
    let count = sequences.len();
    sequences.retain(|text| !text.trim().is_empty());
    if sequences.len() < count {
        losses.add("stop", LossKind::Dropped, "blank texts cannot end a message");
    }
    Some(sequences).filter(|sequences| !sequences.is_empty())
}

/// Returns the seconds since 1970; 0 on `wasm32-unknown-unknown`, for which the standard library has no
/// clock.
fn now() -> u64 {
    let has_clock = !cfg!(all(target_family = "wasm", target_os = "unknown"));
    let since = has_clock.then(|| SystemTime::now().duration_since(UNIX_EPOCH));
    since.and_then(Result::ok).unwrap_or_default().as_secs()
}
