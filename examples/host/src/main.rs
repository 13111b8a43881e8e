//! The route as a host mounts it: tenants with keys and credit, limits, models, bills, callers in
//! browsers, compressed requests, a log, and an orderly end.
//!
//! ```sh
//! TENANTS=acme=key-1,globex=key-2 cargo run --manifest-path examples/host/Cargo.toml # ADDR=127.0.0.1:8080
//! ```

use std::collections::HashMap;
use std::env::var;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{Method, request::Parts};
use messages_api::handler::{ModelQuery, OnEnd, Outcome, Principal};
use messages_api::server::serve;
use messages_api::types::models::{ModelInfo, ModelPage};
use messages_api::{
    ApiError, ApiKeys, Authenticator, CreateMessageRequest, ErrorType, Handler, Message, MessageDeltaUsage,
    MessageStream, MessagesService, Reply, RequestContext, StopReason, Usage,
};
use tokio::sync::Semaphore;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use tower_http::{decompression::RequestDecompressionLayer, trace::TraceLayer};

static MODELS: LazyLock<Vec<ModelInfo>> =
    LazyLock::new(|| vec![ModelInfo::new("echo-1", "Echo", "2026-01-01T00:00:00Z")]);

/// Who may call, and how many tokens each has left. A host would keep both in its database.
struct Tenants {
    keys: ApiKeys,
    credit: Mutex<HashMap<String, u64>>,
}

impl Authenticator for Tenants {
    async fn authenticate(&self, request: &mut Parts) -> Result<Principal, ApiError> {
        let tenant = self.keys.authenticate(request).await?;
        match self.credit.lock().unwrap().get(tenant.id()) {
            None | Some(0) => Err(ApiError::new(ErrorType::Billing, "The credit is used up")),
            Some(_) => Ok(tenant),
        }
    }
}

impl Tenants {
    /// Charges for a request. Whoever leaves in the middle of a stream pays for what was sent.
    fn settle(&self, outcome: &Outcome) {
        let (tenant, mut credit) = (outcome.principal.id(), self.credit.lock().unwrap());
        let (Some(usage), Some(credit)) = (&outcome.usage, credit.get_mut(tenant)) else { return };
        let sent = outcome.delivered.text_bytes / 4;
        let tokens = usage.total_input_tokens() + usage.output_tokens.max(sent);
        *credit = credit.saturating_sub(tokens);
        tracing::info!(tenant, tokens, end = outcome.end.as_str(), "settled");
    }
}

/// Repeats what it is told, to a limited number of callers at a time.
struct Echo(Arc<Semaphore>);

impl Handler for Echo {
    async fn create_message(&self, ask: CreateMessageRequest, cx: RequestContext) -> Result<Reply, ApiError> {
        let place = self.0.clone().try_acquire_owned().map_err(|_| {
            ApiError::new(ErrorType::Overloaded, "Too many callers").with_retry_after(Duration::from_secs(2))
        })?;
        // The place is free again when the reply was sent, or dropped because the caller has left.
        let end = OnEnd::new(&ask, &cx, move |_| drop(place));
        let text = ask.messages.last().map(|last| last.content.to_text()).unwrap_or_default();
        let usage = Usage::new(ask.estimate_tokens(), 0);
        let start = Message::new(format!("msg_{}", cx.request_id()), ask.model, vec![], usage);
        let stream = MessageStream::from_writer(start, async move |mut writer| {
            for word in text.split_inclusive(' ') {
                writer.text(word).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(text.len() as u64 / 4)).await)
        });
        end.attach(Ok(stream.into()))
    }

    async fn list_models(&self, query: ModelQuery, _: RequestContext) -> Result<Reply<ModelPage>, ApiError> {
        Ok(ModelPage::select(&MODELS, &query)?.into())
    }

    async fn get_model(&self, id: String, _: RequestContext) -> Result<Reply<ModelInfo>, ApiError> {
        let model = MODELS.iter().find(|model| model.id == id);
        Ok(model.cloned().ok_or_else(|| ApiError::not_found(format!("model: {id}")))?.into())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let list = var("TENANTS").map_err(|_| "set TENANTS to a list such as acme=key-1,globex=key-2")?;
    let pairs: Vec<_> = list.split(',').filter_map(|pair| pair.split_once('=')).collect();
    let credit = pairs.iter().map(|(name, _)| (name.to_string(), 10_000)).collect();
    let tenants = Arc::new(Tenants { credit: Mutex::new(credit), keys: ApiKeys::named(pairs) });

    let service = MessagesService::builder(Echo(Arc::new(Semaphore::new(100))))
        .authenticate(tenants.clone())
        .on_end(move |outcome| tenants.settle(outcome))
        .max_body_bytes(4 * 1024 * 1024) // when it is decompressed
        .total_timeout(Duration::from_secs(600))
        .build();
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        // The headers of the SDKs, `x-stainless-*`, are many, and a `*` leaves out `authorization`.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(Any);
    // Other encodings than gzip are left to the service, which rejects them with an error of the API.
    let gzip = RequestDecompressionLayer::new().pass_through_unaccepted(true);
    let layers = (TraceLayer::new_for_http(), cors, gzip); // from the outside to the inside
    let app = Router::new().nest_service("/api", service).layer(layers);

    let address = var("ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    serve(listener, app).shutdown(tokio::signal::ctrl_c()).drain(Duration::from_secs(20)).await;
    Ok(())
}
