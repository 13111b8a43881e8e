//! Blocks of the user and of tool results, as parts of a message.

use super::draft::text_part;
use super::scope::{Scope, invalid};
use super::system;
use crate::error::ApiError;
use crate::json::Json;
use crate::openai::types::{ChatFile, ChatFilePart, ChatImagePart, ChatImageUrl, ChatPart};
use crate::types::citations::CitationsConfig;
use crate::types::context::MidConversationSystemContent;
use crate::types::media::IMAGES;
use crate::types::{
    Base64Source, CacheControl, ContentBlock, ContentSourceContent, DocumentBlock, DocumentSource,
    ImageBlock, ImageSource, SearchResultBlock,
};

/// Returns the parts that stand for `block`; none if it is empty or the protocol has no place for it.
pub(super) fn translate(
    block: &ContentBlock,
    path: &str,
    scope: &mut Scope<'_>,
) -> Result<Vec<ChatPart>, ApiError> {
    Ok(match block {
        ContentBlock::Text(block) => {
            let marker = scope.marker(block.cache_control.as_ref(), path);
            if block.text.is_empty() { Vec::new() } else { vec![text_part(&*block.text, marker)] }
        }
        ContentBlock::Image(image) => vec![image_part(image, path, scope)?],
        ContentBlock::Document(document) => document_parts(document, path, scope)?,
        ContentBlock::SearchResult(result) => vec![search_result(result, path, scope)],
        ContentBlock::ToolReference(reference) => {
            let name = &reference.tool_name;
            let name = scope.names.send(name).unwrap_or_else(|_| name.clone());
            vec![text_part(format!("tool available: {name}"), None)]
        }
        ContentBlock::BrowserState(state) => {
            scope.replaced(path, "the state of a browser became a text");
            let state = Json::encode(state).map_err(|error| invalid(path, error))?;
            vec![text_part(state.to_string(), None)]
        }
        ContentBlock::MidConversationSystem(block) => {
            scope.replaced(path, "instructions within the conversation became a text of the user");
            let parts = match &block.content {
                MidConversationSystemContent::Text(text) => vec![text_part(text, None)],
                MidConversationSystemContent::Blocks(blocks) => {
                    all(blocks, &format!("{path}.content"), scope)?
                }
            };
            parts.into_iter().map(system::remind).collect()
        }
        // All that is unknown is recorded together.
        ContentBlock::Unknown(_) => Vec::new(),
        other => {
            scope.dropped(path, format!("there is no place for a block of type {}", other.type_name()));
            Vec::new()
        }
    })
}

fn all(blocks: &[ContentBlock], path: &str, scope: &mut Scope<'_>) -> Result<Vec<ChatPart>, ApiError> {
    let mut parts = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        parts.extend(translate(block, &format!("{path}.{at}"), scope)?);
    }
    Ok(parts)
}

fn image_part(image: &ImageBlock, path: &str, scope: &mut Scope<'_>) -> Result<ChatPart, ApiError> {
    if image.transformations.is_some() {
        scope.dropped(format!("{path}.transformations"), "the server decides about large images");
    }
    drop_marker(image.cache_control.as_ref(), path, scope);
    let source = format!("{path}.source");
    let url = match &image.source {
        ImageSource::Base64(data) => data_url(data, IMAGES, &source)?,
        ImageSource::Url(location) => location.url.clone(),
        ImageSource::File(_) => return Err(invalid(source, "only the Messages API has its files")),
        ImageSource::Unknown(_) => return Err(invalid(source, "must be of type `base64` or `url`")),
    };
    if !scope.profile.image_in_user {
        scope.replaced(path, "the server does not accept images");
        return Ok(text_part("[an image that cannot be shown]", None));
    }
    Ok(ChatImagePart::new(ChatImageUrl::new(url)).into())
}

