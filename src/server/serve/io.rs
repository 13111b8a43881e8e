//! The transport of a connection.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;
use super::listener::Io;

/// A transport that reports to the [`Activity`] of its connection.
pub(super) struct Transport {
    io: Box<dyn Io>,
    activity: Arc<Activity>,
    /// What has been read to find out the version of HTTP.
    #[cfg(feature = "http2")]
    start: Start,
}

#[cfg(feature = "http2")]
#[derive(Default)]
struct Start {
    bytes: [u8; PREFACE.len()],
    read: usize,
    consumed: usize,
}

/// What a connection begins with if it is HTTP/2 (RFC 9113, section 3.4).
#[cfg(feature = "http2")]
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

impl Transport {
    pub(super) fn new(io: Box<dyn Io>, activity: Arc<Activity>) -> Self {
        Self {
            io,
            activity,
            #[cfg(feature = "http2")]
            start: Start::default(),
        }
    }

    /// Polls whether the connection is HTTP/2. What is read for this can be read again.
    #[cfg(feature = "http2")]
    pub(super) fn poll_is_http2(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let Self { io, activity, start } = self;
        while start.read < PREFACE.len() {
            let mut buffer = ReadBuf::new(&mut start.bytes[start.read..]);
            ready!(Pin::new(&mut *io).poll_read(cx, &mut buffer))?;
            let read = buffer.filled().len();
            start.read += read;
            activity.read();
            if read == 0 || start.bytes[..start.read] != PREFACE[..start.read] {
                return Poll::Ready(Ok(false));
            }
        }
        Poll::Ready(Ok(true))
    }

    /// Fills `buffer` with what was read to find out the version, if any of it is left.
    #[cfg(feature = "http2")]
    fn read_start(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let Start { bytes, read, consumed } = &mut self.start;
        let count = (*read - *consumed).min(buffer.remaining());
        buffer.put_slice(&bytes[*consumed..*consumed + count]);
        *consumed += count;
        count > 0
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        #[cfg(feature = "http2")]
        if self.read_start(buffer) {
            return Poll::Ready(Ok(()));
        }
        ready!(Pin::new(&mut self.io).poll_read(cx, buffer))?;
        self.activity.read();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        self.activity.wrote(count, cx);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, slices))?;
        self.activity.wrote(count, cx);
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
