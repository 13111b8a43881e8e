//! TODO.

use crate::types::{CacheControl, ImageSource};
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// A picture, sent by the caller.
    ///
    /// ```
    /// use messages_api::types::{ImageBlock, UrlSource};
    ///
    /// let block = ImageBlock::new(UrlSource::new("https://example.test/a.png"));
    /// ```
    pub struct ImageBlock = "image",
        /// The picture at `source`.
        pub fn new;
    required {
        /// The picture's bytes, or where they are.
        source: ImageSource,
    }
    optional {
        /// What may be done to it.
        transformations: ImageTransformations,
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// What may be done to a picture.
    ///
    /// ```
    /// use messages_api::types::{ImageTransformations, OversizedImage};
    ///
    /// let transformations = ImageTransformations::new().oversized_image(OversizedImage::Error);
    /// ```
    pub struct ImageTransformations,
        /// The API's defaults.
        pub fn new;
    required {}
    optional {
        /// What to do when it is too large.
        oversized_image: OversizedImage,
    }
}

wire_string! {
    /// What to do with a picture that is too large.
    ///
    /// ```
    /// assert_eq!(messages_api::types::OversizedImage::Downsize.as_str(), "downsize");
    /// ```
    pub enum OversizedImage {
        /// Make it smaller.
        Downsize = "downsize",
        /// Refuse it.
        Error = "error",
    }
}
