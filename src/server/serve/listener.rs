//! Where connections come from.

use std::io;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

/// A source of connections for [`serve`](crate::server::serve).
///
/// It is implemented for tokio's `TcpListener`, which sets `TCP_NODELAY` on each connection so that no event waits
/// for the next one, and on Unix for `UnixListener`. Implement it to serve TLS or any other transport:
///
/// ```
/// use std::io;
/// use std::task::{Context, Poll, ready};
///
/// use messages_api::server::Listener;
/// use tokio::net::{TcpListener, TcpStream};
///
/// /// Accepts connections of this machine only.
/// struct Local(TcpListener);
///
/// impl Listener for Local {
///     type Io = TcpStream;
///
///     fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
///         loop {
///             let (connection, peer) = ready!(self.0.poll_accept(cx))?;
///             if peer.ip().is_loopback() {
///                 connection.set_nodelay(true)?;
///                 return Poll::Ready(Ok(connection));
///             }
///         }
///     }
/// }
/// ```
pub trait Listener: Send + 'static {
    /// A connection.
    type Io: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Polls for the next connection.
    ///
    /// A handshake must not hold up the connections that follow, so the first reads or writes of
    /// [`Io`](Self::Io) should do it.
    ///
    /// # Errors
    ///
    /// Any error is waited out: the listener is polled again, after a pause unless the error concerns a single
    /// connection (`ConnectionAborted`, `ConnectionRefused` and `ConnectionReset`).
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Io>>;
}

impl Listener for TcpListener {
    type Io = tokio::net::TcpStream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Io>> {
        let (connection, _peer) = ready!(TcpListener::poll_accept(self, cx))?;
        // It fails only for a connection that has broken off, which the first read reports.
        let _ = connection.set_nodelay(true);
        Poll::Ready(Ok(connection))
    }
}

#[cfg(unix)]
impl Listener for tokio::net::UnixListener {
    type Io = tokio::net::UnixStream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Io>> {
        let (connection, _peer) = ready!(tokio::net::UnixListener::poll_accept(self, cx))?;
        Poll::Ready(Ok(connection))
    }
}

/// A connection of any kind.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A [`Listener`] of any type.
pub(super) trait DynListener: Send {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Box<dyn Io>>>;
}

impl<L: Listener> DynListener for L {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Box<dyn Io>>> {
        Poll::Ready(Ok(Box::new(ready!(Listener::poll_accept(self, cx))?)))
    }
}
