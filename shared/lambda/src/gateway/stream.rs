//! Answers that are streamed: status and headers first, then the body as it is made.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use futures_util::{Stream, StreamExt as _};
use http_body::Body as _;
use lambda_runtime::{MetadataPrelude, StreamResponse};

/// The answer, for a gateway that streams.
pub(crate) fn streamed(response: Response) -> StreamResponse<BodyPieces> {
    let (parts, body) = response.into_parts();
    StreamResponse {
        metadata_prelude: MetadataPrelude {
            status_code: parts.status,
            headers: single(&parts.headers),
            // No answer sets any.
            cookies: Vec::new(),
        },
        stream: BodyPieces(Some(body)),
    }
}

/// The headers with one value each, for the gateway takes no lists there; and none that says how the body is framed,
/// which is up to the gateway.
fn single(headers: &HeaderMap) -> HeaderMap {
    let mut single = HeaderMap::with_capacity(headers.keys_len());
    for name in headers.keys() {
        if [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(name) {
            continue;
        }
        let values: Vec<&[u8]> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        if let Ok(value) = HeaderValue::from_bytes(&values.join(&b", "[..])) {
            single.insert(name, value);
        }
    }
    single
}

/// What `lambda_runtime` streams.
pub(crate) trait Pieces: Stream<Item = Result<Bytes, Infallible>> + Send + Unpin + 'static {}

impl<S: Stream<Item = Result<Bytes, Infallible>> + Send + Unpin + 'static> Pieces for S {}

/// The pieces of a body. The body goes before its end is told: behind the end this process may stand still at once,
/// and with it what the body does when it goes, such as logging the request.
pub(crate) struct BodyPieces(Option<Body>);

impl Stream for BodyPieces {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while let Some(body) = &mut self.0 {
            let frame = ready!(Pin::new(body).poll_frame(context));
            let Some(Ok(frame)) = frame else {
                self.0 = None;
                return Poll::Ready(frame.map(|broken| broken.map(|_| Bytes::new())));
            };
            match frame.into_data() {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Poll::Ready(Some(Ok(data))),
                Err(_trailers) => {}
            }
        }
        Poll::Ready(None)
    }
}

/// The answer, of which a broken body ends the process.
///
/// `lambda_runtime` 1.5 writes an error as text behind what it has sent and ends the body as if it were whole. With the
/// process gone Lambda breaks off the answer, which is what the client has to see; the next request gets a new process.
pub(crate) fn cut_when_broken(answer: StreamResponse<BodyPieces>) -> StreamResponse<impl Pieces> {
    let whole = answer.stream.map(|piece| {
        Ok(piece.unwrap_or_else(|error| {
            tracing::error!(%error, "the answer broke; ending the process so that the client sees it");
            std::process::exit(1)
        }))
    });
    StreamResponse {
        metadata_prelude: answer.metadata_prelude,
        stream: whole,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn status_and_headers_come_first_and_pieces_as_they_are_made() {
        let pieces = ["a", "", "b"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
        let mut response = Response::new(Body::from_stream(stream::iter(pieces)));
        *response.status_mut() = StatusCode::CREATED;
        for (name, value) in [
            ("cache-control", "no-cache"),
            ("vary", "a"),
            ("vary", "b"),
            ("content-length", "2"),
            ("transfer-encoding", "chunked"),
        ] {
            response.headers_mut().append(name, HeaderValue::from_static(value));
        }
        let answer = streamed(response);
        let prelude = serde_json::to_value(&answer.metadata_prelude).unwrap();
        assert_eq!(
            prelude,
            serde_json::json!({
                "statusCode": 201,
                "headers": { "cache-control": "no-cache", "vary": "a, b" },
                "cookies": [],
            })
        );
        let sent: Vec<_> = answer.stream.map(Result::unwrap).collect().await;
        assert_eq!(sent, ["a", "b"]);
    }

    #[tokio::test]
    async fn a_body_is_gone_before_its_end_is_told() {
        let (alive, gone) = tokio::sync::oneshot::channel::<()>();
        let body = stream::unfold(Some(alive), |alive| async move {
            alive.map(|alive| (Ok::<_, std::io::Error>(Bytes::from("x")), Some(alive)))
        });
        let mut pieces = streamed(Response::new(Body::from_stream(body.take(1)))).stream;
        assert!(pieces.next().await.is_some());
        assert!(pieces.next().await.is_none());
        assert!(gone.await.is_err(), "what the body held is gone");
    }

    #[tokio::test]
    async fn a_broken_body_is_told() {
        let broken = stream::iter([Ok(Bytes::from("x")), Err(std::io::Error::other("no"))]);
        let mut pieces = streamed(Response::new(Body::from_stream(broken))).stream;
        assert!(pieces.next().await.unwrap().is_ok());
        assert!(pieces.next().await.unwrap().is_err());
        assert!(pieces.next().await.is_none());
    }
}
