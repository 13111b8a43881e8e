//! Images and documents built from their bytes.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::types::{Base64Source, DocumentBlock, ImageBlock, TextSource};

/// The media types of images that the API accepts.
pub(crate) const IMAGES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp"];
const DOCUMENTS: &[&str] = &["application/pdf"];

impl ImageBlock {
    /// Creates a block from the bytes of a JPEG, PNG, GIF or WebP image, which go into the request as
    /// base64.
    ///
    /// The format is recognized by the first bytes, so neither a file name nor a media type is needed.
    ///
    /// # Errors
    ///
    /// Returns a [`MediaTypeError`] if the bytes are in none of these formats.
    ///
    /// ```
    /// use messages_api::{ContentBlock, CreateMessageRequest};
    /// use messages_api::types::ImageBlock;
    ///
    /// # let bytes = b"\x89PNG\r\n\x1a\n";
    /// let image = ImageBlock::from_bytes(bytes)?;
    /// let content = vec![image.into(), ContentBlock::text("What is in this image?")];
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user(content);
    /// # Ok::<(), messages_api::types::MediaTypeError>(())
    /// ```
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, MediaTypeError> {
        Ok(Self::new(source(bytes.as_ref(), IMAGES)?))
    }
}

impl DocumentBlock {
    /// Creates a block from the bytes of a PDF, which go into the request as base64.
    ///
    /// For plain text, use [`text`](Self::text).
    ///
    /// # Errors
    ///
    /// Returns a [`MediaTypeError`] if the bytes are not a PDF.
    ///
    /// ```
    /// use messages_api::types::DocumentBlock;
    ///
    /// # let bytes = b"%PDF-1.7";
    /// let document = DocumentBlock::from_bytes(bytes)?.title("Minutes");
    /// # Ok::<(), messages_api::types::MediaTypeError>(())
    /// ```
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, MediaTypeError> {
        Ok(Self::new(source(bytes.as_ref(), DOCUMENTS)?))
    }

    /// Creates a block from plain text.
    ///
    /// ```
    /// use messages_api::types::DocumentBlock;
    ///
    /// let document = DocumentBlock::text("We met at nine.").title("Minutes");
    /// ```
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(TextSource::plain(text))
    }
}

/// The error for bytes of a media type that a block does not take.
///
/// [`ImageBlock::from_bytes`] and [`DocumentBlock::from_bytes`] return it. Its text names what was found,
/// or quotes the first bytes if their format is unknown, and lists what is accepted.
///
/// ```
/// use messages_api::types::ImageBlock;
///
/// let error = ImageBlock::from_bytes(b"%PDF-1.7").unwrap_err();
/// assert_eq!(error.found(), Some("application/pdf"));
/// assert_eq!(
///     error.to_string(),
///     "found application/pdf, expected one of image/jpeg, image/png, image/gif, image/webp",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaTypeError {
    found: Option<&'static str>,
    first: Vec<u8>,
    accepted: &'static [&'static str],
}

impl MediaTypeError {
    /// Returns the media type of the bytes if it was recognized.
    pub fn found(&self) -> Option<&str> {
        self.found
    }

    /// Returns the media types that the block takes.
    pub fn accepted(&self) -> &[&'static str] {
        self.accepted
    }
}

impl fmt::Display for MediaTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found {
            Some(found) => write!(f, "found {found}")?,
            None if self.first.is_empty() => f.write_str("found no bytes")?,
            None => write!(f, "found bytes that begin with \"{}\"", self.first.escape_ascii())?,
        }
        let one_of = if self.accepted.len() > 1 { "one of " } else { "" };
        write!(f, ", expected {one_of}{}", self.accepted.join(", "))
    }
}

impl std::error::Error for MediaTypeError {}

fn source(bytes: &[u8], accepted: &'static [&'static str]) -> Result<Base64Source, MediaTypeError> {
    /// The number of bytes of an unknown format that an error quotes.
    const SHOWN: usize = 8;

    let found = media_type(bytes);
    match found.filter(|found| accepted.contains(found)) {
        Some(media_type) => Ok(Base64Source::new(media_type, STANDARD.encode(bytes))),
        None => Err(MediaTypeError { found, first: bytes[..bytes.len().min(SHOWN)].to_vec(), accepted }),
    }
}

/// Recognizes a media type by the first bytes, with the patterns of <https://mimesniff.spec.whatwg.org>
/// where it has them. Types that no block takes are listed so that the error can name them.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    Some(match bytes {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        [b'B', b'M', ..] => "image/bmp",
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => "image/tiff",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f' | b's', ..] => "image/avif",
        [_, _, _, _, b'f', b't', b'y', b'p', b'h', b'e', b'i', ..] => "image/heic",
        [b'P', b'K', 3, 4, ..] => "application/zip",
        _ => return None,
    })
}
