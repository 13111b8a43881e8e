//! The transport that reqwest provides.

use std::fmt;
use std::net::Ipv6Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::{Authority, PathAndQuery};
use http::{Request, Response, Uri};
use reqwest::{Url, redirect};
use tower_service::Service;

use super::call_future::CallFuture;
use super::request_body::RequestBody;
use super::reqwest_error;
use crate::error::{Error, ErrorKind};

/// The transport of a client over a [`reqwest::Client`], which clones share with its connections.
///
/// A client has one of its own unless [`ClientBuilder::transport`](super::ClientBuilder::transport)
/// sets another transport. Create one for a proxy, for certificates, or for a TLS provider of your
/// own:
///
/// ```no_run
/// use messages_api::client::{Client, ReqwestTransport};
/// use messages_api::reqwest;
///
/// let http = reqwest::Client::builder()
///     .redirect(reqwest::redirect::Policy::none())
///     .proxy(reqwest::Proxy::all("http://proxy.internal:3128")?)
///     .build()?;
/// let client = Client::builder().transport(ReqwestTransport::new(http)).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ReqwestTransport(pub(super) Arc<Shared>);

pub(super) struct Shared {
    client: reqwest::Client,
    /// Whether the client may follow redirects, which is not known of one that is not our own.
    may_redirect: bool,
    /// The URL that was called last, which is nearly always the next one as well: it takes about a tenth of
    /// the time of a small call to parse it.
    last: Mutex<Option<(Uri, Url)>>,
}

impl ReqwestTransport {
    /// Creates a transport over the given client.
    ///
    /// Build the client with `redirect(reqwest::redirect::Policy::none())`: by default reqwest follows
    /// redirects and sends `x-api-key` to the host that a redirect names. A call whose request was redirected
    /// fails with [`ErrorKind::Config`]. Set the client's `connect_timeout`, because that of the
    /// [builder](super::ClientBuilder::connect_timeout) applies only to the default transport. Leave the
    /// client's total `timeout` unset, because it would cut off long streams.
    pub fn new(client: reqwest::Client) -> Self {
        Self(Arc::new(Shared { client, may_redirect: true, last: Mutex::new(None) }))
    }

    /// Creates a transport over a client of its own, whose requests will mostly be to `uri`, which is kept parsed.
    ///
    /// Decompression is switched off even if another crate enables it in reqwest: it would hold
    /// events back.
    pub(super) fn with_defaults(connect_timeout: Option<Duration>, uri: &Uri) -> Result<Self, Error> {
        let url = parsed(uri, "base_url: is not a URL")?;
        let builder = reqwest::Client::builder().redirect(redirect::Policy::none()).referer(false);
        let builder = builder.no_gzip().no_brotli().no_zstd().no_deflate();
        // A proxy cannot reach a loopback address of this machine, and must not see its credential.
        let builder = if is_loopback(&url) { builder.no_proxy() } else { builder };
        let builder = if url.scheme() == "http" { builder.retry(not_refused()) } else { builder };
        let builder = match connect_timeout {
            Some(timeout) => builder.connect_timeout(timeout),
            None => builder,
        };
        let client = builder.build().map_err(|error| {
            let message = "reqwest cannot build an HTTP client";
            Error::new(ErrorKind::Config, message).with_source(error.without_url())
        })?;
        let last = Mutex::new(Some((uri.clone(), url)));
        Ok(Self(Arc::new(Shared { client, may_redirect: false, last })))
    }
}

/// Leaves out the last URL, whose query may be a secret.
impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").field("client", &self.0.client).finish_non_exhaustive()
    }
}

impl Service<Request<RequestBody>> for ReqwestTransport {
    type Response = Response<reqwest::Body>;
    type Error = Error;
    type Future = CallFuture<'static, Response<reqwest::Body>>;

    /// Returns `Ready`: reqwest has no limit of its own.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        self.0.send_for(request, |body| body)
    }
}

