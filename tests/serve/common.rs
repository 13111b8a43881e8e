//! A server over pipes in memory, under a clock that is paused, and handlers for it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use messages_api::server::{Listener, Serve, serve};
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, Handler, Message, MessageStream, MessagesService, Reply,
    RequestContext, StopReason, Usage, handler_fn,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

/// The bytes that a pipe holds in each direction, as a socket does.
pub(crate) const PIPE: usize = 1024;

/// Accepts what is sent to it.
pub(crate) struct Pipes(mpsc::UnboundedReceiver<io::Result<DuplexStream>>);

impl Listener for Pipes {
    type Io = DuplexStream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<DuplexStream>> {
        match self.0.poll_recv(cx) {
            Poll::Ready(Some(accepted)) => Poll::Ready(accepted),
            _ => Poll::Pending,
        }
    }
}

/// A server that runs on a task of its own.
pub(crate) struct Server {
    connections: mpsc::UnboundedSender<io::Result<DuplexStream>>,
    shutdown: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) fn start(service: MessagesService, set: impl FnOnce(Serve) -> Serve) -> Self {
        let (connections, listener) = pipes();
        Self::run(connections, set(serve(listener, service)))
    }

    pub(crate) fn run(connections: mpsc::UnboundedSender<io::Result<DuplexStream>>, serve: Serve) -> Self {
        let (shutdown, signal) = oneshot::channel();
        Self {
            connections,
            shutdown: Some(shutdown),
            task: tokio::spawn(serve.shutdown(signal).into_future()),
        }
    }

    pub(crate) fn connect(&self) -> Caller {
        Caller::connect(&self.connections)
    }

    /// Lets the listener fail.
    pub(crate) fn fail(&self, error: io::Error) {
        self.connections.send(Err(error)).unwrap();
    }

    /// Returns `true` once the listener has been dropped.
    pub(crate) fn has_stopped_accepting(&self) -> bool {
        self.connections.is_closed()
    }

    pub(crate) fn shut_down(&mut self) {
        self.shutdown.take().unwrap().send(()).unwrap();
    }

    /// Waits until the server has ended, and returns the time in milliseconds that this took.
    pub(crate) async fn ended(self) -> u128 {
        let start = Instant::now();
        self.task.await.unwrap();
        start.elapsed().as_millis()
    }

    /// Drops the server's future.
    pub(crate) fn abort(&self) {
        self.task.abort();
    }
}

pub(crate) fn pipes() -> (mpsc::UnboundedSender<io::Result<DuplexStream>>, Pipes) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (sender, Pipes(receiver))
}

/// The caller's end of a connection.
pub(crate) struct Caller {
    pub(crate) pipe: DuplexStream,
    start: Instant,
}

impl Caller {
    pub(crate) fn connect(connections: &mpsc::UnboundedSender<io::Result<DuplexStream>>) -> Self {
        let (caller, server) = duplex(PIPE);
        connections.send(Ok(server)).unwrap();
        Self { pipe: caller, start: Instant::now() }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.pipe.write_all(text.as_bytes()).await.unwrap();
    }

    pub(crate) async fn ask(&mut self, streamed: bool) {
        self.send(&request(streamed)).await;
    }

    /// Reads up to `mark`.
    pub(crate) async fn read_to(&mut self, mark: &str) -> String {
        let mut text = String::new();
        while !text.contains(mark) {
            let mut chunk = [0; 512];
            let count = self.pipe.read(&mut chunk).await.unwrap();
            assert_ne!(count, 0, "ended before {mark}: {text}");
            text.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
        }
        text
    }

    /// Asks for a whole message and reads it.
    pub(crate) async fn call(&mut self) {
        self.ask(false).await;
        let response = self.read_to(END).await;
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    }

    /// Reads up to the end of the connection.
    pub(crate) async fn read_all(&mut self) -> String {
        let mut text = String::new();
        self.pipe.read_to_string(&mut text).await.unwrap();
        text
    }

    /// Waits for the end of a connection on which nothing arrives, and returns the time in milliseconds since it
    /// was opened.
    pub(crate) async fn closed(&mut self) -> u128 {
        assert_eq!(self.read_all().await, "");
        self.start.elapsed().as_millis()
    }

    /// Returns `true` if the connection is still open after `seconds`, and nothing has arrived.
    pub(crate) async fn is_open_for(&mut self, seconds: u64) -> bool {
        timeout(Duration::from_secs(seconds), self.pipe.read_u8()).await.is_err()
    }
}

/// The end of a message.
pub(crate) const END: &str = r#""container":null}"#;

/// A request for a message.
pub(crate) fn request(streamed: bool) -> String {
    request_to("m", streamed)
}

/// A request for a message of `model`.
pub(crate) fn request_to(model: &str, streamed: bool) -> String {
    let messages = r#"[{"role":"user","content":"Hi"}]"#;
    let body = format!(r#"{{"model":"{model}","max_tokens":9,"messages":{messages},"stream":{streamed}}}"#);
    format!("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

pub(crate) fn service(handler: impl Handler) -> MessagesService {
    MessagesService::builder(handler).unauthenticated().build()
}

pub(crate) fn message(text: &str) -> Message {
    Message::new("msg_01", "m", vec![ContentBlock::text(text)], Usage::new(3, 2))
        .stop_reason(StopReason::EndTurn)
}

/// Replies "Hello".
pub(crate) async fn hello(
    _request: CreateMessageRequest,
    _context: RequestContext,
) -> Result<Reply, ApiError> {
    Ok(message("Hello").into())
}

/// Counts what is alive.
#[derive(Clone, Default)]
pub(crate) struct Count(Arc<AtomicUsize>);

pub(crate) struct Counted(Count);

impl Count {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn add(&self) -> Counted {
        self.0.fetch_add(1, Ordering::SeqCst);
        Counted(self.clone())
    }
}

impl Counted {
    /// Counts once more.
    pub(crate) fn again(&self) -> Self {
        self.0.add()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Creates a handler that replies after `wait`, and counts the requests that wait.
pub(crate) fn late(wait: Duration, waiting: &Count) -> impl Handler {
    let waiting = waiting.clone();
    handler_fn(move |_request, _context| {
        let counted = waiting.add();
        async move {
            let _counted = counted;
            tokio::time::sleep(wait).await;
            Ok(message("Hello").into())
        }
    })
}

/// Creates a handler that writes `text` for ever, as fast as it is read. `written` counts the pieces.
pub(crate) fn endless(text: String, written: &Arc<AtomicUsize>) -> impl Handler {
    let written = written.clone();
    handler_fn(move |_request, _context| {
        let (text, written) = (text.clone(), written.clone());
        async move {
            let start = Message::new("msg_01", "m", vec![], Usage::new(3, 0));
            let stream = MessageStream::from_writer(start, |mut writer| async move {
                loop {
                    written.fetch_add(1, Ordering::SeqCst);
                    writer.text(text.as_str()).await;
                }
            });
            Ok(stream.into())
        }
    })
}

/// The size of an event of a handler that is [`endless`], with `text` bytes of text.
pub(crate) fn event_bytes(text: usize) -> usize {
    const FRAME: &str = concat!(
        "event: content_block_delta\n",
        r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}"#,
        "\n\n",
    );
    FRAME.len() + text
}
