//! Layers around the transport.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use messages_api::client::{BoxError, CallInfo, Endpoint, RequestBody, ResponseBody, Transport};
use messages_api::types::CountTokensRequest;
use messages_api::{ApiError, Client, Error, ErrorKind, ErrorType, InputMessage, Role, StreamEvent};
use tower::timeout::TimeoutLayer;
use tower::util::{MapRequestLayer, MapResponseLayer};
use tower::{Service, service_fn};

use crate::script::*;

/// Returns what notes `name` for each request.
fn noting(
    name: &'static str,
    notes: &Arc<Mutex<Vec<&'static str>>>,
) -> impl Fn(Request<RequestBody>) -> Request<RequestBody> + Clone + Send + Sync + 'static + use<> {
    let notes = notes.clone();
    move |request| {
        notes.lock().unwrap().push(name);
        request
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_layer_sees_every_attempt_first() {
    let (script, notes) = (Script::new([status(529), ok(MESSAGE)]), Arc::default());
    let [a, b] = ["a", "b"].map(|name| MapRequestLayer::new(noting(name, &notes)));
    let client = script.builder().layer(a).layer(b).build().unwrap();
    client.create_message(&request()).await.unwrap();
    assert_eq!(*notes.lock().unwrap(), ["a", "b", "a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn a_layer_signs_the_request_as_it_is_sent() {
    let script = Script::new([status(529), ok(MESSAGE)]);
    let sign = MapRequestLayer::new(|mut request: Request<RequestBody>| {
        assert_eq!(request.headers()["x-api-key"], "sk-script");
        let signature = request.body().as_bytes().iter().map(|byte| u32::from(*byte)).sum::<u32>();
        request.headers_mut().insert("x-signature", signature.into());
        request
    });
    script.builder().layer(sign).build().unwrap().create_message(&request()).await.unwrap();
    for attempt in script.seen() {
        let sum = attempt.body.iter().map(|byte| u32::from(*byte)).sum::<u32>();
        assert_eq!(attempt.headers["x-signature"], sum.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_learns_which_call_it_is() {
    let script = Script::new([ok(&(START.to_owned() + STOP)), ok(r#"{"input_tokens":3}"#)]);
    let client = script.client();
    drop(client.stream_message(&request()).await.unwrap());
    let count = CountTokensRequest::new("other", vec![InputMessage::new(Role::User, "Hi")]);
    client.count_tokens(&count).await.unwrap();
    let [stream, count] = &script.seen()[..] else { panic!("two calls") };
    assert_eq!((stream.info.endpoint(), stream.info.is_streamed()), (Endpoint::Messages, true));
    assert_eq!((stream.info.model(), stream.info.attempt()), (Some("claude-sonnet-5"), 1));
    assert_eq!((count.info.endpoint(), count.info.is_streamed()), (Endpoint::CountTokens, false));
    assert_eq!(count.info.model(), Some("other"));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_transport_is_a_connection_that_failed() {
    let failing = service_fn(async |_request: Request<RequestBody>| {
        Err::<Response<ResponseBody>, BoxError>("out of order".into())
    });
    let client = Client::builder().transport(failing).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 3));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "out of order");
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_layer_is_final_unless_it_stems_from_the_connection() {
    let slow = service_fn(async |_request: Request<RequestBody>| {
        std::future::pending::<()>().await;
        Ok::<Response<ResponseBody>, Infallible>(Response::new(ResponseBody::new(String::new())))
    });
    let timeout = TimeoutLayer::new(Duration::from_secs(3));
    let client = Client::builder().transport(slow).layer(timeout.clone()).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Layer, 1));
    assert!(!error.is_retryable());

    // The same layer passes on what the transport reports.
    let script = Script::new([broken(io::ErrorKind::ConnectionRefused)]);
    let client = script.builder().layer(timeout.clone()).layer(timeout).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 3));
}

/// A wrapper as tower's `Buffer` has one.
#[derive(Debug)]
struct Wrapped(BoxError);

impl std::fmt::Display for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the service failed")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_stems_from_the_network_is_retried_if_a_layer_fails() {
    type Fails = fn() -> BoxError;
    for (fails, kind, attempts) in [
        ((|| io::Error::from(io::ErrorKind::NotFound).into()) as Fails, ErrorKind::Layer, 1),
        (|| io::Error::from(io::ErrorKind::PermissionDenied).into(), ErrorKind::Layer, 1),
        (|| io::Error::other("disk full").into(), ErrorKind::Layer, 1),
        (|| Wrapped(io::Error::from(io::ErrorKind::InvalidData).into()).into(), ErrorKind::Layer, 1),
        (|| Wrapped(io::Error::from(io::ErrorKind::ConnectionReset).into()).into(), ErrorKind::Transport, 3),
        (|| io::Error::from(io::ErrorKind::ConnectionRefused).into(), ErrorKind::Connect, 3),
        (|| io::Error::from(io::ErrorKind::TimedOut).into(), ErrorKind::Timeout, 3),
    ] {
        let layer = tower::layer::layer_fn(move |_: Transport| {
            service_fn(
                move |_: Request<RequestBody>| async move { Err::<Response<ResponseBody>, _>(fails()) },
            )
        });
        let client = Script::new([ok(MESSAGE)]).builder().layer(layer).build().unwrap();
        let error = client.create_message(&request()).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, attempts), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_client_keeps_its_kind_if_another_error_wraps_it() {
    type Fails = fn() -> Error;
    let overloaded = || ApiError::new(ErrorType::Overloaded, "Busy").into();
    let invalid = || ApiError::invalid_request("max_tokens: too few").into();
    let marked = || ApiError::invalid_request("Later").with_should_retry(true).into();
    for (fails, status, attempts) in [(overloaded as Fails, 529, 3), (invalid, 400, 1), (marked, 400, 3)] {
        let service = service_fn(move |_: Request<RequestBody>| async move {
            Err::<Response<ResponseBody>, _>(Wrapped(fails().into()))
        });
        let layer = tower::layer::layer_fn(move |_: Transport| service);
        for builder in [Client::builder().transport(service), Script::new([]).builder().layer(layer)] {
            let error = builder.build().unwrap().create_message(&request()).await.unwrap_err();
            assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (status, attempts));
            assert!(std::error::Error::source(&error).unwrap().is::<Wrapped>(), "{error:?}");
        }
    }
    // The transport's own error stems from the network, and the layer's wrapper does not change what it is.
    let wrapping = tower::util::MapErrLayer::new(|error: Error| Wrapped(error.into()));
    let script = Script::new([broken(io::ErrorKind::NotFound)]);
    let client = script.builder().layer(wrapping).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 3));
}

/// A layer that lets a request pass with another credential once the first is rejected.
#[derive(Clone)]
struct Refresh<S>(S);

impl Service<Request<RequestBody>> for Refresh<Transport> {
    type Response = Response<ResponseBody>;
    type Error = Error;
    type Future = futures::future::BoxFuture<'static, Result<Response<ResponseBody>, Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let mut transport = self.0.clone();
        Box::pin(async move {
            let mut again = request.clone();
            let response = transport.call(request).await?;
            if response.status() != 401 {
                return Ok(response);
            }
            again.headers_mut().insert("x-api-key", HeaderValue::from_static("fresh"));
            transport.call(again).await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_can_send_a_request_twice() {
    let script = Script::new([status(401), ok(MESSAGE)]);
    let client = script.builder().layer(tower::layer::layer_fn(Refresh)).build().unwrap();
    client.create_message(&request()).await.unwrap();
    let seen = script.seen();
    assert_eq!(
        (seen[0].headers["x-api-key"].as_bytes(), seen[1].headers["x-api-key"].as_bytes()),
        (&b"sk-script"[..], &b"fresh"[..])
    );
    assert_eq!(seen[0].body, seen[1].body);
}

#[tokio::test(start_paused = true)]
async fn a_layer_can_replace_the_body_of_a_response() {
    let script = Script::new([ok("{}")]);
    let replace = MapResponseLayer::new(|response: Response<ResponseBody>| {
        response.map(|_| http_body_util::Full::new(Bytes::from_static(MESSAGE.as_bytes())))
    });
    let client = script.builder().layer(replace).build().unwrap();
    assert_eq!(client.create_message(&request()).await.unwrap().text(), "Hello");
}

#[tokio::test(start_paused = true)]
async fn a_layer_can_answer_by_itself() {
    let (script, events) = (Script::new([status(500)]), START.to_owned() + STOP);
    for is_streamed in [false, true] {
        let answers =
            Arc::new(Mutex::new(vec![if is_streamed { events.clone() } else { MESSAGE.to_owned() }]));
        let layer = tower::layer::layer_fn(move |_: Transport| {
            let answers = answers.clone();
            service_fn(move |request: Request<RequestBody>| {
                let attempt = request.extensions().get::<CallInfo>().unwrap().attempt();
                let answer = if attempt == 1 { None } else { answers.lock().unwrap().pop() };
                let mut response = Response::new(answer.clone().unwrap_or_default());
                *response.status_mut() = if answer.is_some() { StatusCode::OK } else { StatusCode::CONFLICT };
                async move { Ok::<_, Infallible>(response) }
            })
        });
        let client = script.builder().layer(layer).build().unwrap();
        let (message, attempts) = if is_streamed {
            let stream = client.stream_message(&request()).await.unwrap();
            let attempts = stream.attempts();
            (stream.final_message().await.unwrap(), attempts)
        } else {
            let response = client.create_message(&request()).response().await.unwrap();
            let attempts = response.extensions().get::<CallInfo>().unwrap().attempt();
            (response.into_body(), attempts)
        };
        // What the layer answers counts like what a server would have sent.
        assert_eq!((&*message.id, attempts, script.count()), ("msg_01", 2, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_sees_the_bytes_of_a_stream_as_they_come() {
    let sent = format!(": raw\n\n{START}event: news\ndata: {{\"n\":1.0}}\n\n{STOP}");
    let script = Script::new([ok(&sent).in_chunks_of(7).pausing(Duration::from_secs(1))]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let tee = MapResponseLayer::new(move |response: Response<ResponseBody>| {
        let log = log.clone();
        response.map(|body| {
            body.map_frame(move |frame| {
                log.lock().unwrap().extend_from_slice(frame.data_ref().unwrap());
                frame
            })
        })
    });
    let mut stream = script.builder().layer(tee).build().unwrap().stream_message(&request()).await.unwrap();
    assert!(matches!(stream.next().await, Some(Ok(StreamEvent::MessageStart(_)))));
    let start = seen.lock().unwrap().len();
    assert!((sent.find("event: news").unwrap()..sent.find(STOP).unwrap()).contains(&start), "{start}");
    while let Some(event) = stream.next().await {
        event.unwrap();
    }
    assert_eq!(*seen.lock().unwrap(), sent.as_bytes());
}

#[tokio::test]
async fn a_layer_can_send_other_bytes() {
    const RAW: &str = r#"{"model":"m", "later": [1.0]}"#;
    let script = Script::new([ok(MESSAGE)]);
    let replace =
        MapRequestLayer::new(|request: Request<RequestBody>| request.map(|_| RequestBody::new(RAW)));
    script.builder().layer(replace).build().unwrap().create_message(&request()).await.unwrap();
    assert_eq!(script.seen()[0].body, RAW);
}

#[tokio::test]
async fn nothing_of_a_transport_is_shown() {
    let secret = "sk-of-the-signer";
    let shown = MapRequestLayer::new(move |request: Request<RequestBody>| {
        assert!(!secret.is_empty());
        request
    });
    let script = Script::new([ok(MESSAGE)]);
    let client = script.builder().layer(shown).build().unwrap();
    let debug = format!("{client:?} {:?}", Transport::new(script));
    assert!(!debug.contains("sk-"), "{debug}");
}

#[test]
fn settings_without_effect_and_a_missing_transport_are_errors() {
    let script = Script::new([ok(MESSAGE)]);
    let error = script.builder().connect_timeout(Duration::from_secs(1)).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().starts_with("connect_timeout: "), "{error}");
    #[cfg(not(feature = "reqwest"))]
    {
        let error = Client::builder().build().unwrap_err();
        assert!(error.to_string().starts_with("transport: "), "{error}");
    }
}
