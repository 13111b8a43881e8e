//! What a handler knows of a request beside its body.

use std::fmt;

use http::{Extensions, HeaderMap, Method, Uri};

use crate::auth::CREDENTIAL_HEADERS;
use crate::types::{ApiVersion, Betas};

/// What a handler knows of a request beside its body. A server fills it; a
/// default one does for calling a handler directly.
///
/// ```
/// use messages_api::RequestContext;
/// use messages_api::types::{ApiVersion, Beta};
///
/// let mut context = RequestContext::default();
/// let headers = context.headers_mut();
/// headers.insert("anthropic-version", http::HeaderValue::from_static("2023-06-01"));
/// headers.insert("anthropic-beta", http::HeaderValue::from_static("context-1m-2025-08-07, a-2030-01-01"));
/// assert_eq!(context.version(), Some(ApiVersion::V2023_06_01));
/// assert!(context.betas().contains(&Beta::Context1m2025_08_07));
/// ```
#[derive(Clone, Default)]
pub struct RequestContext {
    request_id: String,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    extensions: Extensions,
}

impl RequestContext {
    /// The context of the request `parts`, which is called `request_id`.
    /// The credential headers are left out.
    pub fn new(request_id: impl Into<String>, parts: http::request::Parts) -> Self {
        let http::request::Parts { method, uri, mut headers, extensions, .. } = parts;
        for name in CREDENTIAL_HEADERS {
            headers.remove(name);
        }
        Self { request_id: request_id.into(), method, uri, headers, extensions }
    }

    /// Names the request; the answer carries it as `request-id`. Empty where
    /// there is no server.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The method of the request.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The target of the request.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The headers of the request, credentials left out.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The headers of the request.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// What layers in front of the server left for the handler.
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// What layers in front of the server left for the handler.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.extensions
    }

    /// The header `anthropic-version`.
    pub fn version(&self) -> Option<ApiVersion> {
        ApiVersion::from_headers(&self.headers)
    }

    /// The values of the header `anthropic-beta`: a list in one line or in
    /// several.
    pub fn betas(&self) -> Betas {
        Betas::from_headers(&self.headers)
    }
}

/// Header values and the query are left out: there may be secrets in them.
impl fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request_id, method, uri, headers, extensions: _ } = self;
        f.debug_struct("RequestContext")
            .field("request_id", request_id)
            .field("method", method)
            .field("path", &uri.path())
            .field("headers", &headers.keys().map(http::HeaderName::as_str).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
