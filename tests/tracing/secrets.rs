//! Whatever a run logs, down to the level `TRACE`, and whatever its values show, has no key in it.

#[path = "../interop/model.rs"]
mod model;
#[path = "../interop/program.rs"]
mod program;

use std::error::Error as _;
use std::fmt::Debug;
use std::sync::Mutex;

use http::{Request, Response};
use messages_api::client::{
    CredentialError, CredentialProvider, ProvidedCredential, RequestBody, ReqwestTransport, ResponseBody,
    RetryPolicy,
};
use messages_api::reqwest::{self, redirect::Policy};
use messages_api::server::serve;
use messages_api::types::fallback::FallbackCreditToken;
use messages_api::types::mcp::McpServerUrl;
use messages_api::{
    ApiError, ApiKeys, Client, ClientBuilder, CreateMessageRequest, Credential, Error, MessagesService,
    RequestContext, ToolSet, handler_fn,
};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::util::{MapRequestLayer, MapResponseLayer};

use crate::Log;
use crate::support::Server;

/// What every secret begins with.
const MARKER: &str = "sk-marker";
const CALLER: &str = "sk-marker-caller";
const UPSTREAM: &str = "sk-marker-upstream";
const TOKEN: &str = "sk-marker-token";

const MODES: [&str; 6] = ["create", "stream", "count", "plain", "models", "batches"];

/// The records of the libraries that know nothing of tracing, such as reqwest.
struct Records(Mutex<String>);

static RECORDS: Records = Records(Mutex::new(String::new()));

impl log::Log for Records {
    fn enabled(&self, _metadata: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        *self.0.lock().unwrap() += &format!("{} {}\n", record.target(), record.args());
    }

    fn flush(&self) {}
}

/// Logs how a value shows itself.
fn show(value: &impl Debug) {
    tracing::trace!(?value);
    tracing::trace!(pretty = format!("{value:#?}"));
}

fn show_error(error: &Error) {
    show(error);
    tracing::trace!(%error, body = error.body());
    let mut source = error.source();
    while let Some(cause) = source {
        tracing::trace!(%cause, ?cause);
        source = cause.source();
    }
}

/// Returns a client whose layers log all of its HTTP requests and responses.
fn logged(builder: ClientBuilder) -> Client {
    let request = MapRequestLayer::new(|request: Request<RequestBody>| {
        show(&request);
        request
    });
    let response = MapResponseLayer::new(|response: Response<ResponseBody>| {
        show(&response);
        response
    });
    let builder = builder.header("x-extra-key", TOKEN).layer(request).layer(response);
    show(&builder);
    let client = builder.build().unwrap();
    show(&client);
    client
}

#[derive(Debug)]
struct Provider;

impl CredentialProvider for Provider {
    async fn credential(&self) -> Result<ProvidedCredential, CredentialError> {
        let provided = ProvidedCredential::from(Credential::bearer(CALLER));
        show(&provided);
        Ok(provided)
    }
}

fn secret_request() -> CreateMessageRequest {
    let server = McpServerUrl::new("files", "https://mcp.internal").authorization_token(TOKEN);
    let request = CreateMessageRequest::new("m", 9).user("Hi").mcp_servers(vec![server]);
    request.fallback_credit_token(FallbackCreditToken::from(TOKEN))
}

/// Calls everything, and shows the values that it meets.
async fn call(client: &Client) {
    for mode in MODES {
        program::run(client, "claude-sonnet-4-6", mode, "word-7").await.unwrap();
    }
    let request = secret_request();
    show(&request);
    show(&client.create_message(&request).response().await.unwrap());
    let stream = client.stream_message(&request).await.unwrap();
    show(&stream);
    show(&stream.headers());
    drop(stream.final_message().await.unwrap());
    show(&client.model("m"));
    show(&client.models());
    let mut pages = client.models().pages();
    drop(pages.next().await);
    show(&pages);
    let run = client.run_tools(request.clone(), &ToolSet::new());
    show(&run);
    drop(run);

    let nowhere = CreateMessageRequest::new("nowhere", 9).user("Hi");
    show_error(&client.create_message(&nowhere).await.unwrap_err());
    let stranger = client.clone().with_credential(Credential::bearer(TOKEN)).unwrap();
    show(&stranger);
    let error = stranger.with_retry(RetryPolicy::none()).create_message(&request).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 401);
    show_error(&error);
}

#[tokio::test]
async fn nothing_that_a_run_logs_or_shows_has_a_key() {
    log::set_logger(&RECORDS).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());

    let keys = ApiKeys::named([("alice", UPSTREAM)]);
    show(&keys);
    let service = MessagesService::builder(model::Model::default()).authenticate(keys).build();
    show(&service);
    let upstream = Server::start(service).await;
    let credential = Credential::api_key(UPSTREAM);
    show(&credential);
    let forwarding = logged(Client::builder().base_url(&upstream.url()).credential(credential));
    let service = MessagesService::builder(forwarding).authenticate(ApiKeys::new([CALLER])).build();
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", gateway.local_addr().unwrap());
    let _serving = JoinSet::from_iter([serve(gateway, service).into_future()]);

    let http2 = reqwest::Client::builder().redirect(Policy::none()).http2_prior_knowledge();
    let http2 = ReqwestTransport::new(http2.build().unwrap());
    show(&http2);
    let builder = || Client::builder().base_url(&url);
    for builder in [
        builder().credential(Credential::api_key(CALLER)),
        builder().credential(Credential::bearer(CALLER)),
        builder().credential_provider(Provider),
        builder().credential(Credential::api_key(CALLER)).transport(http2),
    ] {
        call(&logged(builder)).await;
    }

    // What a handler is given.
    let handler = handler_fn(async |request: CreateMessageRequest, context: RequestContext| {
        show(&request);
        show(&context);
        Err(ApiError::invalid_request("no"))
    });
    let service = MessagesService::builder(handler).authenticate(ApiKeys::new([CALLER])).build();
    let client = Client::builder().transport(service).credential(Credential::api_key(CALLER));
    show_error(&logged(client).create_message(&secret_request()).await.unwrap_err());

    let text = log.0.lock().unwrap().0.clone() + &RECORDS.0.lock().unwrap();
    for expected in [
        "Sensitive",
        "the server responded",
        "responded to a request",
        "frame=Headers",           // h2
        "pooling idle connection", // hyper-util
        "reqwest::connect",
    ] {
        assert!(text.contains(expected), "no {expected}");
    }
    let found: Vec<&str> = text.lines().filter(|line| line.contains(MARKER)).collect();
    assert!(found.is_empty(), "{found:#?}");
}
