//! Which keys are taken.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;

use super::{fresh, whole};
use crate::blobs::{BlobError, Blobs};

/// Every method refuses what is not a key, and the longest keys work.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn invalid_keys_are_refused(blobs: &dyn Blobs) {
    let long_segment = "s".repeat(256);
    let long = ["s".repeat(250), "s".repeat(250), "s".repeat(11)].join("/");
    for key in [
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/..",
        "./a",
        "a/.",
        "a/./b",
        "/etc/passwd",
        "a\0b",
        "a\\b",
        "..\\a",
        "a b",
        "a:b",
        "a%2e",
        "ä",
        "a\nb",
        "a*",
        "~",
        "a+b",
        "a/../../../../tmp/x",
        &long_segment,
        &long,
    ] {
        let refused = [
            refuses(&blobs.put(key, Bytes::from_static(b"x"), None).await),
            refuses(&blobs.put_stream(key, Box::pin(stream::empty()), None).await),
            refuses(&blobs.get_range(key, 0..0).await),
            refuses(&blobs.head(key).await),
            refuses(&blobs.delete(key).await),
            refuses(&blobs.presign_get(key, Duration::from_secs(1)).await),
            refuses(&blobs.presign_put(key, 1, Duration::from_secs(1), None).await),
        ];
        assert_eq!(refused, [true; 7], "{key:?}");
    }
    assert!(
        refuses(&blobs.put("", Bytes::new(), None).await) && refuses(&blobs.head("").await),
        "an empty key is refused"
    );
    for prefix in [
        "/",
        "/a",
        "a//b",
        "../a",
        "a/../b",
        "./a",
        "a\0b",
        "a\\b",
        "a b",
        "ä",
        &long_segment,
        &long,
    ] {
        assert!(refuses(&blobs.list(prefix, None).await), "prefix {prefix:?}");
        assert!(refuses(&blobs.list("a", Some(prefix)).await), "after {prefix:?}");
    }
    let root = fresh();
    let rest = 511 - root.len() - 256;
    let longest = format!("{root}/{}/{}", "s".repeat(255), "s".repeat(rest));
    assert_eq!(longest.len(), 512);
    for key in [longest, format!("{root}/..."), format!("{root}/.a./-_-/..b")] {
        blobs
            .put(&key, Bytes::from_static(b"x"), None)
            .await
            .expect("a valid key is taken");
        assert_eq!(whole(blobs, &key).await, &b"x"[..], "{key:?}");
    }
}

/// A key that continues another one, or that another one continues, is refused, and what is there stays.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn keys_do_not_nest(blobs: &dyn Blobs) {
    let root = fresh();
    let there = format!("{root}/a/b");
    blobs
        .put(&there, Bytes::from_static(b"there"), None)
        .await
        .expect("a put succeeds");
    for key in [format!("{root}/a"), format!("{root}/a/b/c"), format!("{root}/a/b/c/d")] {
        let put = blobs.put(&key, Bytes::from_static(b"new"), None).await;
        assert!(
            matches!(put, Err(BlobError::InvalidKey(_) | BlobError::Exists(_))),
            "{key}: {put:?}"
        );
        assert!(
            matches!(blobs.head(&key).await, Err(BlobError::NotFound(_))),
            "{key} is not there"
        );
        blobs.delete(&key).await.expect("a delete of nothing succeeds");
    }
    assert_eq!(whole(blobs, &there).await, &b"there"[..]);
}

/// Whether `result` refuses its key.
const fn refuses<T>(result: &Result<T, BlobError>) -> bool {
    matches!(result, Err(BlobError::InvalidKey(_)))
}
