//! The first byte of a stream that passes through a gateway, whatever the upstream does. Everything is in
//! memory, under a clock that is paused.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::{Request, Response};
use messages_api::client::RequestBody;
use messages_api::{Client, Credential};
#[cfg(feature = "reqwest")]
use messages_api::{MessagesService, server::serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep};
#[cfg(feature = "reqwest")]
use tokio::{
    net::{TcpListener, TcpStream},
    time::MissedTickBehavior,
};

#[cfg(feature = "reqwest")]
use crate::common::request;
use crate::common::{Server, service};

/// What an upstream does after it has received a request.
#[derive(Clone, Copy, Debug)]
enum Upstream {
    /// It sends no head.
    Silent,
    /// It sends the head and nothing else.
    Head,
    /// It sends the head, and this every three seconds.
    Repeating(&'static str),
    /// It rejects the request after these seconds.
    Rejecting(u64),
}

const PING: &str = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
const COMMENT: &str = ": keep-alive\n\n";

impl Upstream {
    async fn respond(self) -> Response<Body> {
        let response = Response::builder().header("content-type", "text/event-stream");
        let body = match self {
            Self::Silent => std::future::pending().await,
            Self::Rejecting(seconds) => {
                sleep(Duration::from_secs(seconds)).await;
                let error = r#"{"type":"error","error":{"type":"permission_error","message":"No"}}"#;
                return Response::builder().status(403).body(Body::from(error)).unwrap();
            }
            Self::Head => Body::from_stream(futures::stream::pending::<io::Result<Bytes>>()),
            Self::Repeating(text) => Body::from_stream(futures::stream::unfold((), move |()| async move {
                sleep(Duration::from_secs(3)).await;
                Some((io::Result::Ok(Bytes::from_static(text.as_bytes())), ()))
            })),
        };
        response.body(body).unwrap()
    }

    /// Starts a gateway in front of the upstream.
    fn gateway(self) -> Server {
        let transport = tower::service_fn(move |_request: Request<RequestBody>| async move {
            Ok::<_, Infallible>(self.respond().await)
        });
        let client = Client::builder().transport(transport).credential(Credential::api_key("k")).build();
        Server::start(service(client.unwrap()), |serve| serve)
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_byte_of_a_stream_arrives_within_a_ping_interval() {
    for upstream in [
        Upstream::Silent,
        Upstream::Head,
        Upstream::Repeating(PING),
        Upstream::Repeating(COMMENT),
        Upstream::Rejecting(3600),
    ] {
        let server = upstream.gateway();
        let mut caller = server.connect();
        caller.ask(true).await;
        let start = Instant::now();
        let head = caller.read_to("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{upstream:?}: {head}");
        let mut seconds = vec![start.elapsed().as_secs()];
        // The head may have brought the first ping along.
        if !head.contains("event: ping") {
            caller.read_to("event: ping").await;
        }
        seconds.push(start.elapsed().as_secs());
        for _ in 0..2 {
            caller.read_to("event: ping").await;
            seconds.push(start.elapsed().as_secs());
        }
        println!("{upstream:?}: head at {} s, pings at {:?} s", seconds[0], &seconds[1..]);
        assert!(seconds[0] <= 10 && seconds.windows(2).all(|two| two[1] - two[0] <= 10), "{seconds:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_that_arrives_in_time_is_kept_and_a_whole_message_always_keeps_it() {
    for (seconds, streamed) in [(9, true), (9, false), (300, false)] {
        let server = Upstream::Rejecting(seconds).gateway();
        let mut caller = server.connect();
        caller.ask(streamed).await;
        let response = caller.read_to("permission_error").await;
        assert!(response.starts_with("HTTP/1.1 403 "), "{seconds} {streamed}: {response}");
    }
}

/// The error of the gateway, not of the upstream, is sent although the rest of the body drips.
#[tokio::test(start_paused = true)]
async fn a_large_body_that_drips_through_a_gateway_is_rejected_in_time() {
    let server = Upstream::Rejecting(0).gateway();
    // The caller sends nothing, or a byte each second.
    for drips in [false, true] {
        let mut caller = server.connect();
        caller.send("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 33554433\r\n\r\n").await;
        let start = Instant::now();
        let (mut reader, mut writer) = tokio::io::split(&mut caller.pipe);
        let dripping = async {
            while drips && writer.write_all(b" ").await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
            std::future::pending::<()>().await;
        };
        let mut response = String::new();
        tokio::select! {
            () = dripping => unreachable!(),
            read = reader.read_to_string(&mut response) => drop(read.unwrap()),
        }
        println!("413 to a body that {}: {:?}", if drips { "drips" } else { "stalls" }, start.elapsed());
        assert!(
            response.starts_with("HTTP/1.1 413 ") && response.contains("request_too_large"),
            "{response}"
        );
        assert!(start.elapsed() <= Duration::from_secs(if drips { 31 } else { 3 }), "{:?}", start.elapsed());
    }
}

/// The same over sockets, with an interval that is short.
#[cfg(feature = "reqwest")]
#[tokio::test]
async fn pings_arrive_over_a_socket_whatever_the_upstream_does() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    for (head, repeated) in
        [("", String::new()), (head, String::new()), (head, chunk(PING)), (head, chunk(COMMENT))]
    {
        let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", upstream.local_addr().unwrap());
        let upstream = tokio::spawn(async move {
            let (mut socket, _) = upstream.accept().await.unwrap();
            socket.write_all(head.as_bytes()).await.unwrap();
            // Until the gateway leaves.
            while socket.write_all(repeated.as_bytes()).await.is_ok() {
                sleep(Duration::from_millis(5)).await;
            }
        });
        let client =
            Client::builder().base_url(&base_url).credential(Credential::api_key("k")).build().unwrap();
        let interval = Duration::from_millis(20);
        let service = MessagesService::builder(client).unauthenticated().ping_interval(interval).build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut caller = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let gateway = tokio::spawn(serve(listener, service).into_future());
        caller.write_all(request(true).as_bytes()).await.unwrap();
        let mut text = String::new();
        // A slow machine slows this clock down as well: it ticks at most once in a turn of the runtime, and a ping
        // takes a few turns.
        let (mut clock, mut intervals) = (tokio::time::interval(interval), 0);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while text.matches("event: ping").count() < 3 {
            let mut buffer = [0; 1024];
            tokio::select! {
                _ = clock.tick() => intervals += 1,
                read = caller.read(&mut buffer) => {
                    let count = read.unwrap();
                    assert_ne!(count, 0, "{text}");
                    text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
                }
            }
        }
        println!("3 pings in {intervals} intervals");
        assert!(intervals < 30, "3 pings in {intervals} intervals: {text}");
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        gateway.abort();
        upstream.abort();
    }
}
