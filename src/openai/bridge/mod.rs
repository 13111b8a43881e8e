//! A handler that sends the requests of its callers to a server of Chat Completions.

mod chat;
mod count;
mod models;
mod probe;
mod served;

use std::fmt;
use std::sync::Arc;

use http::StatusCode;

pub use models::ModelMap;

use crate::client::Client;
use crate::error::{ApiError, Error, ErrorKind};
use crate::handler::{BatchResultStream, Handler, ModelQuery, Outcome, PageQuery, Reply, RequestContext};
use crate::openai::errors::{error_from_openai, no_model, with_anthropic_headers};
use crate::openai::losses::Losses;
use crate::openai::profile::UpstreamProfile;
use crate::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
use crate::types::{CountTokensRequest, CreateMessageRequest, ErrorType, MessageTokensCount};

/// A handler that sends the requests of its callers to a server of OpenAI's Chat Completions, so that Claude
/// Code and every other program for the Messages API can use the models there.
///
/// The [`Client`] says where the server is and how to reach it: its base URL as OpenAI's SDKs take it, such
/// as `http://127.0.0.1:11434/v1` (`/v1` is added only to a URL without a path), its credential, headers,
/// layers, transport and limits. The [`UpstreamProfile`] says what the server understands. A [`ModelMap`]
/// leads from the names that callers use to those of the server.
///
/// ```
/// use messages_api::openai::{Bridge, ModelMap, UpstreamProfile};
/// use messages_api::{Client, Credential};
///
/// # fn example() -> Result<(), messages_api::Error> {
/// let upstream = Client::builder()
///     .base_url("https://api.deepseek.com/v1")
///     .credential(Credential::bearer("secret"))
///     .build()?;
/// let models = ModelMap::new().family("haiku", "deepseek-chat").default_model("deepseek-reasoner");
/// let bridge = Bridge::new(upstream, UpstreamProfile::default()).models(models);
/// # Ok(())
/// # }
/// ```
///
/// A `MessagesService` in the `server` module mounts the bridge. A caller that asks for a stream receives the
/// events while the server writes them. If the server sends a stream or a whole completion although the other
/// was asked for, the caller still receives what it wants. A stream that neither goes on nor ends once the
/// server has said why the model stopped is ended after 10 seconds.
///
/// # What is sent to the server
///
/// Neither the caller's headers nor those of the Messages API, and the credential of the client as a bearer
/// token, whichever form it has. With [`callers_credentials`](Self::callers_credentials) it is the
/// caller's instead.
///
/// A request is sent once, since callers retry by themselves; only if the connection breaks before the head
/// of the HTTP response is there, as it happens when the server closes an idle one, is it sent once more.
///
/// # Endpoints
///
/// | endpoint | of the bridge |
/// |---|---|
/// | `POST /v1/messages` | `POST /chat/completions` of the server |
/// | `POST /v1/messages/count_tokens` | the server's tokenizer, if [the profile](UpstreamProfile::token_counter) names one; otherwise, or if that fails, [an estimate](CreateMessageRequest::estimate_tokens) |
/// | `GET /v1/models` | `GET /models` of the server, after the names of the [`ModelMap`] |
/// | `GET /v1/models/{id}` | the model to which the name leads, under that name |
/// | batches | 404 |
///
/// # Losses
///
/// What Chat Completions has no place for is left out or replaced, and listed in the [`Losses`] that
/// [`on_end`](Self::on_end) receives. With [`strict`](Self::strict), a request that would lose something is
/// rejected.
///
/// # Errors
///
/// Callers receive the errors of the server as [`error_from_openai`] translates them, under the rules of
/// [`From<Error> for ApiError`](ApiError#impl-From<Error>-for-ApiError): a 401 means that the server rejects
/// the bridge's own credential, so it becomes a 500 that is not to be retried.
///
/// What a server's content filter rejects can be a refusal instead, if the
/// [profile](UpstreamProfile::content_filter_refuses) says so.
///
/// # Cancel safety
///
/// Dropping the future or the reply closes the connection to the server, which then stops writing. The same
/// happens once a stop sequence is found that the server was not told.
#[derive(Clone)]
pub struct Bridge {
    client: Client,
    profile: Arc<UpstreamProfile>,
    models: Arc<ModelMap>,
    is_strict: bool,
    reports_served_model: bool,
    uses_callers_credentials: bool,
    on_end: Option<EndHook>,
}

type EndHook = Arc<dyn Fn(&Outcome, &Losses) + Send + Sync>;

impl Bridge {
    /// Creates a bridge to the server of `client`, which understands what `profile` says. The names of models
    /// are passed on as they are.
    pub fn new(client: Client, profile: impl Into<Arc<UpstreamProfile>>) -> Self {
        Self {
            client: client.into_foreign(),
            profile: profile.into(),
            models: Arc::default(),
            is_strict: false,
            reports_served_model: false,
            uses_callers_credentials: false,
            on_end: None,
        }
    }

    /// Sets which models of the server the callers' names stand for.
    #[must_use]
    pub fn models(mut self, models: ModelMap) -> Self {
        self.models = Arc::new(models);
        self
    }

