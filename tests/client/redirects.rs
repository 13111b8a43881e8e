//! Redirects are not followed: no credential reaches another address.

use std::net::TcpListener;

use messages_api::client::ReqwestTransport;
use messages_api::{Client, Credential, ErrorKind};

use crate::common::*;
use crate::raw::{End, Raw, Script};

fn redirect(status: u16, location: &str) -> String {
    format!(
        "HTTP/1.1 {status} Elsewhere\r\nlocation: {location}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    )
}

/// Listens where no request may arrive, at every address of the loopback interface that a URL may name.
struct Canary(Vec<TcpListener>);

impl Canary {
    fn start() -> Self {
        let mut listeners = vec![TcpListener::bind("127.0.0.1:0").unwrap()];
        let port = listeners[0].local_addr().unwrap().port();
        // `localhost` may be this address as well.
        listeners.extend(TcpListener::bind(("::1", port)));
        for listener in &listeners {
            listener.set_nonblocking(true).unwrap();
        }
        Self(listeners)
    }

    fn port(&self) -> u16 {
        self.0[0].local_addr().unwrap().port()
    }

    /// Returns the number of connections so far, whatever was sent on them.
    fn connections(&self) -> usize {
        self.0.iter().map(|listener| std::iter::from_fn(|| listener.accept().ok()).count()).sum()
    }
}

#[tokio::test]
async fn a_redirect_is_an_error_and_no_credential_follows_it() {
    let canary = Canary::start();
    let port = canary.port();
    // Each request says where it is redirected.
    let server = Raw::start_with(|request| {
        let asked = request.lines().find_map(|line| line.strip_prefix("x-redirect: ")).unwrap();
        let (status, location) = asked.split_once(' ').unwrap();
        Script::new([redirect(status.parse().unwrap(), location)], End::Close)
    })
    .await;
    let mut calls = 0;
    for credential in [Credential::api_key(KEY), Credential::bearer(KEY)] {
        let builder = Client::builder().base_url(&server.url()).credential(credential);
        let client = builder.header("x-extra-key", KEY).build().unwrap();
        for status in [300, 301, 302, 303, 304, 307, 308] {
            for origin in ["http://127.0.0.1", "http://localhost", "https://127.0.0.1", "//localhost"] {
                let asked = format!("{status} {origin}:{port}/v1/messages");
                let client = client.clone().with_header("x-redirect", &asked).unwrap();
                for error in [
                    client.create_message(&request()).await.unwrap_err(),
                    client.stream_message(&request()).await.unwrap_err(),
                    client.count_tokens(&count_request()).await.unwrap_err(),
                    client.model("m").await.unwrap_err(),
                    client.batch_results("b").await.map(drop).unwrap_err(),
                ] {
                    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Api, status));
                    assert!(error.to_string().contains("redirect"), "{error}");
                    assert!(!error.is_retryable());
                    calls += 1;
                }
            }
        }
    }
    println!("{calls} redirected calls");
    assert_eq!(canary.connections(), 0);
    // It would have noticed.
    std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    assert_eq!(canary.connections(), 1);
}

#[tokio::test]
async fn a_redirect_within_the_server_is_not_followed_either() {
    let server = Raw::start([redirect(307, "/v1/elsewhere")], End::Close).await;
    let error = client(&server.url()).create_message(&request()).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 307);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_http_client_that_follows_redirects_is_detected() {
    let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{MESSAGE}", MESSAGE.len());
    let end = Raw::start([response], End::Close).await;
    let server = Raw::start([redirect(307, &format!("{}/v1/messages", end.url()))], End::Close).await;
    let client =
        builder(&server.url()).transport(ReqwestTransport::new(reqwest::Client::new())).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().starts_with("transport: "), "{error}");
}
