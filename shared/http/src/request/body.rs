//! A body that tells how it ended.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use tracing::Span;

/// How the sending of a body ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How many bytes of it were handed out.
    pub bytes: u64,
    /// Why there were no more; absent where it was whole, or nobody wanted more of it.
    pub failure: Option<String>,
}

/// Passes a body on within `span`, and calls `end` once, when nobody has it any more: it was sent whole, broke off, or was
/// never asked for.
pub fn counted(inner: Body, span: Span, end: impl FnOnce(Ended) + Send + Unpin + 'static) -> Body {
    Body::new(Counted {
        inner,
        span,
        bytes: 0,
        failure: None,
        end: Some(end),
    })
}

struct Counted<F: FnOnce(Ended)> {
    inner: Body,
    span: Span,
    bytes: u64,
    failure: Option<String>,
    end: Option<F>,
}

impl<F: FnOnce(Ended) + Unpin> http_body::Body for Counted<F> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let _entered = this.span.enter();
        let polled = Pin::new(&mut this.inner).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => this.bytes += frame.data_ref().map_or(0, |data| data.len() as u64),
            Poll::Ready(Some(Err(error))) => this.failure = Some(error.to_string()),
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

impl<F: FnOnce(Ended)> Drop for Counted<F> {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _entered = self.span.enter();
            end(Ended {
                bytes: self.bytes,
                failure: self.failure.take(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::body::to_bytes;
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn a_body_tells_once_how_it_ended() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let body = |pieces: Vec<Result<&'static str, axum::Error>>| {
            let told = Arc::clone(&told);
            let inner = Body::from_stream(stream::iter(pieces));
            counted(inner, Span::none(), move |ended| told.lock().unwrap().push(ended))
        };
        let whole = body(vec![Ok("abc"), Ok("de")]);
        assert_eq!(to_bytes(whole, 100).await.unwrap(), "abcde");
        let broken = body(vec![Ok("abc"), Err(axum::Error::new("no disk"))]);
        assert!(to_bytes(broken, 100).await.is_err());
        drop(body(vec![Ok("abc")]));
        let ended = |bytes, failure: Option<&str>| Ended {
            bytes,
            failure: failure.map(str::to_owned),
        };
        let expected = [ended(5, None), ended(3, Some("no disk")), ended(0, None)];
        assert_eq!(*told.lock().unwrap(), expected);
    }
}
