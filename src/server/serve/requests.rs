//! The requests of a connection, and what is generic over the service that serves them.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::{Request, Response, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project::pin_project;
use tower_service::Service;

use super::activity::{Activity, InFlight};
use super::pace::{Chunk, Pace};
use crate::handler::Drain;
use crate::server::body::MessagesBody;
use crate::server::service::{self, MessagesService};

type BoxError = Box<dyn StdError + Send + Sync>;
type BoxBody = Pin<Box<dyn Body<Data = Bytes, Error = BoxError> + Send>>;
type BoxFuture = Pin<Box<dyn Future<Output = Response<BoxBody>> + Send>>;

/// A service of any type.
pub(super) trait DynService: Send {
    fn call(&self, request: Request<Incoming>) -> AnyFuture;

    fn clone_box(&self) -> Box<dyn DynService>;
}

/// Erases the type of a service. What each service adds to a program is this and nothing more.
pub(super) fn erase<S, B>(service: S) -> Box<dyn DynService>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    match (&service as &dyn Any).downcast_ref::<MessagesService>() {
        Some(service) => Box::new(service.clone()),
        None => Box::new(Erased { service, body: PhantomData }),
    }
}

/// The future of a service. That of a `MessagesService` is not boxed: over HTTP/1, hyper keeps it in a place that
/// all requests of a connection share.
#[allow(clippy::large_enum_variant)]
pub(super) enum AnyFuture {
    Messages(service::ResponseFuture),
    Other(BoxFuture),
}

enum AnyBody {
    Messages(MessagesBody),
    Other(BoxBody),
}

impl DynService for MessagesService {
    fn call(&self, request: Request<Incoming>) -> AnyFuture {
        AnyFuture::Messages(Service::call(&mut self.clone(), request))
    }

    fn clone_box(&self) -> Box<dyn DynService> {
        Box::new(self.clone())
    }
}

impl AnyFuture {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Response<AnyBody>> {
        Poll::Ready(match self {
            Self::Messages(future) => {
                let Ok(response) = ready!(Pin::new(future).poll(cx));
                response.map(AnyBody::Messages)
            }
            Self::Other(future) => ready!(future.as_mut().poll(cx)).map(AnyBody::Other),
        })
    }
}

impl AnyBody {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self {
            Self::Messages(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Other(body) => body.as_mut().poll_frame(cx),
        }
    }
}

struct Erased<S, B> {
    service: S,
    body: PhantomData<fn() -> B>,
}

impl<S, B> DynService for Erased<S, B>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn call(&self, request: Request<Incoming>) -> AnyFuture {
        let mut service = self.service.clone();
        AnyFuture::Other(Box::pin(async move {
            let Ok(()) = poll_fn(|cx| service.poll_ready(cx)).await;
            let Ok(response) = service.call(request).await;
            response.map(|body| -> BoxBody { Box::pin(ErasedBody(body)) })
        }))
    }

    fn clone_box(&self) -> Box<dyn DynService> {
        erase(self.service.clone())
    }
}

#[pin_project]
struct ErasedBody<B>(#[pin] B);

impl<B> Body for ErasedBody<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(self.project().0.poll_frame(cx));
        // `Bytes` does not copy itself.
        let bytes = |frame: Frame<B::Data>| frame.map_data(|mut data| data.copy_to_bytes(data.remaining()));
        Poll::Ready(frame.map(|frame| frame.map(bytes).map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// The service that a connection calls.
pub(super) struct Requests {
    pub(super) service: Box<dyn DynService>,
    pub(super) drain: Drain,
    pub(super) activity: Arc<Activity>,
}

impl hyper::service::Service<Request<Incoming>> for Requests {
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn call(&self, mut request: Request<Incoming>) -> ResponseFuture {
        request.extensions_mut().insert(self.drain.clone());
        let is_http2 = request.version() == Version::HTTP_2;
        let in_flight = Some(InFlight::new(self.activity.clone()));
        ResponseFuture { response: self.service.call(request), in_flight, is_http2 }
    }
}

pub(super) struct ResponseFuture {
    response: AnyFuture,
    /// Empty once it has completed.
    in_flight: Option<InFlight>,
    is_http2: bool,
}

impl Future for ResponseFuture {
    type Output = Result<Response<ResponseBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.response.poll(cx));
        let in_flight = self.in_flight.take();
        let pace = self.is_http2.then(Arc::default);
        Poll::Ready(Ok(response.map(|body| ResponseBody { body, in_flight, pace })))
    }
}

/// A body that waits while much of it has not been written.
///
/// hyper takes whatever is ready until its buffer is full. In HTTP/1.1, that buffer must be large enough for the head
/// of a request; in HTTP/2, it holds more than it is said to.
pub(super) struct ResponseBody {
    body: AnyBody,
    in_flight: Option<InFlight>,
    /// That of HTTP/2. In HTTP/1.1, a body has the connection for itself, whose activity sets the pace.
    pace: Option<Arc<Pace>>,
}

impl Body for ResponseBody {
    type Data = Chunk;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Chunk>, BoxError>>> {
        let Self { body, in_flight, pace } = &mut *self;
        let activity = in_flight.as_ref().filter(|_| pace.is_none()).map(InFlight::activity);
        let may_poll = match pace {
            Some(pace) => pace.may_poll_body(cx),
            None => activity.is_none_or(Activity::may_poll_body),
        };
        if !may_poll {
            return Poll::Pending;
        }
        let polled = body.poll_frame(cx);
        match (activity, &polled) {
            (Some(activity), Poll::Ready(Some(Ok(frame)))) => {
                activity.took(frame.data_ref().map_or(0, Bytes::len));
            }
            (Some(activity), Poll::Pending) => activity.awaits(),
            _ => {}
        }
        polled.map_ok(|frame| frame.map_data(|bytes| Chunk::new(bytes, pace.as_ref())))
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            AnyBody::Messages(body) => body.is_end_stream(),
            AnyBody::Other(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            AnyBody::Messages(body) => body.size_hint(),
            AnyBody::Other(body) => body.size_hint(),
        }
    }
}
