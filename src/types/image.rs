//! Images.

use crate::types::{CacheControl, ImageSource};
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// An image for the model to look at.
    ///
    /// The caller sends it in a message or in a tool result. [`from_bytes`](Self::from_bytes) takes the bytes
    /// of a JPEG, PNG, GIF or WebP image; [`new`](Self::new) takes a URL, an uploaded file, or base64 data.
    ///
    /// ```
    /// use messages_api::types::{ImageBlock, UrlSource};
    ///
    /// let block = ImageBlock::new(UrlSource::new("https://example.test/cat.png"));
    /// assert_eq!(
    ///     serde_json::to_string(&block)?,
    ///     r#"{"type":"image","source":{"type":"url","url":"https://example.test/cat.png"}}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ImageBlock = "image",
        /// Creates a block for the image in `source`.
        pub fn new;
    required {
        /// The bytes of the image, or a reference to them.
        source: ImageSource,
    }
    optional {
        /// Changes that the API may make to the image before the model sees it.
        transformations: ImageTransformations,
        /// A cache marker, which caches the prompt up to and including this block.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// Changes that the API may make to an [`ImageBlock`] before the model sees it.
    pub struct ImageTransformations,
        /// Creates transformations with the API's defaults.
        pub fn new;
    required {}
    optional {
        /// The treatment of an image that is too large.
        oversized_image: OversizedImage,
    }
}

wire_string! {
    /// The treatment of an image that is too large.
    pub enum OversizedImage {
        /// The API scales the image down.
        Downsize = "downsize",
        /// The API rejects the request.
        Error = "error",
    }
}
