//! Authentication: which callers are accepted, and what a rejected one receives.

use std::sync::Arc;

use http::Request;
use http::request::Parts;
use messages_api::handler::Principal;
use messages_api::{
    ApiError, ApiKeys, Authenticator, Credential, ErrorType, Handler, MessagesService, handler_fn,
};

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

/// Creates a handler that replies with the id of its caller.
fn who() -> impl Handler {
    handler_fn(|_request, context| async move { Ok(message(context.principal().id()).into()) })
}

/// Returns the id of the caller that sends these headers, or the status of the rejection.
async fn id(service: &MessagesService, headers: &[(&str, &str)]) -> Result<String, u16> {
    let request = headers
        .iter()
        .fold(Request::post("/messages"), |request, (name, value)| request.header(*name, *value));
    let response = send(service, request.body(body(false)).unwrap()).await;
    if response.status == 200 { Ok(response.message().text()) } else { Err(response.status.as_u16()) }
}

#[tokio::test]
async fn an_unauthenticated_service_accepts_every_caller() {
    let service = MessagesService::builder(who()).unauthenticated().build();
    assert_eq!(ask(&service, false).await.message().text(), "anonymous");
}

#[tokio::test]
async fn names_of_keys_become_principals() {
    let keys = ApiKeys::named([("alice", "a"), ("bob", "b"), ("alice", " a2 "), ("eve", "b")]);
    let service = MessagesService::builder(who()).authenticate(keys).build();
    for (headers, expected) in [
        (&[("x-api-key", "a")][..], Ok("alice")),
        (&[("x-api-key", "a2")], Ok("alice")),
        (&[("authorization", "Bearer b")], Ok("bob")),
        (&[("x-api-key", "b"), ("authorization", "Bearer b")], Ok("bob")),
        (&[("x-api-key", "c"), ("authorization", "Bearer b")], Ok("bob")),
        (&[("x-api-key", "b"), ("authorization", "Bearer a")], Ok("bob")),
        (&[("x-api-key", "a"), ("authorization", "Bearer b")], Ok("alice")),
        (&[("x-api-key", "c")], Err(401)),
        (&[], Err(401)),
    ] {
        assert_eq!(id(&service, headers).await, expected.map(str::to_owned), "{headers:?}");
    }
    let unnamed = MessagesService::builder(who()).authenticate(ApiKeys::new(["a", "b"])).build();
    assert_eq!(id(&unnamed, &[("x-api-key", "b")]).await.unwrap(), "key-2");
}

#[tokio::test]
async fn keys_are_replaced_while_the_service_runs() {
    let keys = ApiKeys::named([("alice", "old")]);
    let service = MessagesService::builder(who()).authenticate(keys.clone()).build();
    let ask = async |key| id(&service, &[("x-api-key", key)]).await;
    assert_eq!((ask("old").await, ask("new").await), (Ok("alice".to_owned()), Err(401)));
    keys.replace(ApiKeys::named([("alice", "new"), ("alice", "old")]));
    assert_eq!((ask("old").await, ask("new").await), (Ok("alice".to_owned()), Ok("alice".to_owned())));
    let next = ApiKeys::named([("alice", "new")]);
    keys.replace(next.clone());
    assert_eq!((ask("old").await, ask("new").await), (Err(401), Ok("alice".to_owned())));
    next.replace(ApiKeys::new(["other"])); // not a clone, so it shares nothing
    assert_eq!((ask("new").await, ask("other").await), (Ok("alice".to_owned()), Err(401)));
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
    async fn authenticate(&self, request: &mut Parts) -> Result<Principal, ApiError> {
        tokio::task::yield_now().await;
        match Credential::from_headers(&request.headers).next() {
            Some(key) if key.expose() == KEY => {
                request.extensions.insert(Caller("alice"));
                Ok(Principal::new("tenant-7").with_credential(Credential::bearer("further on")))
            }
            Some(_) => Err(ApiError::new(ErrorType::Permission, "not you")),
            None => panic!("the payload of a panic is a secret"),
        }
    }
}

#[tokio::test]
async fn an_authenticator_chooses_the_error_and_what_it_knows_reaches_the_handler() {
    let handler = handler_fn(|_request, context| async move {
        let (principal, caller) = (context.principal(), context.extensions().get::<Caller>().unwrap());
        assert_eq!(principal.id(), "tenant-7");
        assert_eq!(principal.credential(), Some(&Credential::bearer("further on")));
        assert!(!format!("{principal:?}{context:?}").contains("further on"));
        Ok(message(caller.0).into())
    });
    let service = MessagesService::builder(handler).authenticate(Arc::new(Named)).build();
    let with = |key: &str| Request::post("/messages").header("x-api-key", key).body(body(false)).unwrap();
    assert_eq!(send(&service, with(KEY)).await.message().text(), "alice");
    assert_eq!(send(&service, with("other")).await.error(403, "permission_error"), "not you");
    let message = ask(&service, false).await.error(500, "api_error");
    assert!(!message.contains("secret"), "{message}");
}
