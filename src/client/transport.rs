//! The service that carries HTTP requests to the server.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::call_future::CallFuture;
use super::foreign_error::{self, BoxError};
use super::request_body::RequestBody;
#[cfg(feature = "reqwest")]
use super::reqwest_transport::{ReqwestTransport, Shared};
use super::response_body::ResponseBody;
use crate::error::Error;

/// What carries the requests of a [`Client`](super::Client) to the server and brings the HTTP
/// responses back: a tower [`Service`] whose type is erased.
///
/// A transport is a `ReqwestTransport` unless
/// [`ClientBuilder::transport`](super::ClientBuilder::transport) sets another one. Each layer that
/// [`ClientBuilder::layer`](super::ClientBuilder::layer) adds receives the transport so far and
/// returns a service that becomes the next one. A layer that is written for transports alone can
/// name this type; one that is generic over its service need not.
///
/// Clones share the service, with its connections. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Transport(Arc<dyn Sender>);

impl Transport {
    /// Creates a transport from a service.
    ///
    /// Each request is sent by a clone of the service, which is polled until it is ready first.
    ///
    /// An [`Error`] of the service keeps its kind, also as the source of another error. Any other error means
    /// that no connection could be established or that it broke, so that the request may be retried.
    pub fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Arc::new(Erased { service, convert: foreign_error::of_transport }))
    }

    /// Creates the transport that a client has by default.
    #[cfg(feature = "reqwest")]
    pub(super) fn of_reqwest(transport: ReqwestTransport) -> Self {
        Self(transport.0)
    }

    /// Wraps the transport in a layer, whose own errors are final.
    pub(super) fn layered<L, B>(self, layer: L) -> Self
    where
        L: Layer<Self>,
        L::Service: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<RequestBody>>>::Future: Send,
        <L::Service as Service<Request<RequestBody>>>::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Arc::new(Erased { service: layer.layer(self), convert: foreign_error::of_layer }))
    }

    /// Returns `true` if there is a service that could read the extensions of a request.
    pub(super) fn reads_extensions(&self) -> bool {
        self.0.reads_extensions()
    }

    /// Sends a request.
    pub(super) fn send(&self, request: Request<RequestBody>) -> CallFuture<'static, Response<ResponseBody>> {
        self.0.send(request)
    }
}

impl Service<Request<RequestBody>> for Transport {
    type Response = Response<ResponseBody>;
    type Error = Error;
    type Future = CallFuture<'static, Response<ResponseBody>>;

    /// Returns `Ready`: the service is polled for each request on its own.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        self.send(request)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

/// A service without its type.
trait Sender: Send + Sync {
    fn send(&self, request: Request<RequestBody>) -> CallFuture<'static, Response<ResponseBody>>;

    fn reads_extensions(&self) -> bool {
        true
    }
}

struct Erased<S> {
    service: S,
    /// Converts the errors of the service.
    convert: fn(BoxError) -> Error,
}

impl<S, B> Sender for Erased<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn send(&self, request: Request<RequestBody>) -> CallFuture<'static, Response<ResponseBody>> {
        let (mut service, convert) = (self.service.clone(), self.convert);
        Box::pin(async move {
            let response = async {
                poll_fn(|cx| service.poll_ready(cx)).await?;
                service.call(request).await
            };
            let response = response.await.map_err(|error: S::Error| convert(error.into()))?;
            Ok(response.map(ResponseBody::new))
        })
    }
}

/// The transport of most clients, whose calls take no other box than their own.
#[cfg(feature = "reqwest")]
impl Sender for Shared {
    fn send(&self, request: Request<RequestBody>) -> CallFuture<'static, Response<ResponseBody>> {
        self.send_for(request, ResponseBody::new)
    }

    fn reads_extensions(&self) -> bool {
        false
    }
}
