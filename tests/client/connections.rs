//! What becomes of the connection after a stream: the server counts the connections it accepts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use messages_api::{Client, Credential, Message, StreamEvent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::common::*;
use crate::raw::{CHUNKED_HEAD, read_request};

/// A server that streams [`EVENTS`] to every request on a connection. It ends a body, which leaves the
/// connection open, once a future is ready.
struct Keeping {
    address: std::net::SocketAddr,
    accepted: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Keeping {
    async fn start<F: Future<Output = ()> + Send>(end: impl Fn() -> F + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (accepted, closed) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let (accepts, closes) = (accepted.clone(), closed.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                accepts.fetch_add(1, Ordering::SeqCst);
                let (end, closes) = (end.clone(), closes.clone());
                tokio::spawn(async move {
                    serve(socket, end).await;
                    closes.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, accepted, closed, accepting }
    }

    /// Starts a server that ends its bodies when it is told to.
    async fn start_told() -> (Self, Arc<Notify>) {
        let told = Arc::new(Notify::new());
        let end = told.clone();
        let server = Self::start(move || end.clone().notified_owned()).await;
        (server, told)
    }

    fn client(&self) -> Client {
        // No bound, so that whoever waits for the end without need waits for ever.
        builder(&format!("http://{}", self.address)).end_timeout(None).build().unwrap()
    }

    fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Waits until `count` connections have been closed.
    async fn closed(&self, count: usize) {
        let closing = async {
            while self.closed.load(Ordering::SeqCst) < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), closing).await.expect("they are closed");
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve<F: Future<Output = ()>>(mut socket: TcpStream, end: impl Fn() -> F) {
    socket.set_nodelay(true).unwrap();
    let events = format!("{CHUNKED_HEAD}{:x}\r\n{EVENTS}\r\n", EVENTS.len());
    while read_request(&mut socket).await.is_some() {
        socket.write_all(events.as_bytes()).await.unwrap();
        tokio::select! {
            () = end() => {}
            _ = socket.read_u8() => return,
        }
        if socket.write_all(b"0\r\n\r\n").await.is_err() {
            return;
        }
    }
}

/// Requests a message and reads to the end, in one of four ways.
async fn read(client: &Client, way: usize) -> Message {
    if way == 0 {
        // The server streams all the same.
        return client.create_message(&request()).await.unwrap();
    }
    let mut stream = client.stream_message(&request()).await.unwrap();
    match way {
        1 => {
            while let Some(event) = stream.next().await {
                event.unwrap();
            }
            stream.into_message().unwrap()
        }
        2 => {
            let mut text = stream.text_stream();
            while let Some(piece) = text.next().await {
                piece.unwrap();
            }
            text.into_message().unwrap()
        }
        _ => stream.final_message().await.unwrap(),
    }
}

#[tokio::test]
async fn streams_that_are_read_to_their_end_use_one_connection() {
    for micros in [0, 40, 5_000, 100_000] {
        let server = Keeping::start(move || async move {
            let late = Duration::from_micros(micros);
            // Tokio's own timer is too coarse.
            tokio::task::spawn_blocking(move || std::thread::sleep(late)).await.unwrap();
        })
        .await;
        let client = server.client();
        // In a task of its own, which competes with the one that returns the connection to the pool.
        let calls = tokio::spawn(async move {
            for call in 0..40 {
                assert_eq!(read(&client, call % 4).await.text(), "Grüße");
            }
        });
        calls.await.unwrap();
        assert_eq!(server.accepted(), 1, "the end is {micros} µs late");
    }
}

#[tokio::test]
async fn messages_of_a_known_length_use_one_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = builder(&format!("http://{}", listener.local_addr().unwrap())).build().unwrap();
    let serving = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
        let response = format!("{head}: {}\r\n\r\n{MESSAGE}", MESSAGE.len());
        while read_request(&mut socket).await.is_some() {
            socket.write_all(response.as_bytes()).await.unwrap();
        }
    };
    let calling = tokio::spawn(async move {
        for _ in 0..40 {
            client.create_message(&request()).await.unwrap();
        }
    });
    // Whoever opens another connection waits for ever.
    tokio::join!(serving, async { calling.await.unwrap() });
}

#[tokio::test]
async fn clones_with_other_settings_share_the_connection() {
    let server = Keeping::start(|| async {}).await;
    let client = server.client();
    let clones = [
        client.clone(),
        client.clone().with_credential(Credential::bearer("another")).unwrap(),
        client.clone().with_header("x-tenant", "7").unwrap().without_header("x-api-key"),
        client.with_query("beta", "true").with_total_timeout(Duration::from_secs(20)),
    ];
    for clone in clones {
        read(&clone, 3).await;
    }
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_message_is_there_before_the_end_of_the_body() {
    let (server, told) = Keeping::start_told().await;
    let client = server.client();
    let mut stream = client.stream_message(&request()).await.unwrap();
    while !matches!(stream.next().await.unwrap().unwrap(), StreamEvent::MessageStop(_)) {}
    assert_eq!(stream.message().unwrap().text(), "Grüße");

    // A wait that is cancelled can be taken up again.
    assert!(futures::poll!(std::pin::pin!(stream.next())).is_pending());
    told.notify_one();
    assert!(stream.next().await.is_none());
    told.notify_one();
    read(&client, 3).await;
    assert_eq!(server.accepted(), 1);

    // Whoever takes the message at once leaves the connection behind.
    let mut stream = client.stream_message(&request()).await.unwrap();
    while !matches!(stream.next().await.unwrap().unwrap(), StreamEvent::MessageStop(_)) {}
    assert_eq!(stream.into_message().unwrap().text(), "Grüße");
    server.closed(1).await;
}

#[tokio::test]
async fn a_body_that_never_ends_costs_the_bound_and_its_connection() {
    let server = Keeping::start(std::future::pending).await;
    let url = format!("http://{}", server.address);
    let client = builder(&url).end_timeout(Duration::from_millis(1)).build().unwrap();
    for way in 0..4 {
        assert_eq!(read(&client, way).await.text(), "Grüße");
        server.closed(way + 1).await;
    }
    assert_eq!(server.accepted(), 4);
}

#[cfg(feature = "server")]
mod through_a_gateway {
    use messages_api::MessagesService;

    use super::*;
    use crate::support::Server;

    async fn gateway(upstream: &Keeping) -> (Server, Client) {
        let service = MessagesService::builder(upstream.client()).unauthenticated();
        let gateway = Server::start(service.ping_interval(Duration::from_micros(1)).build()).await;
        let caller = builder(&gateway.url()).end_timeout(None).build().unwrap();
        (gateway, caller)
    }

    #[tokio::test]
    async fn streams_use_one_connection_on_both_sides() {
        let upstream = Keeping::start(|| tokio::time::sleep(Duration::from_millis(5))).await;
        let (gateway, caller) = gateway(&upstream).await;
        for call in 0..40 {
            assert_eq!(read(&caller, call % 4).await.text(), "Grüße");
        }
        assert_eq!((upstream.accepted(), gateway.accepted()), (1, 1));
    }

    #[tokio::test]
    async fn nothing_follows_the_message_while_the_upstream_ends_its_body() {
        let (upstream, told) = Keeping::start_told().await;
        let (gateway, _) = gateway(&upstream).await;
        let body = serde_json::to_string(&request().stream(true)).unwrap();
        let call = reqwest::Client::new().post(format!("{}/v1/messages", gateway.url()));
        let mut response = call.header("content-type", "application/json").body(body).send().await.unwrap();
        let mut text = Vec::new();
        while !text.ends_with(b"data: {\"type\":\"message_stop\"}\n\n") {
            text.extend_from_slice(&response.chunk().await.unwrap().expect("more"));
        }
        // Time enough for pings.
        tokio::time::sleep(Duration::from_millis(20)).await;
        told.notify_one();
        assert_eq!(response.chunk().await.unwrap(), None);
        assert_eq!(upstream.closed.load(Ordering::SeqCst), 0);
    }
}
