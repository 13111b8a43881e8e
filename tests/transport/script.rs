//! A transport that plays responses in order.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{Ready, ready};
use futures::{StreamExt, stream};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use messages_api::client::{CallInfo, RequestBody, RetryPolicy};
use messages_api::{Client, ClientBuilder, CreateMessageRequest, Credential};
use tokio::time::{Instant, sleep};
use tower::Service;

pub(crate) const MESSAGE: &str = r#"{"id":"msg_01","type":"message","role":"assistant","model":"m",
    "content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"output_tokens":1}}"#;

pub(crate) const START: &str =
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_01\"}}\n\n";
pub(crate) const PING: &str = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
pub(crate) const STOP: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
pub(crate) const FAILURE: &str = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Busy\"}}\n\n";

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// What one attempt meets.
#[derive(Clone)]
pub(crate) struct Act {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    /// The size of the chunks of the body, and the pause before each.
    chunk: usize,
    pause: Duration,
    /// The error of the transport, or of the body if there is a status.
    broken: Option<io::ErrorKind>,
    /// Whether the body never ends.
    hangs: bool,
}

pub(crate) fn status(status: u16) -> Act {
    let (body, chunk, pause) = (Bytes::from_static(b"{}"), usize::MAX, Duration::ZERO);
    Act { status, headers: Vec::new(), body, chunk, pause, broken: None, hangs: false }
}

pub(crate) fn ok(body: impl AsRef<[u8]>) -> Act {
    status(200).body(body)
}

pub(crate) fn broken(kind: io::ErrorKind) -> Act {
    Act { broken: Some(kind), ..status(0) }
}

impl Act {
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = Bytes::copy_from_slice(body.as_ref());
        self
    }

    /// Breaks the body off at its end.
    pub(crate) fn then_broken(mut self) -> Self {
        self.broken = Some(io::ErrorKind::ConnectionReset);
        self
    }

    /// Sends the body in chunks of the given size.
    pub(crate) fn in_chunks_of(mut self, chunk: usize) -> Self {
        self.chunk = chunk;
        self
    }

    /// Pauses before each chunk of the body.
    pub(crate) fn pausing(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Leaves the body open at its end.
    pub(crate) fn then_silent(mut self) -> Self {
        self.hangs = true;
        self
    }

    fn play(self) -> io::Result<Response<Body>> {
        if let (0, Some(kind)) = (self.status, self.broken) {
            return Err(kind.into());
        }
        let frames: Vec<_> = match &self.body {
            body if body.is_empty() => vec![Ok(Frame::data(Bytes::new()))],
            body => body.chunks(self.chunk).map(|chunk| Ok(Frame::data(body.slice_ref(chunk)))).collect(),
        };
        let frames = stream::iter(frames.into_iter().chain(self.broken.map(|kind| Err(kind.into()))));
        let pause = self.pause;
        let frames = frames.then(move |frame| async move {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            frame
        });
        let body = if self.hangs {
            StreamBody::new(frames.chain(stream::pending())).boxed_unsync()
        } else {
            StreamBody::new(frames).boxed_unsync()
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap();
        for (name, value) in self.headers {
            response.headers_mut().append(name, value.parse().unwrap());
        }
        Ok(response)
    }
}

#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) info: CallInfo,
    pub(crate) at: Instant,
}

/// Plays acts in order, and the last one for ever.
#[derive(Clone)]
pub(crate) struct Script {
    acts: Arc<Mutex<VecDeque<Act>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Script {
    pub(crate) fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self { acts: Arc::new(Mutex::new(acts.into_iter().collect())), seen: Arc::default() }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// The methods and paths of the requests, with their queries.
    pub(crate) fn routes(&self) -> Vec<String> {
        self.seen()
            .iter()
            .map(|seen| format!("{} {}", seen.method, seen.uri.path_and_query().unwrap()))
            .collect()
    }

    /// The milliseconds between the attempts.
    pub(crate) fn delays(&self) -> Vec<u128> {
        self.seen().windows(2).map(|pair| (pair[1].at - pair[0].at).as_millis()).collect()
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder().credential(Credential::api_key("sk-script")).transport(self.clone())
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    pub(crate) fn patient(&self, retries: u32) -> Client {
        self.builder().retry(RetryPolicy::new(retries)).build().unwrap()
    }
}

impl Service<Request<RequestBody>> for Script {
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = Ready<io::Result<Response<Body>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let info = parts.extensions.get::<CallInfo>().unwrap().clone();
        let seen = Seen {
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body: body.into_bytes(),
            info,
            at: Instant::now(),
        };
        self.seen.lock().unwrap().push(seen);
        let mut acts = self.acts.lock().unwrap();
        let act = if acts.len() > 1 { acts.pop_front() } else { acts.front().cloned() };
        ready(act.unwrap().play())
    }
}

pub(crate) fn request() -> CreateMessageRequest {
    CreateMessageRequest::new("claude-sonnet-5", 99).user("Hi")
}
