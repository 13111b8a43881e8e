//! Authentication: which callers are accepted, and what a rejected one receives.

use std::sync::Arc;

use http::Request;
use http::request::Parts;
use messages_api::{ApiError, ApiKeys, Authenticator, Credential, ErrorType, MessagesService, handler_fn};

use crate::common::{TestResponse, ask, body, hello, message, send};

const KEY: &str = "sk-ant-api03-0123456789";

fn guarded() -> MessagesService {
    MessagesService::builder(hello()).authenticate(ApiKeys::new(["another key", KEY])).build()
}

async fn with(headers: &[(&str, &str)]) -> TestResponse {
    let mut request = Request::post("/v1/messages");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(&guarded(), request.body(body(false)).unwrap()).await
}

#[tokio::test]
async fn a_valid_key_is_accepted_in_either_header() {
    let bearer = format!("Bearer {KEY}");
    for headers in [
        &[("x-api-key", KEY)][..],
        &[("X-Api-Key", "another key")],
        &[("authorization", &bearer)],
        &[("Authorization", &format!("bearer  {KEY} "))],
        &[("x-api-key", KEY), ("authorization", &bearer)],
        &[("x-api-key", KEY), ("authorization", "Bearer of nothing")],
        &[("x-api-key", "wrong"), ("authorization", &bearer)],
        &[("x-api-key", "wrong"), ("x-api-key", KEY)],
    ] {
        assert_eq!(with(headers).await.message().text(), "Hello", "{headers:?}");
    }
}

#[tokio::test]
async fn requests_without_a_valid_key_are_401_and_must_not_be_retried() {
    let basic = format!("Basic {KEY}");
    let long = "k".repeat(10_000);
    for headers in [
        &[][..],
        &[("x-api-key", "")],
        &[("x-api-key", "wrong")],
        &[("x-api-key", &KEY[1..])],
        &[("x-api-key", &long)],
        &[("x-api-key", "another key sk-ant-api03-0123456789")],
        &[("authorization", KEY)],
        &[("authorization", &basic)],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ")],
        &[("authorization", "Bearer wrong")],
        &[("x-api-key", "wrong"), ("authorization", "Bearer wrong")],
        &[("cookie", KEY)],
    ] {
        let response = with(headers).await;
        let message = response.error(401, "authentication_error");
        assert!(!message.contains(KEY), "{message}");
        assert_eq!(response.header("x-should-retry"), Some("false"));
    }
}

#[tokio::test]
async fn a_key_in_the_query_is_rejected() {
    let request = Request::post(format!("/v1/messages?x-api-key={KEY}")).body(body(false)).unwrap();
    send(&guarded(), request).await.error(401, "authentication_error");
}

#[tokio::test]
async fn empty_keys_and_an_empty_set_accept_no_caller() {
    for keys in [vec![], vec![""], vec!["  "]] {
        let service = MessagesService::builder(hello()).authenticate(ApiKeys::new(keys)).build();
        ask(&service, false).await.error(401, "authentication_error");
        for value in ["", " ", "Bearer ", "Bearer"] {
            let request =
                Request::post("/messages").header("x-api-key", value).header("authorization", value);
            send(&service, request.body(body(false)).unwrap()).await.error(401, "authentication_error");
        }
    }
}

#[tokio::test]
async fn an_unauthenticated_service_accepts_every_caller() {
    let service = MessagesService::builder(hello()).unauthenticated().build();
    assert_eq!(ask(&service, false).await.message().text(), "Hello");
}

#[test]
fn debug_output_contains_no_key() {
    let keys = ApiKeys::new([KEY]);
    assert_eq!(format!("{keys:?}"), "ApiKeys { .. }");
    assert!(!format!("{:?}", guarded()).contains(KEY));
    assert!(!format!("{:?}", MessagesService::builder(hello()).authenticate(keys)).contains(KEY));
}

#[tokio::test]
async fn the_handler_receives_no_credential_headers() {
    let handler = handler_fn(|_request, context| async move {
        assert!(!context.headers().contains_key("x-api-key"));
        assert!(!context.headers().contains_key("authorization"));
        assert_eq!(context.headers()["x-other"], "1");
        Ok(message("seen").into())
    });
    let service = MessagesService::builder(handler).authenticate(ApiKeys::new([KEY])).build();
    let request = Request::post("/messages").header("x-api-key", KEY).header("authorization", "Bearer x");
    let request = request.header("x-other", "1").body(body(false)).unwrap();
    assert_eq!(send(&service, request).await.message().text(), "seen");
}

/// An authenticator that knows one caller by name.
struct Named;

#[derive(Clone)]
struct Caller(&'static str);

impl Authenticator for Named {
    async fn authenticate(&self, request: &mut Parts) -> Result<(), ApiError> {
        tokio::task::yield_now().await;
        match Credential::from_headers(&request.headers).next() {
            Some(key) if key.expose() == KEY => {
                request.extensions.insert(Caller("alice"));
                Ok(())
            }
            Some(_) => Err(ApiError::new(ErrorType::Permission, "not you")),
            None => panic!("the payload of a panic is a secret"),
        }
    }
}

#[tokio::test]
async fn an_authenticator_chooses_the_error_and_its_extensions_reach_the_handler() {
    let handler = handler_fn(|_request, context| async move {
        Ok(message(context.extensions().get::<Caller>().unwrap().0).into())
    });
    let service = MessagesService::builder(handler).authenticate(Arc::new(Named)).build();
    let with = |key: &str| Request::post("/messages").header("x-api-key", key).body(body(false)).unwrap();
    assert_eq!(send(&service, with(KEY)).await.message().text(), "alice");
    assert_eq!(send(&service, with("other")).await.error(403, "permission_error"), "not you");
    let message = ask(&service, false).await.error(500, "api_error");
    assert!(!message.contains("secret"), "{message}");
}
