//! Streams that give up on a peer which does not send, or does not take what it is sent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// What an HTTP/2 client sends first (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream whose reads fail with [`io::ErrorKind::TimedOut`] unless the version of HTTP is known in time.
///
/// The time runs from the making of the stream, is not prolonged by a byte here and there, and ends with the first
/// byte that is not of HTTP/2's preface, with the whole preface, or with the end of the stream. It covers what hyper
/// does before any timer of its own runs.
pub(super) struct GreetingDeadline<T> {
    io: T,
    /// What is missing of the preface.
    preface: &'static [u8],
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<T> GreetingDeadline<T> {
    pub(super) fn new(io: T, within: Duration) -> Self {
        Self {
            io,
            preface: PREFACE,
            deadline: Some(Box::pin(sleep(within))),
        }
    }

    /// Takes note of bytes that were read; none of them means the end of the stream.
    fn saw(&mut self, read: &[u8]) {
        match self.preface.strip_prefix(read) {
            Some(rest) if !read.is_empty() && !rest.is_empty() => self.preface = rest,
            _ => self.deadline = None,
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for GreetingDeadline<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.io).poll_read(cx, buf);
        let Some(deadline) = &mut this.deadline else {
            return polled;
        };
        match polled {
            Poll::Pending => deadline
                .as_mut()
                .poll(cx)
                .map(|()| Err(timed_out("the client sent no greeting"))),
            Poll::Ready(Ok(())) => {
                this.saw(buf.filled().get(before..).unwrap_or_default());
                Poll::Ready(Ok(()))
            }
            failed @ Poll::Ready(Err(_)) => failed,
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for GreetingDeadline<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// A stream whose writes, flushes and shutdown fail with [`io::ErrorKind::TimedOut`] once they were pending for so
/// long.
///
/// Each byte that is taken starts the time of writes anew, so that a slow reader is served and one that does not read
/// is not. It belongs below TLS, whose flush is one operation for many bytes.
pub(super) struct WriteDeadline<T> {
    io: T,
    within: Duration,
    write: Stall,
    /// Apart from `write`, because a flush of a socket is always ready and says nothing about the peer.
    flush: Stall,
}

impl<T> WriteDeadline<T> {
    pub(super) fn new(io: T, within: Duration) -> Self {
        Self {
            io,
            within,
            write: Stall(None),
            flush: Stall(None),
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for WriteDeadline<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for WriteDeadline<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.io).poll_write(cx, buf);
        this.write.bound(cx, this.within, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        this.write.bound(cx, this.within, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.io).poll_flush(cx);
        this.flush.bound(cx, this.within, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.io).poll_shutdown(cx);
        this.flush.bound(cx, this.within, polled)
    }
}

/// The time that is left to an operation that is pending; there is a timer only while one is.
struct Stall(Option<Pin<Box<Sleep>>>);

impl Stall {
    fn bound<R>(&mut self, cx: &mut Context<'_>, within: Duration, polled: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if polled.is_ready() {
            self.0 = None;
            return polled;
        }
        let deadline = self.0.get_or_insert_with(|| Box::pin(sleep(within)));
        deadline
            .as_mut()
            .poll(cx)
            .map(|()| Err(timed_out("the client does not read")))
    }
}

fn timed_out(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

#[cfg(test)]
mod tests;
