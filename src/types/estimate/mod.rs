//! Estimates of the number of tokens of a request.

mod image;
mod pdf;
mod text;

use crate::types::tools::Tool;
use crate::types::{
    CountTokensRequest, CreateMessageRequest, DocumentBlock, DocumentSource, ImageBlock, ImageSource,
    InputMessage, RedactedThinkingBlock, SystemPrompt, ThinkingBlock,
};
use crate::wire::{Field, Object, View};

impl CreateMessageRequest {
    /// Returns an estimate of the number of input tokens, for a server that cannot count them or has to
    /// know the order of magnitude before it does.
    ///
    /// The estimate costs one pass over the texts, no allocation, and never fails. It counts the
    /// messages, the system prompt, the tools and the output format:
    ///
    /// - Texts, tool inputs and schemas, by the lengths of words, numbers and runs of punctuation.
    /// - Images, by the size that the head of a PNG, JPEG, GIF or WebP says: one token for each 28×28
    ///   pixels, after the API has scaled the image down to an edge of 1,568 pixels and 1,568 tokens. An
    ///   image whose size is unknown, as behind a URL, counts as one of that size. The newest models read
    ///   images in higher resolution, for up to 4,784 tokens.
    /// - PDFs, as 2,000 tokens for each page, which is about what a page of text costs with its image. If
    ///   the pages cannot be counted, 60 kB are a page; a document behind a URL or a file id is one page.
    /// - Thinking, whether it can be read or is encrypted. A model may drop that of earlier turns.
    /// - What the API adds: a few tokens for each message, and 350 or more for the use of tools.
    ///
    /// # How far off it is
    ///
    /// No tokenizer of a current Claude model is public. Beside that of Claude 2, which is (the package
    /// `@anthropic-ai/tokenizer`), the estimates for sample texts are:
    ///
    /// | text | tokens | estimate |
    /// |---|---|---|
    /// | English prose | 210 | +2 % |
    /// | Chinese prose | 292 | +2 % |
    /// | Japanese prose | 138 | −5 % |
    /// | Russian prose | 136 | +1 % |
    /// | German prose | 100 | −25 % |
    /// | Rust code | 450 | +3 % |
    /// | Python code | 219 | +11 % |
    /// | requests as JSON | 1820 | +4 % |
    /// | a JSON schema | 73 | +22 % |
    ///
    /// So expect the estimate to be within a quarter of what that tokenizer counts, and least exact for
    /// languages with long words. Other models count differently; the newest Claude models count up to a
    /// third more. Do not bill by an estimate.
    ///
    /// ```
    /// use messages_api::CreateMessageRequest;
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("What is the capital of Norway?");
    /// assert_eq!(request.estimate_tokens(), 14);
    /// ```
    pub fn estimate_tokens(&self) -> u64 {
        self.counted(TOKENS)
    }

    /// Returns a number that is another one if a text that counts for the estimate has been added, removed or
    /// cut, or replaced by one in another place. It takes a small fraction of the time of an estimate.
    ///
    /// A text that was changed where it is, and is as long as before, goes unnoticed. Its estimate would hardly
    /// be another one.
    #[cfg(feature = "policy")]
    pub(crate) fn texts(&self) -> u64 {
        self.counted(PLACES)
    }

    fn counted(&self, count: Count) -> u64 {
        let formats =
            [self.output_config.as_ref().map(Field::view), self.output_format.as_ref().map(Field::view)];
        estimate(&self.messages, self.system.as_ref(), self.tools.as_deref(), formats, count)
    }
}

impl CountTokensRequest {
    /// Returns an estimate of the number of input tokens, as
    /// [`CreateMessageRequest::estimate_tokens`] does, which says how far off it may be.
    ///
    /// ```
    /// use messages_api::types::{CountTokensRequest, MessageTokensCount};
    /// use messages_api::{ApiError, CreateMessageRequest, Handler, Reply, RequestContext};
    ///
    /// struct Local;
    ///
    /// impl Handler for Local {
    ///     # async fn create_message(
    ///     #     &self,
    ///     #     _: CreateMessageRequest,
    ///     #     _: RequestContext,
    ///     # ) -> Result<Reply, ApiError> {
    ///     #     Err(ApiError::internal())
    ///     # }
    ///     // … and `create_message`
    ///
    ///     async fn count_tokens(
    ///         &self,
    ///         request: CountTokensRequest,
    ///         _context: RequestContext,
    ///     ) -> Result<Reply<MessageTokensCount>, ApiError> {
    ///         Ok(MessageTokensCount::new(request.estimate_tokens()).into())
    ///     }
    /// }
    /// ```
    pub fn estimate_tokens(&self) -> u64 {
        let formats =
            [self.output_config.as_ref().map(Field::view), self.output_format.as_ref().map(Field::view)];
        estimate(&self.messages, self.system.as_ref(), self.tools.as_deref(), formats, TOKENS)
    }
}

/// What a request has beside its parts.
const REQUEST: u64 = 3;

