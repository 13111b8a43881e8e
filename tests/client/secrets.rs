//! Neither `Debug` nor the text of an error shows a secret.

use std::error::Error as _;
use std::fmt::Debug;

use messages_api::{Client, Credential, Error};

use crate::common::*;
use crate::raw::{End, Raw, SSE_HEAD};

fn shown(value: &impl Debug) -> String {
    format!("{value:?} {value:#?}")
}

/// Returns all the text of an error, including that of its sources.
fn all_text(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?} {:?}", error.body());
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    text
}

#[tokio::test]
async fn a_client_and_its_builder_show_no_secret() {
    for credential in [Credential::api_key(KEY), Credential::bearer(KEY)] {
        let builder = || {
            let builder = Client::builder().credential(credential.clone());
            builder.header("x-extra-key", KEY).base_url("http://127.0.0.1:1/api")
        };
        assert!(!shown(&builder()).contains(KEY));
        let client = builder().build().unwrap();
        assert!(!shown(&client).contains(KEY));
        assert!(shown(&client).contains("http://127.0.0.1:1/api/v1"), "{client:?}");
        assert!(!shown(&client.clone().with_header("x-more", KEY).unwrap()).contains(KEY));
        assert!(!shown(&credential).contains(KEY));
    }
    let url = format!("http://user:{KEY}@host/?{KEY}#{KEY}");
    assert!(!shown(&Client::builder().base_url(&url)).contains(KEY));
    for error in [
        Client::builder().base_url(&url).build().unwrap_err(),
        Client::builder().base_url(KEY).build().unwrap_err(),
        Client::builder().credential(Credential::api_key(format!("{KEY}\n"))).build().unwrap_err(),
        Client::builder().header("x-a", &format!("{KEY}\n")).build().unwrap_err(),
        Client::builder().header(&format!("{KEY} x"), "a").build().unwrap_err(),
        client("http://127.0.0.1:1").with_beta(format!("{KEY}\nx")).unwrap_err(),
    ] {
        assert!(!all_text(&error).contains(KEY), "{error:?}");
    }
}

#[tokio::test]
async fn no_error_of_a_call_shows_a_secret() {
    let echo = format!(
        r#"{{"type":"error","error":{{"type":"authentication_error","message":"bad key {KEY}","details":{{"key":"{KEY}"}}}}}}"#
    );
    let page = format!("HTTP/1.1 502 Bad\r\n\r\n<html>x-api-key: {KEY}</html>");
    let mut errors = Vec::new();
    for status in [400, 401, 500] {
        let server = server(json(status, &echo)).await;
        errors.push(client(&server.uri()).create_message(&request()).await.unwrap_err());
    }
    for (piece, end) in [
        (page.as_str(), End::Close),
        ("", End::Close),
        ("", End::Reset),
        ("nonsense\r\n\r\n", End::Close),
        ("HTTP/1.1 307 T\r\nlocation: /\r\ncontent-length: 0\r\n\r\n", End::Close),
        (SSE_HEAD, End::Reset),
    ] {
        let server = Raw::start([piece], end).await;
        errors.extend(client(&server.url()).create_message(&request()).await.err());
    }
    errors.extend(client("http://127.0.0.1:1").create_message(&request()).await.err());
    assert!(errors.len() >= 8);
    for error in &errors {
        assert!(!all_text(error).contains(KEY), "{error:?}");
        let api_error = error.api_error().map(|error| serde_json::to_string(error.response()).unwrap());
        assert!(!api_error.is_some_and(|text| text.contains(KEY)), "{error:?}");
    }
}
