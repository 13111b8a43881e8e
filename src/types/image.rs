//! Images.

use crate::types::{CacheControl, ImageSource};
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// An image for the model to look at.
    ///
    /// The caller sends it in a message or in a tool result. [`from_bytes`](Self::from_bytes) takes the
    /// bytes of a JPEG, PNG, GIF or WebP image; `new` takes the address of one, an uploaded file, or
    /// base64.
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
        /// Creates a block for the image at `source`.
        pub fn new;
    required {
        /// The image's bytes, or where the API finds them.
        source: ImageSource,
    }
    optional {
        /// Changes that the API may make to the image before the model sees it.
        transformations: ImageTransformations,
        /// A cache marker at the end of this block.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// Changes that the API may make to an [`ImageBlock`] before the model sees it.
    pub struct ImageTransformations,
        /// Creates a value that leaves everything to the API's defaults.
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