/// What a message has beside its content.
const MESSAGE: u64 = 4;

/// The instructions on the use of tools.
const TOOLS: u64 = 350;

/// A tool that the API defines: its schema is not in the request.
const DEFINED_TOOL: u64 = 500;

/// Fields that the model does not see.
const UNSEEN: [&str; 7] =
    ["type", "id", "tool_use_id", "cache_control", "citations", "media_type", "signature"];

/// Fields that hold encrypted text, in base64.
const ENCRYPTED: [&str; 3] = ["encrypted_content", "encrypted_index", "encrypted_stdout"];

/// What the parts of a request count for that are long.
#[derive(Clone, Copy)]
struct Count {
    text: fn(&str) -> u64,
    /// A PDF in base64.
    pdf: fn(&str) -> u64,
}

const TOKENS: Count = Count { text: text::tokens, pdf: pdf::tokens };

/// Tells texts apart by where they are.
#[cfg(feature = "policy")]
const PLACES: Count = Count { text: text::place, pdf: text::place };

fn estimate(
    messages: &[InputMessage],
    system: Option<&SystemPrompt>,
    tools: Option<&[Tool]>,
    formats: [Option<View<'_>>; 2],
    count: Count,
) -> u64 {
    let mut tokens = REQUEST;
    for message in messages {
        tokens += MESSAGE + value(message.content.view(), count);
    }
    tokens += system.map_or(0, |system| value(system.view(), count));
    let tools = tools.unwrap_or_default();
    if !tools.is_empty() {
        tokens += TOOLS;
    }
    for tool in tools {
        tokens += value(tool.view(), count) + if matches!(tool, Tool::Custom(_)) { 0 } else { DEFINED_TOOL };
    }
    tokens + formats.into_iter().flatten().map(|format| value(format, count)).sum::<u64>()
}

/// Estimates any part of a request by the texts in it.
fn value(view: View<'_>, count: Count) -> u64 {
    match view {
        // Numbers and names of choices are too short to matter.
        View::Null | View::Flag(_) | View::Unsigned(_) | View::Signed(_) | View::Float(_) | View::Name(_) => {
            0
        }
        View::Text(text) => (count.text)(text),
        View::Raw(json) => (count.text)(json.as_raw_str()),
        View::Any(any) => value(any.inner(), count),
        View::List(list) => (0..list.items()).map(|index| value(list.item(index), count)).sum(),
        View::Table(table) => {
            let mut tokens = 0;
            table.visit(&mut |key, entry| {
                tokens += (count.text)(key) + value(entry, count);
                true
            });
            tokens
        }
        View::Object(part) => object(part, count),
        View::Union(union) => match union.view() {
            Ok(part) => object(part, count),
            Err(unknown) => (count.text)(unknown.json().as_raw_str()),
        },
        View::Shape(shape) => value(shape.inner(), count),
    }
}

fn object(part: &dyn Object, count: Count) -> u64 {
    if let Some(tokens) = special(part, count) {
        return tokens;
    }
    let mut tokens = 0;
    for (place, name) in part.layout().names.iter().enumerate() {
        // Most fields of most parts are absent, so their names are looked at last.
        tokens += match part.get(place) {
            None => 0,
            Some(_) if UNSEEN.contains(name) => 0,
            Some(View::Text(text)) if ENCRYPTED.contains(name) => encrypted(text),
            Some(view) => value(view, count),
        };
    }
    tokens
}

/// Estimates a part whose tokens are not those of its fields.
fn special(part: &dyn Object, count: Count) -> Option<u64> {
    // To compare tags takes less time than to ask for the type.
    match part.layout().tag? {
        "image" => match &part.as_any().downcast_ref::<ImageBlock>()?.source {
            ImageSource::Base64(source) => Some(image::tokens(source.data.as_bytes())),
            _ => Some(image::MAX_TOKENS),
        },
        "thinking" => {
            let ThinkingBlock { thinking, signature, .. } = part.as_any().downcast_ref()?;
            Some(if thinking.is_empty() { encrypted(signature) } else { (count.text)(thinking) })
        }
        "redacted_thinking" => {
            let RedactedThinkingBlock { data, .. } = part.as_any().downcast_ref()?;
            Some(encrypted(data))
        }
        "document" => {
            let DocumentBlock { source, title, context, .. } = part.as_any().downcast_ref()?;
            let source = match source {
                DocumentSource::Base64(source) => (count.pdf)(&source.data),
                DocumentSource::Url(_) | DocumentSource::File(_) => pdf::PAGE_TOKENS,
                text => value(text.view(), count),
            };
            Some(source + [title, context].into_iter().flatten().map(|text| (count.text)(text)).sum::<u64>())
        }
        _ => None,
    }
}

/// Estimates a text that is encrypted and in base64: four bytes are a token, and three bytes are four
/// characters.
fn encrypted(text: &str) -> u64 {
    text.len() as u64 * 3 / 16
}
