//! What every [`Blobs`] must do.

mod keys;
mod listing;
mod streams;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::{JoinSet, yield_now};

use crate::blobs::{BlobError, Blobs};
use crate::id;

pub use self::keys::{invalid_keys_are_refused, keys_do_not_nest};
pub use self::listing::lists_are_in_byte_order;
pub use self::streams::{
    a_failing_stream_stores_nothing, a_streamed_blob_appears_whole, streams_of_any_length_are_stored,
};

/// Runs every function of this module but [`keys_do_not_nest`], which a store of flat names does not keep.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn run(blobs: &Arc<dyn Blobs>) {
    put_is_create_only(&**blobs).await;
    one_of_many_writers_wins(blobs).await;
    ranges_are_exact(&**blobs).await;
    deleted_blobs_are_gone(&**blobs).await;
    presigned_urls_are_made(&**blobs).await;
    readers_see_whole_blobs(blobs).await;
    streams_of_any_length_are_stored(&**blobs).await;
    a_failing_stream_stores_nothing(&**blobs).await;
    a_streamed_blob_appears_whole(blobs).await;
    lists_are_in_byte_order(&**blobs).await;
    invalid_keys_are_refused(&**blobs).await;
}

/// A prefix that nobody else uses.
fn fresh() -> String {
    format!("contract/{}", id::ulid())
}

/// Bytes that differ from place to place.
fn pattern(length: usize) -> Bytes {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

async fn whole(blobs: &dyn Blobs, key: &str) -> Bytes {
    let length = blobs.head(key).await.expect("a blob that is there has a length");
    blobs
        .get_range(key, 0..length)
        .await
        .expect("a blob that is there can be read")
}

async fn assert_missing(blobs: &dyn Blobs, key: &str) {
    let head = blobs.head(key).await;
    assert!(
        matches!(&head, Err(BlobError::NotFound(missing)) if missing == key),
        "{head:?}"
    );
    for range in [0..0, 0..1, Range { start: 5, end: 3 }] {
        let read = blobs.get_range(key, range).await;
        assert!(
            matches!(&read, Err(BlobError::NotFound(missing)) if missing == key),
            "{read:?}"
        );
    }
    assert_eq!(blobs.list(key, None).await.expect("a list succeeds").blobs, []);
}

/// A second put of a name is [`BlobError::Exists`] and changes nothing.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn put_is_create_only(blobs: &dyn Blobs) {
    let key = fresh();
    assert_missing(blobs, &key).await;
    blobs
        .put(&key, Bytes::from_static(b"first\0\xff"), None)
        .await
        .expect("a put succeeds");
    for second in [&b"second, longer"[..], b"", b"first\0\xff"] {
        let again = blobs.put(&key, Bytes::from_static(second), None).await;
        assert!(
            matches!(&again, Err(BlobError::Exists(there)) if *there == key),
            "{again:?}"
        );
        assert_eq!(whole(blobs, &key).await, &b"first\0\xff"[..]);
    }
    let stream = Box::pin(futures_util::stream::iter([Ok(Bytes::from_static(b"third"))]));
    let again = blobs.put_stream(&key, stream, None).await;
    assert!(
        matches!(&again, Err(BlobError::Exists(there)) if *there == key),
        "{again:?}"
    );
    assert_eq!(whole(blobs, &key).await, &b"first\0\xff"[..]);
}

/// Of eight writers of one name, half of them streaming, one wins and its bytes are stored.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn one_of_many_writers_wins(blobs: &Arc<dyn Blobs>) {
    for _ in 0..10 {
        let key = fresh();
        let mut tasks = JoinSet::new();
        for writer in 0..8u8 {
            let (blobs, key) = (Arc::clone(blobs), key.clone());
            tasks.spawn(async move {
                let bytes = Bytes::from(vec![writer; 5000]);
                let result = if writer % 2 == 0 {
                    blobs.put(&key, bytes, None).await
                } else {
                    blobs
                        .put_stream(&key, Box::pin(futures_util::stream::iter([Ok(bytes)])), None)
                        .await
                        .map(|_| ())
                };
                (writer, result)
            });
        }
        let (won, lost): (Vec<_>, Vec<_>) = tasks
            .join_all()
            .await
            .into_iter()
            .partition(|(_, result)| result.is_ok());
        assert!(
            lost.iter()
                .all(|(_, result)| matches!(result, Err(BlobError::Exists(_)))),
            "{lost:?}"
        );
        let winners: Vec<_> = won.iter().map(|(writer, _)| *writer).collect();
        let stored = whole(&**blobs, &key).await;
        assert_eq!(winners, [stored[0]]);
        assert_eq!(stored, vec![stored[0]; 5000]);
    }
}

