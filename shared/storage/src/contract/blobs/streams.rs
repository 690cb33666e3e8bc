//! Blobs that are stored from streams.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::oneshot;

use super::{assert_missing, fresh, pattern, whole};
use crate::blobs::{BlobError, Blobs};

/// Streams of no, few and very many bytes, in chunks of any size, are stored with their length.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn streams_of_any_length_are_stored(blobs: &dyn Blobs) {
    for (length, chunk) in [
        (0, 1),
        (1, 1),
        (1000, 7),
        (1 << 20, 1 << 20),
        (20 << 20, 100_003),
        ((20 << 20) + 1, 9 << 20),
    ] {
        let key = fresh();
        let bytes = pattern(length);
        let mut chunks: Vec<_> = (0..length)
            .step_by(chunk)
            .map(|at| Ok(bytes.slice(at..length.min(at + chunk))))
            .collect();
        // An empty chunk is nothing, and not the end.
        chunks.insert(chunks.len() / 2, Ok(Bytes::new()));
        let stored = blobs
            .put_stream(&key, Box::pin(stream::iter(chunks)), None)
            .await
            .expect("a stream is stored");
        assert_eq!(stored, length as u64);
        assert!(
            whole(blobs, &key).await == bytes,
            "a stream of {length} bytes in chunks of {chunk} is stored as it is"
        );
    }
}

/// A stream that ends in an error is [`BlobError::Source`] and leaves nothing, however much came before it; the name
/// stays free.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn a_failing_stream_stores_nothing(blobs: &dyn Blobs) {
    for length in [0, 10, 12 << 20] {
        let key = fresh();
        let good = Ok(pattern(length));
        let bad = Err(io::Error::new(io::ErrorKind::ConnectionReset, "the client hung up"));
        let result = blobs.put_stream(&key, Box::pin(stream::iter([good, bad])), None).await;
        let is_source =
            matches!(&result, Err(BlobError::Source(error)) if error.kind() == io::ErrorKind::ConnectionReset);
        assert!(is_source, "{result:?}");
        assert_missing(blobs, &key).await;
        blobs
            .put(&key, Bytes::from_static(b"after"), None)
            .await
            .expect("the name is free");
        assert_eq!(whole(blobs, &key).await, &b"after"[..]);
    }
}

/// While a stream is on its way there is no blob; when it has ended there is all of it. One that is given up leaves
/// nothing.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn a_streamed_blob_appears_whole(blobs: &Arc<dyn Blobs>) {
    for finishes in [true, false] {
        let key = fresh();
        let (half, reached) = oneshot::channel();
        let (go_on, gate) = oneshot::channel::<()>();
        let first = stream::iter([Ok(pattern(9 << 20))]);
        let second = stream::once(async move {
            // The store asks for the second half: the first one is wherever the store put it.
            half.send(()).ok();
            gate.await.ok();
            Ok(Bytes::from_static(b"end"))
        });
        let upload = tokio::spawn({
            let (blobs, key) = (Arc::clone(blobs), key.clone());
            async move { blobs.put_stream(&key, Box::pin(first.chain(second)), None).await }
        });
        reached.await.expect("the store reads the stream");
        assert_missing(&**blobs, &key).await;
        if !finishes {
            upload.abort();
            assert!(
                upload.await.is_err_and(|error| error.is_cancelled()),
                "the upload is given up"
            );
            assert_missing(&**blobs, &key).await;
            continue;
        }
        go_on.send(()).expect("the stream waits");
        let length = upload.await.expect("the upload ends").expect("the upload succeeds");
        assert_eq!(length, (9 << 20) + 3);
        assert!(whole(&**blobs, &key).await.ends_with(b"end"), "the blob is whole");
    }
}
