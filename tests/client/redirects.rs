//! Redirects are not followed: no credential reaches another address.

use messages_api::client::ReqwestTransport;
use messages_api::{Client, Credential, ErrorKind};

use crate::common::*;
use crate::raw::{End, Raw};

fn redirect(status: u16, location: &str) -> String {
    format!(
        "HTTP/1.1 {status} Elsewhere\r\nlocation: {location}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    )
}

#[tokio::test]
async fn a_redirect_is_an_error_and_no_credential_follows_it() {
    let canary = Raw::start([""], End::Close).await;
    let mut calls = 0;
    for status in [300, 301, 302, 303, 304, 307, 308] {
        let server =
            Raw::start([redirect(status, &format!("{}/v1/messages", canary.url()))], End::Close).await;
        for credential in [Credential::api_key(KEY), Credential::bearer(KEY)] {
            let builder = Client::builder().base_url(&server.url()).credential(credential);
            let client = builder.header("x-extra-key", KEY).build().unwrap();
            for error in [
                client.create_message(&request()).await.unwrap_err(),
                client.stream_message(&request()).await.unwrap_err(),
                client.count_tokens(&count_request()).await.unwrap_err(),
            ] {
                assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Api, status));
                assert!(error.to_string().contains("redirect"), "{error}");
                assert!(!error.is_retryable());
                calls += 1;
            }
        }
    }
    println!("{calls} redirected calls, {} requests of the canary server", canary.requests().len());
    assert_eq!(canary.requests(), [""; 0]);
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
