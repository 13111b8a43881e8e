//! Structured output by one call.

use http::Response;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::call_future::CallFuture;
use super::calls::Client;
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
    /// Before anything is sent, fails with [`ErrorKind::Config`] if the output cannot be restricted to a `T`, or
    /// if the request has a format already, in `output_config` or in the deprecated `output_format`. Otherwise
    /// fails like [`create_message`](Self::create_message), and with [`ErrorKind::Output`] if the message was cut
    /// off, is a refusal or does not fit `T`. That error carries the message as its
    /// [`partial_message`](Error::partial_message).
    ///
    /// # Cancel safety
    ///
    /// The same as for [`create_message`](Self::create_message).
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
    pub async fn parse<T>(&self, request: &CreateMessageRequest) -> Result<Parsed<T>, Error>
    where
        T: DeserializeOwned + JsonSchema,
    {
        let (head, message) = self.formatted(request, OutputConfig::from_type::<T>()?).await?.into_parts();
        match message.decode() {
            Ok(value) => Ok(Parsed { value, message }),
            Err(error) => Err(error.with_headers(head.headers)),
        }
    }

    /// Requests a message in the format that `config` holds. In a box, like all calls.
    fn formatted<'a>(
        &'a self,
        request: &'a CreateMessageRequest,
        config: OutputConfig,
    ) -> CallFuture<'a, Response<Message>> {
        Box::pin(async move {
            let mut request = request.clone();
            let settings = request.output_config.get_or_insert_with(OutputConfig::new);
            if settings.format.is_some() || request.output_format.is_some() {
                let text =
                    "the request has an output format already: call `create_message`, and decode the message";
                return Err(Error::new(ErrorKind::Config, text));
            }
            settings.format = config.format;
            self.create_message(&request).response().await
        })
    }
}
