//! Servers that respond before they have read the whole request.

use messages_api::client::RetryPolicy;
use messages_api::{Client, CreateMessageRequest, Credential};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The number of calls, since a race decides what the client sees first.
const CALLS: usize = 10;

const ERROR: &str = r#"{"type":"error","error":{"type":"request_too_large","message":"too large"}}"#;

/// What a server does with the rest of the request.
#[derive(Clone, Copy, Debug)]
enum Rest {
    /// Reads it.
    Reads,
    /// Reads nothing more, but keeps the connection open until the client closes it.
    Ignores,
    /// Ends its own side of the connection, and reads on.
    ReadsAfterEnd,
}

#[tokio::test]
async fn an_error_that_arrives_while_the_request_is_sent_is_read() {
    let request = CreateMessageRequest::new("m", 9).user("x".repeat(4_000_000));
    for rest in [Rest::Reads, Rest::Ignores, Rest::ReadsAfterEnd] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(socket, rest));
            }
        });
        let client = Client::builder()
            .base_url(&url)
            .credential(Credential::api_key("key"))
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        for call in 0..CALLS {
            let error = client.create_message(&request).await.unwrap_err();
            assert_eq!(
                error.status().map(|status| status.as_u16()),
                Some(413),
                "{rest:?}, call {call}: {error:?}"
            );
        }
        server.abort();
    }
}

/// Responds to each request of a connection after its first bytes.
async fn serve(mut socket: TcpStream, rest: Rest) {
    let mut buffer = vec![0; 64 * 1024];
    socket.read_exact(&mut buffer).await.unwrap();
    let head = "HTTP/1.1 413 Payload Too Large\r\ncontent-type: application/json\r\nconnection: close";
    let response = format!("{head}\r\ncontent-length: {}\r\n\r\n{ERROR}", ERROR.len());
    socket.write_all(response.as_bytes()).await.unwrap();
    match rest {
        Rest::Reads => while socket.read(&mut buffer).await.is_ok_and(|n| n > 0) {},
        Rest::Ignores => std::future::pending().await,
        Rest::ReadsAfterEnd => {
            socket.shutdown().await.unwrap();
            while socket.read(&mut buffer).await.is_ok_and(|n| n > 0) {}
        }
    }
}
