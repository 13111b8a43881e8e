//! The server of Chat Completions that `run` puts behind the bridge.
//!
//! It uses nothing of this crate, so that both would have to be wrong in the same way. A model named `fault-…`
//! goes wrong (`openai_faults.rs`), one named `kind-…` sends what is in `tests/openai/kinds`
//! (`openai_kinds.rs`), and any other one follows the script of a tool loop (`openai_script.rs`). What `run` wants to know of it, it asks for at another address.
#![allow(clippy::print_stdout)]

#[path = "openai_faults.rs"]
mod faults;
#[path = "openai_kinds.rs"]
mod kind_models;
#[path = "openai_script.rs"]
mod script;

use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::routing::{get, post};
use faults::{Faults, Step};
use futures::{StreamExt, stream};
use http::{HeaderMap, Response, StatusCode, header};
use script::Script;
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct Upstream {
    /// The credential that requests have to present, as the value of `authorization`.
    authorization: String,
    faults: Faults,
    /// The number of requests for the list of models.
    listed: AtomicU64,
    /// The requests for completions: their bodies to the letter, and the names of their headers.
    seen: Mutex<Vec<(String, Vec<String>)>>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = std::env::var("INTEROP_KEY").map_err(|_| "set INTEROP_KEY to the key that clients present")?;
    let upstream = Arc::new(Upstream {
        authorization: format!("Bearer {key}"),
        faults: Faults::default(),
        listed: AtomicU64::default(),
        seen: Mutex::default(),
    });
    let control = TcpListener::bind("127.0.0.1:0").await?;
    println!("control on http://{}", control.local_addr()?);
    tokio::spawn(axum::serve(control, control_routes(upstream.clone())).into_future());
    let routes = Router::new()
        .route("/v1/chat/completions", post(completions))
        .route("/v1/models", get(models))
        .with_state(upstream);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes).await?;
    Ok(())
}

/// What `run` asks for: the numbers of the requests, the requests themselves, the faults and the kinds.
fn control_routes(upstream: Arc<Upstream>) -> Router {
    let [numbers, listed, seen, reset, faults] = std::array::from_fn(|_| upstream.clone());
    let numbers = get(async move || json!({"messages": numbers.seen().len(), "count_tokens": 0}).to_string());
    let seen = get(async move || {
        let seen = seen.seen();
        let list = seen.iter().map(|(body, headers)| json!({ "body": body, "headers": headers }));
        list.collect::<Value>().to_string()
    });
    let reset = post(async move || reset.seen().clear());
    let faults = get(async move || faults.faults.list().to_string());
    Router::new()
        .route("/requests", numbers)
        .route("/listed", get(async move || listed.listed.load(Ordering::Relaxed).to_string()))
        .route("/seen", seen)
        .route("/reset", reset)
        .route("/faults", faults)
        .route("/kinds", get(async || kind_models::list().to_string()))
}

async fn models(State(upstream): State<Arc<Upstream>>, headers: HeaderMap) -> Response<Body> {
    if let Some(rejection) = upstream.reject(&headers) {
        return rejection;
    }
    upstream.listed.fetch_add(1, Ordering::Relaxed);
    let models = ["gpt-script", "org/model:free"]
        .map(|id| json!({"id": id, "object": "model", "created": 1_700_000_000}));
    document(StatusCode::OK, &json!({"object": "list", "data": models}))
}

async fn completions(
    State(upstream): State<Arc<Upstream>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    if let Some(rejection) = upstream.reject(&headers) {
        return rejection;
    }
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return error(StatusCode::BAD_REQUEST, "the body is no JSON", None);
    };
    let names = headers.keys().map(|name| name.as_str().to_owned()).collect();
    upstream.seen().push((String::from_utf8_lossy(&body).into_owned(), names));
    let script = match Script::new(&request) {
        Ok(script) => script,
        Err(reason) => return error(StatusCode::BAD_REQUEST, &reason, None),
    };
    if script.is_too_long() {
        let reason = "This model's maximum context length is 8192 tokens. However, your messages resulted in \
                      9312 tokens. Please reduce the length of the messages.";
        return error(StatusCode::BAD_REQUEST, reason, Some("context_length_exceeded"));
    }
    let special = upstream.faults.response(&script);
    if let Some(response) = special.or_else(|| kind_models::find(&script.model, script.is_streamed)) {
        return response;
    }
    if script.is_streamed { events(script.steps()) } else { document(StatusCode::OK, &script.completion()) }
}

impl Upstream {
    fn reject(&self, headers: &HeaderMap) -> Option<Response<Body>> {
        let is_known = headers.get(header::AUTHORIZATION).is_some_and(|value| value == &*self.authorization);
        let rejection =
            || error(StatusCode::UNAUTHORIZED, "Incorrect API key provided", Some("invalid_api_key"));
        (!is_known).then(rejection)
    }

    fn seen(&self) -> MutexGuard<'_, Vec<(String, Vec<String>)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn document(status: StatusCode, body: &Value) -> Response<Body> {
    response(status, "application/json", Body::from(body.to_string()))
}

fn error(status: StatusCode, message: &str, code: Option<&str>) -> Response<Body> {
    let kind = if status.is_server_error() { "server_error" } else { "invalid_request_error" };
    document(status, &json!({"error": {"message": message, "type": kind, "param": null, "code": code}}))
}

/// A stream of server-sent events, which may end in the middle of one.
fn events(steps: Vec<Step>) -> Response<Body> {
    let bytes = stream::iter(steps).filter_map(|step| async {
        match step {
            Step::Send(text) => Some(Ok(text)),
            Step::Cut => {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await; // what came before is on its way
                Some(Err(io::Error::other("cut")))
            }
            Step::Wait(time) => {
                tokio::time::sleep(time).await;
                None
            }
        }
    });
    response(StatusCode::OK, "text/event-stream", Body::from_stream(bytes))
}

fn response(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, content_type);
    response.body(body).unwrap_or_else(|never| unreachable!("{never}"))
}
