//! Structured output by one call.

use std::future::ready;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::call::Call;
use super::call_future::CallFuture;
use super::calls::Client;
use super::head::Head;
use crate::error::{Error, ErrorKind};
use crate::types::settings::OutputConfig;
use crate::types::{CreateMessageRequest, Message};

/// The structured output of a message, and the message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parsed<T> {
    /// The output.
    pub value: T,
    /// The message whose text is the output, with its usage. It can become the next turn of the conversation.
    pub message: Message,
}

impl Client {
    /// Requests a message whose text is the JSON of a `T`, and decodes it.
    ///
    /// The format of [`OutputConfig::from_type`] joins the other settings of the request's `output_config`, and
    /// [`Message::decode`] reads the message. To use both with a stream or with a schema of your own, call them
    /// yourself. Doc comments on `T` and its fields are descriptions that the model reads. To derive
    /// `JsonSchema`, depend on the crate `schemars` in the same major version as the re-export
    /// [`schemars`](crate::schemars).
    ///
    /// # Errors
    ///
    /// Before anything is sent, the call fails with [`ErrorKind::Config`] if the output cannot be restricted to a
    /// `T`, or if the request has a format already, in `output_config` or in the deprecated `output_format`.
    /// Otherwise it fails like [`create_message`](Self::create_message), and with [`ErrorKind::Output`] if the
    /// message was cut off, is a refusal or does not fit `T`. That error carries the message as its
    /// [`partial_message`](Error::partial_message).
    ///
    /// ```no_run
    /// use messages_api::{Client, CreateMessageRequest, ErrorKind};
    ///
    /// #[derive(Debug, schemars::JsonSchema, serde::Deserialize)]
    /// struct Ticket {
    ///     /// One line, in the imperative.
    ///     title: String,
    ///     urgency: Urgency,
    /// }
    ///
    /// #[derive(Debug, schemars::JsonSchema, serde::Deserialize)]
    /// enum Urgency {
    ///     Low,
    ///     High,
    /// }
    ///
    /// # async fn example(client: Client) -> Result<(), messages_api::Error> {
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 1024)
    ///     .user("File a ticket: the printer on floor 3 is out of paper.");
    /// match client.parse::<Ticket>(&request).await {
    ///     Ok(parsed) => println!("{:?} for {} tokens", parsed.value, parsed.message.usage.output_tokens),
    ///     Err(error) if error.kind() == ErrorKind::Output => {
    ///         let stop_reason = error.partial_message().and_then(|message| message.stop_reason.clone());
    ///         println!("{error} ({stop_reason:?})");
    ///     }
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn parse<T>(&self, request: &CreateMessageRequest) -> Call<Parsed<T>>
    where
        T: DeserializeOwned + JsonSchema + 'static,
    {
        let message = self.formatted(request, OutputConfig::from_type::<T>().map_err(Error::from));
        Call::new(async move {
            let (head, message) = message.await?;
            match message.decode() {
                Ok(value) => Ok((head, Box::new(Parsed { value, message: *message }))),
                Err(error) => {
                    let error = head.annotated(error);
                    #[cfg(feature = "tracing")]
                    error.report(false);
                    Err(error)
                }
            }
        })
    }

    /// Requests a message in the format that `config` holds.
    fn formatted(
        &self,
        request: &CreateMessageRequest,
        config: Result<OutputConfig, Error>,
    ) -> CallFuture<'static, (Head, Box<Message>)> {
        match config.and_then(|config| with_format(request.clone(), config)) {
            Ok(request) => self.create_message(&request).0,
            Err(error) => Box::pin(ready(Err(error))),
        }
    }
}

/// Sets the format of a request to the one that `config` holds.
fn with_format(
    mut request: CreateMessageRequest,
    config: OutputConfig,
) -> Result<CreateMessageRequest, Error> {
    let settings = request.output_config.get_or_insert_with(OutputConfig::new);
    if settings.format.is_some() || request.output_format.is_some() {
        let text = "the request has an output format already: call `create_message`, and decode the message";
        return Err(Error::new(ErrorKind::Config, text));
    }
    settings.format = config.format;
    Ok(request)
}
