//! A server of bytes: it says what it is told to, when it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use messages_api::{Client, Credential};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One step of an answer.
#[derive(Clone)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// Gives the client time to read what was sent by itself.
    Pause,
    /// Leaves the connection open and says no more.
    Hang,
    /// Breaks the connection instead of ending it.
    Reset,
}

pub(crate) struct Raw {
    pub(crate) address: SocketAddr,
    /// The requests that came, heads and bodies.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
    /// How many connections the other side has closed.
    pub(crate) closed: Arc<Mutex<usize>>,
}

impl Raw {
    /// Answers each connection with `steps`.
    pub(crate) async fn start(steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let closed = Arc::new(Mutex::new(0));
        let (seen, gone) = (requests.clone(), closed.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(answer(socket, steps.clone(), seen.clone(), gone.clone()));
            }
        });
        Self { address, requests, closed }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    pub(crate) fn client(&self) -> Client {
        Client::builder()
            .base_url(&self.base_url())
            .credential(Credential::api_key("marker-key"))
            .idle_timeout(Duration::from_millis(300))
            .response_timeout(Duration::from_millis(600))
            .build()
            .unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn answer(
    mut socket: TcpStream,
    steps: Vec<Step>,
    seen: Arc<Mutex<Vec<String>>>,
    gone: Arc<Mutex<usize>>,
) {
    let Some(request) = read_request(&mut socket).await else { return };
    seen.lock().unwrap().push(request);
    for step in steps {
        match step {
            Step::Send(bytes) => {
                if socket.write_all(&bytes).await.is_err() {
                    break;
                }
            }
            Step::Pause => tokio::time::sleep(Duration::from_millis(20)).await,
            Step::Hang => {
                let _ = socket.read(&mut [0]).await;
                *gone.lock().unwrap() += 1;
            }
            Step::Reset => {
                socket.set_zero_linger().unwrap();
                return;
            }
        }
    }
}

async fn read_request(socket: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = socket.read(&mut buffer).await.ok().filter(|&read| read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.to_lowercase().split("content-length: ").nth(1)?.lines().next()?.parse::<usize>().ok()?;
        if body.len() >= length {
            return Some(text);
        }
    }
}

/// The head of an answer that ends with the connection, and `body`.
pub(crate) fn response(status: &str, headers: &str, body: &str) -> Vec<Step> {
    vec![Step::Send(format!("HTTP/1.1 {status}\r\n{headers}connection: close\r\n\r\n{body}").into_bytes())]
}

/// The head of a stream that ends with the connection.
pub(crate) fn stream_head() -> Step {
    Step::Send(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_9\r\nconnection: close\r\n\r\n".to_vec(),
    )
}

/// The events of a small answer.
pub(crate) fn events(text: &str) -> String {
    use messages_api::{ContentBlock, Message, StopReason, Usage, encode_event, replay};

    let message = Message::new("m", "m", vec![ContentBlock::text(text)], Usage::new(1, 3));
    let mut bytes = bytes::BytesMut::new();
    for event in replay(message.stop_reason(StopReason::EndTurn)) {
        encode_event(&event, &mut bytes).unwrap();
    }
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Waits until `what` holds.
pub(crate) async fn eventually(what: impl Fn() -> bool) {
    for _ in 0..500 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come to that");
}
