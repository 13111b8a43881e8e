//! Calls that take too long without a stream.

use super::calls::Client;
use crate::error::{Error, ErrorKind};
use crate::types::CreateMessageRequest;

/// The number of tokens that take 10 minutes to write, if 128,000 take an hour.
const MAX_TOKENS: u64 = 128_000 / 6;

/// The number of tokens that [`SLOW_MODELS`] write in the same time.
const MAX_TOKENS_OF_SLOW_MODELS: u64 = 8_192;

const SLOW_MODELS: [&str; 8] = [
    "claude-opus-4-20250514",
    "claude-opus-4-0",
    "claude-4-opus-20250514",
    "claude-opus-4@20250514",
    "anthropic.claude-opus-4-20250514-v1:0",
    "claude-opus-4-1-20250805",
    "claude-opus-4-1@20250805",
    "anthropic.claude-opus-4-1-20250805-v1:0",
];

impl Client {
    /// Rejects a request for a whole message that may take longer than 10 minutes, unless the user has
    /// set how long it may take. The limits are those of the official SDKs.
    pub(super) fn check_length(&self, request: &CreateMessageRequest) -> Result<(), Error> {
        let is_slow = SLOW_MODELS.contains(&request.model.as_str());
        let max = if is_slow { MAX_TOKENS_OF_SLOW_MODELS } else { MAX_TOKENS };
        if self.settings.limits.is_patient || request.max_tokens <= max {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Config,
            format!(
                "max_tokens: a message of {} tokens may take longer than 10 minutes; use stream_message, or \
                 set response_timeout",
                request.max_tokens
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::client::RequestBody;

    fn client() -> Client {
        let service = tower::service_fn(async |request: http::Request<RequestBody>| {
            Ok::<_, std::convert::Infallible>(http::Response::new(request.into_body()))
        });
        Client::builder().transport(service).build().expect("a client")
    }

    #[test]
    fn the_limits_are_those_of_the_official_sdks() {
        let slow = SLOW_MODELS.into_iter().flat_map(|model| [(model, 8_192, true), (model, 8_193, false)]);
        let usual = [("claude-sonnet-5", 21_333, true), ("claude-sonnet-5", 21_334, false)];
        for (model, max_tokens, is_allowed) in usual.into_iter().chain(slow) {
            let request = CreateMessageRequest::new(model, max_tokens);
            assert_eq!(client().check_length(&request).is_ok(), is_allowed, "{model} {max_tokens}");
            for patient in [
                client().with_response_timeout(None),
                client().with_response_timeout(Duration::from_secs(3600)),
                client().with_total_timeout(Duration::from_secs(3600)),
            ] {
                assert!(patient.check_length(&request).is_ok());
            }
        }
    }
}
