//! `/_blobs/…`: single blobs for whoever has a signed path to them, in the way that S3 serves its presigned URLs.
//!
//! Only the embedded stores sign paths; the signature is all the authority that is asked for.

mod range;
#[cfg(test)]
mod tests;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use packhouse_storage::blobs::presigned::{Access, PATH_PREFIX};
use packhouse_storage::blobs::{BlobError, ByteStream};
use packhouse_storage::store::Store;

use self::range::{Wanted, wanted};
use crate::App;
use crate::smart::body::Reader;

/// How much of a blob is read at once.
const PIECE_BYTES: u64 = 1 << 20;

/// Answers every request below `/_blobs/`.
pub(crate) async fn serve(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some((signer, key)) = app.blob_urls.zip(parts.uri.path().strip_prefix(PATH_PREFIX)) else {
        return text(StatusCode::NOT_FOUND, "not found");
    };
    let query = parts.uri.query().unwrap_or_default();
    let store = app.forge.store();
    match signer.verify(parts.method.as_str(), key, query) {
        Ok(Access::Get) => get(store, key, &parts.headers, parts.method == Method::HEAD).await,
        Ok(Access::Put { length }) => put(store, key, &parts.headers, body, length).await,
        Err(refused) => text(StatusCode::FORBIDDEN, &refused.to_string()),
    }
}

async fn put(store: &Store, key: &str, headers: &HeaderMap, body: Body, length: u64) -> Response {
    let declared = headers.get(header::CONTENT_LENGTH).map(|value| value.to_str());
    match declared.map(|value| value.ok().and_then(|value| value.parse::<u64>().ok())) {
        None => return text(StatusCode::LENGTH_REQUIRED, "the length has to be told"),
        Some(Some(declared)) if declared == length => {}
        Some(_) => return text(StatusCode::BAD_REQUEST, "the length is not the one that was signed"),
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        return text(StatusCode::BAD_REQUEST, "the bytes have to come as they are");
    }
    let Ok(mut reader) = Reader::new(headers, body) else {
        return text(StatusCode::BAD_REQUEST, "the bytes have to come as they are");
    };
    if store.blobs().head(key).await.is_ok() {
        reader.discard().await;
        return failed(&BlobError::Exists(key.into()));
    }
    match store.blobs().put_stream(key, exactly(length, reader), None).await {
        Ok(_) => StatusCode::OK.into_response(),
        Err(error) => failed(&error),
    }
}

/// The bytes of a body, which fails unless it has `length` of them.
fn exactly(length: u64, reader: Reader) -> ByteStream {
    Box::pin(stream::try_unfold((reader, length), |(mut reader, left)| async move {
        let piece = reader.next().await.map_err(std::io::Error::other)?;
        let Some(piece) = piece else {
            let ended_early = || Err(std::io::ErrorKind::UnexpectedEof.into());
            return if left == 0 { Ok(None) } else { ended_early() };
        };
        let left = left.checked_sub(piece.len() as u64);
        let left = left.ok_or_else(|| std::io::Error::other("there are more bytes than were declared"))?;
        Ok(Some((piece, (reader, left))))
    }))
}

async fn get(store: &Store, key: &str, headers: &HeaderMap, only_head: bool) -> Response {
    let length = match store.blobs().head(key).await {
        Ok(length) => length,
        Err(error) => return failed(&error),
    };
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, range) = match wanted(asked, length) {
        Wanted::Whole => (StatusCode::OK, 0..length),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Outside => {
            let range = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, range).into_response();
        }
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, (range.end - range.start).into());
    for (name, value) in [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::ACCEPT_RANGES, "bytes"),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    if status == StatusCode::PARTIAL_CONTENT {
        let told = format!("bytes {}-{}/{length}", range.start, range.end - 1);
        if let Ok(value) = told.parse() {
            headers.insert(header::CONTENT_RANGE, value);
        }
    }
    if only_head {
        return response;
    }
    let (store, key) = (store.clone(), key.to_owned());
    let pieces = stream::try_unfold((store, key, range), |(store, key, range)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        let end = range.end.min(range.start + PIECE_BYTES);
        let piece = store.blobs().get_range(&key, range.start..end).await?;
        Ok::<_, BlobError>(Some((piece, (store, key, end..range.end))))
    });
    response.map(|_| Body::from_stream(pieces))
}

fn failed(error: &BlobError) -> Response {
    let (status, message) = match error {
        BlobError::NotFound(_) => (StatusCode::NOT_FOUND, "there is no such blob"),
        // As S3 answers `If-None-Match: *`.
        BlobError::Exists(_) => (StatusCode::PRECONDITION_FAILED, "the blob is there already"),
        BlobError::OutOfRange { .. } | BlobError::InvalidKey(_) => (StatusCode::BAD_REQUEST, "that cannot be done"),
        BlobError::Source(_) => (StatusCode::BAD_REQUEST, "the bytes ended early"),
        // Our own stores have no keys.
        BlobError::Key { .. } | BlobError::Unavailable(_) => {
            tracing::warn!(%error, "a blob could not be served");
            (StatusCode::SERVICE_UNAVAILABLE, "the server is busy, try again")
        }
    };
    text(status, message)
}

fn text(status: StatusCode, message: &str) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, kind, format!("{message}\n")).into_response()
}
