//! The limits on heads and on waiting, over pipes and, for many connections at once, over sockets.

use std::time::Duration;

use messages_api::server::serve;
use messages_api::{ApiError, CreateMessageRequest, Reply, RequestContext, handler_fn};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::common::{Server, hello, request, service};

fn start() -> Server {
    Server::start(service(handler_fn(hello)), |serve| serve)
}

#[tokio::test(start_paused = true)]
async fn silent_connections_are_closed() {
    let server = start();
    let mut caller = server.connect();
    assert_eq!(caller.closed().await / 10, 1000);
}

#[tokio::test(start_paused = true)]
async fn a_head_that_drips_is_given_up_in_time() {
    let server = start();
    let mut caller = server.connect();
    for byte in request(false).bytes().take(9) {
        caller.pipe.write_all(&[byte]).await.unwrap();
        assert!(caller.is_open_for(1).await);
    }
    assert_eq!(caller.closed().await / 10, 1000);
}

#[tokio::test(start_paused = true)]
async fn the_limits_on_waiting_can_be_set() {
    let service = service(handler_fn(hello));
    let server = Server::start(service, |serve| {
        serve.header_timeout(Duration::from_secs(3)).idle_timeout(Duration::from_secs(300))
    });
    assert_eq!(server.connect().closed().await / 10, 300);
    let mut caller = server.connect();
    for _ in 0..3 {
        caller.call().await;
        assert!(caller.is_open_for(299).await);
    }
    // The head has its time from its first byte on.
    caller.send("POST").await;
    assert!(caller.is_open_for(2).await);
    caller.send(" /v1").await;
    assert!(!caller.is_open_for(2).await);
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_closed_and_busy_ones_are_not() {
    let server = start();
    let mut caller = server.connect();
    for _ in 0..30 {
        caller.call().await;
        assert!(caller.is_open_for(9).await);
    }
    caller.closed().await;
}

#[tokio::test(start_paused = true)]
async fn large_heads_are_rejected() {
    let server = start();
    let filler = |bytes: usize| format!("x-filler: {}\r\n", "x".repeat(bytes));
    let many = |count: usize| "x-filler: x\r\n".repeat(count);
    let request = request(false);
    for (headers, status) in
        [(filler(60 << 10), "200"), (filler(70 << 10), "431"), (many(95), "200"), (many(101), "431")]
    {
        let (mut caller, head) = (server.connect(), request.replacen("\r\n", &format!("\r\n{headers}"), 1));
        let (mut reader, mut writer) = tokio::io::split(&mut caller.pipe);
        let mut response = [0; 12];
        // The server need not read a head that is too large to its end.
        let (_written, read) =
            tokio::join!(writer.write_all(head.as_bytes()), reader.read_exact(&mut response));
        read.unwrap();
        assert_eq!(std::str::from_utf8(&response), Ok(&*format!("HTTP/1.1 {status}")));
    }
}

#[tokio::test]
async fn many_slow_heads_keep_no_caller_out() {
    const SLOW: usize = 200; // half of them wait in the queue of the listener, which holds 128
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serve = serve(listener, service(handler_fn(hello)))
        .max_connections(SLOW / 2)
        .header_timeout(Duration::from_millis(500));
    let server = tokio::spawn(serve.into_future());
    let mut slow = JoinSet::new();
    for n in 0..SLOW {
        slow.spawn(async move {
            let mut socket = TcpStream::connect(address).await.unwrap();
            // Every second one is silent.
            while n % 2 == 1 && socket.write_all(b"P").await.is_ok() {
                sleep(Duration::from_millis(10)).await;
            }
            let mut rest = Vec::new();
            let _ = socket.read_to_end(&mut rest).await; // a reset is as good as an end
        });
    }
    let mut calls = 0;
    while !slow.is_empty() {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(request(false).as_bytes()).await.unwrap();
        let mut status = [0; 12];
        socket.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
        calls += 1;
        while slow.try_join_next().is_some() {}
        sleep(Duration::from_millis(5)).await;
    }
    assert!(calls > 1, "the slow connections were closed at once");
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_given_up_in_time() {
    let server = Server::start(service(handler_fn(unreachable)), |serve| serve);
    let request = request(false);
    let (head, body) = request.split_at(request.find("\r\n\r\n").unwrap() + 4);
    // The caller sends nothing, or a byte each second.
    for drips in [false, true] {
        let mut caller = server.connect();
        caller.send(head).await;
        let start = Instant::now();
        let (mut reader, mut writer) = tokio::io::split(&mut caller.pipe);
        let mut response = String::new();
        let dripping = async {
            for byte in body.bytes().filter(|_| drips) {
                sleep(Duration::from_secs(1)).await;
                let _ = writer.write_all(&[byte]).await; // the server may have closed the connection
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = dripping => unreachable!(),
            read = reader.read_to_string(&mut response) => drop(read.unwrap()),
        }
        println!(
            "a body that {}: {} s",
            if drips { "drips" } else { "stalls" },
            start.elapsed().as_secs_f64()
        );
        assert!(response.starts_with("HTTP/1.1 408 ") && response.contains("invalid_request"), "{response}");
        assert!(start.elapsed() <= Duration::from_secs(31), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_above_the_limit_is_rejected_before_it_is_read_or_at_the_limit() {
    let server = Server::start(service(handler_fn(unreachable)), |serve| serve);
    let head = "POST /v1/messages HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n";
    let limit = 32 << 20;
    let mut caller = server.connect();
    caller.send(&format!("{head}content-length: {}\r\n\r\n", limit + 1)).await;
    let response = caller.read_to("request_too_large").await;
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");

    let mut caller = server.connect();
    caller.send(&format!("{}transfer-encoding: chunked\r\n\r\n", head.replace("expect", "x-expect"))).await;
    let (mut reader, mut writer) = tokio::io::split(&mut caller.pipe);
    let mut response = [0; 12];
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(1 << 16));
    let sending = async {
        for sent in 0.. {
            assert!(sent << 16 <= 4 * limit, "the server reads on for ever");
            if writer.write_all(chunk.as_bytes()).await.is_err() {
                break;
            }
        }
    };
    let (read, ()) = tokio::join!(reader.read_exact(&mut response), sending);
    read.unwrap();
    assert_eq!(std::str::from_utf8(&response), Ok("HTTP/1.1 413"));
}

async fn unreachable(_request: CreateMessageRequest, _context: RequestContext) -> Result<Reply, ApiError> {
    panic!("the handler is called")
}