impl Shared {
    /// Sends a request, and returns the HTTP response with what `convert` makes of its body.
    pub(super) fn send_for<T: 'static>(
        &self,
        request: Request<RequestBody>,
        convert: fn(reqwest::Body) -> T,
    ) -> CallFuture<'static, Response<T>> {
        let (client, may_redirect) = (self.client.clone(), self.may_redirect);
        let request = self.converted(request);
        Box::pin(async move {
            let request = request?;
            let url = may_redirect.then(|| request.url().clone());
            let response = client.execute(request).await.map_err(reqwest_error::before_response)?;
            if url.is_some_and(|url| *response.url() != url) {
                return Err(reqwest_error::followed_redirect());
            }
            Ok(Response::from(response).map(convert))
        })
    }

    /// Converts a request to reqwest's type. One without a body must not declare a length.
    fn converted(&self, request: Request<RequestBody>) -> Result<reqwest::Request, Error> {
        let (parts, body) = request.into_parts();
        let mut converted = reqwest::Request::new(parts.method, self.url(parts.uri)?);
        *converted.headers_mut() = parts.headers;
        let body = body.into_bytes();
        if !body.is_empty() {
            *converted.body_mut() = Some(body.into());
        }
        Ok(converted)
    }

    fn url(&self, uri: Uri) -> Result<Url, Error> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, url)) = last.as_ref().filter(|(last, _)| is_same(last, &uri)) {
            return Ok(url.clone());
        }
        let url = parsed(&uri, "the request has no URL to which it can be sent")?;
        *last = Some((uri, url.clone()));
        Ok(url)
    }
}

/// Returns the policy for connections that cannot refuse a request, and on which reqwest need not keep a copy of
/// each to send it again. Only HTTP/2 lets a server refuse one (RFC 9113, section 8.7), and without TLS reqwest
/// speaks HTTP/1.1.
///
/// In a clone of the client with a base URL of `https`, a refused request is a connection that broke, so the call is
/// retried as its policy allows.
fn not_refused() -> reqwest::retry::Builder {
    // `never` alone would still copy each request.
    reqwest::retry::never().max_retries_per_request(0)
}

/// Compares byte by byte, while `==` folds the case of scheme and authority, which takes longer.
fn is_same(one: &Uri, other: &Uri) -> bool {
    let authority = |uri| Uri::authority(uri).map(Authority::as_str);
    let path = |uri| Uri::path_and_query(uri).map(PathAndQuery::as_str);
    one.scheme_str() == other.scheme_str() && authority(one) == authority(other) && path(one) == path(other)
}

/// Returns the same URL as reqwest's type, which accepts less: no IPv4 address with a number above 255, for
/// example.
fn parsed(uri: &Uri, message: &str) -> Result<Url, Error> {
    Url::parse(&text(uri)).map_err(|error| Error::new(ErrorKind::Config, message).with_source(error))
}

/// Returns `true` if the server runs on this machine.
fn is_loopback(url: &Url) -> bool {
    match url.domain() {
        Some(name) => name == "localhost",
        None => {
            // An address is in its canonical form, one of version 6 in brackets.
            let host = url.host_str().unwrap_or_default();
            let version_6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')?.parse().ok());
            let is_loopback = |address: Ipv6Addr| address.to_canonical().is_loopback();
            host.starts_with("127.") || version_6.is_some_and(is_loopback)
        }
    }
}

/// Returns what `to_string` does, without the machinery for formats, which is slow.
fn text(uri: &Uri) -> String {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    match uri.scheme_str() {
        Some(scheme) => [scheme, "://", authority, path].concat(),
        None => [authority, path].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;

    #[test]
    fn only_loopback_addresses_count_as_loopback() {
        for (url, expected) in [
            ("http://127.0.0.1:8080", true),
            ("http://127.9.9.9", true),
            ("http://127.1", true),
            ("http://[::1]:8080/api", true),
            ("http://[::1]", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://LOCALHOST", true),
            ("http://localhost.example", false),
            ("http://10.0.0.1", false),
            ("http://[::ffff:10.0.0.1]", false),
            ("https://api.anthropic.com", false),
        ] {
            let url = parsed(&url.parse().expect("a URI"), "").expect("a URL");
            assert_eq!(is_loopback(&url), expected, "{url}");
        }
    }

    #[test]
    fn an_address_that_only_the_http_stack_refuses_is_an_error_of_the_base_url() {
        let error = Client::builder().base_url("http://256.256.256.256").build().expect_err("no address");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().starts_with("base_url: is not a URL"), "{error}");
        assert!(!format!("{error} {error:?}").contains("256"), "{error:?}");
    }
}
