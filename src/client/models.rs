//! Calls for models.

use http::Method;

use super::attempt::CallRequest;
use super::call::Call;
use super::call_info::Endpoint;
use super::calls::Client;
use super::list::{List, list};
use crate::error::Error;
use crate::types::models::{ModelInfo, ModelPage};

/// The [models](crate::types::models) that the server offers.
impl Client {
    /// Lists the models, newest first.
    ///
    /// ```no_run
    /// # async fn example(client: messages_api::Client) -> Result<(), messages_api::Error> {
    /// let mut models = client.models().limit(100).items();
    /// while let Some(model) = models.next().await {
    ///     println!("{}", model?.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn models(&self) -> List<ModelPage> {
        list(self.clone(), Endpoint::Models)
    }

    /// Requests a model by its id or alias.
    ///
    /// The id is escaped in the path of the URL. If it is empty, or `.` or `..`, the call fails with
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config) before anything is sent.
    pub fn model(&self, model_id: &str) -> Call<ModelInfo> {
        self.document(self.model_request(model_id))
    }

    pub(super) fn model_request(&self, model_id: &str) -> Result<CallRequest, Error> {
        let uri = self.settings.endpoints.item(Endpoint::Models, "model_id", model_id, "")?;
        let mut request = CallRequest::new(Endpoint::Models, Method::GET, uri);
        request.info.model = Some(model_id.into());
        Ok(request)
    }
}