/// A range is read exactly; an empty one inside is empty; one that is not inside is [`BlobError::OutOfRange`].
///
/// # Panics
/// Where the store breaks the contract.
pub async fn ranges_are_exact(blobs: &dyn Blobs) {
    for length in [0, 1, 10_000u32] {
        let key = fresh();
        let bytes = pattern(length as usize);
        blobs.put(&key, bytes.clone(), None).await.expect("a put succeeds");
        assert_eq!(blobs.head(&key).await.expect("a head succeeds"), u64::from(length));
        let length = length as usize;
        for (start, end) in [
            (0, length),
            (0, 0),
            (length, length),
            (length / 2, length / 2),
            (length / 3, length / 2),
        ] {
            let read = blobs
                .get_range(&key, start as u64..end as u64)
                .await
                .expect("a range inside is read");
            assert_eq!(read, bytes[start..end], "{start}..{end} of {length}");
        }
        let length = length as u64;
        let outside = [
            (0, length + 1),
            (length, length + 1),
            (length + 1, length + 1),
            (0, u64::MAX),
            (u64::MAX, u64::MAX - 1),
        ];
        for (start, end) in outside
            .into_iter()
            .chain([(1, 0), (length, 0)])
            .filter(|range| *range != (0, 0))
        {
            let range = Range { start, end };
            let read = blobs.get_range(&key, range.clone()).await;
            assert!(
                matches!(read, Err(BlobError::OutOfRange { .. })),
                "{range:?} of {length}: {read:?}"
            );
        }
    }
}

/// What was deleted is gone at once, even while it is being read; deleting twice, or nothing, is no error.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn deleted_blobs_are_gone(blobs: &dyn Blobs) {
    let (key, other) = (fresh(), fresh());
    blobs.put(&key, pattern(100), None).await.expect("a put succeeds");
    blobs.put(&other, pattern(100), None).await.expect("a put succeeds");
    whole(blobs, &key).await;
    for _ in 0..2 {
        blobs.delete(&key).await.expect("a delete succeeds");
        assert_missing(blobs, &key).await;
    }
    blobs
        .delete(&format!("{}/never/there", fresh()))
        .await
        .expect("a delete of nothing succeeds");
    blobs
        .delete("contract")
        .await
        .expect("a delete of what other keys start with succeeds");
    assert_eq!(whole(blobs, &other).await, pattern(100));
}

/// Presigned URLs name the blob, and those for different blobs or uses differ.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn presigned_urls_are_made(blobs: &dyn Blobs) {
    let (key, valid) = (fresh(), Duration::from_secs(60));
    let get = blobs.presign_get(&key, valid).await.expect("presigning succeeds");
    let put = blobs
        .presign_put(&key, 1000, valid, None)
        .await
        .expect("presigning succeeds")
        .url;
    let other = blobs.presign_get(&fresh(), valid).await.expect("presigning succeeds");
    assert!(get.contains(&key) && put.contains(&key), "{get} {put}");
    assert!(get != put && get != other, "{get} {put} {other}");
}

/// A reader that looks while a large blob is put finds nothing or all of it.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn readers_see_whole_blobs(blobs: &Arc<dyn Blobs>) {
    let key = fresh();
    let bytes = pattern(4 << 20);
    let reader = tokio::spawn({
        let (blobs, key, bytes) = (Arc::clone(blobs), key.clone(), bytes.clone());
        async move {
            loop {
                match blobs.head(&key).await {
                    Err(BlobError::NotFound(_)) => yield_now().await,
                    found => break assert_eq!((found.ok(), whole(&*blobs, &key).await), (Some(4 << 20), bytes)),
                }
            }
        }
    });
    yield_now().await;
    blobs.put(&key, bytes, None).await.expect("a put succeeds");
    reader.await.expect("the reader found the whole blob");
}
