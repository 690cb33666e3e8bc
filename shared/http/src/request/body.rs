//! A body that logs its request when it ends.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode};
use http_body::{Frame, SizeHint};
use tracing::Span;

/// What the log line tells.
pub(super) struct Summary {
    pub(super) span: Span,
    pub(super) started: Instant,
    pub(super) method: Method,
    pub(super) path: String,
    /// The operation that was asked for, where the path does not tell.
    pub(super) operation: Option<String>,
    pub(super) status: StatusCode,
    pub(super) principal: Option<String>,
}

/// Passes a body on, counts it, and logs the request when it is dropped: sent whole, broken off, or never asked for.
pub(super) struct LoggedBody {
    inner: Body,
    bytes: usize,
    broken: bool,
    summary: Summary,
}

impl LoggedBody {
    pub(super) const fn new(inner: Body, summary: Summary) -> Self {
        Self {
            inner,
            bytes: 0,
            broken: false,
            summary,
        }
    }
}

impl http_body::Body for LoggedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let span = this.summary.span.clone();
        let _entered = span.enter();
        let polled = Pin::new(&mut this.inner).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => this.bytes += frame.data_ref().map_or(0, Bytes::len),
            Poll::Ready(Some(Err(error))) => {
                this.broken = true;
                tracing::warn!(%error, "the answer broke off");
            }
            Poll::Ready(None) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for LoggedBody {
    fn drop(&mut self) {
        let Summary {
            span,
            started,
            method,
            path,
            operation,
            status,
            principal,
        } = &self.summary;
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (status, bytes, broken) = (status.as_u16(), self.bytes, self.broken);
        let principal = principal.as_deref().unwrap_or("-");
        tracing::info!(parent: span, %method, path, operation, status, bytes, broken, ms, principal, "answered");
    }
}
