//! A server that writes what it is told, piece by piece, and ends as told.

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
    /// Closed.
    Close,
    /// Reset.
    Reset,
    /// Not at all: open until the peer closes it.
    Hang,
    /// This again and again, until the peer closes it.
    Repeat(Vec<u8>),
}

/// A server that gives every connection the same answer.
pub(crate) struct Raw {
    address: std::net::SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    closed: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
}

impl Raw {
    pub(crate) async fn start<P: AsRef<[u8]>>(pieces: impl IntoIterator<Item = P>, end: End) -> Self {
        let pieces: Arc<[Vec<u8>]> = pieces.into_iter().map(|piece| piece.as_ref().to_vec()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (closing, closed) = watch::channel(0);
        let seen = requests.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (pieces, end, seen, closing) =
                    (pieces.clone(), end.clone(), seen.clone(), closing.clone());
                tokio::spawn(async move {
                    serve(socket, &pieces, end, &seen).await;
                    closing.send_modify(|count| *count += 1);
                });
            }
        });
        Self { address, requests, closed, accepting }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, heads and bodies.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until a connection is over.
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

async fn serve(mut socket: TcpStream, pieces: &[Vec<u8>], end: End, seen: &Mutex<Vec<String>>) {
    socket.set_nodelay(true).unwrap();
    let Some(request) = read_request(&mut socket).await else { return };
    seen.lock().unwrap().push(request);
    for piece in pieces {
        if socket.write_all(piece).await.is_err() {
            return;
        }
        // So that the pieces arrive as such.
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

/// The head and as much body as it announces.
async fn read_request(socket: &mut TcpStream) -> Option<String> {
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
