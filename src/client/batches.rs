//! Calls for batches.

use std::pin::pin;

use http::{HeaderValue, Method};

use super::attempt::CallRequest;
use super::batch_results::BatchResults;
use super::call::Call;
use super::call_info::Endpoint;
use super::calls::Client;
use super::list::{List, list};
use super::request;
use super::request_body::RequestBody;
use super::retries::Retries;
use super::span::Span;
use crate::error::Error;
use crate::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};

/// The format of batch results, as the Python and TypeScript SDKs ask for it.
static BINARY: HeaderValue = HeaderValue::from_static("application/binary");

/// [Message batches](crate::types::batches).
///
/// Ids are escaped in the path of the URL. If one is empty, or `.` or `..`, the call fails with
/// [`ErrorKind::Config`](crate::error::ErrorKind::Config) before anything is sent.
impl Client {
    /// Creates a batch, which the server processes within 24 hours.
    ///
    /// The call is retried like any other, so a batch may be created twice if the connection breaks before
    /// the server's response arrives.
    ///
    /// ```no_run
    /// use messages_api::CreateMessageRequest;
    /// use messages_api::types::batches::{BatchRequest, CreateBatchRequest};
    ///
    /// # async fn example(client: messages_api::Client) -> Result<(), messages_api::Error> {
    /// let question = CreateMessageRequest::new("claude-sonnet-5", 64).user("Which river flows through Rome?");
    /// let request = CreateBatchRequest::new(vec![BatchRequest::new("rome", question)]);
    /// let batch = client.create_batch(&request).await?;
    /// println!("{} is {}", batch.id, batch.processing_status);
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_batch(&self, request: &CreateBatchRequest) -> Call<MessageBatch> {
        self.document(self.new_batch(request))
    }

    /// Lists the batches, newest first.
    pub fn batches(&self) -> List<MessageBatchPage> {
        list(self.clone(), Endpoint::Batches)
    }

    /// Requests the state of a batch.
    pub fn batch(&self, batch_id: &str) -> Call<MessageBatch> {
        self.document(self.batch_request(Method::GET, batch_id, ""))
    }

    /// Cancels a batch. Requests that are being processed may still be completed, and those that have
    /// been keep their results.
    pub fn cancel_batch(&self, batch_id: &str) -> Call<MessageBatch> {
        self.document(self.batch_request(Method::POST, batch_id, "/cancel"))
    }

    /// Deletes a batch with its results. Its processing must have ended; cancel it first if need be.
    pub fn delete_batch(&self, batch_id: &str) -> Call<DeletedMessageBatch> {
        self.document(self.batch_request(Method::DELETE, batch_id, ""))
    }

    /// Requests the results of a batch, which the server has once the processing has ended. They come
    /// in any order.
    ///
    /// The URL is made of the id. The field `results_url` of the batch is not followed, because the
    /// credential would go wherever it points.
    ///
    /// The call resolves when the first bytes have arrived, and is not retried after that.
    ///
    /// ```no_run
    /// use messages_api::types::batches::BatchResultKind;
    ///
    /// # async fn example(client: messages_api::Client) -> Result<(), messages_api::Error> {
    /// let mut results = client.batch_results("msgbatch_01").await?;
    /// while let Some(result) = results.next().await {
    ///     let result = result?;
    ///     if let BatchResultKind::Succeeded(succeeded) = &result.result {
    ///         println!("{}: {}", result.custom_id, succeeded.message.text());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn batch_results(&self, batch_id: &str) -> Call<BatchResults> {
        self.results(self.batch_request(Method::GET, batch_id, "/results"))
    }
}

impl Client {
    /// Returns a call whose HTTP response consists of batch results.
    pub(super) fn results(&self, request: Result<CallRequest, Error>) -> Call<BatchResults> {
        let client = self.clone();
        Call::new(async move {
            let request = CallRequest { accept: &BINARY, ..request? };
            let mut retries = Retries::new(&client.settings, request.is_forwarded);
            let span = Span::of_call(&request, None);
            let results = pin!(async {
                loop {
                    match client.head(&request, &mut retries).await?.batch_results(&span).await {
                        Ok(results) => return Ok(results),
                        Err(error) => retries.wait_after_head(error).await?,
                    }
                }
            });
            span.around_call(results).await
        })
    }

    pub(super) fn new_batch(&self, request: &CreateBatchRequest) -> Result<CallRequest, Error> {
        let uri = self.settings.endpoints.list(Endpoint::Batches, &[])?;
        let mut call = CallRequest::new(Endpoint::Batches, Method::POST, uri);
        call.body = RequestBody::new(request::batch(request));
        Ok(call)
    }

    pub(super) fn batch_request(
        &self,
        method: Method,
        batch_id: &str,
        rest: &str,
    ) -> Result<CallRequest, Error> {
        let uri = self.settings.endpoints.item(Endpoint::Batches, "batch_id", batch_id, rest)?;
        Ok(CallRequest::new(Endpoint::Batches, method, uri))
    }
}
