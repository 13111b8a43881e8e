//! The content of messages.

use crate::json::Json;
use crate::wire::{wire_shape, wire_struct, wire_union};

wire_shape! {
    /// The content of a message: a string, or a list of parts.
    pub enum ChatContent, "a string or a list of parts" {
        /// A single text.
        Text = text(String),
        /// Texts, images and files, in their order.
        Parts = list([ChatPart]),
    }
}

wire_union! {
    /// One part of the content of a message.
    pub enum ChatPart {
        /// Text.
        Text(ChatTextPart) = "text",
        /// An image, in a message of the user.
        Image(ChatImagePart) = "image_url",
        /// A file, in a message of the user.
        File(ChatFilePart) = "file",
        /// The model's words in place of an answer that it declines to give.
        Refusal(ChatRefusalPart) = "refusal",
    }
}

wire_struct! {
    /// Text in the content of a message.
    pub struct ChatTextPart = "text",
        /// Creates a part of text.
        pub fn new;
    required {
        /// The text.
        text: String,
    }
    optional {
        /// A cache marker of the Messages protocol, which some servers accept.
        cache_control: Json,
    }
}

wire_struct! {
    /// An image in the content of a message.
    pub struct ChatImagePart = "image_url",
        /// Creates a part of an image.
        pub fn new;
    required {
        /// Where the image is.
        image_url: ChatImageUrl,
    }
    optional {}
}

wire_struct! {
    /// The location of an image.
    pub struct ChatImageUrl,
        /// Creates the location of an image.
        pub fn new;
    required {
        /// A URL, or the data of the image as a `data:` URL.
        url: String,
    }
    optional {
        /// How closely the model looks at the image: `auto`, `low` or `high`.
        detail: String,
    }
}

wire_struct! {
    /// A file in the content of a message.
    pub struct ChatFilePart = "file",
        /// Creates a part of a file.
        pub fn new;
    required {
        /// The file.
        file: ChatFile,
    }
    optional {}
}

wire_struct! {
    /// A file: its data, or the id of one that was uploaded.
    pub struct ChatFile,
        /// Creates a file without data.
        pub fn new;
    required {}
    optional {
        /// The name of the file.
        filename: String,
        /// The data of the file as a `data:` URL.
        file_data: String,
        /// The id of a file that was uploaded before.
        file_id: String,
    }
}

wire_struct! {
    /// The model's words in place of an answer that it declines to give.
    pub struct ChatRefusalPart = "refusal",
        /// Creates a part of a refusal.
        pub fn new;
    required {
        /// The text of the refusal.
        refusal: String,
    }
    optional {}
}
