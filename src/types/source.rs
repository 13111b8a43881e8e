//! Where the bytes of pictures and documents come from.

use crate::types::ContentBlock;
use crate::wire::{wire_shape, wire_struct, wire_union};

wire_union! {
    /// Where a picture comes from.
    ///
    /// ```
    /// use messages_api::types::{Base64Source, ImageSource};
    ///
    /// let source = ImageSource::from(Base64Source::new("image/png", "iVBORw0KGgo="));
    /// assert_eq!(source.type_name(), "base64");
    /// ```
    pub enum ImageSource {
        /// Its bytes, in the request.
        Base64(Base64Source) = "base64",
        /// An address that the API fetches.
        Url(UrlSource) = "url",
        /// An uploaded file.
        File(FileSource) = "file",
    }
}

wire_union! {
    /// Where a document comes from.
    ///
    /// ```
    /// use messages_api::types::{DocumentSource, TextSource};
    ///
    /// let source = DocumentSource::from(TextSource::plain("the minutes"));
    /// assert_eq!(source.type_name(), "text");
    /// ```
    pub enum DocumentSource {
        /// A PDF's bytes, in the request.
        Base64(Base64Source) = "base64",
        /// Plain text, in the request.
        Text(TextSource) = "text",
        /// Blocks of text and pictures.
        Content(ContentSource) = "content",
        /// An address that the API fetches.
        Url(UrlSource) = "url",
        /// An uploaded file.
        File(FileSource) = "file",
    }
}

wire_struct! {
    /// An uploaded file.
    ///
    /// ```
    /// let source = messages_api::types::FileSource::new("file_01");
    /// ```
    pub struct FileSource = "file",
        /// The file `file_id`.
        pub fn new;
    required {
        /// The file.
        file_id: String,
    }
    optional {}
}

wire_struct! {
    /// Bytes in base64.
    ///
    /// ```
    /// let source = messages_api::types::Base64Source::new("application/pdf", "JVBERi0=");
    /// ```
    pub struct Base64Source = "base64",
        /// `data` in base64, and what it is.
        pub fn new;
    required {
        /// `image/jpeg`, `image/png`, `image/gif`, `image/webp`, or for a document `application/pdf`.
        media_type: String,
        /// The bytes in base64, with padding.
        data: String,
    }
    optional {}
}

wire_struct! {
    /// An address that the API fetches.
    ///
    /// ```
    /// let source = messages_api::types::UrlSource::new("https://example.test/a.png");
    /// ```
    pub struct UrlSource = "url",
        /// What is at `url`.
        pub fn new;
    required {
        /// The address.
        url: String,
    }
    optional {}
}

wire_struct! {
    /// Plain text as a document.
    ///
    /// ```
    /// let source = messages_api::types::TextSource::plain("the minutes");
    /// ```
    pub struct TextSource = "text", fn new;
    required {
        /// `text/plain`.
        media_type: String,
        /// The text.
        data: String,
    }
    optional {}
}

impl TextSource {
    /// Plain text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new("text/plain", text)
    }
}

wire_struct! {
    /// Blocks as a document, cited block by block.
    ///
    /// ```
    /// let source = messages_api::types::ContentSource::new("first part");
    /// ```
    pub struct ContentSource = "content",
        /// The blocks of a document.
        pub fn new;
    required {
        /// A string, or text and image blocks.
        content: ContentSourceContent,
    }
    optional {}
}

wire_shape! {
    /// The content of a [`ContentSource`].
    ///
    /// ```
    /// let content = messages_api::types::ContentSourceContent::from("first part");
    /// ```
    pub enum ContentSourceContent, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// Text and image blocks.
        Blocks = list([ContentBlock]),
    }
}
