//! The head of a request, as a handler sees it.

use std::fmt;
use std::sync::Arc;

use http::{Extensions, HeaderMap, Method, Uri};

use crate::auth::CREDENTIAL_HEADERS;
use crate::ends::{Fate, Principal};
#[cfg(feature = "policy")]
use crate::types::CreateMessageRequest;
use crate::types::{ApiVersion, Betas};

/// The parts of an HTTP request that are not its body, as a [`Handler`](super::Handler) receives
/// them: method, URI, headers, extensions, the id of the request and who made it.
///
/// The server creates one for each request and removes the credential headers first, so a handler
/// cannot leak them. [`principal`](Self::principal) returns the caller that the `Authenticator` of the
/// server found. Whatever else a handler should know, the authenticator or a layer in front of the server
/// adds to the [`extensions`](Self::extensions).
///
/// A default context has no id, headers or extensions, and its principal is
/// [anonymous](Principal::anonymous). Use one to call a handler without a server:
///
/// ```
/// use http::HeaderValue;
/// use messages_api::RequestContext;
/// use messages_api::handler::Principal;
/// use messages_api::types::{ApiVersion, Beta};
///
/// let mut context = RequestContext::default();
/// context.set_principal(Principal::new("acme"));
/// let headers = context.headers_mut();
/// headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
/// headers.insert("anthropic-beta", HeaderValue::from_static("context-1m-2025-08-07, mine-2030-01-01"));
///
/// // In the handler:
/// assert_eq!(context.principal().id(), "acme");
/// assert_eq!(context.version(), Some(ApiVersion::V2023_06_01));
/// assert!(context.betas().contains(&Beta::Context1m2025_08_07));
/// ```
#[derive(Clone, Default)]
pub struct RequestContext {
    request_id: Arc<str>,
    principal: Principal,
    fate: Fate,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    extensions: Extensions,
    /// The texts of the request whose tokens were estimated last, and the estimate.
    #[cfg(feature = "policy")]
    estimate: Option<(u64, u64)>,
}

/// The number of tokens from which on it pays to remember an estimate.
#[cfg(feature = "policy")]
const LARGE_ESTIMATE: u64 = 1000;

impl RequestContext {
    /// Creates the context of a request from its head and the id that the server gave it.
    ///
    /// The credential headers, `x-api-key` and `authorization`, are removed. The principal is
    /// [anonymous](Principal::anonymous) until [`set_principal`](Self::set_principal) is called.
    pub fn new(request_id: impl Into<String>, parts: http::request::Parts) -> Self {
        Self::of_request(&request_id.into(), Principal::anonymous(), Fate::default(), parts)
    }

    /// Creates the context of a request that a server may give up, as `fate` says then.
    pub(crate) fn of_request(
        request_id: &str,
        principal: Principal,
        fate: Fate,
        parts: http::request::Parts,
    ) -> Self {
        let http::request::Parts { method, uri, mut headers, extensions, .. } = parts;
        for name in CREDENTIAL_HEADERS {
            headers.remove(name);
        }
        Self {
            request_id: request_id.into(),
            principal,
            fate,
            method,
            uri,
            headers,
            extensions,
            #[cfg(feature = "policy")]
            estimate: None,
        }
    }

    /// Returns the id of the request, which the server generates and sends back as the header
    /// `request-id`; empty in a default context.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Returns the id of the request for someone who keeps it.
    pub(super) fn shared_request_id(&self) -> Arc<str> {
        Arc::clone(&self.request_id)
    }

    /// Returns who made the request: the principal that the `Authenticator` of the server returned, or
    /// the [anonymous](Principal::anonymous) one if the server lets everyone call.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Sets who made the request.
    pub fn set_principal(&mut self, principal: Principal) {
        self.principal = principal;
    }

    /// Returns what tells the hooks of the request that the server gives it up.
    pub(crate) fn fate(&self) -> &Fate {
        &self.fate
    }

    /// Sets it for a call within this one.
    #[cfg(feature = "policy")]
    pub(crate) fn set_fate(&mut self, fate: Fate) {
        self.fate = fate;
    }

    /// Returns an estimate of the input tokens of a request, which several policies need.
    #[cfg(feature = "policy")]
    pub(crate) fn estimate_tokens(&mut self, request: &CreateMessageRequest) -> u64 {
        match self.estimate {
            Some((texts, tokens)) if texts == request.texts() => tokens,
            _ => {
                let tokens = request.estimate_tokens();
                self.estimate = (tokens >= LARGE_ESTIMATE).then(|| (request.texts(), tokens));
                tokens
            }
        }
    }

    /// Returns the HTTP method of the request.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Returns the URI of the request. A router in front of the service may have removed the start
    /// of its path, as axum's `nest_service` does.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Returns the headers of the request, without the credential headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns a mutable reference to the headers of the request.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// Returns the extensions of the request: typed values that an `Authenticator` or a layer in
    /// front of the server attached for the handler.
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Returns a mutable reference to the extensions of the request.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.extensions
    }

    /// Returns the API version that the header `anthropic-version` asks for; `None` if it is absent
    /// or empty.
    pub fn version(&self) -> Option<ApiVersion> {
        ApiVersion::from_headers(&self.headers)
    }

    /// Returns the betas that the header `anthropic-beta` asks for, from all of its lines.
    pub fn betas(&self) -> Betas {
        Betas::from_headers(&self.headers)
    }
}

/// Leaves out extensions, header values and the query, since they may contain secrets.
impl fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request_id, principal, method, uri, headers, .. } = self;
        f.debug_struct("RequestContext")
            .field("request_id", request_id)
            .field("principal", &principal.id())
            .field("method", method)
            .field("path", &uri.path())
            .field("headers", &headers.keys().map(http::HeaderName::as_str).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "policy"))]
mod tests {
    use super::*;
    use crate::types::{InputMessage, MessageContent, SystemPrompt};

    #[test]
    fn an_estimate_is_remembered_until_a_text_is_another_one() {
        let mut context = RequestContext::default();
        let text = "word ".repeat(2000);
        let mut request = CreateMessageRequest::new("m", 64).user(text.clone()).user("Hi!");
        let changes: [fn(&mut CreateMessageRequest); 6] = [
            |_| {},
            |request| request.model.push('2'), // does not count
            |request| request.messages.push(InputMessage::user("And this?")),
            |request| request.system = Some(SystemPrompt::from("Be brief.")),
            |request| {
                if let MessageContent::Text(text) = &mut request.messages[1].content {
                    text.push_str(" How are you today?");
                }
            },
            |request| drop(request.messages.remove(0)),
        ];
        let mut known = Vec::new();
        for change in changes {
            change(&mut request);
            assert_eq!(context.estimate_tokens(&request), request.estimate_tokens());
            known.push(context.estimate.map(|(texts, _)| texts));
            request = *Box::new(request); // to another place
        }
        let is_new: Vec<_> = known.windows(2).map(|pair| pair[0] != pair[1]).collect();
        assert_eq!(is_new, [false, true, true, true, true]);
        assert_eq!(known[5], None);
        // What is remembered is used.
        let request = CreateMessageRequest::new("m", 64).user(text);
        context.estimate = Some((request.texts(), 7));
        assert_eq!(context.estimate_tokens(&request), 7);
    }
}
