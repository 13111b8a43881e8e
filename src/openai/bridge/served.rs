//! The models of a server.

use std::pin::Pin;

use serde::Deserialize;

use super::{Bridge, for_caller};
use crate::calendar::date_and_time;
use crate::client::{Client, Document, Endpoint, ForeignRequest, Route};
use crate::error::{ApiError, Error};
use crate::handler::RequestContext;
use crate::json::Json;
use crate::openai::errors::no_model;
use crate::types::models::ModelInfo;

/// The body of `GET /models`.
#[derive(Deserialize)]
struct ModelList {
    data: Option<Vec<ListedModel>>,
}

impl Document for ModelList {
    const NAME: &str = "a list of models";

    fn is_likely(text: &str) -> bool {
        text.contains(r#""data""#)
    }
}

/// A model in that list. Servers agree on the id alone.
#[derive(Deserialize)]
struct ListedModel {
    id: String,
    created: Option<Json>,
    /// OpenRouter and Mistral have it.
    name: Option<Json>,
    /// vLLM and SGLang.
    max_model_len: Option<Json>,
    /// OpenRouter, Groq and others.
    context_length: Option<Json>,
    context_window: Option<Json>,
    max_context_length: Option<Json>,
}

impl ListedModel {
    fn into_info(self) -> ModelInfo {
        let number = |value: &Option<Json>| value.as_ref()?.decode::<u64>().ok();
        let windows =
            [&self.max_model_len, &self.context_length, &self.context_window, &self.max_context_length];
        let window = windows.into_iter().find_map(number);
        let name = self.name.as_ref().and_then(|name| name.decode::<String>().ok());
        let name = name.unwrap_or_else(|| self.id.clone());
        let created = rfc3339(number(&self.created).unwrap_or_default());
        let mut info = ModelInfo::new(self.id, name, created);
        info.max_input_tokens = window;
        info
    }
}

impl Bridge {
    /// Returns the models that the server lists, under its own names.
    ///
    /// A program can choose among them before it [sets](Self::models) what the callers' names stand for.
    ///
    /// # Errors
    ///
    /// The same as for every call of a [`Client`].
    pub async fn upstream_models(&self) -> Result<Vec<ModelInfo>, Error> {
        list(&self.client).await
    }

    /// Returns the models that callers may name: the aliases, then the models of the server.
    pub(super) fn all_models<'a>(
        &'a self,
        context: &'a RequestContext,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<ModelInfo>, ApiError>> + Send + 'a>> {
        Box::pin(async move {
            let client = self.client(context)?;
            let listed = match list(&client).await {
                Ok(listed) => listed,
                // Some servers have no list.
                Err(error) if error.status().is_some_and(|status| status == 404) => Vec::new(),
                Err(error) => return Err(for_caller(&client, error, "")),
            };
            let mut models = Vec::new();
            for name in self.models.names() {
                if !listed.iter().any(|model| model.id == name) {
                    models.push(self.named(name, &listed));
                }
            }
            let is_known = |model: &ModelInfo| self.models.resolve(&model.id) == Some(&*model.id);
            models.extend(listed.iter().filter(|model| is_known(model)).cloned());
            Ok(models)
        })
    }

    pub(super) fn one_model<'a>(
        &'a self,
        name: String,
        context: &'a RequestContext,
    ) -> Pin<Box<dyn Future<Output = Result<ModelInfo, ApiError>> + Send + 'a>> {
        Box::pin(async move {
            let model = self.model(&name)?;
            let client = self.client(context)?;
            match list(&client).await {
                Ok(listed) if listed.is_empty() || listed.iter().any(|it| it.id == model) => {
                    Ok(self.named(&name, &listed))
                }
                // Servers list a name in one form and know it in others, so the host's word counts.
                Ok(listed) if self.models.leads(&name) => Ok(self.named(&name, &listed)),
                Ok(_) => Err(no_model(&name)),
                Err(error) if error.status().is_some_and(|status| status == 404) => {
                    Ok(self.named(&name, &[]))
                }
                Err(error) => Err(for_caller(&client, error, &name)),
            }
        })
    }

    /// Returns the model for which `name` stands, under that name.
    fn named(&self, name: &str, listed: &[ModelInfo]) -> ModelInfo {
        let model = self.models.resolve(name);
        match listed.iter().find(|it| Some(&*it.id) == model) {
            Some(model) => ModelInfo { id: name.to_owned(), ..model.clone() },
            None => ModelInfo::new(name, name, rfc3339(0)),
        }
    }
}

async fn list(client: &Client) -> Result<Vec<ModelInfo>, Error> {
    let request = ForeignRequest {
        endpoint: Endpoint::Models,
        route: Route::Api("/models"),
        body: None,
        model: None,
        max_tokens: None,
    };
    let list: ModelList = client.foreign_document(request).await?;
    Ok(list.data.unwrap_or_default().into_iter().map(ListedModel::into_info).collect())
}

/// Writes seconds from 1970 as a date and time.
fn rfc3339(seconds: u64) -> String {
    let ([year, month, day], [hour, minute, second]) = date_and_time(seconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