fn document_parts(
    document: &DocumentBlock,
    path: &str,
    scope: &mut Scope<'_>,
) -> Result<Vec<ChatPart>, ApiError> {
    let DocumentBlock { source, title, context, citations, cache_control, extra: _, gaps: _ } = document;
    drop_citations(citations.as_ref(), path, scope);
    let source_path = format!("{path}.source");
    let start = start_tag(title.as_deref(), context.as_deref());
    match source {
        DocumentSource::Base64(data) => {
            let url = data_url(data, &["application/pdf"], &source_path)?;
            drop_marker(cache_control.as_ref(), path, scope);
            let name = title.as_deref().unwrap_or("document.pdf");
            if !scope.profile.file_input {
                scope.replaced(path, "the server does not accept documents");
                return Ok(vec![text_part(format!("[the document {name:?}, which cannot be shown]"), None)]);
            }
            let file = ChatFilePart::new(ChatFile::new().filename(name).file_data(url)).into();
            let context = context.as_deref().map(|text| text_part(text, None));
            Ok(context.into_iter().chain([file]).collect())
        }
        DocumentSource::Text(text) => {
            let marker = scope.marker(cache_control.as_ref(), path);
            Ok(vec![text_part(format!("{start}\n{}\n</document>", text.data), marker)])
        }
        DocumentSource::Content(content) => {
            let marker = scope.marker(cache_control.as_ref(), path);
            let parts = match &content.content {
                ContentSourceContent::Text(text) => vec![text_part(text, None)],
                ContentSourceContent::Blocks(blocks) => {
                    all(blocks, &format!("{source_path}.content"), scope)?
                }
            };
            let (start, end) = (text_part(start, None), text_part("</document>", marker));
            Ok([start].into_iter().chain(parts).chain([end]).collect())
        }
        DocumentSource::Url(_) => Err(invalid(source_path, "the server does not fetch documents")),
        DocumentSource::File(_) => Err(invalid(source_path, "only the Messages API has its files")),
        DocumentSource::Unknown(_) => {
            Err(invalid(source_path, "must be of type `base64`, `text` or `content`"))
        }
    }
}

fn start_tag(title: Option<&str>, context: Option<&str>) -> String {
    let attribute = |name: &str, value: Option<&str>| {
        value.map_or_else(String::new, |value| format!(" {name}=\"{}\"", value.replace('"', "&quot;")))
    };
    format!("<document{}{}>", attribute("title", title), attribute("context", context))
}

fn search_result(result: &SearchResultBlock, path: &str, scope: &mut Scope<'_>) -> ChatPart {
    drop_citations(result.citations.as_ref(), path, scope);
    let marker = scope.marker(result.cache_control.as_ref(), path);
    let mut text = format!("{}\n{}", result.title, result.source);
    for block in result.content.iter().filter_map(ContentBlock::as_text) {
        text.push('\n');
        text.push_str(&block.text);
    }
    text_part(text, marker)
}

/// Returns the data as a URL, if it is of one of the media types.
fn data_url(source: &Base64Source, media_types: &[&str], path: &str) -> Result<String, ApiError> {
    let Base64Source { media_type, data, .. } = source;
    if !media_types.contains(&&**media_type) {
        return Err(invalid(
            format!("{path}.media_type"),
            format!("must be one of {}", media_types.join(", ")),
        ));
    }
    if data.is_empty() {
        return Err(invalid(format!("{path}.data"), "must not be empty"));
    }
    Ok(format!("data:{media_type};base64,{data}"))
}

/// Records that a part other than text loses its cache marker.
fn drop_marker(marker: Option<&CacheControl>, path: &str, scope: &mut Scope<'_>) {
    if marker.is_some() {
        scope.dropped(format!("{path}.cache_control"), "the server has no place for a cache marker");
    }
}

fn drop_citations(citations: Option<&CitationsConfig>, path: &str, scope: &mut Scope<'_>) {
    if citations.is_some_and(|citations| citations.enabled == Some(true)) {
        scope.dropped(format!("{path}.citations"), "the model cannot cite");
    }
}
