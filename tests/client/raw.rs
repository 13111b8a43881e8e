//! A server that writes given bytes, piece by piece, and ends the connection in a given way.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const SSE_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_raw\r\nconnection: close\r\n\r\n";
pub(crate) const CHUNKED_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// How a connection ends.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// The server closes it.
    Close,
    /// The server resets it.
    Reset,
    /// The server leaves it open until the client closes it.
    Hang,
    /// The server writes these bytes again and again until the client closes it.
    Repeat(Vec<u8>),
}

/// What the server does on a connection, once it has read the request.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pieces: Vec<Vec<u8>>,
    end: End,
}

impl Script {
    pub(crate) fn new<P: AsRef<[u8]>>(pieces: impl IntoIterator<Item = P>, end: End) -> Self {
        Self { pieces: pieces.into_iter().map(|piece| piece.as_ref().to_vec()).collect(), end }
    }
}

/// A server of one request per connection.
pub(crate) struct Raw {
    address: std::net::SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    closed: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
}

impl Raw {
    /// Starts a server that follows the same script on every connection.
    pub(crate) async fn start<P: AsRef<[u8]>>(pieces: impl IntoIterator<Item = P>, end: End) -> Self {
        let script = Script::new(pieces, end);
        Self::start_with(move |_request| script.clone()).await
    }

    /// Starts a server whose script depends on the request, given as its head and body.
    pub(crate) async fn start_with(script: impl Fn(&str) -> Script + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (closing, closed) = watch::channel(0);
        let (seen, script) = (requests.clone(), Arc::new(script));
        let accepting = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (seen, script, closing) = (seen.clone(), script.clone(), closing.clone());
                tokio::spawn(async move {
                    serve(socket, &*script, &seen).await;
                    closing.send_modify(|count| *count += 1);
                });
            }
        });
        Self { address, requests, closed, accepting }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the heads and bodies of the requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until a connection has been closed.
    pub(crate) async fn closed(&mut self) {
        let over = self.closed.wait_for(|count| *count > 0);
        tokio::time::timeout(Duration::from_secs(20), over).await.expect("the connection is closed").unwrap();
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut socket: TcpStream, script: impl Fn(&str) -> Script, seen: &Mutex<Vec<String>>) {
    socket.set_nodelay(true).unwrap();
    let Some(request) = read_request(&mut socket).await else { return };
    let Script { pieces, end } = script(&request);
    seen.lock().unwrap().push(request);
    for piece in pieces {
        if socket.write_all(&piece).await.is_err() {
            return;
        }
        // So that the client receives the pieces one by one.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    match end {
        End::Close => {}
        End::Reset => {
            #[allow(deprecated)]
            socket.set_linger(Some(Duration::ZERO)).unwrap();
        }
        End::Hang => {
            let mut rest = Vec::new();
            let _ = socket.read_to_end(&mut rest).await;
        }
        End::Repeat(piece) => while socket.write_all(&piece).await.is_ok() {},
    }
}

/// Reads the head, and as much of a body as it announces.
pub(crate) async fn read_request(socket: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
