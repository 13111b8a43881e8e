//! Kinds of errors.

/// The kind of an [`Error`](crate::error::Error).
///
/// Do not decide on a retry by the kind alone: that is what
/// [`Error::is_retryable`](crate::error::Error::is_retryable) is for. [The module page](crate::error#retrying)
/// has a table of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client is misconfigured, or the request cannot be sent. Nothing was sent,
    /// unless a `reqwest::Client` supplied by the user followed a redirect.
    Config,
    /// A layer of the client failed by itself; the source of the error says how. See
    /// `ClientBuilder::layer`.
    Layer,
    /// The credential provider of the client failed, or returned a credential that cannot be sent. The
    /// [source](std::error::Error::source) is the provider's own error. See
    /// `ClientBuilder::credential_provider`.
    Credential,
    /// No connection to the server could be established.
    Connect,
    /// A time limit passed; the text of the error names the limit.
    Timeout,
    /// The connection broke before the HTTP response was complete. If a stream had
    /// begun, a client reports [`Incomplete`](Self::Incomplete) instead.
    Transport,
    /// The server sent an error of the protocol, as an error response or as an `error`
    /// event: see [`Error::api_error`](crate::error::Error::api_error).
    Api,
    /// The server sent something that the protocol does not allow, such as a web page,
    /// a message without a required field, or events in an impossible order.
    Protocol,
    /// A stream ended before its `message_stop` event, or the program ended a run of tools before its last
    /// turn. The part that was received is in
    /// [`Error::partial_message`](crate::error::Error::partial_message);
    /// [`Message::into_resumable`](crate::types::Message::into_resumable) prepares it for the next request.
    Incomplete,
    /// The message cannot be decoded as structured output: the model was cut off or refused, or its
    /// text does not fit the type. The text of the error names the remedy, and
    /// [`Error::partial_message`](crate::error::Error::partial_message) has the message. See
    /// [`Message::decode`](crate::types::Message::decode).
    Output,
    /// The server sent more than a size limit allows.
    TooLarge,
}
