//! A gateway: the route over a client, with a second upstream for when the first one fails. Callers
//! send the key of the gateway, and the gateway calls its upstreams with keys of its own.
//!
//! ```sh
//! ANTHROPIC_API_KEY=… BACKUP_BASE_URL=https://… BACKUP_API_KEY=… GATEWAY_KEY=secret \
//!     cargo run --example gateway
//! ANTHROPIC_BASE_URL=http://127.0.0.1:8080 ANTHROPIC_API_KEY=secret claude
//! ```
//!
//! `ANTHROPIC_BASE_URL` selects another first upstream, and `ADDR` the address to listen on. Without
//! `BACKUP_BASE_URL` there is only the first, for which a `Client` alone would do: it is a handler.
#![allow(clippy::print_stdout)]

use std::env::var;
use std::error::Error;

use messages_api::handler::{BatchResultStream, ModelQuery, PageQuery};
use messages_api::server::serve;
use messages_api::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use messages_api::types::models::{ModelInfo, ModelPage};
use messages_api::types::{CountTokensRequest, MessageTokensCount};
use messages_api::{
    ApiError, ApiKeys, Client, CreateMessageRequest, Credential, Handler, MessagesService, Reply,
    RequestContext,
};

struct Gateway {
    first: Client,
    backup: Option<Client>,
}

#[deny(clippy::missing_trait_methods)] // a method that is not forwarded would be a 404
impl Handler for Gateway {
    /// A stream that fails before its first event is sent to the backup as well.
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        match (self.first.forward(&request, &context).await, &self.backup) {
            (Err(error), Some(backup)) if error.is_retryable() => {
                println!("{}: to the backup, because of {:?}", context.request_id(), error.kind());
                Ok(backup.forward(&request, &context).await?)
            }
            (reply, _) => Ok(reply?),
        }
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        match (self.first.forward_count_tokens(&request, &context).await, &self.backup) {
            (Err(error), Some(backup)) if error.is_retryable() => {
                Ok(backup.forward_count_tokens(&request, &context).await?)
            }
            (count, _) => Ok(count?),
        }
    }

    // Models are those of the first upstream, and batches stay where they were created.

    async fn list_models(&self, query: ModelQuery, cx: RequestContext) -> Result<Reply<ModelPage>, ApiError> {
        self.first.list_models(query, cx).await
    }

    async fn get_model(&self, id: String, cx: RequestContext) -> Result<Reply<ModelInfo>, ApiError> {
        self.first.get_model(id, cx).await
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        cx: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        Handler::create_batch(&self.first, request, cx).await
    }

    async fn list_batches(
        &self,
        query: PageQuery,
        cx: RequestContext,
    ) -> Result<Reply<MessageBatchPage>, ApiError> {
        self.first.list_batches(query, cx).await
    }

    async fn get_batch(&self, id: String, cx: RequestContext) -> Result<Reply<MessageBatch>, ApiError> {
        self.first.get_batch(id, cx).await
    }

    async fn cancel_batch(&self, id: String, cx: RequestContext) -> Result<Reply<MessageBatch>, ApiError> {
        Handler::cancel_batch(&self.first, id, cx).await
    }

    async fn delete_batch(
        &self,
        id: String,
        cx: RequestContext,
    ) -> Result<Reply<DeletedMessageBatch>, ApiError> {
        Handler::delete_batch(&self.first, id, cx).await
    }

    async fn batch_results(
        &self,
        id: String,
        cx: RequestContext,
    ) -> Result<Reply<BatchResultStream>, ApiError> {
        Handler::batch_results(&self.first, id, cx).await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = var("GATEWAY_KEY").map_err(|_| "set GATEWAY_KEY to the key that callers must send")?;
    let backup = match var("BACKUP_BASE_URL") {
        Ok(url) => {
            let credential = Credential::api_key(var("BACKUP_API_KEY").map_err(|_| "set BACKUP_API_KEY")?);
            Some(Client::builder().base_url(&url).credential(credential).build()?)
        }
        Err(_) => None,
    };
    let gateway = Gateway { first: Client::from_env()?, backup };
    let service = MessagesService::builder(gateway).authenticate(ApiKeys::new([key])).build();

    let address = var("ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener, service).shutdown(tokio::signal::ctrl_c()).await;
    Ok(())
}