    /// Sets whether a request that cannot be carried over without a loss is rejected with an
    /// `invalid_request_error` that names the first loss; `false` by default.
    ///
    /// Claude Code's requests always lose something, such as their cache markers.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.is_strict = strict;
        self
    }

    /// Sets whether messages name the model under the name that was sent to the server; `false` by default, so
    /// that they repeat the name that the caller used, which some programs check.
    #[must_use]
    pub fn report_served_model(mut self, reports: bool) -> Self {
        self.reports_served_model = reports;
        self
    }

    /// Sets whether requests carry the credential of the caller instead of the client's; `false` by default.
    ///
    /// It is the one of the [principal](RequestContext::principal), which the server's `Authenticator` adds
    /// with [`Principal::with_credential`](crate::handler::Principal::with_credential). A request without one
    /// is rejected with 401, and callers learn if the server rejects theirs.
    #[must_use]
    pub fn callers_credentials(mut self, uses: bool) -> Self {
        self.uses_callers_credentials = uses;
        self
    }

    /// Sets a hook that is called once for each request for a message, when it has ended: with the usage, the
    /// times and the way it ended, and with what could not be carried over.
    ///
    /// The rules are those of [`OnEnd`](crate::handler::OnEnd). The outcome of a request that a server
    /// rejects before the bridge sees it is known to `MessagesServiceBuilder::on_end` only.
    ///
    /// ```
    /// # use messages_api::openai::Bridge;
    /// fn logged(bridge: Bridge) -> Bridge {
    ///     bridge.on_end(|outcome, losses| {
    ///         println!("{} {}: {} losses", outcome.model, outcome.end.as_str(), losses.len());
    ///     })
    /// }
    /// ```
    #[must_use]
    pub fn on_end(mut self, hook: impl Fn(&Outcome, &Losses) + Send + Sync + 'static) -> Self {
        self.on_end = Some(Arc::new(hook));
        self
    }

    /// Returns the model of the server for the name that a caller used.
    fn model(&self, name: &str) -> Result<String, ApiError> {
        let model = self.models.resolve(name);
        model.map(str::to_owned).ok_or_else(|| no_model(name))
    }

    /// Returns the client for a request.
    fn client(&self, context: &RequestContext) -> Result<Client, ApiError> {
        if !self.uses_callers_credentials {
            return Ok(self.client.clone());
        }
        let missing = || ApiError::new(ErrorType::Authentication, "A credential is missing");
        let credential = context.principal().credential().ok_or_else(missing)?;
        let invalid = |_| ApiError::new(ErrorType::Authentication, "The credential is not valid");
        self.client.clone().with_caller_credential(credential.clone()).map_err(invalid)
    }
}

/// Returns the error for the caller of a request that failed with `error`; `model` is the caller's name for
/// the model.
fn for_caller(client: &Client, error: Error, model: &str) -> ApiError {
    let translated = match (error.kind(), error.body()) {
        (ErrorKind::Api, Some(body)) => {
            let status = error.http_status().unwrap_or(StatusCode::OK);
            Some(error_from_openai(status, error.headers(), body, model))
        }
        _ => None,
    };
    let headers = with_anthropic_headers(error.headers().clone());
    let error = match translated {
        Some(translated) => error.with_api_error(translated),
        None => error,
    };
    error.with_headers(headers).with_forwarding(&client.forwarding()).into()
}

#[deny(clippy::missing_trait_methods)]
impl Handler for Bridge {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        self.chat(request, context).await
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        self.count(request, context).await
    }

    async fn list_models(
        &self,
        query: ModelQuery,
        context: RequestContext,
    ) -> Result<Reply<ModelPage>, ApiError> {
        let models = self.all_models(&context).await?;
        Ok(ModelPage::select(&models, &query)?.into())
    }

    async fn get_model(
        &self,
        model_id: String,
        context: RequestContext,
    ) -> Result<Reply<ModelInfo>, ApiError> {
        Ok(self.one_model(model_id, &context).await?.into())
    }

    async fn create_batch(
        &self,
        _request: CreateBatchRequest,
        _context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        Err(no_batches())
    }

    async fn list_batches(
        &self,
        _query: PageQuery,
        _context: RequestContext,
    ) -> Result<Reply<MessageBatchPage>, ApiError> {
        Err(no_batches())
    }

    async fn get_batch(
        &self,
        _batch_id: String,
        _context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        Err(no_batches())
    }

    async fn cancel_batch(
        &self,
        _batch_id: String,
        _context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        Err(no_batches())
    }

    async fn delete_batch(
        &self,
        _batch_id: String,
        _context: RequestContext,
    ) -> Result<Reply<DeletedMessageBatch>, ApiError> {
        Err(no_batches())
    }

    async fn batch_results(
        &self,
        _batch_id: String,
        _context: RequestContext,
    ) -> Result<Reply<BatchResultStream>, ApiError> {
        Err(no_batches())
    }
}

fn no_batches() -> ApiError {
    ApiError::not_found("This server forwards to Chat Completions, which has no message batches")
}

/// Shows what a request depends on, and no secret.
impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge")
            .field("client", &self.client)
            .field("profile", &self.profile.name)
            .field("models", &self.models)
            .field("strict", &self.is_strict)
            .finish_non_exhaustive()
    }
}
