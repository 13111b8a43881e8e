//! Sources of images and documents.

use crate::types::ContentBlock;
use crate::wire::{wire_shape, wire_struct, wire_union};

wire_union! {
    /// The source of an [`ImageBlock`](crate::types::ImageBlock).
    pub enum ImageSource {
        /// The bytes of the image, inside the request.
        Base64(Base64Source) = "base64",
        /// A URL from which the API fetches the image.
        Url(UrlSource) = "url",
        /// A file that was uploaded to the API before.
        File(FileSource) = "file",
    }
}

wire_union! {
    /// The source of a [`DocumentBlock`](crate::types::DocumentBlock).
    pub enum DocumentSource {
        /// The bytes of a PDF, inside the request.
        Base64(Base64Source) = "base64",
        /// Plain text, inside the request.
        Text(TextSource) = "text",
        /// Blocks of text and images, which citations refer to one by one.
        Content(ContentSource) = "content",
        /// A URL from which the API fetches the document.
        Url(UrlSource) = "url",
        /// A file that was uploaded to the API before.
        File(FileSource) = "file",
    }
}

wire_struct! {
    /// A file that was uploaded to the API before, as the source of an image or a document.
    pub struct FileSource = "file",
        /// Creates a source for the file with this id.
        pub fn new;
    required {
        /// The id of the file.
        file_id: String,
    }
    optional {}
}

wire_struct! {
    /// Bytes in base64, as the source of an image or a PDF.
    ///
    /// [`ImageBlock::from_bytes`](crate::types::ImageBlock::from_bytes) and
    /// [`DocumentBlock::from_bytes`](crate::types::DocumentBlock::from_bytes) encode the bytes and detect
    /// their media type. Use this type directly for data that is already in base64.
    ///
    /// ```
    /// let source = messages_api::types::Base64Source::new("application/pdf", "JVBERi0=");
    /// ```
    pub struct Base64Source = "base64",
        /// Creates a source from base64 `data` of the given media type.
        pub fn new;
    required {
        /// The media type of the bytes: `image/jpeg`, `image/png`, `image/gif` or `image/webp` for an
        /// image, `application/pdf` for a document.
        media_type: String,
        /// The bytes in base64, with padding.
        data: String,
    }
    optional {}
}

wire_struct! {
    /// A URL from which the API fetches an image or a document.
    pub struct UrlSource = "url",
        /// Creates a source for the image or document at `url`.
        pub fn new;
    required {
        /// The URL.
        url: String,
    }
    optional {}
}

wire_struct! {
    /// Plain text as the source of a document.
    ///
    /// [`DocumentBlock::text`](crate::types::DocumentBlock::text) builds the document in one step.
    pub struct TextSource = "text", fn new;
    required {
        /// The media type of the text, `text/plain`.
        media_type: String,
        /// The text.
        data: String,
    }
    optional {}
}

impl TextSource {
    /// Creates a source of the media type `text/plain`.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new("text/plain", text)
    }
}

wire_struct! {
    /// A list of blocks as the source of a document.
    ///
    /// The caller decides how the document is divided: citations refer to whole blocks, by a
    /// [`CitationContentBlockLocation`](crate::types::citations::CitationContentBlockLocation).
    ///
    /// ```
    /// use messages_api::ContentBlock;
    /// use messages_api::types::{ContentSource, DocumentBlock};
    ///
    /// let chapters = vec![ContentBlock::text("Chapter one …"), ContentBlock::text("Chapter two …")];
    /// let document = DocumentBlock::new(ContentSource::new(chapters)).title("A novel");
    /// ```
    pub struct ContentSource = "content",
        /// Creates a source from a string or from blocks.
        pub fn new;
    required {
        /// The content of the document: a string, or text and image blocks.
        content: ContentSourceContent,
    }
    optional {}
}

wire_shape! {
    /// The content of a [`ContentSource`]: a string, or text and image blocks.
    pub enum ContentSourceContent, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// Text and image blocks, in order.
        Blocks = list([ContentBlock]),
    }
}
