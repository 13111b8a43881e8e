//! What a host keeps of each request.

mod content;
mod handler;
mod queue;
mod record;

use std::fmt;
use std::sync::Arc;

use tower_layer::Layer;

pub use queue::{DroppedRecords, RecordBatch, RecordQueue, Records};
pub use record::{Record, RecordContent};

/// A handler that hands a [`Record`] of each request for a message to a [`Sink`], when it has ended.
///
/// As the outermost layer it also records what other policies reject. Requests to other endpoints are not
/// recorded, nor are those that the server rejects by itself, because the caller is unknown for instance:
/// `MessagesServiceBuilder::on_end` learns of these.
///
/// ```
/// use messages_api::policy::{RecordQueue, Recorded};
/// use messages_api::{
///     ContentBlock, CreateMessageRequest, Handler, Message, RequestContext, Usage, handler_fn,
/// };
/// use tower::Layer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (queue, mut records) = RecordQueue::new(10_000);
/// // MessagesService::builder(handler).layer(Recorded::layer(queue))
/// # let handler = handler_fn(|request, _context| async move {
/// #     let content = vec![ContentBlock::text("Hello!")];
/// #     Ok(Message::new("msg_01", request.model, content, Usage::new(9, 3)).into())
/// # });
/// let handler = Recorded::layer(queue).layer(handler);
/// let writer = tokio::spawn(async move {
///     while let Some(batch) = records.next().await {
///         for record in &batch.records {
///             println!("{}", serde_json::to_string(record)?); // or one INSERT for the batch
///         }
///         if batch.dropped.records > 0 {
///             eprintln!("{:?}", batch.dropped);
///         }
///     }
///     Ok::<_, serde_json::Error>(())
/// });
///
/// let request = CreateMessageRequest::new("claude-sonnet-5", 64).user("Hi!");
/// let reply = handler.create_message(request, RequestContext::default()).await?;
/// # drop(reply);
/// drop(handler); // the server has shut down
/// writer.await??;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Recorded<H> {
    inner: H,
    settings: Settings,
}

#[derive(Clone)]
struct Settings {
    sink: Arc<dyn Sink>,
    /// The maximum size of a request or message that is kept; nothing of them is by default.
    max_content_bytes: Option<usize>,
}

/// What takes the records of [`Recorded`]: a function, or a [`RecordQueue`].
pub trait Sink: Send + Sync + 'static {
    /// Takes the record of a request that has ended.
    ///
    /// It is called where the reply ends, possibly in a destructor, so it must not block. A panic in it is
    /// caught.
    fn record(&self, record: Record);
}

impl<F: Fn(Record) + Send + Sync + 'static> Sink for F {
    fn record(&self, record: Record) {
        self(record);
    }
}

impl Recorded<()> {
    /// Creates a layer that hands records to `sink`.
    pub fn layer(sink: impl Sink) -> RecordedLayer {
        RecordedLayer { settings: Settings { sink: Arc::new(sink), max_content_bytes: None } }
    }
}

/// A layer that records requests: see [`Recorded`].
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it wraps a handler"]
pub struct RecordedLayer {
    settings: Settings,
}

impl RecordedLayer {
    /// Keeps the content as well: the JSON of the request and of the message, each if it takes no more than
    /// `max_bytes`. By default nothing is kept of either.
    ///
    /// What a request has to authenticate with elsewhere is left out: the tokens of MCP servers and of
    /// fallback credits. The message of a stream is what was read of it.
    pub fn content(mut self, max_bytes: usize) -> Self {
        self.settings.max_content_bytes = Some(max_bytes);
        self
    }
}

impl<H> Layer<H> for RecordedLayer {
    type Service = Recorded<H>;

    fn layer(&self, inner: H) -> Recorded<H> {
        Recorded { inner, settings: self.settings.clone() }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("max_content_bytes", &self.max_content_bytes).finish_non_exhaustive()
    }
}
