//! The content of messages as blocks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::rest;
use crate::error::ApiError;
use crate::json::Json;
use crate::openai::losses::{LossKind, Losses};
use crate::openai::types::{ChatContent, ChatFile, ChatImageUrl, ChatPart, ChatTextPart};
use crate::types::media::IMAGES;
use crate::types::{
    Base64Source, CacheControl, ContentBlock, DocumentBlock, DocumentSource, FileSource, ImageBlock,
    ImageSource, TextBlock, UrlSource,
};

/// Returns the blocks of `content`, without empty texts. `path` is that of the content.
pub(super) fn blocks(
    content: ChatContent,
    path: &str,
    losses: &mut Losses,
) -> Result<Vec<ContentBlock>, ApiError> {
    let parts = match content {
        ChatContent::Text(text) if text.is_empty() => return Ok(Vec::new()),
        ChatContent::Text(text) => return Ok(vec![ContentBlock::text(text)]),
        ChatContent::Parts(parts) => parts,
    };
    let mut blocks = Vec::with_capacity(parts.len());
    for (index, part) in parts.into_iter().enumerate() {
        let path = format!("{path}.{index}");
        match part {
            ChatPart::Text(part) if part.text.is_empty() => {}
            ChatPart::Text(part) => blocks.push(text(part, &path, losses).into()),
            ChatPart::Refusal(part) => blocks.push(ContentBlock::text(part.refusal)),
            ChatPart::Image(part) => {
                blocks.push(image(part.image_url, &format!("{path}.image_url"), losses)?.into());
            }
            ChatPart::File(part) => blocks.push(document(part.file, &format!("{path}.file"))?.into()),
            ChatPart::Unknown(part) => {
                let message = format!("parts of the type {:?} are not supported", part.type_name());
                return Err(invalid(&path, &message));
            }
        }
    }
    Ok(blocks)
}

/// Returns the cache marker of an object, which callers that know of the Messages API add to it.
pub(super) fn cache_control(marker: Option<Json>) -> Option<CacheControl> {
    marker.and_then(|marker| marker.decode().ok())
}

pub(super) fn invalid(path: &str, message: &str) -> ApiError {
    ApiError::invalid_request(format!("{path}: {message}"))
}

fn text(mut part: ChatTextPart, path: &str, losses: &mut Losses) -> TextBlock {
    let mut block = TextBlock::new(std::mem::take(&mut part.text));
    block.cache_control = cache_control(part.cache_control.take());
    rest::report(&part, &format!("{path}."), losses);
    block
}

fn image(mut image: ChatImageUrl, path: &str, losses: &mut Losses) -> Result<ImageBlock, ApiError> {
    let url = std::mem::take(&mut image.url);
    rest::report(&image, &format!("{path}."), losses);
    let path = &format!("{path}.url");
    let Some(data) = DataUrl::parse(&url) else {
        return match url.split_once("://") {
            Some(("http" | "https", _)) => Ok(ImageBlock::new(ImageSource::from(UrlSource::new(url)))),
            _ => Err(invalid(path, "must be an http, https or base64 data URL")),
        };
    };
    // Not registered, but common.
    let media_type = if data.media_type == "image/jpg" { "image/jpeg" } else { data.media_type };
    if !IMAGES.contains(&media_type) {
        return Err(invalid(path, &format!("must be an image of one of the types {}", IMAGES.join(", "))));
    }
    data.decode(path)?;
    if media_type != data.media_type {
        losses.add(path, LossKind::Repaired, "is sent with the media type image/jpeg");
    }
    Ok(ImageBlock::new(ImageSource::from(Base64Source::new(media_type, data.base64))))
}

fn document(file: ChatFile, path: &str) -> Result<DocumentBlock, ApiError> {
    let source = match (&file.file_data, &file.file_id) {
        (Some(data), _) => {
            let path = &format!("{path}.file_data");
            let data = DataUrl::parse(data).ok_or_else(|| invalid(path, "must be a base64 data URL"))?;
            let bytes = data.decode(path)?;
            if data.media_type == "application/pdf" {
                DocumentSource::from(Base64Source::new(data.media_type, data.base64))
            } else if data.media_type.starts_with("text/") {
                let text = String::from_utf8(bytes).map_err(|_| invalid(path, "must be UTF-8"))?;
                return Ok(titled(DocumentBlock::text(text), file.filename));
            } else {
                return Err(invalid(path, "must be a PDF or text"));
            }
        }
        (None, Some(id)) => FileSource::new(id.as_str()).into(),
        (None, None) => return Err(invalid(path, "must have `file_data` or `file_id`")),
    };
    Ok(titled(DocumentBlock::new(source), file.filename))
}

fn titled(document: DocumentBlock, filename: Option<String>) -> DocumentBlock {
    match filename.filter(|name| !name.is_empty()) {
        Some(name) => document.title(name),
        None => document,
    }
}

/// A URL that contains its data (RFC 2397).
struct DataUrl<'a> {
    media_type: &'a str,
    base64: &'a str,
}

impl<'a> DataUrl<'a> {
    fn parse(url: &'a str) -> Option<Self> {
        let (head, base64) = url
            .get(..5)
            .filter(|scheme| scheme.eq_ignore_ascii_case("data:"))
            .and_then(|_| url[5..].split_once(','))?;
        let parameters = head.strip_suffix(";base64")?;
        let media_type = parameters.split(';').next().unwrap_or_default();
        Some(Self { media_type, base64 })
    }

    fn decode(&self, path: &str) -> Result<Vec<u8>, ApiError> {
        let bytes = STANDARD.decode(self.base64);
        bytes.ok().filter(|bytes| !bytes.is_empty()).ok_or_else(|| invalid(path, "must contain base64"))
    }
}
